"""Rows of the seal centre: holders, applications for a seal, and lines of the histories of a store's papers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.stores.case_models import ClearanceHistory, LicenceHistory, SealHistory
from marketplace.stores.models import Clearance, Seal, Store, StoreHolder, UnionLicence
from tests.factories.rows import AT, put

ACTOR = {"actor_id": None, "actor_role": "system", "actor_label": "system"}


def a_holder(store: Store, **columns: Any) -> StoreHolder:
    """Who stands behind a store; empty facts unless given."""
    return put(StoreHolder, **{"store_id": store.id, **columns})


def a_seal_change(store: Store, *, at: datetime = AT, **columns: Any) -> SealHistory:
    """A line of the history of a store's seal."""
    seal = db.session.scalars(select(Seal).where(Seal.store_id == store.id)).one()
    facts = {"seal_id": seal.id, "at": at, "state_after": seal.state, "stars_after": seal.stars}
    return put(SealHistory, **{**facts, **ACTOR, "reason_code": "issued", **columns})


def a_licence_change(store: Store, *, at: datetime = AT, **columns: Any) -> LicenceHistory:
    """A line of the history of a store's union licence."""
    licence = db.session.scalars(select(UnionLicence).where(UnionLicence.store_id == store.id)).one()
    facts = {"licence_id": licence.id, "at": at, "state_after": licence.state}
    return put(LicenceHistory, **{**facts, **ACTOR, "reason_code": "registered", **columns})


def a_clearance_change(store: Store, *, at: datetime = AT, **columns: Any) -> ClearanceHistory:
    """A line of the history of a store's clearance."""
    clearance = db.session.scalars(select(Clearance).where(Clearance.store_id == store.id)).one()
    facts = {"clearance_id": clearance.id, "at": at, "state_after": clearance.state}
    return put(ClearanceHistory, **{**facts, **ACTOR, **columns})
