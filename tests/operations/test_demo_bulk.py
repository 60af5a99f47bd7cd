"""Indexes that are taken away while very many rows are written are there again afterwards, whatever happened."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from marketplace.core.db import db
from marketplace.demo.bulk import built_anew
from marketplace.festival.models import Offer

SHELF = [index for index in Offer.__table__.indexes if str(index.name).startswith("ix_offers_shelf_")]


def indexes() -> dict[str, tuple]:
    db.session.rollback()
    found = inspect(db.engine).get_indexes("offers")
    return {each["name"]: (each["column_names"], each["unique"], options(each)) for each in found}


def options(index) -> dict[str, str]:
    return {name: str(value) for name, value in index["dialect_options"].items()}


def test_indexes_are_built_anew(ctx):
    before = indexes()
    with built_anew(SHELF):
        assert SHELF
        assert set(before) - set(indexes()) == {index.name for index in SHELF}
    assert indexes() == before


def test_indexes_are_built_when_writing_failed(ctx):
    before = indexes()
    with pytest.raises(RuntimeError), built_anew(SHELF):
        raise RuntimeError
    assert indexes() == before
