"""Complaints and performance records."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Told, Wish, count, flag, link, moment, one_of, text, toman
from marketplace.api.schemas.stores import StoreName
from marketplace.complaints.models import ComplaintState, Evaluation, OfferOfStoreState, Remedy, Said, Side
from marketplace.stores.standing import Category


class ComplaintWish(Wish):
    """What happened. The text cannot be changed later, only added to."""

    category = Told(metadata={"type": "string", "enum": [c.value for c in Category]})
    text = Told(metadata={"type": "string", "minLength": 10, "maxLength": 4000})
    line = Told(
        metadata={"type": "integer", "description": "id of one line; the whole store order without it"}
    )


class MessageWish(Wish):
    text = Told(metadata={"type": "string", "minLength": 3, "maxLength": 4000})


class EvaluationWish(Wish):
    """The shopper's word on the answer."""

    evaluation = Told(metadata={"type": "string", "enum": ["solved", "not_solved"]})
    text = Told(metadata={"type": "string", "maxLength": 4000})


class AnswerWish(Wish):
    """The store's answer. A reply stops no clock; an offer names its remedy, a part refund its sum."""

    kind = Told(metadata={"type": "string", "enum": ["offer", "acceptance", "refusal", "reply"]})
    text = Told(metadata={"type": "string", "minLength": 10, "maxLength": 4000})
    remedy = Told(metadata={"type": "string", "enum": [r.value for r in Remedy]})
    amount_toman = Told(metadata={"type": "integer", "minimum": 1})


class ComplaintMessage(Answer):
    side = one_of(Side)
    kind = one_of(Said)
    text = text()
    at = moment()


class ComplaintOffer(Answer):
    remedy = one_of(Remedy)
    amount_toman = toman(allow_none=True)
    state = one_of(OfferOfStoreState)
    made_at = moment()


class Complaint(Answer):
    """A case. `answer_due_at` is in time; one second later is late. Only an offer, an acceptance or a refusal with
    reasons stops the clock."""

    number = text()
    state = one_of(ComplaintState)
    category = one_of(Category)
    store = fields.Nested(StoreName)
    order_number = text(allow_none=True)
    filed_at = moment()
    answer_due_at = moment()
    answered_at = moment(allow_none=True)
    evaluation = one_of(Evaluation, allow_none=True)
    messages = fields.List(fields.Nested(ComplaintMessage))
    offers = fields.List(fields.Nested(ComplaintOffer))
    url = link()


class PeriodFigures(Answer):
    """Complaints filed in a period. Shares are the bounds of Wilson's interval at 95 %, in ten-thousandths."""

    filed = count()
    by_category = fields.Dict(keys=fields.String(), values=fields.Integer())
    answered_in_time = count()
    answered_late = count()
    unanswered = count()
    running = count()
    solved = count("as shoppers judge")
    not_solved = count()
    not_evaluated = count("silence, which is never solved")
    median_minutes = count("of the clock, until the answer", allow_none=True)
    p90_minutes = count(allow_none=True)
    in_time_lower = count()
    in_time_upper = count()
    solved_lower = count()
    solved_upper = count()


class Periods(Answer):
    days_90 = fields.Nested(PeriodFigures)
    months_12 = fields.Nested(PeriodFigures)
    whole = fields.Nested(PeriodFigures)


class RecordMonth(Answer):
    """A Jalali month of Tehran, `1405-01`."""

    month = text()
    in_time = count()
    late = count()
    unanswered = count()
    running = count()
    orders = count()


class Peers(Answer):
    """Stores of the same size and category: how many, and their middle solved share (ten-thousandths)."""

    median = count(allow_none=True)
    count = count()


class Findings(Answer):
    minor = count()
    major = count()
    critical = count()
    open = count("not mended yet")


class Record(Answer):
    """What the public sees when it clicks a seal. Rates are not to be shown where `has_enough_data` is false."""

    store = fields.Nested(StoreName)
    as_of = moment()
    has_enough_data = flag("at least 10 orders or 5 closed complaints")
    orders_band = fields.List(
        fields.Integer(allow_none=True), metadata={"description": "from, to (null: and more)"}
    )
    periods = fields.Nested(Periods)
    months = fields.List(fields.Nested(RecordMonth))
    counted = count("complaints that count against the seal now")
    limit = count("more than this opens a revocation case")
    next_drop_out_at = moment(allow_none=True)
    stars_lost = count("to repeated lateness")
    findings = fields.Nested(Findings)
    marks = fields.Dict(keys=fields.String(), values=fields.Integer())
    peers = fields.Nested(Peers)
    url = link()
