"""Claims on the guarantee fund."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Told, Wish, flag, link, moment, one_of, text, toman
from marketplace.api.schemas.stores import StoreName
from marketplace.guarantee.claim_models import ClaimState, Party, Payer, Said
from marketplace.guarantee.decision_models import Ground, Round
from marketplace.guarantee.recourse_models import ClaimPaymentState, Way
from marketplace.stores.standing import Category


class ClaimWish(Wish):
    """What is asked of the fund. `residual_toman`: what goods in hand are still worth, in toman; a Sheba is used where
    the money cannot go back by the way of the payment."""

    text = Told(metadata={"type": "string", "minLength": 10, "maxLength": 4000})
    residual_toman = Told(metadata={"type": "integer", "minimum": 0})
    sheba = Told(metadata={"type": "string"})
    sheba_owner = Told(metadata={"type": "string"})


class ClaimMessage(Answer):
    side = one_of(Party)
    kind = one_of(Said)
    text = text()
    at = moment()


class ClaimDecision(Answer):
    """A written decision with its arithmetic."""

    number = text()
    round = one_of(Round)
    is_for_shopper = flag("whether the fund pays")
    ground = one_of(Ground)
    text = text()
    loss_toman = toman()
    amount_toman = toman()
    decided_at = moment()


class ClaimPayment(Answer):
    amount_toman = toman()
    way = one_of(Way)
    state = one_of(ClaimPaymentState)
    at = moment()


class Claim(Answer):
    """A claim on the fund. Paid is never more than reserved, reserved never more than approved."""

    number = text()
    state = one_of(ClaimState)
    category = one_of(Category)
    payer = one_of(Payer)
    store = fields.Nested(StoreName)
    complaint_number = text()
    loss_toman = toman()
    approved_toman = toman()
    reserved_toman = toman()
    paid_toman = toman()
    filed_at = moment()
    answer_due_at = moment(allow_none=True)
    decide_by_at = moment(allow_none=True)
    appeal_until_at = moment(allow_none=True)
    messages = fields.List(fields.Nested(ClaimMessage))
    decisions = fields.List(fields.Nested(ClaimDecision))
    payments = fields.List(fields.Nested(ClaimPayment))
    url = link()


class ClaimCondition(Answer):
    """One condition, met or not; `until` is the moment of its clock."""

    code = text()
    message = text()
    is_met = flag("whether it holds now")
    until = moment(allow_none=True)


class ClaimEligibility(Answer):
    """Whether the fund can be asked about a complaint, with every condition."""

    is_met = flag("whether all conditions hold")
    closes_at = moment(allow_none=True)
    most_toman = toman("what would be paid at most", allow_none=True)
    conditions = fields.List(fields.Nested(ClaimCondition))
