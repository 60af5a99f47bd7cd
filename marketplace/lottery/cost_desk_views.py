"""The office's desk for a draw's prizes and their cost: announcing, sponsors, the stores' shares."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.approvals import pending
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, Malformed
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.announcing import PrizeWish, add_prize, announce_draw, drop_prize
from marketplace.lottery.cost_acts import (
    BOOK,
    PAY,
    RELEASE,
    propose_booking,
    propose_payment,
    propose_release,
)
from marketplace.lottery.cost_pages import show_costs as costs_shown
from marketplace.lottery.queries import draw_by_slug, prizes_of
from marketplace.lottery.sponsors import GiftWish, promise_gift, read_toman, receive_gift, withdraw_gift

blueprint = Blueprint("draw_costs", __name__, url_prefix="/office/draws")
READERS = (Role.office, Role.auditor)


@blueprint.post("")
@official(Role.office)
@freshly
def create_draw() -> Response:
    """Announces the draw of an edition."""
    with unit_of_work():
        festival_id = _number("festival_id")
        draw = announce_draw(festival_id, request.form.get("permit", "")[:80], _actor(), clock.now())
        slug = draw.slug
    put_notice("draw_announced")
    return redirect(url_for(".show_costs", slug=slug), 303)


@blueprint.get("/<slug>/costs")
@official(*READERS)
def show_costs(slug: str) -> str:
    """Prizes, gifts, what is missing, and the shares."""
    return _page(slug)


@blueprint.post("/<slug>/prizes")
@official(Role.office)
@freshly
def create_prize(slug: str) -> Response | tuple[str, int]:
    """A prize more."""
    try:
        wish = PrizeWish.parse(request.form)
    except Invalid as error:
        return _refused(slug, error)
    with unit_of_work():
        add_prize(draw_by_slug(slug).id, wish, _actor(), clock.now())
    return _done(slug, "prize_added")


@blueprint.post("/<slug>/prizes/<int:rank>/removal")
@official(Role.office)
@freshly
def create_prize_removal(slug: str, rank: int) -> Response:
    """A prize less, while the draw is only announced."""
    with unit_of_work():
        drop_prize(draw_by_slug(slug).id, rank, _actor(), clock.now())
    return _done(slug, "prize_dropped")


@blueprint.post("/<slug>/gifts")
@official(Role.office)
@freshly
def create_gift(slug: str) -> Response | tuple[str, int]:
    """A sponsor's letter."""
    try:
        wish = GiftWish.parse(request.form)
    except Invalid as error:
        return _refused(slug, error)
    with unit_of_work():
        promise_gift(draw_by_slug(slug).id, wish, _actor(), clock.now())
    return _done(slug, "gift_promised")


@blueprint.post("/<slug>/gifts/<int:gift_id>/<any(receipt, withdrawal):step>")
@official(Role.office)
@freshly
def create_gift_step(slug: str, gift_id: int, step: str) -> Response:
    """The gift is here, or does not come."""
    verb = receive_gift if step == "receipt" else withdraw_gift
    with unit_of_work():
        verb(gift_id, _actor(), clock.now())
    return _done(slug, "gift_noted")


@blueprint.post("/<slug>/shares")
@official(Role.office)
@freshly
def create_share_proposal(slug: str) -> Response:
    """Puts the stores' shares before a second officer."""
    with unit_of_work():
        propose_booking(draw_by_slug(slug), _actor(), clock.now())
    return _done(slug, "proposed")


@blueprint.post("/<slug>/shares/<int:store_id>/release")
@official(Role.office)
@freshly
def create_release_proposal(slug: str, store_id: int) -> Response:
    """Puts the end of a store's share before a second officer."""
    reason = request.form.get("reason", "")[:500]
    with unit_of_work():
        propose_release(draw_by_slug(slug), store_id, reason, _actor(), clock.now())
    return _done(slug, "proposed")


@blueprint.post("/<slug>/payments")
@official(Role.office)
@freshly
def create_payment_proposal(slug: str) -> Response | tuple[str, int]:
    """Puts a payment for prizes before a second officer."""
    amount = read_toman(request.form.get("amount_toman"))
    try:
        with unit_of_work():
            propose_payment(
                draw_by_slug(slug), amount, request.form.get("note", "")[:200], _actor(), clock.now()
            )
    except Invalid as error:
        return _refused(slug, error)
    return _done(slug, "proposed")


def _page(slug: str, error: Invalid | None = None) -> str:
    draw, at = draw_by_slug(slug), clock.now()
    waits = [p for kind in (BOOK, RELEASE, PAY) for p in pending(kind) if p.subject == f"draw:{slug}"]
    return render_template(
        "lottery/costs.html",
        page=costs_shown(draw, at),
        prizes=prizes_of(draw.id),
        can_add=draw.state.value in ("announced", "open"),
        can_drop=draw.state.value == "announced" and at < draw.opens_at,
        can_write=Role.office in visitor().roles,
        proposals=[(t(f"approval.action.{p.action}"), p.lapses_at) for p in waits],
        errors={name: t(f"field.{code}") for name, code in error.fields.items()} if error else {},
        entered=request.form if error else {},
    )


def _refused(slug: str, error: Invalid) -> tuple[str, int]:
    return _page(slug, error), error.status


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise Malformed("malformed")
    return int(text)


def _actor() -> Actor:
    return visitor().actor(Role.office.value)


def _done(slug: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_costs", slug=slug), 303)
