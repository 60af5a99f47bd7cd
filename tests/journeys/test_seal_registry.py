"""The registry of seals as a file, and beside what an outside registry says."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.db import db
from marketplace.stores.case_models import RegistryAnswer
from marketplace.stores.imports import UploadKind, read_upload
from marketplace.stores.models import Seal
from tests.factories import AT, an_official, put, world
from tests.pages import Client


@pytest.fixture
def centre(ctx, at, client: Client) -> Client:
    world(at)
    client.sign_in(an_official(Role.seal_officer))
    return client


def answer(seal: Seal, **said: object) -> None:
    facts = {"state": seal.state.value, "domain": seal.domain, "stars": seal.stars, **said}
    put(RegistryAnswer, code=seal.code, fetched_at=AT, tried_at=AT, **facts)


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["fa", "en"])
def test_the_desk_lists_where_the_outside_registry_differs(centre: Client, prefix: str):
    assert "seals/" not in "".join(
        a.get("href", "") for a in centre.get(f"{prefix}/office/seals?view=differences").all("td")
    )
    same, revoked, moved = db.session.scalars(select(Seal).order_by(Seal.id)).all()
    codes = [same.code, revoked.code, moved.code]
    answer(same, stars=None, domain=None)
    answer(revoked, state="revoked")
    answer(moved, stars=1, domain="elsewhere.example")
    page = centre.get(f"{prefix}/office/seals?view=differences")
    assert [code in page.source for code in codes] == [False, True, True]
    assert "elsewhere.example" in page.text and len(page.all("tr")) == 3


def test_the_whole_registry_is_a_file_that_its_import_reads(centre: Client):
    for kind in ("csv", "xlsx"):
        body = centre.get(f"/office/seals/registry.{kind}").body
        rows = read_upload(UploadKind.seal, body, f"seals.{kind}")
        assert {row["code"] for row in rows} == set(db.session.scalars(select(Seal.code)))
        assert {row["state"] for row in rows} == {"active"}
    centre.get("/office/seals/registry.exe", expect=404)
    centre.sign_in(an_official(Role.office))
    centre.get("/office/seals/registry.csv", expect=403)
