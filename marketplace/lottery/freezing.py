"""Closing the list: what takes part is written out, hidden behind salts, hashed, and signed by two officers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.accounts.models import Role
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid
from marketplace.lottery.closed_list import write_list
from marketplace.lottery.errors import AlreadySigned, DrawNotOpen, OfficerTakesPart, TooEarly, TooLate
from marketplace.lottery.models import Draw, DrawSigner, DrawStage, DrawState, StageState
from marketplace.lottery.notices import tell_frozen
from marketplace.lottery.publishing import canonical, draw_document
from marketplace.lottery.queries import (
    lock_draw,
    prizes_of,
    signers_of,
    stages_of,
    weight_in,
)
from marketplace.lottery.rings import ensure_no_ring_waits
from marketplace.lottery.sources import sources_at
from marketplace.policy.policy import policy_at

SIGNERS = (Role.auditor, Role.seal_officer)


def freeze_moment(draw: Draw, at: datetime) -> datetime:
    """When the list may be closed: the policy's hours before the draw."""
    return draw.draw_at - timedelta(hours=policy_at(at).lottery_freeze_hours)


def freeze_draw(draw_id: int, actor: Actor, at: datetime) -> Draw:
    """Closes the list and publishes it; from here on the database refuses to change it. For the second signature.

    Raises DrawNotOpen (frozen already, voided), TooEarly before the policy's hours, TooLate once the draw's moment
    has come, Invalid without prizes, OfficerTakesPart, RingsOpen.
    """
    draw = lock_draw(draw_id)
    if draw.state not in (DrawState.announced, DrawState.open):
        raise DrawNotOpen(params={"state": draw.state.value})
    if at < freeze_moment(draw, at):
        raise TooEarly()
    if at >= draw.draw_at:
        raise TooLate()
    prizes = prizes_of(draw.id)
    if not prizes:
        raise Invalid("draw_without_prizes")
    ensure_takes_no_part(draw.id, actor)
    ensure_no_ring_waits(draw.festival_id)
    secret = secrets.token_bytes(32)
    summary = write_list(draw, secret)
    keys = _make_keys(draw.id)
    stages = _plan_stages(draw, at)
    document = draw_document(
        draw.slug,
        {"fa": draw.title_fa, "en": draw.title_en},
        summary,
        prizes=[
            {"rank": p.rank, "count": p.unit_count, "title": {"fa": p.title_fa, "en": p.title_en}}
            for p in prizes
        ],
        stages=stages,
        signers=keys,
        frozen_at=_stamp(at),
        permit=draw.permit,
    )
    draw.manifest, draw.secret = canonical(document).decode(), secret.hex()
    draw.frozen_at, draw.state = at, DrawState.frozen
    db.session.flush()
    tell_frozen(draw, document["entries"]["count"], document["entries"]["merkle_root"], at)
    record(actor, "freeze_draw", f"draw:{draw.slug}", at, **document["entries"])
    return draw


def sign_root(draw_id: int, role: Role, actor: Actor, at: datetime) -> None:
    """The auditor, or the seal officer, signs the frozen manifest.

    Raises DrawNotOpen before the freeze, TooLate once the draw's moment has come, Forbidden for another role,
    AlreadySigned when this role, or this person for the other role, has signed; OfficerTakesPart.
    """
    draw = lock_draw(draw_id)
    if draw.state is not DrawState.frozen or draw.manifest is None:
        raise DrawNotOpen(params={"state": draw.state.value})
    if at >= draw.draw_at:
        raise TooLate()
    if role not in SIGNERS or actor.id is None:
        raise Forbidden("role_needed")
    ensure_takes_no_part(draw.id, actor)
    signers = {signer.role: signer for signer in signers_of(draw.id)}
    mine = signers[role.value]
    if mine.signed_at is not None or any(signer.person_id == actor.id for signer in signers.values()):
        raise AlreadySigned()
    mine.signature = key_of(mine).sign(draw.manifest.encode()).hex()
    mine.person_id, mine.signed_at = actor.id, at
    db.session.flush()
    record(actor, "sign_root", f"draw:{draw.slug}", at, role=role.value)


def void_draw(draw_id: int, reason: str, actor: Actor, at: datetime) -> Draw:
    """Calls a draw off, with a reason for everybody to read; before its round alone. For the second signature.

    Raises DrawNotOpen, TooLate once the draw's moment has come, Invalid without a reason.
    """
    draw = lock_draw(draw_id)
    if draw.state not in (DrawState.announced, DrawState.open, DrawState.frozen):
        raise DrawNotOpen(params={"state": draw.state.value})
    if at >= draw.draw_at:
        raise TooLate()
    words = " ".join(reason.split())
    if not words:
        raise Invalid(fields={"reason": "required"})
    draw.state, draw.voided_reason, draw.voided_at = DrawState.voided, words[:1000], at
    db.session.flush()
    record(actor, "void_draw", f"draw:{draw.slug}", at, reason=words[:1000])
    return draw


def ensure_takes_no_part(draw_id: int, actor: Actor) -> None:
    """Raises OfficerTakesPart for somebody who holds chances in this draw."""
    if actor.id is not None and weight_in(draw_id, actor.id):
        raise OfficerTakesPart()


def key_of(signer: DrawSigner) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(signer.private_key))


def keys_of(draw_id: int) -> Mapping[str, Ed25519PrivateKey]:
    """The keys of both signers, by role."""
    return {signer.role: key_of(signer) for signer in signers_of(draw_id)}


def manifest_of(draw: Draw) -> dict[str, Any]:
    """The manifest as fixed at the freeze. Raises DrawNotOpen before it."""
    if draw.manifest is None:
        raise DrawNotOpen(params={"state": draw.state.value})
    document: dict[str, Any] = json.loads(draw.manifest)
    return document


def _make_keys(draw_id: int) -> dict[str, bytes]:
    public = {}
    for role in SIGNERS:
        key = Ed25519PrivateKey.generate()
        public[role.value] = key.public_key().public_bytes_raw()
        db.session.add(
            DrawSigner(
                draw_id=draw_id,
                role=role.value,
                public_key=public[role.value].hex(),
                private_key=key.private_bytes_raw().hex(),
            )
        )
    return public


def _plan_stages(draw: Draw, at: datetime) -> list[dict[str, Any]]:
    """The draw and its redraws, their moments and sources fixed now."""
    policy = policy_at(at)
    known = {stage.number for stage in stages_of(draw.id)}
    told = []
    for number in range(policy.redraw_most + 1):
        moment = draw.draw_at + timedelta(days=policy.redraw_step_days * number)
        sources = sources_at(moment)
        told.append({"at": _stamp(moment), "sources": sources})
        if number not in known:
            db.session.add(
                DrawStage(
                    draw_id=draw.id,
                    number=number,
                    state=StageState.planned,
                    planned_at=moment,
                    sources=canonical(sources).decode(),
                )
            )
    return told


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
