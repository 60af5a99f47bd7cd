"""Tickets, what shoppers say, messages, jobs and black boxes for programs of the office."""

from __future__ import annotations

from typing import Any

from flask import request

from marketplace.accounts.access import visitor
from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_service as schemas
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.models import JobState
from marketplace.messages.dead_letters import retry_message, retry_messages
from marketplace.messages.models import Channel, MessageState
from marketplace.messages.queries import desk_rows
from marketplace.messages.ticket_inputs import submission_key, ticket_words
from marketplace.messages.ticket_models import TicketState
from marketplace.messages.ticket_queries import desk_tickets, ticket
from marketplace.messages.tickets import answer_ticket, close_ticket, refer_ticket
from marketplace.oversight.black_box import list_boxes, order_box
from marketplace.oversight.chores import list_jobs, list_sweeps, retry_job
from marketplace.reviews.desk_queries import cases
from marketplace.reviews.inputs import Decision
from marketplace.reviews.models import SaidKind, SaidState
from marketplace.reviews.moderation import publish_said, remove_said

TAG, SCOPE = "office", "office:service"
READERS = (Role.office, Role.auditor)


@reading(
    "/office/tickets",
    TAG,
    "office:read",
    *READERS,
    gives=schemas.TICKET_LINE.listed,
    asks=schemas.TicketQuery,
)
def list_office_tickets() -> Any:
    """Support tickets by state, the longest waiting first; or those referred to oneself."""
    asked = request.args.get("state", "")
    state = TicketState(asked) if asked in set(TicketState) else TicketState.waiting
    mine = visitor().id if request.args.get("mine") == "true" else None
    return schemas.TICKET_LINE.page(desk_tickets(state, mine, request.args.get("cursor")))


@reading("/office/tickets/<number>", TAG, "office:read", *READERS, gives=schemas.TICKET.schema)
def show_office_ticket(number: str) -> Any:
    """One ticket with its thread and the officials' notes."""
    return schemas.TICKET(ticket(number))


@act("/office/tickets/<number>/answer", TAG, SCOPE, Role.office, says=schemas.TicketAnswerBody)
def create_ticket_answer(said: Said, number: str) -> Verb:
    """Answers a ticket."""
    body, key = ticket_words(said, 2), submission_key(said)
    return lambda at: answer_ticket(number, body, key, acting(Role.office), at)


@act("/office/tickets/<number>/referral", TAG, SCOPE, Role.office, says=schemas.TicketReferralBody)
def create_ticket_referral(said: Said, number: str) -> Verb:
    """Hands a ticket to a colleague, with a note."""
    colleague, note, key = said.body["colleague_id"], ticket_words(said, 0), submission_key(said)
    return lambda at: refer_ticket(number, colleague, note, key, acting(Role.office), at)


@act("/office/tickets/<number>/closing", TAG, SCOPE, Role.office)
def create_office_ticket_closing(number: str) -> Verb:
    """Closes a ticket."""
    return lambda at: close_ticket(number, acting(Role.office), at)


@reading(
    "/office/said/<kind>", TAG, "office:read", *READERS, gives=schemas.SAID.listed, asks=schemas.SaidQuery
)
def list_said(kind: str) -> Any:
    """Held and reported words of shoppers (`review`, `question` or `answer`), or the removed ones."""
    is_removed = request.args.get("removed") == "true"
    return schemas.SAID.page(cases(_kind(kind), is_removed=is_removed, cursor=request.args.get("cursor")))


@act("/office/said/<kind>/<int:said_id>/publication", TAG, SCOPE, Role.office, says=schemas.SeenBody)
def create_said_publication(said: Said, kind: str, said_id: int) -> Verb:
    """Lets words stand, or brings them back."""
    of, seen = _kind(kind), SaidState(said["seen"])
    return lambda at: publish_said(of, said_id, acting(Role.office), at, seen=seen)


@act("/office/said/<kind>/<int:said_id>/removal", TAG, SCOPE, Role.office, says=schemas.SaidRemovalBody)
def create_said_removal(said: Said, kind: str, said_id: int) -> Verb:
    """Takes words down with a reason."""
    wish = Decision.parse({**said.to_dict(), "kind": _kind(kind).value, "said_id": str(said_id)})
    seen = SaidState(said["seen"])
    return lambda at: remove_said(wish, acting(Role.office), at, seen=seen)


@reading(
    "/office/messages", TAG, "office:read", *READERS, gives=schemas.MESSAGE.listed, asks=schemas.MessageQuery
)
def list_messages() -> Any:
    """Messages of one state, given up ones unless told; addresses are masked and no code is shown."""
    asked, channel = request.args.get("state"), request.args.get("channel")
    state = MessageState(asked) if asked in set(MessageState) else MessageState.failed
    chosen = Channel(channel) if channel in (Channel.sms, Channel.mail) else None
    return schemas.MESSAGE.page(desk_rows(state, chosen, request.args.get("cursor")))


@act("/office/messages/<int:message_id>/retry", TAG, SCOPE, Role.office)
def create_message_retry(message_id: int) -> Verb:
    """Puts one message that was given up back in the queue."""
    return lambda at: retry_message(message_id, acting(Role.office), at)


@act("/office/messages/retries", TAG, SCOPE, Role.office, says=schemas.ChannelBody, makes=made.RETRIED)
def create_message_retries(said: Said) -> Verb:
    """Puts all messages of a channel that were given up back, as after an outage; at most 500 at once."""
    channel = Channel(said["channel"])
    return lambda at: retry_messages(channel, acting(Role.office), at)


@reading("/office/jobs", TAG, "office:read", *READERS, gives=schemas.JOB.listed, asks=schemas.JobQuery)
def list_office_jobs() -> Any:
    """Jobs of one state, those given up unless told."""
    asked = request.args.get("state")
    state = next((one for one in schemas.JOB_STATES if one.value == asked), JobState.dead)
    return schemas.JOB.page(list_jobs(state, request.args.get("cursor"), clock.now()))


@reading("/office/sweeps", TAG, "office:read", *READERS, gives=schemas.SWEEP.listed)
def list_office_sweeps() -> Any:
    """Every sweep with its last run and how late it is."""
    return schemas.SWEEP.many(list_sweeps(clock.now()))


@act("/office/jobs/<int:job_id>/retry", TAG, SCOPE, Role.office)
def create_job_retry(job_id: int) -> Verb:
    """Puts one dead job back in the queue."""
    return lambda at: retry_job(job_id, acting(Role.office), at)


@reading("/office/black-boxes", TAG, "office:read", *READERS, gives=schemas.BOX.listed)
def list_black_boxes() -> Any:
    """The archives of everything that is public, the newest first."""
    return schemas.BOX.many(list_boxes())


@act("/office/black-boxes", TAG, SCOPE, Role.office, status=201, makes=made.BOX)
def create_black_box() -> Verb:
    """Has a worker build an archive of everything as it stands now."""
    return lambda at: order_box(acting(Role.office), at)


def _kind(value: str) -> SaidKind:
    """Raises NotFound."""
    if value not in set(SaidKind):
        raise NotFound()
    return SaidKind(value)
