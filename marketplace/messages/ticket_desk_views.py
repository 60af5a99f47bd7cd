"""The office's desk of support tickets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.accounts.secrets import new_secret
from marketplace.core import clock
from marketplace.core.errors import Invalid, Malformed
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.ticket_inputs import submission_key, ticket_words
from marketplace.messages.ticket_models import TicketState
from marketplace.messages.ticket_queries import desk_tickets, officials, ticket, ticket_counts
from marketplace.messages.tickets import answer_ticket, close_ticket, refer_ticket

blueprint = Blueprint("ticket_desk", __name__, url_prefix="/office/tickets")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_tickets() -> str:
    """Tickets by state, the longest waiting first; or those referred to oneself."""
    asked = request.args.get("state", "")
    state = TicketState(asked) if asked in set(TicketState) else TicketState.waiting
    is_mine = request.args.get("mine") == "1"
    page = desk_tickets(state, visitor().id if is_mine else None, request.args.get("cursor"))
    return render_template(
        "messages/ticket_desk.html",
        tickets=page.items,
        state=state.value,
        is_mine=is_mine,
        counts=ticket_counts(),
        next_url=url_for(
            ".list_tickets", state=state.value, mine="1" if is_mine else None, cursor=page.next_cursor
        )
        if page.next_cursor
        else None,
    )


@blueprint.get("/<number>")
@official(Role.office, Role.auditor)
def show_ticket(number: str) -> str:
    """One ticket with its thread and the officials' notes."""
    return _page(number)


@blueprint.post("/<number>/answer")
@official(Role.office)
def create_answer(number: str) -> Any:
    """Answers."""
    try:
        body, key = ticket_words(request.form, 2), submission_key(request.form)
        at = clock.now()
        with unit_of_work():
            answer_ticket(number, body, key, visitor().actor("office"), at)
    except Invalid as refused:
        return _page(number, refused), refused.status
    put_notice("ticket_answered")
    return redirect(url_for(".show_ticket", number=number), 303)


@blueprint.post("/<number>/referral")
@official(Role.office)
def create_referral(number: str) -> Any:
    """Hands it to a colleague."""
    colleague = request.form.get("colleague", "")
    if not (colleague.isascii() and colleague.isdecimal() and len(colleague) < 19):
        raise Malformed()
    note, key = ticket_words(request.form, 0), submission_key(request.form)
    at = clock.now()
    with unit_of_work():
        refer_ticket(number, int(colleague), note, key, visitor().actor("office"), at)
    put_notice("ticket_referred")
    return redirect(url_for(".show_ticket", number=number), 303)


@blueprint.post("/<number>/closing")
@official(Role.office)
def create_closing(number: str) -> Any:
    """Closes it."""
    at = clock.now()
    with unit_of_work():
        close_ticket(number, visitor().actor("office"), at)
    put_notice("ticket_closed")
    return redirect(url_for(".list_tickets"), 303)


def _page(number: str, refused: Invalid | None = None) -> str:
    return render_template(
        "messages/ticket_file.html",
        ticket=ticket(number),
        colleagues=[one for one in officials() if one[0] != visitor().id],
        error=t(f"field.{next(iter(refused.fields.values()))}") if refused else None,
        keys=(new_secret(), new_secret()),
        may_write=Role.office in visitor().roles,
    )
