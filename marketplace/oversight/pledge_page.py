"""The monitor of the pledges: per store and per rule, and what lies behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language
from marketplace.ledger.chart import store_receivable
from marketplace.ledger.models import LedgerAccount
from marketplace.lottery.cost_models import CostRelease, CostShare
from marketplace.orders.models import Order, StoreOrder
from marketplace.oversight.counting import pairs
from marketplace.oversight.deadlines import is_late, running_by_store
from marketplace.oversight.errors import CaseOver
from marketplace.oversight.kit_cases import open_case
from marketplace.oversight.kit_reports import Told, reports_by_store, told_of_store
from marketplace.oversight.shipping import pending_by_store
from marketplace.oversight.watch_models import KitCase, KitCaseState, ShippingCheck, ShippingWrong
from marketplace.stores.models import Store

RULES = ("shipping", "kits", "deadlines", "share")
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
    told: Sequence[Told]
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
        told=told_of_store(store_id),
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


def case_of(slug: str, at: datetime) -> int:
    """The case of missing kits that runs against a store. Raises NotFound, CaseOver."""
    case = show_store(store_id_of(slug), at).case
    if case is None:
        raise CaseOver()
    return case.id


def _lines(store_id: int | None, at: datetime) -> list[PledgeLine]:
    checks = {row.store_id: row for row in db.session.scalars(select(ShippingCheck))}
    pending, running = pending_by_store(at), running_by_store(at)
    owed, cases, kits = _owed(), _cases(), reports_by_store()
    known = {*checks, *pending, *running, *owed, *kits, *cases} if store_id is None else {store_id}
    rows = db.session.execute(
        select(Store.id, Store.slug, Store.name_fa, Store.name_en).where(Store.id.in_(known))
    )
    return [
        _line(row, checks.get(row.id), pending.get(row.id, 0), kits.get(row.id, 0), cases.get(row.id),
              running.get(row.id, (0, 0)), owed.get(row.id, 0))
        for row in rows
    ]  # fmt: skip


def _line(
    row: AnyRow,
    check: ShippingCheck | None,
    pending: int,
    kits: int,
    case: KitCase | None,
    running: tuple[int, int],
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
        late=(check.late_count if check else 0) + running[1],
        due=(check.due_count if check else 0) + running[0],
        owed_toman=owed,
    )


def _cases() -> dict[int, KitCase]:
    query = select(KitCase).where(KitCase.state != KitCaseState.closed)
    return {case.store_id: case for case in db.session.scalars(query)}


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
