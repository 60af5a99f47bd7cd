"""Hosting in the panel: whom a store hosts, or who hosts it, and which offers are sold for a guest."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import word_reasons
from marketplace.festival.guest_offers import OfferOfHost, name_guest, offers_of_host
from marketplace.stores import hosting
from marketplace.stores.hosting_models import HostingState
from marketplace.stores.hosting_queries import HostingShown, StepShown, guests_of, hostings_of, steps_of
from marketplace.stores.queries import store_kind

blueprint = Blueprint("hosting", __name__, url_prefix="/panel/hosting")


@dataclass(frozen=True, slots=True)
class HostingCard:
    """A hosting with what this store may do about it."""

    hosting: HostingShown
    is_host: bool
    other: str
    state_label: str
    may_answer: bool
    may_end: bool
    steps: tuple[StepShown, ...]


@blueprint.get("")
@store_member
def show_hosting() -> str:
    """The store's hostings, the form to propose one, and the offers that it sells for guests."""
    return _page()


@blueprint.post("")
@store_member
def create_hosting() -> Response | tuple[str, int]:
    """Asks another store: for its shelf, or to take it on the own one."""
    is_host = store_kind(g.store_id) == "online"
    try:
        with unit_of_work():
            hosting.propose_hosting(
                g.store_id, request.form.get("other", ""), is_host, visitor().actor("store"), clock.now()
            )
    except (Invalid, Conflict) as error:
        return _page(error), error.status
    return _done("hosting_proposed")


@blueprint.post("/<int:hosting_id>/acceptance")
@store_member
def create_acceptance(hosting_id: int) -> Response | tuple[str, int]:
    """The other side agrees."""
    try:
        with unit_of_work():
            hosting.accept_hosting(hosting_id, g.store_id, visitor().actor("store"), clock.now())
    except Conflict as error:
        return _page(error), error.status
    return _done("hosting_accepted")


@blueprint.post("/<int:hosting_id>/refusal")
@store_member
def create_refusal(hosting_id: int) -> Response | tuple[str, int]:
    """The other side says no."""
    try:
        with unit_of_work():
            hosting.refuse_hosting(hosting_id, g.store_id, visitor().actor("store"), clock.now())
    except Conflict as error:
        return _page(error), error.status
    return _done("hosting_refused")


@blueprint.post("/<int:hosting_id>/end")
@store_member
def create_end(hosting_id: int) -> Response | tuple[str, int]:
    """Either side ends it, with a reason."""
    reason = request.form.get("reason", "")
    try:
        with unit_of_work():
            hosting.end_hosting(hosting_id, g.store_id, reason, visitor().actor("store"), clock.now())
    except (Invalid, Conflict) as error:
        return _page(error, hosting_id), error.status
    return _done("hosting_ended")


@blueprint.post("/offers/<int:offer_id>")
@store_member
def update_offer(offer_id: int) -> Response | tuple[str, int]:
    """Says for whom an offer is sold."""
    raw = request.form.get("guest", "")
    guest = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else None
    try:
        with unit_of_work():
            name_guest(offer_id, g.store_id, guest, visitor().actor("store"), clock.now())
    except Conflict as error:
        return _page(error), error.status
    return _done("guest_named")


def _page(error: Invalid | Conflict | None = None, wrong_id: int | None = None) -> str:
    found = hostings_of(g.store_id)
    steps = steps_of([one.id for one in found])
    guests = guests_of(g.store_id)
    offers: list[OfferOfHost] = offers_of_host(g.store_id) if guests else []
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = None
    if error is not None and not fields:
        refusal = {
            "title": t(f"error.{error.code}"),
            "reasons": [r["message"] for r in word_reasons(error)],
            "now": t(f"advice.{error.code}"),
        }
    return render_template(
        "panel/hosting.html",
        is_host=store_kind(g.store_id) == "online",
        cards=[_card(one, steps) for one in found],
        guests=[(id_, fa if current_language() == "fa" else en) for id_, fa, en in guests],
        offers=offers,
        fields=fields,
        wrong_id=wrong_id,
        other=request.form.get("other", "")[:80],
        refusal=refusal,
    )


def _card(one: HostingShown, steps: list[StepShown]) -> HostingCard:
    is_host = one.host_id == g.store_id
    names = (one.guest_fa, one.guest_en) if is_host else (one.host_fa, one.host_en)
    is_own = one.proposed_by_store_id == g.store_id
    waits = one.state is HostingState.proposed
    return HostingCard(
        one,
        is_host,
        names[0] if current_language() == "fa" else names[1],
        t(f"state.hosting_state.{one.state.value}"),
        waits and not is_own,
        one.state is HostingState.active or (waits and is_own),
        tuple(step for step in steps if step.hosting_id == one.id),
    )


def _done(notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_hosting"), 303)
