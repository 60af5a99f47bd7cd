"""A store's account and its statements."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Cursor, PageQuery, count, moment, text, toman


class StatementDocument(Answer):
    """One week: opening + goods + shipping - refunded - fund - lottery - recourse - late_refunded - paid_out + returned
    + other = closing."""

    number = count()
    until = text("the day whose first moment in Tehran ends it")
    made_at = moment()
    line_count = count()
    opening_toman = toman()
    gross_toman = toman("goods at reference prices; in no sum")
    discount_toman = toman("in no sum")
    goods_toman = toman()
    shipping_toman = toman()
    borne_toman = toman("shipping borne by the store; in no sum")
    refunded_toman = toman()
    fund_toman = toman()
    lottery_toman = toman()
    recourse_toman = toman()
    late_refunded_toman = toman()
    paid_out_toman = toman()
    returned_toman = toman()
    other_toman = toman()
    net_toman = toman()
    closing_toman = toman()


class SettlementPage(Cursor):
    due_toman = toman()
    owed_toman = toman()
    kept_back_toman = toman()
    in_payout_toman = toman()
    payable_toman = toman()
    items = fields.List(fields.Nested(StatementDocument))


class SettlementQuery(PageQuery):
    """Statements, the newest first."""
