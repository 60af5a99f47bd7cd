"""The seal centre in the demo: holders, histories, inquiries in all colours of the clock, applications for seals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update

from marketplace.core.audit import Actor
from marketplace.core.db import AnyRow, db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.bulk import Bulk
from marketplace.stores.case_models import (
    ClearanceHistory,
    LicenceHistory,
    ProofMethod,
    SealApplication,
    SealApplicationKind,
    SealApplicationState,
    SealHistory,
)
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    LegalForm,
    LicenceState,
    MemberRole,
    Seal,
    SealState,
    Store,
    StoreHolder,
    StoreMember,
    UnionLicence,
)

SEED = 1406
CENTRE = Actor(None, "seal_officer", "لیلا هاشمی")
POLICE = Actor(None, "clearance_officer", "نادر عباسی")
AGES = (130, 121, 104, 98, 97, 90, 84, 79, 75, 73)
"""Hours since the oldest inquiries were queued; the others are younger than 72."""
ANSWERED = (ClearanceState.clear, ClearanceState.adverse)
LINKED = (3, 9, 14)
"""These of the last stores have the Sheba of the one before them."""


def load_papers(now: datetime) -> None:
    """Writes what the desks of the seal centre look at. After the stores, once."""
    rng = Random(SEED)
    stores: Sequence[AnyRow] = db.session.execute(
        select(Store.id, StoreMember.person_id, Store.domain, Store.created_at)
        .join(StoreMember, StoreMember.store_id == Store.id)
        .where(StoreMember.role == MemberRole.owner)
        .order_by(Store.id)
    ).all()
    bulk = Bulk(StoreHolder, Seal, SealHistory, LicenceHistory, ClearanceHistory, SealApplication)
    _add_holders(bulk, stores, rng)
    for seal in db.session.scalars(select(Seal).order_by(Seal.id)):
        _add_seal_lines(bulk, seal, rng)
    for licence in db.session.scalars(select(UnionLicence).order_by(UnionLicence.id)):
        _add_licence_lines(bulk, licence)
    _add_applications(bulk, stores, now, rng)
    changes = _inquiries(bulk, {row.id: row.person_id for row in stores}, now, rng)
    bulk.finish()
    with unit_of_work():
        db.session.execute(update(Clearance), changes)


def _by(actor: Actor) -> dict[str, object]:
    return {"actor_id": actor.id, "actor_role": actor.role, "actor_label": actor.label}


def _add_holders(bulk: Bulk, stores: Sequence[AnyRow], rng: Random) -> None:
    before = ""
    shared = {len(stores) - place for place in LINKED}
    for place, row in enumerate(stores):
        sheba = f"{rng.randrange(10**22):022d}"
        if place in shared:
            sheba = before
        before = sheba
        code = f"{98 - int(sheba + '182700') % 97:02d}"
        bulk.add(
            StoreHolder,
            store_id=row.id,
            legal_form=LegalForm.legal if place % 5 == 4 else LegalForm.natural,
            sheba=f"IR{code}{sheba}",
        )


def _add_seal_lines(bulk: Bulk, seal: Seal, rng: Random) -> None:
    begun, ends = seal.valid_from, seal.valid_until
    if begun is None or ends is None:
        return
    first_stars = min(5, seal.stars + (1 if rng.random() < 0.12 else 0))
    facts = {"seal_id": seal.id, "valid_until": ends, "reason_text": ""}
    state = SealState.active
    bulk.add(
        SealHistory,
        **facts,
        **_by(CENTRE),
        at=begun,
        state_after=state,
        stars_after=first_stars,
        reason_code="issued",
    )
    moment = begun + (ends - begun) * 3 // 10
    if first_stars != seal.stars and moment < ends:
        bulk.add(
            SealHistory,
            **facts,
            **_by(CENTRE),
            at=moment,
            state_before=state,
            state_after=state,
            stars_before=first_stars,
            stars_after=seal.stars,
            reason_code="late_answers",
        )
    ways = {
        SealState.suspended: (SealState.suspended,),
        SealState.revoked: (SealState.suspended, SealState.revoked),
        SealState.expired: (SealState.expired,),
    }
    for following in ways.get(seal.state, ()):
        is_end = following is SealState.expired
        moment = ends if is_end else moment + timedelta(days=8)
        bulk.add(
            SealHistory,
            **facts,
            **_by(CENTRE),
            at=moment,
            state_before=state,
            state_after=following,
            stars_before=seal.stars,
            stars_after=seal.stars,
            reason_code="expired" if is_end else "complaints",
        )
        state = following


def _add_licence_lines(bulk: Bulk, licence: UnionLicence) -> None:
    facts = {"licence_id": licence.id, "valid_until": licence.valid_until, "reason_text": "", **_by(CENTRE)}
    active = LicenceState.active
    bulk.add(LicenceHistory, **facts, at=licence.valid_from, state_after=active, reason_code="registered")
    if licence.state is LicenceState.expired:
        end = {"state_before": active, "state_after": licence.state, "reason_code": "expired"}
        bulk.add(LicenceHistory, **facts, **end, at=licence.valid_until)


def _add_applications(bulk: Bulk, stores: Sequence[AnyRow], now: datetime, rng: Random) -> None:
    """Stores without a seal that ask for one now: some with a proven domain, some whose inquiry is answered."""
    sealed = set(db.session.scalars(select(Seal.store_id)))
    bare = [row for row in stores if row.id not in sealed and row.domain][:24]
    for place, row in enumerate(bare):
        submitted_at = now - timedelta(hours=6 + 5 * place)
        is_proven = place % 3 != 1
        bulk.add(
            Seal,
            store_id=row.id,
            code=f"{10_000_000 + rng.randrange(90_000_000)}",
            domain=row.domain,
            stars=0,
            state=SealState.applied,
        )
        bulk.add(
            SealApplication,
            store_id=row.id,
            applicant_id=row.person_id,
            kind=SealApplicationKind.first,
            state=SealApplicationState.open,
            domain=row.domain,
            token=f"{rng.getrandbits(128):032x}",
            note="",
            consent_at=submitted_at,
            submitted_at=submitted_at,
            proof_method=ProofMethod.dns if place % 2 else ProofMethod.file,
            proof_tried_at=submitted_at + timedelta(hours=1),
            proof_problem=None if is_proven else "token_not_found",
            proven_at=submitted_at + timedelta(hours=1) if is_proven else None,
            reason_text="",
        )


def _inquiries(bulk: Bulk, owners: dict[int, int], now: datetime, rng: Random) -> list[dict[str, object]]:
    """Who is asked about, since when, and what was answered before; given back as changes of the clearances."""
    changes: list[dict[str, object]] = []
    waiting = 0
    for clearance in db.session.scalars(select(Clearance).order_by(Clearance.id)):
        reference = f"Q-{rng.getrandbits(64):016x}"
        change: dict[str, object] = {
            "id": clearance.id,
            "person_id": owners.get(clearance.store_id),
            "reference": reference,
            "state": clearance.state,
            "clock_from": None,
            "asked_at": clearance.asked_at,
        }
        answered_at = clearance.answered_at
        if clearance.state in ANSWERED and answered_at is not None:
            hours = rng.randrange(121, 140) if rng.random() < 0.01 else rng.randrange(14, 112)
            begun = answered_at - timedelta(hours=hours, minutes=rng.randrange(60))
            change["asked_at"] = begun + timedelta(hours=2)
            _add_lines(bulk, clearance, begun, answered_at)
        else:
            age = AGES[waiting] if waiting < len(AGES) else rng.randrange(1, 70)
            waiting += 1
            begun = now - timedelta(hours=age, minutes=rng.randrange(60))
            is_asked = waiting % 3 != 0
            change["state"] = ClearanceState.asked if is_asked else ClearanceState.queued
            change["clock_from"] = begun
            change["asked_at"] = begun + timedelta(hours=1) if is_asked else None
            _add_lines(bulk, clearance, begun, None, is_asked)
        changes.append(change)
    return changes


def _add_lines(
    bulk: Bulk, clearance: Clearance, begun: datetime, answered_at: datetime | None, is_asked: bool = True
) -> None:
    facts = {"clearance_id": clearance.id, **_by(POLICE)}
    queued, asked = ClearanceState.queued, ClearanceState.asked
    bulk.add(ClearanceHistory, **facts, at=begun, state_after=queued)
    if is_asked:
        bulk.add(
            ClearanceHistory, **facts, at=begun + timedelta(hours=1), state_before=queued, state_after=asked
        )
    if answered_at is not None:
        is_adverse = clearance.state is ClearanceState.adverse
        bulk.add(
            ClearanceHistory,
            **facts,
            at=answered_at,
            state_before=asked,
            state_after=clearance.state,
            reason_category="record" if is_adverse else None,
            clock_from=begun,
        )
