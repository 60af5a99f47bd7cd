"""What is read for the pages about the cost of prizes: the office's desk, a store's share, the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import AnyRow, db
from marketplace.core.language import t
from marketplace.core.money import percent_of
from marketplace.lottery.cost_models import CostShare, GiftState
from marketplace.lottery.cost_queries import (
    cost_of,
    deadline_of,
    gifts_of,
    given,
    net_sales,
    plan_of,
    releases_of,
    shares_booked,
    shares_of_store,
    sharing_stores,
    terms_at,
)
from marketplace.lottery.cost_rules import Terms, cap_of, shares_of
from marketplace.lottery.cost_share import Bill, bill_of, invoice_number
from marketplace.lottery.models import Draw, DrawState
from marketplace.lottery.pages import word
from marketplace.lottery.sponsors import read_toman
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store


@dataclass(frozen=True, slots=True)
class GiftShown:
    id: int
    sponsor: str
    kind_label: str
    state: str
    state_label: str
    amount_toman: int
    letter: str


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A store's line in the office's table; `released_toman` fell on the others."""

    store_id: int
    store: str
    net_toman: int
    amount_toman: int
    is_capped: bool
    released_toman: int
    can_release: bool


@dataclass(frozen=True, slots=True)
class CostShown:
    """The office's page on the cost of a draw."""

    slug: str
    title: str
    cost_toman: int
    received_toman: int
    promised_toman: int
    missing_toman: int
    deadline_at: datetime
    missing_at_deadline_toman: int | None
    booked_at: datetime | None
    unsettled_count: int
    is_final: bool
    gifts: tuple[GiftShown, ...]
    rows: tuple[ShareRow, ...]
    equal_percent: int
    cap_times: int
    cap_toman: int


@dataclass(frozen=True, slots=True)
class OwnShare:
    """A store's own share of one draw, with the arithmetic that leads to it."""

    slug: str
    draw: str
    number: str
    net_toman: int
    missing_toman: int
    store_count: int
    equal_toman: int
    by_sales_toman: int
    taken_over_toman: int
    cap_toman: int
    is_capped: bool
    amount_toman: int
    booked_at: datetime
    equal_percent: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a store would pay under assumptions that it may change: as typed, and what follows."""

    cost_toman: int
    gifts_toman: int
    store_count: int
    total_toman: int
    own_toman: int
    missing_toman: int
    equal_toman: int
    by_sales_toman: int
    cap_toman: int
    amount_toman: int
    is_capped: bool
    equal_percent: int
    cap_times: int


def show_costs(draw: Draw, at: datetime) -> CostShown:
    """Gifts, what is missing, and the shares: those booked, else as they would be booked now."""
    plan, terms, policy = plan_of(draw.id), terms_at(at), policy_at(at)
    bill = bill_of(draw, at)
    is_booked = plan is not None and plan.booked_at is not None
    rows = _booked_rows(draw) if is_booked else _planned_rows(bill)
    missing = plan.booked_toman if plan is not None and plan.booked_toman is not None else bill.missing_toman
    return CostShown(
        slug=draw.slug,
        title=word(draw.title_fa, draw.title_en),
        cost_toman=cost_of(draw.id),
        received_toman=given(draw.id, GiftState.received),
        promised_toman=given(draw.id, GiftState.promised),
        missing_toman=missing,
        deadline_at=plan.deadline_at if plan is not None else deadline_of(draw, policy),
        missing_at_deadline_toman=plan.missing_toman if plan is not None else None,
        booked_at=plan.booked_at if plan is not None else None,
        unsettled_count=bill.unsettled_count,
        is_final=bill.is_final and not is_booked,
        gifts=tuple(
            GiftShown(
                gift.id,
                gift.sponsor,
                t(f"gift_kind.{gift.kind.value}"),
                gift.state.value,
                t(f"gift_state.{gift.state.value}"),
                gift.amount_toman,
                gift.letter,
            )
            for gift in gifts_of(draw.id)
        ),
        rows=rows,
        equal_percent=terms.equal_percent,
        cap_times=terms.cap_times,
        cap_toman=cap_of(missing, len(rows), terms.cap_times),
    )


def own_shares(store_id: int) -> list[OwnShare]:
    """A store's booked shares, the newest first."""
    rounds: dict[int, list[CostShare]] = {}
    for share in shares_of_store(store_id):
        rounds.setdefault(share.draw_id, []).append(share)
    draws = db.session.scalars(select(Draw).where(Draw.id.in_(rounds)).order_by(Draw.draw_at.desc())).all()
    return [_own_share(draw, store_id, rounds[draw.id]) for draw in draws]


def simulate(values: Mapping[str, str], at: datetime) -> Simulation:
    """The share under the assumptions typed; what was left empty is taken from the edition that comes or was last."""
    usual = _usual(at)
    typed = {name: read_toman(values.get(name)) for name in usual}
    known = {name: typed[name] or usual[name] for name in usual}
    known["gifts_toman"] = (typed["gifts_toman"] or 0) if "gifts_toman" in values else usual["gifts_toman"]
    terms = terms_at(at)
    missing = max(0, known["cost_toman"] - known["gifts_toman"])
    count = max(1, min(known["store_count"], 5_000))
    own = min(known["own_toman"], known["total_toman"])
    others = _alike(known["total_toman"] - own, count - 1)
    sales = dict(enumerate([own, *others]))
    share = shares_of(missing, sales, terms)[0]
    equal, by_sales = _parts(missing, count, own, sum(sales.values()), terms)
    return Simulation(
        **{**known, "store_count": count, "own_toman": own},
        missing_toman=missing,
        equal_toman=equal,
        by_sales_toman=by_sales,
        cap_toman=cap_of(missing, count, terms.cap_times),
        amount_toman=share.amount_toman,
        is_capped=share.is_capped,
        equal_percent=terms.equal_percent,
        cap_times=terms.cap_times,
    )


def _usual(at: datetime) -> dict[str, int]:
    """Assumptions to begin with: the draw that comes, and what was sold in the last edition of which it is known."""
    states = (DrawState.announced, DrawState.open, DrawState.frozen)
    coming = db.session.scalar(
        select(Draw).where(Draw.state.in_(states)).order_by(Draw.draw_at.desc()).limit(1)
    )
    last = db.session.scalar(select(Draw).where(Draw.draw_at <= at).order_by(Draw.draw_at.desc()).limit(1))
    known = coming or last
    capacity = policy_at(at).capacity_stores
    count = len(sharing_stores(known.festival_id)) if known else 0
    sold = net_sales(last.festival_id) if last else {}
    mean = sum(sold.values()) // len(sold) if sold else 10_000_000
    return {
        "cost_toman": cost_of(known.id) if known else 0,
        "gifts_toman": given(known.id, GiftState.promised, GiftState.received) if known else 0,
        "store_count": count or capacity,
        "total_toman": mean * (count or capacity),
        "own_toman": mean,
    }


def _alike(total: int, count: int) -> list[int]:
    return [total // count + (place < total % count) for place in range(count)] if count else []


def _parts(missing: int, count: int, own: int, total: int, terms: Terms) -> tuple[int, int]:
    """The equal part and the part by sales of one store, before the cap, rounded down; for reading."""
    equal = percent_of(missing, terms.equal_percent if total else 100)
    return equal // count, (missing - equal) * own // total if total else 0


def _own_share(draw: Draw, store_id: int, rounds: list[CostShare]) -> OwnShare:
    first = min(rounds, key=lambda share: share.round)
    terms = terms_at(first.booked_at)
    every = [share for share in shares_booked(draw.id) if share.round == 0]
    missing, total = sum(s.amount_toman for s in every), sum(s.net_toman for s in every)
    equal, by_sales = _parts(missing, len(every), first.net_toman, total, terms)
    taken_over = sum(share.amount_toman for share in rounds if share.round)
    gone = sum(r.amount_toman for r in releases_of(draw.id) if r.store_id == store_id)
    return OwnShare(
        slug=draw.slug,
        draw=word(draw.title_fa, draw.title_en),
        number=invoice_number(draw, store_id),
        net_toman=first.net_toman,
        missing_toman=missing,
        store_count=len(every),
        equal_toman=equal,
        by_sales_toman=by_sales,
        taken_over_toman=taken_over - gone,
        cap_toman=cap_of(missing, len(every), terms.cap_times),
        is_capped=first.is_capped,
        amount_toman=first.amount_toman + taken_over - gone,
        booked_at=first.booked_at,
        equal_percent=terms.equal_percent,
    )


def _planned_rows(bill: Bill) -> tuple[ShareRow, ...]:
    names = _names([share.store_id for share in bill.shares])
    return tuple(
        ShareRow(s.store_id, names[s.store_id], s.net_toman, s.amount_toman, s.is_capped, 0, False)
        for s in sorted(bill.shares, key=lambda share: (-share.amount_toman, share.store_id))
    )


def _booked_rows(draw: Draw) -> tuple[ShareRow, ...]:
    booked = shares_booked(draw.id)
    released = {each.store_id: each.amount_toman for each in releases_of(draw.id)}
    sums: dict[int, list[CostShare]] = {}
    for share in booked:
        sums.setdefault(share.store_id, []).append(share)
    names = _names(list(sums))
    rows = [
        ShareRow(
            store,
            names[store],
            shares[0].net_toman,
            sum(share.amount_toman for share in shares) - released.get(store, 0),
            any(share.is_capped for share in shares),
            released.get(store, 0),
            store not in released and len(sums) > len(released) + 1,
        )
        for store, shares in sums.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.amount_toman, row.store_id)))


def _names(store_ids: list[int]) -> dict[int, str]:
    rows: list[AnyRow] = list(
        db.session.execute(select(Store.id, Store.name_fa, Store.name_en).where(Store.id.in_(store_ids)))
    )
    return {row.id: word(row.name_fa, row.name_en) for row in rows}
