"""Rows of a registry file as changes of seals and licences; each stands in the history as an import."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.stores import licences, seals
from marketplace.stores.events import SealReinstated, SealRevoked, SealSuspended
from marketplace.stores.import_rules import Found
from marketplace.stores.models import LicenceState, Seal, SealState, UnionLicence
from marketplace.stores.paper_queries import lock_licence, lock_seal

REASON = "registry_import"


def write_seal_row(row: Found, actor: Actor, at: datetime) -> None:
    """A seal as the file has it, new or changed."""
    facts, store_id = row.facts, row.store_id
    if store_id is None:
        raise ValueError("a row without its store")
    before: tuple[SealState | None, int | None] = (None, None)
    if row.action == "new":
        seal = Seal(store_id=store_id, code=facts["code"], stars=facts["stars"], state=facts["state"])
        db.session.add(seal)
    else:
        seal = lock_seal(store_id)
        before = (seal.state, seal.stars)
    seal.domain, seal.stars, seal.state = facts["domain"], facts["stars"], facts["state"]
    seal.valid_from, seal.valid_until = facts["valid_from"], facts["valid_until"]
    if seal.state is SealState.revoked and before[0] is not SealState.revoked:
        seal.revoked_at = at
    seals.write_change(seal, before, REASON, "", actor, at)
    if before[0] != seal.state:
        _tell(seal, before[0], at)


def _tell(seal: Seal, before: SealState | None, at: datetime) -> None:
    if seal.state is SealState.suspended:
        publish(SealSuspended(seal.id, seal.store_id, REASON, at))
    elif seal.state is SealState.revoked:
        publish(SealRevoked(seal.id, seal.store_id, REASON, at))
    elif seal.state is SealState.active and before is SealState.suspended:
        publish(SealReinstated(seal.id, seal.store_id, REASON, at))


def write_licence_row(row: Found, actor: Actor, at: datetime) -> None:
    """A licence as the file has it, new or changed."""
    facts, store_id = row.facts, row.store_id
    if store_id is None:
        raise ValueError("a row without its store")
    before: LicenceState | None = None
    if row.action == "new":
        licence = UnionLicence(store_id=store_id, number=facts["number"], state=facts["state"])
        db.session.add(licence)
    else:
        licence = lock_licence(store_id)
        before = licence.state
    licence.state, licence.valid_from = facts["state"], facts["valid_from"]
    licence.valid_until = facts["valid_until"]
    licences.write_change(licence, before, REASON, "", actor, at)
