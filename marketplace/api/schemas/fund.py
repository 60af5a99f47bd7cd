"""The guarantee fund's public book."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, count, flag, link, moment, one_of, text, toman
from marketplace.stores.standing import Category

number = count


class Totals(Answer):
    """Sums since the book began; what left stands as a positive amount."""

    contributed_toman = toman("Shares of settled store orders.")
    contribution_count = count("Settled store orders that gave a share.")
    given_toman = toman("Sponsors' gifts.")
    assessed_toman = toman("Stores' shares towards the floor.")
    recovered_toman = toman("What stores gave back of what the fund paid for them.")
    paid_toman = toman("To shoppers.")
    lost_toman = toman("What left otherwise: debts given up.")


class FundRules(Answer):
    """Numbers of the policy in force."""

    coverage_percent = count("The share of a loss that is paid for purchases of now.")
    full_coverage_percent = count()
    cap_per_order_toman = toman()
    cap_per_person_toman = toman("Per shopper and festival.")
    least_loss_toman = toman()
    contribution_permille = count()
    floor_toman = toman()
    assessment_months = count()
    store_line_percent = count()
    store_line_least_toman = toman()
    decision_working_days = count()
    payment_working_days = count()
    payer_is_insurer = flag()


class Expected(Answer):
    """What is expected, with its formula: asked_toman + exposure_toman * permille / 1000, rounded down."""

    measured_at = moment()
    exposure_toman = toman("Stands behind open protected store orders.")
    order_count = count()
    permille = count()
    asked_toman = toman("The most that open claims may bring.")
    claim_count = count()
    expected_toman = toman()
    ratio_percent = fields.Integer(
        allow_none=True, metadata={"description": "What is free in percent of what is expected."}
    )


class FundDay(Answer):
    """A day in Tehran, and the sums at its end."""

    day_on = fields.Date()
    balance_toman = toman()
    reserved_toman = toman()
    free_toman = toman()
    contributed_toman = toman()
    given_toman = toman()
    assessed_toman = toman()
    recovered_toman = toman()
    paid_toman = toman()
    lost_toman = toman()
    expected_toman = toman()
    open_claim_count = count()


class ClaimFigures(Answer):
    """Claims of one category by outcome."""

    category = one_of(Category)
    open_count = count()
    granted_count = count()
    rejected_count = count()
    ended_count = count("Withdrawn, or made good before a decision.")
    approved_toman = toman()
    paid_toman = toman()


class DecisionTimes(Answer):
    """From a complete file to its decision, in hours, over twelve months."""

    count = number()
    median_hours = number()
    p90_hours = number()


class Fund(Answer):
    """The book. `digest` is the seal of its last line; `lines_url` has every line with its own."""

    written_at = moment(allow_none=True)
    balance_toman = toman()
    reserved_toman = toman("Put aside for approved claims.")
    free_toman = toman("What may still be promised.")
    waiting_toman = toman("Approved, and waiting for a month's end.")
    waiting_count = count()
    totals = fields.Nested(Totals)
    rules = fields.Nested(FundRules)
    expected = fields.Nested(Expected, allow_none=True)
    claims = fields.List(fields.Nested(ClaimFigures))
    decision_times = fields.Nested(DecisionTimes, allow_none=True)
    days = fields.List(fields.Nested(FundDay), metadata={"description": "The newest 100, the oldest first."})
    line_count = count()
    digest = text("64 hexadecimal digits; zeros while the book is empty.")
    lines_url = link()
    days_url = link()
