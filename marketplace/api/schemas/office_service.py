"""Tickets, words of shoppers, messages, jobs and archives as the office reads and moves them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import Truth, body, choice, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.core.models import JobState
from marketplace.messages.models import Channel, MessageState
from marketplace.messages.shown import DeskRow
from marketplace.messages.ticket_models import TicketState
from marketplace.messages.ticket_queries import TicketRow, TicketShown, WordShown
from marketplace.oversight.chores import JobShown, SweepShown
from marketplace.oversight.models import BlackBox
from marketplace.reviews.models import ReportReason, SaidState
from marketplace.reviews.shown import CaseShown

JOB_STATES = (JobState.dead, JobState.queued, JobState.running)
TICKET_LINE = Shape("TicketLine", TicketRow, "number title topic state opened_at heard_at who handler")
WORD = Shape("TicketWord", WordShown, "side who body at")
TICKET = Shape(
    "Ticket",
    TicketShown,
    "ticket=row words",
    "A support ticket with its thread.",
    ticket=TICKET_LINE,
    words=WORD,
)
SAID = Shape(
    "SaidCase",
    CaseShown,
    "kind id who body state stars title store at held_for report_count removed_reason",
    "What a shopper said, held or reported. `state` goes into a decision as `seen`.",
)
MESSAGE = Shape(
    "OutboxMessage", DeskRow, "id channel address template subject attempts created_at tried_at last_error"
)
JOB = Shape("OfficeJob", JobShown, "id kind key attempts created_at run_at lag_seconds last_error")
SWEEP = Shape(
    "Sweep",
    SweepShown,
    "name period_seconds ended_at lag_seconds took_ms done_count failed_at last_error state",
)
BOX = Shape(
    "BlackBox", BlackBox, "id state ordered_at ordered_by built_at file_name sha256 key part_count byte_count"
)
CURSOR = {"description": "`next_cursor` of the page before"}


class TicketQuery(Wish):
    state = fields.String(metadata={"description": f"one of {', '.join(TicketState)}"})
    mine = Truth(metadata={"description": "only those referred to oneself"})
    cursor = fields.String(metadata=CURSOR)


class SaidQuery(Wish):
    removed = Truth(metadata={"description": "the removed ones"})
    cursor = fields.String(metadata=CURSOR)


class MessageQuery(Wish):
    state = fields.String(metadata={"description": f"one of {', '.join(MessageState)}"})
    channel = fields.String(metadata={"description": "`sms` or `mail`"})
    cursor = fields.String(metadata=CURSOR)


class JobQuery(Wish):
    state = fields.String(metadata={"description": f"one of {', '.join(JOB_STATES)}"})
    cursor = fields.String(metadata=CURSOR)


KEY = {
    "submission_key": words(
        "of your own, 8 to 100 signs: sent twice it is one word", 100, needed=True, least=8
    )
}
TicketAnswerBody = body("TicketAnswerWish", **KEY, body=words(most=4_000, needed=True))
TicketReferralBody = body(
    "TicketReferralWish",
    **KEY,
    colleague_id=whole(least=1, most=10**15, needed=True),
    body=words("a note", 4_000),
)
SEEN = {"seen": choice(SaidState, "the state that was read")}
SeenBody = body("SaidPublicationWish", **SEEN)
SaidRemovalBody = body("SaidRemovalWish", **SEEN, reason=choice(ReportReason), note=words(most=500))
ChannelBody = body("ChannelWish", channel=choice((Channel.sms, Channel.mail)))
