"""What must hold of stores' money at any moment, as named checks; each gives the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.core.db import db
from marketplace.ledger.models import LedgerAccount, Step, Transfer
from marketplace.orders.models import Order, OrderPayment, StoreOrder
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.payments.models import Payment, PaymentState

MOVED = Transfer.step.in_((Step.single, Step.post))


def order_totals_equal_transfers() -> Iterator[str]:
    """What was captured for an order is booked for it: for its store orders, and for what went back at once."""
    clearing = select(LedgerAccount.id).where(LedgerAccount.name == "gateway_clearing").scalar_subquery()
    came = (
        select(Transfer.subject, func.sum(Transfer.amount_toman).label("toman"))
        .where(Transfer.debit_account_id == clearing, MOVED)
        .group_by(Transfer.subject)
        .subquery()
    )
    whole, part = aliased(came), aliased(came)
    by_parts = (
        select(StoreOrder.order_id, func.sum(part.c.toman).label("toman"))
        .join(part, part.c.subject == func.concat("store-order:", StoreOrder.id))
        .group_by(StoreOrder.order_id)
        .subquery()
    )
    captured = (
        select(OrderPayment.order_id, func.sum(Payment.captured_toman).label("toman"))
        .join(Payment, Payment.id == OrderPayment.payment_id)
        .where(Payment.state == PaymentState.captured)
        .group_by(OrderPayment.order_id)
        .subquery()
    )
    booked = func.coalesce(whole.c.toman, 0) + func.coalesce(by_parts.c.toman, 0)
    rows = db.session.execute(
        select(Order.number, captured.c.toman, booked.label("booked"))
        .outerjoin(captured, captured.c.order_id == Order.id)
        .outerjoin(whole, whole.c.subject == func.concat("order:", Order.id))
        .outerjoin(by_parts, by_parts.c.order_id == Order.id)
        .where(func.coalesce(captured.c.toman, 0) != booked)
    )
    for row in rows:
        yield f"order {row.number}: {row[1] or 0} captured, {row.booked} booked"


def store_held_is_explained() -> Iterator[str]:
    """What is held for a store order is never below zero, and nothing is held for one that was settled."""
    held = _held_by_subject()
    rows = db.session.execute(
        select(StoreOrder.id, held.c.toman, SettlementLine.id.label("line"))
        .join(held, held.c.subject == func.concat("store-order:", StoreOrder.id))
        .outerjoin(SettlementLine, SettlementLine.store_order_id == StoreOrder.id)
        .where((held.c.toman < 0) | (SettlementLine.id.is_not(None) & (held.c.toman != 0)))
    )
    for row in rows:
        yield f"store order {row.id}: {row.toman} held{', settled' if row.line else ''}"
    stray = db.session.execute(
        select(held.c.subject, held.c.toman).where(~held.c.subject.like("store-order:%"), held.c.toman != 0)
    )
    for other in stray:
        yield f"{other.subject}: {other.toman} held for no store order"


def settlements_are_booked() -> Iterator[str]:
    """Each settled store order moved its net to the store and its share to the fund, once, to the toman."""
    payable, fund = (
        case((Transfer.code == code, Transfer.amount_toman), else_=0)
        for code in ("settled", "fund_contribution")
    )
    booked = (
        select(
            Transfer.subject,
            func.sum(payable).label("net"),
            func.sum(fund).label("fund"),
        )
        .where(Transfer.code.in_(("settled", "fund_contribution")))
        .group_by(Transfer.subject)
        .subquery()
    )
    subject = func.concat("store-order:", SettlementLine.store_order_id)
    rows = db.session.execute(
        select(SettlementLine.store_order_id, SettlementLine.net_toman, booked.c.net, booked.c.fund)
        .outerjoin(booked, booked.c.subject == subject)
        .where(
            (SettlementLine.net_toman != func.coalesce(booked.c.net, 0))
            | (SettlementLine.fund_toman != func.coalesce(booked.c.fund, 0))
        )
    )
    for row in rows:
        yield f"store order {row.store_order_id}: settled {row.net_toman}, booked {row.net or 0} and {row.fund or 0}"
    lines = db.session.scalar(select(func.coalesce(func.sum(SettlementLine.net_toman), 0))) or 0
    moved = db.session.scalar(
        select(func.coalesce(func.sum(Transfer.amount_toman), 0)).where(Transfer.code == "settled")
    )
    if lines != moved:
        yield f"lines {lines}, transfers {moved}"


def store_accounts_equal_statements() -> Iterator[str]:
    """Statements follow each other, and what a store is due less what it owes is its last one and what moved since."""
    before = None
    for statement in db.session.scalars(select(Statement).order_by(Statement.store_id, Statement.number)):
        is_first = before is None or before.store_id != statement.store_id
        opening = 0 if is_first or before is None else before.closing_toman
        if statement.opening_toman != opening:
            yield (
                f"store {statement.store_id}, statement {statement.number}: opens with {statement.opening_toman}, "
                f"{opening} before"
            )
        before = statement
    last = (
        select(Statement.store_id, func.max(Statement.number).label("number"))
        .group_by(Statement.store_id)
        .subquery()
    )
    for statement in db.session.scalars(
        select(Statement).join(
            last, (last.c.store_id == Statement.store_id) & (last.c.number == Statement.number)
        )
    ):
        names = (f"store_payable:{statement.store_id}", f"store_receivable:{statement.store_id}")
        accounts = {
            row.id: row
            for row in db.session.execute(
                select(LedgerAccount.id, LedgerAccount.credits_toman - LedgerAccount.debits_toman).where(
                    LedgerAccount.name.in_(names)
                )
            )
        }
        balance = sum(row[1] for row in accounts.values())
        since = _moved_since(list(accounts), statement.last_transfer_id)
        if statement.closing_toman + since != balance:
            yield f"store {statement.store_id}: {statement.closing_toman} stated, {since} since, {balance} in the book"


def statements_are_their_lines() -> Iterator[str]:
    """The sums of all statements of a store are those of the lines they cover."""
    lines = (
        select(
            SettlementLine.store_id,
            Statement.number,
            func.count().label("count"),
            func.sum(SettlementLine.goods_toman).label("goods"),
            func.sum(SettlementLine.fund_toman).label("fund"),
            func.sum(SettlementLine.refunded_toman).label("refunded"),
        )
        .join(
            Statement,
            (Statement.store_id == SettlementLine.store_id)
            & (SettlementLine.id <= Statement.last_line_id)
            & (SettlementLine.id > _line_before()),
        )
        .group_by(SettlementLine.store_id, Statement.number)
        .subquery()
    )
    of = Statement
    rows = db.session.execute(
        select(of.store_id, of.number)
        .outerjoin(lines, (lines.c.store_id == of.store_id) & (lines.c.number == of.number))
        .where(
            or_(
                of.line_count != func.coalesce(lines.c.count, 0),
                of.goods_toman != func.coalesce(lines.c.goods, 0),
                of.fund_toman != func.coalesce(lines.c.fund, 0),
                of.refunded_toman != func.coalesce(lines.c.refunded, 0),
            )
        )
    )
    for row in rows:
        yield f"store {row.store_id}, statement {row.number} is not the sum of its lines"


def _line_before() -> Any:
    before = aliased(Statement)
    return (
        select(func.coalesce(func.max(before.last_line_id), 0))
        .where(before.store_id == Statement.store_id, before.number == Statement.number - 1)
        .correlate(Statement)
        .scalar_subquery()
    )


def _held_by_subject() -> Any:
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    is_in, is_out = credit.name.like("store_held:%"), debit.name.like("store_held:%")
    toman = case((is_in, Transfer.amount_toman), else_=0) - case((is_out, Transfer.amount_toman), else_=0)
    return (
        select(Transfer.subject, func.sum(toman).label("toman"))
        .join(debit, debit.id == Transfer.debit_account_id)
        .join(credit, credit.id == Transfer.credit_account_id)
        .where(MOVED, is_in | is_out)
        .group_by(Transfer.subject)
        .subquery()
    )


def _moved_since(accounts: list[int], transfer_id: int) -> int:
    gain = case((Transfer.credit_account_id.in_(accounts), Transfer.amount_toman), else_=0)
    loss = case((Transfer.debit_account_id.in_(accounts), Transfer.amount_toman), else_=0)
    touched = Transfer.debit_account_id.in_(accounts) | Transfer.credit_account_id.in_(accounts)
    found = db.session.scalar(
        select(func.coalesce(func.sum(gain - loss), 0)).where(Transfer.id > transfer_id, MOVED, touched)
    )
    return int(found or 0)


CHECKS = {
    "order_totals_equal_transfers": order_totals_equal_transfers,
    "store_held_is_explained": store_held_is_explained,
    "settlements_are_booked": settlements_are_booked,
    "store_accounts_equal_statements": store_accounts_equal_statements,
    "statements_are_their_lines": statements_are_their_lines,
}
