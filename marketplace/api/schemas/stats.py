"""Figures of the festival."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, count, moment, one_of, text, toman
from marketplace.stats.rules import YearState


class StatsDay(Answer):
    """One day of the edition in Tehran."""

    day = fields.Date()
    turnover_toman = toman("goods of store orders paid that day")
    orders = count()
    store_orders = count()
    free_shippings = count()
    kits = count("of the store orders paid that day: those whose kit was packed")


class StatsCategory(Answer):
    """A row of the bazaar. Rows with fewer than five store orders stand together, without a slug."""

    slug = text(allow_none=True)
    name = text()
    turnover_toman = toman()
    store_orders = count()


class StatsKind(Answer):
    category = text()
    filed = count()


class StatsComplaints(Answer):
    """Complaints filed in the last 365 days, without those set aside. Shares are per mille, null of nothing."""

    filed = count()
    answered_in_time = count()
    answered_late = count()
    unanswered = count()
    running = count()
    settled_by_seller = count("answered by the store and called solved without a review")
    settled_by_seller_permille = count("of those whose clock has ended", allow_none=True)
    solved = count()
    not_solved = count()
    by_category = fields.List(fields.Nested(StatsKind))


class StatsApplications(Answer):
    applied = count()
    approved = count()
    waiting = count()
    waitlisted = count()
    refused = count("or withdrawn")


class StatsClearances(Answer):
    """Answers to inquiries in the last 365 days."""

    answers = count()
    median_minutes = count(allow_none=True)
    p90_minutes = count(allow_none=True)
    breaches = count()
    adverse_permille = count(allow_none=True)


class StatsFund(Answer):
    """The guarantee fund by the book."""

    balance_toman = toman()
    reserved_toman = toman()
    in_toman = toman()
    out_toman = toman()


class StatsYear(Answer):
    """A Jalali year's turnover."""

    year = count()
    turnover_toman = toman()
    refunded_toman = toman()
    store_orders = count()
    state = one_of(YearState)
    final_on = fields.Date()
    due_on = fields.Date()


class StatsEdition(Answer):
    slug = text()
    title = text()
    first_day = fields.Date()
    last_day = fields.Date(metadata={"description": "of its days so far"})


class Stats(Answer):
    """All figures. Sums of trade are those of the edition; null where no edition has begun."""

    edition = fields.Nested(StatsEdition, allow_none=True)
    as_of = moment("when the sums were last made anew", allow_none=True)
    turnover_toman = toman()
    reference_toman = toman("the same goods at their reference prices")
    orders = count()
    store_orders = count()
    free_shippings = count()
    shipping_borne_toman = toman("by the stores")
    shipping_paid_toman = toman("by the shoppers")
    kits = count()
    refunded_toman = toman("of goods, asked or done")
    days = fields.List(fields.Nested(StatsDay))
    categories = fields.List(fields.Nested(StatsCategory))
    complaints = fields.Nested(StatsComplaints)
    applications = fields.Nested(StatsApplications)
    clearances = fields.Nested(StatsClearances)
    fund = fields.Nested(StatsFund)
    years = fields.List(fields.Nested(StatsYear))
