"""Statements as documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.orders.settlement_models import Statement

SUMS = (
    "opening_toman",
    "goods_toman",
    "shipping_toman",
    "borne_toman",
    "refunded_toman",
    "fund_toman",
    "lottery_toman",
    "recourse_toman",
    "late_refunded_toman",
    "paid_out_toman",
    "returned_toman",
    "other_toman",
    "closing_toman",
)


def statements_page(store_id: int, cursor: str | None, limit: int) -> Page[Statement]:
    """A store's statements, the newest first. Raises Malformed('bad_cursor')."""
    after = decode_cursor(cursor, (int,))
    query = select(Statement).where(Statement.store_id == store_id)
    if after is not None:
        query = query.where(Statement.number < after[0])
    rows = db.session.scalars(query.order_by(Statement.number.desc()).limit(limit + 1)).all()
    return page_of(rows, limit, lambda s: (s.number,))


def statement_document(s: Statement) -> dict[str, Any]:
    """A statement with its net of the week."""
    taken = s.refunded_toman + s.fund_toman + s.lottery_toman + s.recourse_toman + s.late_refunded_toman
    return {
        "number": s.number,
        "until": s.until_on.isoformat(),
        "made_at": s.made_at,
        "line_count": s.line_count,
        "gross_toman": s.reference_toman,
        "discount_toman": s.reference_toman - s.goods_toman,
        "net_toman": s.goods_toman + s.shipping_toman - taken,
        **{name: getattr(s, name) for name in SUMS},
    }
