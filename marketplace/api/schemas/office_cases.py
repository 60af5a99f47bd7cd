"""Complaints and claims as those who decide them read them, and what they may say."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Told,
    Wish,
    count,
    flag,
    moment,
    one_of,
    text,
    toman,
)
from marketplace.api.schemas.claims import Claim
from marketplace.api.schemas.complaints import Complaint
from marketplace.complaints.inputs import AUTHORITIES
from marketplace.complaints.lists import QUEUES
from marketplace.complaints.models import ComplaintState
from marketplace.guarantee.claim_models import ClaimState
from marketplace.guarantee.decision_models import Ground
from marketplace.stores.standing import Status

CLAIM_TABS = ("mine", "open", "appealed", "decided")
REASONS = {"type": "string", "minLength": 10, "maxLength": 4000}


class ComplaintQuery(PageQuery):
    """Which queue of the seal centre."""

    tab = fields.String(metadata={"description": f"one of {', '.join(QUEUES)}; `escalated` unless told"})


class ComplaintRow(Answer):
    """A complaint in a queue. `hours_left`: of the store's clock while it runs."""

    number = text()
    state = one_of(ComplaintState)
    category = text("in the language of the call")
    store = text()
    filed_at = moment()
    answer_due_at = moment()
    hours_left = count(allow_none=True)
    is_outside = flag("the purchase was made elsewhere")


class ComplaintPage(Cursor):
    """A page of a queue."""

    items = fields.List(fields.Nested(ComplaintRow))


class OfficeComplaint(Complaint):
    """A case with what only the seal centre is told: how it counts against the seal, and the store's contest."""

    count_status = one_of(Status, allow_none=True)
    drops_out_at = moment("when it counts no more", allow_none=True)
    contest = text(allow_none=True)


class RulingWish(Wish):
    """A ruling with its grounds; a referral names authority and letter."""

    ruling = Told(metadata={"type": "string", "enum": ["admitted", "unfounded", "duplicate", "referred"]})
    text = Told(metadata=REASONS)
    authority = Told(metadata={"type": "string", "enum": list(AUTHORITIES)})
    letter = Told(metadata={"type": "string", "minLength": 2, "maxLength": 40})


class ReviewWish(Wish):
    """`upheld`: the shopper is right."""

    verdict = Told(metadata={"type": "string", "enum": ["upheld", "dismissed"]})
    text = Told(metadata=REASONS)


class ContestWish(Wish):
    """`won`: the store is right, and the complaint counts no more."""

    verdict = Told(metadata={"type": "string", "enum": ["won", "lost"]})
    text = Told(metadata=REASONS)


class ClaimQuery(PageQuery):
    """Which claims."""

    tab = fields.String(metadata={"description": f"one of {', '.join(CLAIM_TABS)}"})


class ClaimRow(Answer):
    """A claim in a list. `seats`, `chosen`: how many sit, and how many of them have chosen."""

    number = text()
    state = one_of(ClaimState)
    category = text("in the language of the call")
    store = text()
    loss_toman = toman()
    paid_toman = toman()
    filed_at = moment()
    due_at = moment(allow_none=True)
    seats = count()
    chosen = count()


class ClaimPage(Cursor):
    """A page of claims."""

    items = fields.List(fields.Nested(ClaimRow))


class SeatChoice(Answer):
    """What one chose."""

    is_for_shopper = flag()
    ground = one_of(Ground)
    loss_toman = toman()
    store_share_percent = count()
    text = text()


class Seat(Answer):
    """One seat. `choice` is null while it is hidden from the reader, or not made."""

    place = count()
    who = text(allow_none=True)
    has_chosen = flag()
    is_mine = flag()
    choice = fields.Nested(SeatChoice, allow_none=True)


class Bench(Answer):
    """Who sits at the claim, and what the caller may do there. `most_toman`: the most that may be found proven."""

    seats = fields.List(fields.Nested(Seat))
    may_choose = flag()
    may_ask = flag()
    interests = fields.List(fields.String(), metadata={"description": "why the caller may not choose"})
    most_toman = toman()


class OfficeClaim(Claim):
    """A claim with its bench. `version` goes into a choice."""

    version = count()
    bench = fields.Nested(Bench)


class ChoiceWish(Wish):
    """What an adjudicator chooses: for whom, the proven loss, the store's share of it, ground and reasons. `summary` is
    for the public library and names nobody."""

    outcome = Told(metadata={"type": "string", "enum": ["approve", "reject"]})
    loss_toman = Told(metadata={"type": "integer", "minimum": 1})
    store_share_percent = Told(metadata={"type": "integer", "minimum": 1, "maximum": 100})
    ground = Told(metadata={"type": "string", "enum": [g.value for g in Ground]})
    text = Told(metadata=REASONS)
    summary = Told(metadata={"type": "string", "maxLength": 400})
    version = Told(metadata={"type": "integer", "minimum": 0})


class RequestWish(Wish):
    """What is asked of one side."""

    of = Told(metadata={"type": "string", "enum": ["shopper", "store"]})
    text = Told(metadata=REASONS)
    version = Told(metadata={"type": "integer", "minimum": 0})
