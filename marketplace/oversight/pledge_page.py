"""The monitor of the pledges: per store and per rule, and what lies behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from marketplace.complaints.models import Complaint
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language
from marketplace.ledger.chart import store_receivable
from marketplace.ledger.models import LedgerAccount
from marketplace.lottery.cost_models import CostRelease, CostShare
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from marketplace.oversight.counting import pairs
from marketplace.oversight.kit_cases import EVER, counted_from, open_case
from marketplace.oversight.kit_reports import complaints_of_store, reports_by_store
from marketplace.oversight.shipping import pending_by_store
from marketplace.oversight.watch_models import KitCase, KitCaseState, ShippingCheck, ShippingWrong
from marketplace.stores.models import Store

RULES = ("shipping", "kits", "deadlines", "share")
NOT_SENT = (
    StoreOrderState.paid,
    StoreOrderState.accepted,
    StoreOrderState.packed,
    StoreOrderState.part_shipped,
)
MOST = 100


@dataclass(frozen=True, slots=True)
class PledgeLine:
    """One store: orders recomputed and still to be, wrong ones, kits reported missing, deadlines missed, share owed."""

    store_id: int
    slug: str
    name: str
    checked: int
    paid: int
    free: int
    wrong: int
    kits: int
    case_state: str
    late: int
    due: int
    owed_toman: int

    def is_broken(self, rule: str) -> bool:
        broken = {"shipping": self.wrong, "kits": self.kits, "deadlines": self.late, "share": self.owed_toman}
        return bool(broken[rule])


@dataclass(frozen=True, slots=True)
class Monitor:
    """All stores with paid orders or an open matter; `sums` over them by the names of `PledgeLine`."""

    lines: tuple[PledgeLine, ...]
    sums: dict[str, int]
    broken: dict[str, int]


@dataclass(frozen=True, slots=True)
class OrderMatter:
    """A store order behind a number: what was charged and due, or by when it should have left."""

    store_order_id: int
    number: str
    charged_toman: int
    due_toman: int
    ship_by_at: datetime | None
    shipped_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShareMatter:
    """A booked share of the prizes' cost, less what was released."""

    draw_id: int
    amount_toman: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class StoreMatters:
    """What lies behind the numbers of one store."""

    line: PledgeLine
    wrongs: tuple[OrderMatter, ...]
    late: tuple[OrderMatter, ...]
    complaints: Sequence[Complaint]
    case: KitCase | None
    cases: Sequence[KitCase]
    shares: tuple[ShareMatter, ...]


def show_monitor(rule: str, at: datetime) -> Monitor:
    """The monitor; `rule` narrows it to the stores that broke that one."""
    lines = _lines(None, at)
    names = ("checked", "paid", "free", "wrong", "kits", "late", "due", "owed_toman")
    chosen = [line for line in lines if not rule or line.is_broken(rule)]
    chosen.sort(key=lambda x: (-x.wrong, -x.kits, -x.late, -x.owed_toman, x.name))
    return Monitor(
        lines=tuple(chosen),
        sums={name: sum(getattr(line, name) for line in lines) for name in names},
        broken={name: sum(line.is_broken(name) for line in lines) for name in RULES},
    )


def show_store(store_id: int, at: datetime) -> StoreMatters:
    """One store with everything behind its numbers. Raises NotFound."""
    lines = _lines(store_id, at)
    if not lines:
        raise NotFound("unknown_store")
    cases = db.session.scalars(
        select(KitCase).where(KitCase.store_id == store_id).order_by(KitCase.id.desc()).limit(10)
    ).all()
    return StoreMatters(
        line=lines[0],
        wrongs=_wrongs(store_id),
        late=_late_orders(store_id, at),
        complaints=complaints_of_store(store_id, counted_from(store_id)),
        case=open_case(store_id),
        cases=cases,
        shares=_shares(store_id),
    )


def store_id_of(slug: str) -> int:
    """A store by its slug. Raises NotFound."""
    found = db.session.scalar(select(Store.id).where(Store.slug == slug))
    if found is None:
        raise NotFound("unknown_store")
    return found


def is_late(at: datetime) -> ColumnElement[bool]:
    """A deadline of shipping that was missed: shipped after it, or not yet and it is over."""
    return and_(
        StoreOrder.ship_by_at.is_not(None),
        or_(
            StoreOrder.shipped_at > StoreOrder.ship_by_at,
            and_(StoreOrder.state.in_(NOT_SENT), StoreOrder.ship_by_at < at),
        ),
    )


def _lines(store_id: int | None, at: datetime) -> list[PledgeLine]:
    late = pairs(select(StoreOrder.store_id, func.count()).where(is_late(at)).group_by(StoreOrder.store_id))
    due = pairs(
        select(StoreOrder.store_id, func.count())
        .where(StoreOrder.ship_by_at.is_not(None))
        .group_by(StoreOrder.store_id)
    )
    checks = {row.store_id: row for row in db.session.scalars(select(ShippingCheck))}
    pending, owed, cases = pending_by_store(at), _owed(), _cases()
    kits = _kits()
    known = {*checks, *pending, *owed, *kits, *cases, *late} if store_id is None else {store_id}
    rows = db.session.execute(
        select(Store.id, Store.slug, Store.name_fa, Store.name_en).where(Store.id.in_(known))
    )
    return [
        _line(row, checks.get(row.id), pending.get(row.id, 0), kits.get(row.id, 0), cases.get(row.id),
              late.get(row.id, 0), due.get(row.id, 0), owed.get(row.id, 0))
        for row in rows
    ]  # fmt: skip


def _line(
    row: AnyRow,
    check: ShippingCheck | None,
    pending: int,
    kits: int,
    case: KitCase | None,
    late: int,
    due: int,
    owed: int,
) -> PledgeLine:
    checked = check.checked_count if check else 0
    return PledgeLine(
        store_id=row.id,
        slug=row.slug,
        name=row.name_fa if current_language() == "fa" else row.name_en,
        checked=checked,
        paid=checked + pending,
        free=check.free_count if check else 0,
        wrong=check.wrong_count if check else 0,
        kits=kits,
        case_state=case.state.value if case else "",
        late=late,
        due=due,
        owed_toman=owed,
    )


def _cases() -> dict[int, KitCase]:
    query = select(KitCase).where(KitCase.state != KitCaseState.closed)
    return {case.store_id: case for case in db.session.scalars(query)}


def _kits() -> dict[int, int]:
    """Reports that count now: since the end of the last case."""
    last = pairs(
        select(KitCase.store_id, func.max(KitCase.closed_at))
        .where(KitCase.closed_at.is_not(None))
        .group_by(KitCase.store_id)
    )
    found = {}
    whole = reports_by_store(EVER)
    for store_id, count in whole.items():
        since = last.get(store_id)
        found[store_id] = count if since is None else reports_by_store(since).get(store_id, 0)
    return {store_id: count for store_id, count in found.items() if count}


def _owed() -> dict[int, int]:
    """What stores still owe of their booked shares: not more than what the books say that they owe at all."""
    booked = pairs(select(CostShare.store_id, func.sum(CostShare.amount_toman)).group_by(CostShare.store_id))
    released = pairs(
        select(CostRelease.store_id, func.sum(CostRelease.amount_toman)).group_by(CostRelease.store_id)
    )
    names = {store_receivable(store_id).name: store_id for store_id in booked}
    accounts = db.session.scalars(select(LedgerAccount).where(LedgerAccount.name.in_(names)))
    balances = {names[account.name]: account.balance_toman for account in accounts}
    owed = {
        store_id: min(int(amount) - int(released.get(store_id, 0)), balances.get(store_id, 0))
        for store_id, amount in booked.items()
    }
    return {store_id: amount for store_id, amount in owed.items() if amount > 0}


def _wrongs(store_id: int) -> tuple[OrderMatter, ...]:
    rows = db.session.execute(
        select(ShippingWrong, Order.number)
        .join(StoreOrder, StoreOrder.id == ShippingWrong.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(ShippingWrong.store_id == store_id)
        .order_by(ShippingWrong.id.desc())
        .limit(MOST)
    )
    return tuple(
        OrderMatter(w.store_order_id, number, w.charged_toman, w.due_toman, None, None) for w, number in rows
    )


def _late_orders(store_id: int, at: datetime) -> tuple[OrderMatter, ...]:
    rows = db.session.execute(
        select(StoreOrder, Order.number)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.store_id == store_id, is_late(at))
        .order_by(StoreOrder.ship_by_at.desc())
        .limit(MOST)
    )
    return tuple(
        OrderMatter(p.id, number, p.shipping_toman, p.shipping_toman, p.ship_by_at, p.shipped_at)
        for p, number in rows
    )


def _shares(store_id: int) -> tuple[ShareMatter, ...]:
    rows = db.session.scalars(
        select(CostShare).where(CostShare.store_id == store_id).order_by(CostShare.id.desc()).limit(MOST)
    )
    return tuple(ShareMatter(s.draw_id, s.amount_toman, s.booked_at) for s in rows)
