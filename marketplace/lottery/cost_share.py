"""The stores' shares of what sponsors left open: told at the deadline, booked after the festival, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update

from marketplace.accounts.approvals import digest_of
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.ledger.chart import BANK, PRIZE_POOL, store_receivable
from marketplace.ledger.transfers import Posting, balance, lock_accounts, post_transfer, post_transfers
from marketplace.lottery.cost_models import CostPlan, CostRelease, CostShare, GiftState
from marketplace.lottery.cost_notices import tell_missing, tell_share
from marketplace.lottery.cost_queries import (
    cost_of,
    deadline_of,
    draws_without_plan,
    given,
    live_until,
    net_sales,
    plan_of,
    releases_of,
    shares_booked,
    sharing_stores,
    terms_at,
    unsettled_in,
)
from marketplace.lottery.cost_rules import Share, released_shares, shares_of
from marketplace.lottery.errors import CostsBooked, CostsChanged, CostsOpen
from marketplace.lottery.models import Draw
from marketplace.lottery.queries import lock_draw
from marketplace.policy.policy import policy_at


@dataclass(frozen=True, slots=True)
class Bill:
    """What would be booked now: the shares of what is missing, and what still speaks against it."""

    missing_toman: int
    shares: tuple[Share, ...]
    unsettled_count: int
    is_over: bool

    @property
    def digest(self) -> str:
        """Names exactly these shares; who agrees, agrees to them."""
        rows = [[share.store_id, share.net_toman, share.amount_toman] for share in self.shares]
        return digest_of({"missing": self.missing_toman, "shares": rows})

    @property
    def is_final(self) -> bool:
        return self.is_over and not self.unsettled_count and bool(self.shares)


def fix_plans(at: datetime) -> int:
    """A sweep: at the deadline it is written down what the sponsors left open, and the stores are told."""
    policy = policy_at(at)
    ids = [draw.id for draw in draws_without_plan() if deadline_of(draw, policy) <= at]
    db.session.rollback()
    for draw_id in ids:
        with unit_of_work():
            fix_plan(lock_draw(draw_id), at)
    return len(ids)


def fix_plan(draw: Draw, at: datetime) -> CostPlan:
    """What gifts, promised or received, left open at the deadline; once."""
    known = plan_of(draw.id)
    if known is not None:
        return known
    cost = cost_of(draw.id)
    missing = max(0, cost - given(draw.id, GiftState.promised, GiftState.received))
    plan = CostPlan(
        draw_id=draw.id,
        deadline_at=deadline_of(draw, policy_at(at)),
        cost_toman=cost,
        missing_toman=missing,
        fixed_at=at,
    )
    db.session.add(plan)
    db.session.flush()
    record(SYSTEM, "fix_cost_plan", f"draw:{draw.slug}", at, cost_toman=cost, missing_toman=missing)
    if missing:
        tell_missing(draw, plan, sharing_stores(draw.festival_id), at)
    return plan


def bill_of(draw: Draw, at: datetime) -> Bill:
    """The shares as they would be booked now: of what gifts that are here do not cover, by final net sales."""
    missing = max(0, cost_of(draw.id) - given(draw.id, GiftState.received))
    sold = net_sales(draw.festival_id)
    sales = {store: sold.get(store, 0) for store in sharing_stores(draw.festival_id)}
    shares = shares_of(missing, sales, terms_at(at)) if sales and missing else ()
    return Bill(missing, shares, unsettled_in(draw.festival_id), at >= live_until(draw.festival_id))


def book_shares(draw_id: int, digest: str, actor: Actor, at: datetime) -> int:
    """Books what each store owes for the prizes, once; gives the number of stores. For the second signature.

    Raises CostsOpen before all sales are final, CostsChanged when the shares are no longer those agreed to,
    CostsBooked the second time.
    """
    draw = lock_draw(draw_id)
    plan = fix_plan(draw, at)
    bill = bill_of(draw, at)
    if plan.booked_at is not None:
        raise CostsBooked()
    if not bill.is_final:
        raise CostsOpen(params={"count": bill.unsettled_count})
    if bill.digest != digest:
        raise CostsChanged()
    changed = changed_count(
        update(CostPlan)
        .where(CostPlan.id == plan.id, CostPlan.booked_at.is_(None))
        .values(booked_at=at, booked_toman=bill.missing_toman)
    )
    if not changed:
        raise CostsBooked()
    nets = {share.store_id: share.net_toman for share in bill.shares}
    capped = {share.store_id for share in bill.shares if share.is_capped}
    _book(draw, 0, {s.store_id: s.amount_toman for s in bill.shares}, nets, capped, at)
    record(actor, "book_shares", f"draw:{draw.slug}", at, missing_toman=bill.missing_toman, stores=len(nets))
    return len(nets)


def release_share(draw_id: int, store_id: int, reason: str, actor: Actor, at: datetime) -> int:
    """A store that fell away pays no more than it did; what it owed falls on the others by the same rule.

    Gives what they took over. For the second signature. Raises NotFound without a booked share, Invalid without a
    reason, CostsBooked when nothing is owed any longer or it was released before.
    """
    draw = lock_draw(draw_id)
    words = " ".join(reason.split())[:500]
    if not words:
        raise Invalid(fields={"reason": "required"})
    booked = shares_booked(draw_id)
    gone = {each.store_id for each in releases_of(draw_id)}
    paid, nets = _paid_by(booked)
    if store_id not in paid:
        raise NotFound("unknown_share")
    account = store_receivable(store_id)
    lock_accounts(account, PRIZE_POOL)
    owed = min(paid[store_id], balance(account))
    others = {store: toman for store, toman in paid.items() if store != store_id and store not in gone}
    if store_id in gone or owed <= 0 or not others:
        raise CostsBooked()
    number = max(each.round for each in booked) + 1
    db.session.add(
        CostRelease(
            draw_id=draw_id,
            store_id=store_id,
            round=number,
            amount_toman=owed,
            reason=words,
            released_at=at,
        )
    )
    post_transfer(
        key=f"draw:{draw.id}:release:{store_id}",
        debit=PRIZE_POOL,
        credit=account,
        amount_toman=owed,
        code="lottery_share_released",
        subject=f"draw:{draw.slug}",
        at=at,
    )
    _book(draw, number, released_shares(owed, others, nets, terms_at(at)), nets, set(), at)
    record(actor, "release_share", f"draw:{draw.slug}", at, store=store_id, amount_toman=owed, reason=words)
    return owed


def pay_prizes(draw_id: int, amount_toman: int, note: str, number: int, actor: Actor, at: datetime) -> None:
    """Money of the pool was paid for prizes. For the second signature, whose proposal is `number`."""
    draw = lock_draw(draw_id)
    if amount_toman <= 0 or not note.strip():
        raise Invalid(fields={"amount_toman": "bad_amount"})
    post_transfer(
        key=f"draw:{draw.id}:prizes:{number}",
        debit=PRIZE_POOL,
        credit=BANK,
        amount_toman=amount_toman,
        code="prizes_bought",
        subject=f"draw:{draw.slug}",
        at=at,
    )
    record(actor, "pay_prizes", f"draw:{draw.slug}", at, amount_toman=amount_toman, note=note.strip()[:200])


def invoice_number(draw: Draw, store_id: int) -> str:
    """The number of a store's invoice for its share: always the same, telling nothing of other stores."""
    hashed = hashlib.sha256(f"{draw.slug}/{store_id}".encode()).hexdigest()
    return f"L{draw.id}-{int(hashed[:8], 16) % 10**6:06d}"


def _paid_by(booked: Sequence[CostShare]) -> tuple[dict[int, int], dict[int, int]]:
    """(what each store was to pay in all, its net sales)."""
    paid: dict[int, int] = {}
    nets: dict[int, int] = {}
    for share in booked:
        paid[share.store_id] = paid.get(share.store_id, 0) + share.amount_toman
        nets[share.store_id] = share.net_toman
    return paid, nets


def _book(
    draw: Draw,
    number: int,
    amounts: Mapping[int, int],
    nets: Mapping[int, int],
    capped: set[int],
    at: datetime,
) -> None:
    """Writes the shares of a round, owes them in the book, and tells the stores."""
    subject = f"draw:{draw.slug}"
    post_transfers(
        [
            Posting(
                f"draw:{draw.id}:share:{store}:{number}",
                store_receivable(store),
                PRIZE_POOL,
                toman,
                "lottery_share",
                subject,
            )
            for store, toman in amounts.items()
            if toman
        ],
        at,
    )
    for store, toman in amounts.items():
        if toman or number == 0:
            db.session.add(
                CostShare(
                    draw_id=draw.id,
                    store_id=store,
                    round=number,
                    net_toman=nets[store],
                    amount_toman=toman,
                    is_capped=store in capped,
                    booked_at=at,
                )
            )
        if toman:
            tell_share(draw, store, number, toman, at)
    db.session.flush()
