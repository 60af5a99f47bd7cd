"""The console of a draw: what waits, who may do it, and what was done."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Malformed
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.desk_page import awards_of
from marketplace.lottery.errors import FalseBeacon
from marketplace.lottery.freezing import sign_root
from marketplace.lottery.pages import editions_without_draw
from marketplace.lottery.pages import list_draws as draw_cards
from marketplace.lottery.pages import show_draw as draw_shown
from marketplace.lottery.prizes import check_identity, hand_over_prize
from marketplace.lottery.queries import draw_by_slug, signers_of
from marketplace.lottery.two_persons import DRAW, FREEZE, SKIP, SKIP_ENTRY, VOID, WITH_REASON, propose_act
from marketplace.lottery.witnesses import witnesses_of

blueprint = Blueprint("draws", __name__, url_prefix="/office/draws")
READERS = (Role.office, Role.seal_officer, Role.auditor)
LONGEST_BEACON = 4_000


@blueprint.get("")
@official(*READERS)
def list_draws() -> str:
    """All draws with their states."""
    return render_template(
        "lottery/desk.html",
        draws=draw_cards(),
        editions=editions_without_draw(clock.now()),
        can_announce=Role.office in visitor().roles,
    )


@blueprint.get("/<slug>")
@official(*READERS)
def show_draw(slug: str) -> str:
    """One draw's console."""
    return _page(slug)


@blueprint.post("/<slug>/proposals")
@official(Role.office, Role.seal_officer)
@freshly
def create_proposal(slug: str) -> Response:
    """Puts an act before a second officer: freeze, draw a stage, call off, bar a person."""
    form, at = request.form, clock.now()
    content: dict[str, Any] = {}
    action = form.get("action", "")
    if action == DRAW:
        content["stage"] = _stage_number()
    if action in WITH_REASON:
        content["reason"] = form.get("reason", "")[:1000]
    if action == SKIP:
        content["pseudonym"] = form.get("key", "")[:64].strip()
    if action == SKIP_ENTRY:
        content["entry_id"] = form.get("key", "")[:32].strip()
    with unit_of_work():
        propose_act(action, draw_by_slug(slug), content, _actor(), at)
    return _done(slug, "proposed")


@blueprint.post("/<slug>/signature")
@official(Role.auditor, Role.seal_officer)
@freshly
def create_signature(slug: str) -> Response:
    """The auditor, or the seal officer, signs the root."""
    role = Role.auditor if Role.auditor in visitor().roles else Role.seal_officer
    with unit_of_work():
        sign_root(draw_by_slug(slug).id, role, visitor().actor(role.value), clock.now())
    return _done(slug, "root_signed")


@blueprint.post("/<slug>/beacon")
@official(Role.office, Role.seal_officer)
@freshly
def create_beacon(slug: str) -> Response | tuple[str, int]:
    """The named round, brought as drand publishes it."""
    try:
        document = orjson.loads(request.form.get("beacon", "")[:LONGEST_BEACON])
        if not isinstance(document, dict):
            raise FalseBeacon()
        with unit_of_work():
            bring_beacon(draw_by_slug(slug).id, _stage_number(), document, _actor(), clock.now())
    except (ValueError, FalseBeacon):
        return _page(slug, t("error.false_beacon")), 422
    return _done(slug, "beacon_kept")


@blueprint.post("/<slug>/awards/<int:award_id>/<any(identity, handover):step>")
@official(Role.office)
@freshly
def create_award_step(slug: str, award_id: int, step: str) -> Response:
    """The winner's identity was seen, or the prize handed over; the note is the record of it."""
    verb = check_identity if step == "identity" else hand_over_prize
    with unit_of_work():
        verb(award_id, request.form.get("note", ""), _actor(), clock.now())
    return _done(slug, "award_noted")


def _page(slug: str, error: str | None = None) -> str:
    draw = draw_by_slug(slug)
    at = clock.now()
    proposals = [
        one
        for kind in (FREEZE, DRAW, VOID, SKIP, SKIP_ENTRY)
        for one in pending(kind)
        if one.subject == f"draw:{slug}"
    ]
    return render_template(
        "lottery/console.html",
        draw=draw_shown(slug, at),
        signers=[(t(f"role.{signer.role}"), signer.signed_at) for signer in signers_of(draw.id)],
        proposals=[(t(f"approval.action.{one.action}"), one.lapses_at) for one in proposals],
        awards=awards_of(draw),
        witnesses=witnesses_of(draw.id),
        roles={role.value for role in visitor().roles},
        now=at,
        error=error,
    )


def _stage_number() -> int:
    text = request.form.get("stage", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 2:
        raise Malformed("malformed")
    return int(text)


def _actor() -> Actor:
    role = Role.office if Role.office in visitor().roles else Role.seal_officer
    return visitor().actor(role.value)


def _done(slug: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_draw", slug=slug), 303)
