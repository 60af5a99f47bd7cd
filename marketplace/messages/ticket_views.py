"""The person's own tickets."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.access import signed_in, visitor
from marketplace.accounts.secrets import new_secret
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.ticket_inputs import NewTicket, submission_key, ticket_words
from marketplace.messages.ticket_models import TicketTopic
from marketplace.messages.ticket_queries import ticket, tickets_of
from marketplace.messages.tickets import close_ticket, open_ticket, write_to_office

blueprint = Blueprint("tickets", __name__, url_prefix="/me/tickets")


@blueprint.get("")
@signed_in
def list_tickets() -> str:
    """Own tickets, and the form for a new one."""
    return _list_page()


@blueprint.post("")
@signed_in
def create_ticket() -> Any:
    """Opens a ticket."""
    try:
        wish = NewTicket.parse(request.form)
        at = clock.now()
        with unit_of_work():
            number = open_ticket(wish, visitor().actor(), at)
    except Invalid as refused:
        return _list_page(refused), refused.status
    put_notice("ticket_opened")
    return redirect(url_for(".show_ticket", number=number), 303)


@blueprint.get("/<number>")
@signed_in
def show_ticket(number: str) -> str:
    """An own ticket with its thread."""
    return _ticket_page(number)


@blueprint.post("/<number>/words")
@signed_in
def create_word(number: str) -> Any:
    """Adds to an own ticket."""
    try:
        body, key = ticket_words(request.form), submission_key(request.form)
        at = clock.now()
        with unit_of_work():
            write_to_office(number, visitor().id, body, key, visitor().actor(), at)
    except Invalid as refused:
        return _ticket_page(number, refused), refused.status
    put_notice("ticket_said")
    return redirect(url_for(".show_ticket", number=number), 303)


@blueprint.post("/<number>/closing")
@signed_in
def create_closing(number: str) -> Any:
    """Closes an own ticket."""
    at = clock.now()
    with unit_of_work():
        close_ticket(number, visitor().actor(), at, person_id=visitor().id)
    put_notice("ticket_closed")
    return redirect(url_for(".list_tickets"), 303)


def _list_page(refused: Invalid | None = None) -> str:
    page = tickets_of(visitor().id, request.args.get("cursor"))
    form = request.form if refused else {}
    return render_template(
        "messages/tickets.html",
        tickets=page.items,
        topics=[topic.value for topic in TicketTopic],
        typed={name: form.get(name, "")[:4_000] for name in ("topic", "title", "body")},
        errors={name: t(f"field.{code}") for name, code in refused.fields.items()} if refused else {},
        submission_key=form.get("submission_key", "")[:100] or new_secret(),
        next_url=url_for(".list_tickets", cursor=page.next_cursor) if page.next_cursor else None,
    )


def _ticket_page(number: str, refused: Invalid | None = None) -> str:
    return render_template(
        "messages/ticket.html",
        ticket=ticket(number, person_id=visitor().id),
        error=t(f"field.{next(iter(refused.fields.values()))}") if refused else None,
        submission_key=new_secret(),
    )
