"""What the store's money pages show: account, statements with their lines, payouts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.ledger.chart import store_held
from marketplace.ledger.transfers import balance
from marketplace.orders.models import Order, StoreOrder
from marketplace.orders.payout_run import outlook
from marketplace.orders.settlement_models import SettlementLine, Statement
from marketplace.orders.statements import week_end
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.payout_models import Payout, PayoutAccount, PayoutState
from marketplace.payments.payout_queries import payout_account, payouts_of_store
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

MOST_LINES = 200
TONES = {"proposed": "zf", "sent": "fz", "paid": "ps", "failed": "an", "retried": "plain"}


@dataclass(frozen=True, slots=True)
class AccountShown:
    """The store's Sheba, masked, and from when it can be paid to (None: now)."""

    masked: str
    owner_name: str
    rests_until: datetime | None


@dataclass(frozen=True, slots=True)
class StatementShown:
    """A statement in toman. `net_toman`: what the week brought before payouts; `discount_toman` and `borne_toman` are
    told and stand in no sum."""

    number: int
    until_on: date
    made_at: datetime
    line_count: int
    opening_toman: int
    gross_toman: int
    discount_toman: int
    goods_toman: int
    shipping_toman: int
    borne_toman: int
    refunded_toman: int
    fund_toman: int
    lottery_toman: int
    recourse_toman: int
    late_refunded_toman: int
    net_toman: int
    paid_out_toman: int
    returned_toman: int
    other_toman: int
    closing_toman: int

    @property
    def last_on(self) -> date:
        """The last day that the statement covers."""
        return self.until_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LineShown:
    """One settled store order on a statement."""

    store_order_id: int
    number: str
    settled_at: datetime
    gross_toman: int
    discount_toman: int
    goods_toman: int
    shipping_toman: int
    borne_toman: int
    refunded_toman: int
    fund_toman: int
    net_toman: int


@dataclass(frozen=True, slots=True)
class PayoutShown:
    """A payout as its store sees it."""

    reference: str
    amount_toman: int
    masked: str
    state: str
    state_label: str
    tone: str
    at: datetime
    bank_reference: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class SettlementShown:
    """The store's money at a glance; amounts in toman."""

    store_name: str
    account: AccountShown | None
    due_toman: int
    owed_toman: int
    kept_back_toman: int
    in_payout_toman: int
    payable_toman: int
    on_way_toman: int
    reasons: tuple[str, ...]
    least_toman: int
    next_on: date
    statements: tuple[StatementShown, ...]
    payouts: tuple[PayoutShown, ...]


def show_settlement(store_id: int, at: datetime) -> SettlementShown:
    """The account of one store now, its statements and payouts."""
    store = db.session.get_one(Store, store_id)
    now = outlook(store_id)
    reasons = [t(f"settlement.hold.{reason}") for reason in now.reasons]
    if now.is_suspended:
        reasons.append(t("settlement.suspended"))
    return SettlementShown(
        store_name=store.name_fa if current_language() == "fa" else store.name_en,
        account=_account(payout_account(store_id), at),
        due_toman=now.due_toman,
        owed_toman=now.owed_toman,
        kept_back_toman=now.held_toman,
        in_payout_toman=now.in_payout_toman,
        payable_toman=now.payable_toman,
        on_way_toman=balance(store_held(store_id)),
        reasons=tuple(reasons),
        least_toman=policy_at(at).payout_least_toman,
        next_on=week_end(at) + timedelta(days=7),
        statements=tuple(statement_shown(s) for s in statements_of(store_id)),
        payouts=tuple(_payout(p) for p in payouts_of_store(store_id)),
    )


def statements_of(store_id: int, before: int | None = None, limit: int = 60) -> Sequence[Statement]:
    """A store's statements, the newest first, those with numbers below `before`."""
    query = select(Statement).where(Statement.store_id == store_id)
    if before is not None:
        query = query.where(Statement.number < before)
    return db.session.scalars(query.order_by(Statement.number.desc()).limit(limit)).all()


def own_statement(store_id: int, number: int) -> Statement:
    """A store's own statement by its number. Raises NotFound."""
    found = db.session.scalar(
        select(Statement).where(Statement.store_id == store_id, Statement.number == number)
    )
    if found is None:
        raise NotFound("unknown_statement")
    return found


def statement_shown(s: Statement) -> StatementShown:
    """A statement with its net."""
    taken = s.refunded_toman + s.fund_toman + s.lottery_toman + s.recourse_toman + s.late_refunded_toman
    return StatementShown(
        number=s.number,
        until_on=s.until_on,
        made_at=s.made_at,
        line_count=s.line_count,
        opening_toman=s.opening_toman,
        gross_toman=s.reference_toman,
        discount_toman=s.reference_toman - s.goods_toman,
        goods_toman=s.goods_toman,
        shipping_toman=s.shipping_toman,
        borne_toman=s.borne_toman,
        refunded_toman=s.refunded_toman,
        fund_toman=s.fund_toman,
        lottery_toman=s.lottery_toman,
        recourse_toman=s.recourse_toman,
        late_refunded_toman=s.late_refunded_toman,
        net_toman=s.goods_toman + s.shipping_toman - taken,
        paid_out_toman=s.paid_out_toman,
        returned_toman=s.returned_toman,
        other_toman=s.other_toman,
        closing_toman=s.closing_toman,
    )


def lines_shown(statement: Statement, limit: int | None = None) -> Iterator[LineShown]:
    """The store orders that a statement covers, in the order in which they were settled; all unless limited."""
    before = db.session.scalar(
        select(Statement.last_line_id).where(
            Statement.store_id == statement.store_id, Statement.number == statement.number - 1
        )
    )
    of = SettlementLine
    rows = db.session.execute(
        select(of, Order.number)
        .join(StoreOrder, StoreOrder.id == of.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(of.store_id == statement.store_id, of.id > (before or 0), of.id <= statement.last_line_id)
        .order_by(of.id)
        .limit(limit)
        .execution_options(yield_per=500)
    )
    for line, number in rows:
        yield LineShown(
            store_order_id=line.store_order_id,
            number=number,
            settled_at=line.settled_at,
            gross_toman=line.reference_toman,
            discount_toman=line.reference_toman - line.goods_toman,
            goods_toman=line.goods_toman,
            shipping_toman=line.shipping_toman,
            borne_toman=line.borne_toman,
            refunded_toman=line.refunded_toman,
            fund_toman=line.fund_toman,
            net_toman=line.net_toman,
        )


def _account(account: PayoutAccount | None, at: datetime) -> AccountShown | None:
    if account is None:
        return None
    rests = account.usable_from if account.usable_from > at else None
    return AccountShown(masked_sheba(account.sheba), account.owner_name, rests)


def _payout(payout: Payout) -> PayoutShown:
    state = PayoutState(payout.state)
    return PayoutShown(
        reference=payout.reference,
        amount_toman=payout.amount_toman,
        masked=masked_sheba(payout.sheba),
        state=state.value,
        state_label=t(f"state.payout_state.{state}"),
        tone=TONES.get(state.value, "plain"),
        at=payout.answered_at or payout.sent_at or payout.proposed_at,
        bank_reference=payout.bank_reference,
        problem=payout.problem,
    )
