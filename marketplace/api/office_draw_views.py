"""The console of a draw for officers' programs: what waits, what one proposes, signatures, the round."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Role
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses
from marketplace.api.once import once
from marketplace.api.schemas import office_draws as schemas
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.freezing import sign_root
from marketplace.lottery.pages import show_draw as draw_shown
from marketplace.lottery.queries import draw_by_slug, signers_of
from marketplace.lottery.two_persons import DRAW, KINDS, SKIP, SKIP_ENTRY, WITH_REASON, propose_act

READERS = (Role.office, Role.seal_officer, Role.auditor)
ACTIONS = {kind.action for kind in KINDS}
MOST_STAGES = 99


@call("GET", "/office/draws/<slug>", "office")
@scoped("office:read", *READERS)
@answers(200, schemas.DrawConsole)
@refuses(404)
def show_draw_console(slug: str) -> Response:
    """One draw as its officers see it: stages, what was proposed and waits, who signed the list."""
    return answer(_console(slug))


@call("POST", "/office/draws/<slug>/proposals", "office")
@scoped("office:draws", Role.office, Role.seal_officer)
@needs_key
@reads(schemas.ProposalWish)
@answers(201, schemas.DrawConsole)
@refuses(404)
def create_draw_proposal(wish: dict[str, Any], slug: str) -> Response:
    """Puts an act before a second officer: freeze the list, draw a stage, call off, bar a person or an entry.

    Nothing is done yet: the other officer agrees at `/office/approvals`, and whether the moment is right is judged
    then. 409 for an officer who takes part in the draw, and while the same waits already.
    """
    action, content = _act(wish)
    return once(
        lambda at: propose_act(action, draw_by_slug(slug), content, _officer(), at),
        lambda: _console(slug),
        201,
    )


@call("POST", "/office/draws/<slug>/signature", "office")
@scoped("office:sign", Role.auditor, Role.seal_officer)
@needs_key
@answers(200, schemas.DrawConsole)
@refuses(404)
def create_root_signature(slug: str) -> Response:
    """The auditor, or the seal officer, signs the closed list. 409 before the freeze, and for the same person twice."""
    role = Role.auditor if Role.auditor in visitor().roles else Role.seal_officer
    actor = visitor().actor(role.value)
    return once(lambda at: sign_root(draw_by_slug(slug).id, role, actor, at), lambda: _console(slug))


@call("POST", "/office/draws/<slug>/beacon", "office")
@scoped("office:draws", Role.office, Role.seal_officer)
@reads(schemas.BeaconWish)
@answers(200, schemas.DrawConsole)
@refuses(404)
def create_draw_beacon(wish: dict[str, Any], slug: str) -> Response:
    """Brings the named round as drand publishes it; it is checked here and kept. 422 for one that is not true."""
    stage, beacon = _stage(wish), wish.get("beacon")
    if not isinstance(beacon, dict):
        raise Invalid(fields={"beacon": "bad_value"})
    return once(
        lambda at: bring_beacon(draw_by_slug(slug).id, stage, beacon, _officer(), at),
        lambda: _console(slug),
    )


def _act(wish: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """An act by its name, and what belongs to it. Raises Invalid."""
    action = wish.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise Invalid(fields={"action": "bad_value"})
    content: dict[str, Any] = {}
    if action == DRAW:
        content["stage"] = _stage(wish)
    if action in WITH_REASON:
        content["reason"] = _words(wish, "reason", 1000)
    if action == SKIP:
        content["pseudonym"] = _words(wish, "pseudonym", 64)
    if action == SKIP_ENTRY:
        content["entry_id"] = _words(wish, "entry_id", 32)
    return action, content


def _words(wish: dict[str, Any], name: str, most: int) -> str:
    value = wish.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > most:
        raise Invalid(fields={name: "required"})
    return value.strip()


def _stage(wish: dict[str, Any]) -> int:
    stage = wish.get("stage", 0)
    if type(stage) is not int or not 0 <= stage <= MOST_STAGES:
        raise Invalid(fields={"stage": "bad_value"})
    return stage


def _console(slug: str) -> dict[str, Any]:
    draw, shown = draw_by_slug(slug), draw_shown(slug, clock.now())
    return {
        "slug": shown.slug,
        "title": shown.title,
        "state": shown.state,
        "draw_at": shown.draw_at,
        "freeze_at": shown.freeze_at,
        "frozen_at": shown.frozen_at,
        "entry_count": shown.count,
        "merkle_root": shown.merkle_root,
        "voided_reason": shown.voided_reason,
        "stages": [
            {"number": s.number, "planned_at": s.planned_at, "state": s.state, "randomness": s.randomness}
            for s in shown.stages
        ],
        "signers": [{"role": signer.role, "signed_at": signer.signed_at} for signer in signers_of(draw.id)],
        "proposals": [
            {"id": one.id, "action": one.action, "lapses_at": one.lapses_at}
            for kind in KINDS
            for one in pending(kind.action)
            if one.subject == f"draw:{slug}"
        ],
    }


def _officer() -> Actor:
    role = Role.office if Role.office in visitor().roles else Role.seal_officer
    return visitor().actor(role.value)
