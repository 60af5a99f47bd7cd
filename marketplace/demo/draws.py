"""The draws of the demo: that of the present edition, open, and that of an earlier one, finished and published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import approve
from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.earlier_edition import (
    DRAW_AT,
    LIVE_FROM,
    SETTLED_AT,
    keep_quiet,
    load_earlier_sales,
    pay_stores,
)
from marketplace.demo.settlement import demo_officials
from marketplace.festival.models import Festival
from marketplace.festival.queries import present_edition
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.cost_models import GiftKind
from marketplace.lottery.cost_share import bill_of, book_shares, fix_plans, pay_prizes
from marketplace.lottery.freezing import sign_root
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import Award, Draw, DrawState, Prize
from marketplace.lottery.prizes import check_identity, claim_prize, hand_over_prize, settle_draws
from marketplace.lottery.sponsors import GiftWish, promise_gift, receive_gift
from marketplace.lottery.two_persons import DRAW, FREEZE, propose_act
from marketplace.lottery.two_persons import KINDS as DRAW_ACTS
from marketplace.lottery.witnesses import enter_witness

PrizePlan = tuple[str, str, int, int, str]
PRIZES: Sequence[PrizePlan] = (
    ("سرویس طلای شکوفه", "The Blossom set of gold", 1, 68_000_000, "صندوق هنر اصفهان"),
    ("موتور برقی شهری", "An electric city scooter", 2, 42_000_000, "چرخ سبز"),
    ("لپ‌تاپ دانشجویی", "A student's laptop", 3, 31_000_000, "رایانه نوین"),
    ("فرش دستباف سه‌متری", "A hand-knotted carpet of three metres", 2, 27_000_000, "اتحادیه فرش تبریز"),
    ("کارت خرید یک‌میلیونی", "A shopping card of a million toman", 12, 1_000_000, ""),
)
"""Title in both languages, pieces, value of one in toman, sponsor."""
PERMIT = "ق/۱۴۰۵/۲۱۷"


EARLIER_PRIZES: Sequence[PrizePlan] = (
    ("سکه بهار آزادی", "A Bahar Azadi gold coin", 1, 28_000_000, "صندوق هنر اصفهان"),
    ("دوچرخه شهری", "A city bicycle", 2, 9_500_000, "چرخ سبز"),
    ("کتابخوان دیجیتال", "An e-reader", 3, 6_200_000, ""),
    ("کارت خرید پانصدهزارتومانی", "A shopping card of half a million toman", 8, 500_000, ""),
)
EARLIER_PERMIT = "ق/۱۴۰۲/۸۸"
BEACON = {
    "round": 657_413,
    "signature": (
        "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
    ),
    "randomness": "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
}
"""As drand published it; anybody can ask for the round again."""
GiftPlan = tuple[str, GiftKind, int, str, bool]
GOODS, MONEY = GiftKind.goods, GiftKind.money
GIFTS: Sequence[GiftPlan] = (
    ("صندوق هنر اصفهان", GOODS, 68_000_000, "۱۴۰۵/۸۱", True),
    ("چرخ سبز", GOODS, 84_000_000, "۱۴۰۵/۱۱۷", True),
    ("رایانه نوین", MONEY, 93_000_000, "۱۴۰۵/۱۲۲", True),
    ("اتحادیه فرش تبریز", GOODS, 54_000_000, "۱۴۰۵/۱۴۰", False),
)
EARLIER_GIFTS: Sequence[GiftPlan] = (
    ("صندوق هنر اصفهان", GOODS, 28_000_000, "۱۴۰۲/۳۱", True),
    ("چرخ سبز", GOODS, 19_000_000, "۱۴۰۲/۳۸", True),
    ("بانک بهار", MONEY, 19_000_000, "۱۴۰۲/۴۴", True),
)
"""Sponsor, what, its worth, the letter, and whether it is here."""
CLERK = Actor(None, "office", "demo")
WITNESSES = (
    ("دکتر احمد فرزانه", "نماینده اتحادیه کسب‌وکارهای مجازی"),
    ("ژاله میرزایی", "خبرنگار"),
)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OFFICE, AUDITOR, SEAL = Role.office, Role.auditor, Role.seal_officer


def load_draw(at: datetime) -> None:
    """Writes the draw of the present edition; nothing between editions."""
    edition = present_edition(at)
    if edition is None:
        return
    with unit_of_work():
        festival = db.session.get_one(Festival, edition.id)
        is_open = festival.live_from <= at
        draw_id = _add_draw(festival, PRIZES, PERMIT, DrawState.open if is_open else DrawState.announced)
        _add_gifts(draw_id, GIFTS, festival.live_from - 20 * DAY)


def load_earlier_draw(at: datetime) -> None:
    """Writes the earlier edition and its draw, from the freeze to the last prize in its winner's hands."""
    festival_id = load_earlier_sales(at)
    officers = _officers()
    if festival_id is None or not officers.keys() >= {OFFICE, AUDITOR, SEAL}:
        return
    office = officers[OFFICE]
    with unit_of_work():
        festival = db.session.get_one(Festival, festival_id)
        draw_id = _add_draw(festival, EARLIER_PRIZES, EARLIER_PERMIT, DrawState.open)
        _add_gifts(draw_id, EARLIER_GIFTS, LIVE_FROM - 20 * DAY)
    fix_plans(LIVE_FROM - 7 * DAY)
    frozen_at = DRAW_AT - 48 * HOUR
    _by_two(FREEZE, draw_id, {}, frozen_at)
    for name, capacity in WITNESSES:
        _do(enter_witness, draw_id, name, capacity, office, DRAW_AT - HOUR)
    _do(sign_root, draw_id, AUDITOR, officers[AUDITOR], frozen_at + 2 * HOUR)
    _do(sign_root, draw_id, SEAL, officers[SEAL], frozen_at + 3 * HOUR)
    list_stages(DRAW_AT - HOUR)
    _do(bring_beacon, draw_id, 0, BEACON, office, DRAW_AT + timedelta(seconds=4))
    _by_two(DRAW, draw_id, {"stage": 0}, DRAW_AT + timedelta(minutes=2))
    _hand_out(draw_id, office)
    for day in (11, 23, 35):
        list_stages(DRAW_AT + day * DAY)
    _share_costs(draw_id, office)
    pay_stores()
    settle_draws(DRAW_AT + 36 * DAY)
    keep_quiet(DRAW_AT + 40 * DAY)


def _by_two(action: str, draw_id: int, content: dict[str, int], at: datetime) -> None:
    """An act as two officers of the office do it: one proposes, the other agrees."""
    first, second = demo_officials()[:2]
    kind = next(kind for kind in DRAW_ACTS if kind.action == action)
    with unit_of_work():
        proposal = propose_act(action, db.session.get_one(Draw, draw_id), dict(content), first, at)
    with unit_of_work():
        agreed = approve(proposal, second, at + timedelta(minutes=3), roles=kind.roles)
        if kind.carry_out is not None:
            kind.carry_out(agreed, second, at + timedelta(minutes=3))


def _add_draw(festival: Festival, prizes: Sequence[PrizePlan], permit: str, state: DrawState) -> int:
    draw = Draw(
        festival_id=festival.id,
        slug=festival.slug,
        title_fa=f"قرعه‌کشی {festival.title_fa}",
        title_en=f"Draw of the {festival.title_en}",
        permit=permit,
        state=state,
        opens_at=festival.live_from,
        draw_at=festival.draw_at,
    )
    db.session.add(draw)
    db.session.flush()
    for rank, (title_fa, title_en, count, value, sponsor) in enumerate(prizes, 1):
        db.session.add(
            Prize(
                draw_id=draw.id,
                rank=rank,
                title_fa=title_fa,
                title_en=title_en,
                unit_count=count,
                value_toman=value,
                sponsor=sponsor,
            )
        )
    return draw.id


def _add_gifts(draw_id: int, gifts: Sequence[GiftPlan], at: datetime) -> None:
    for sponsor, kind, toman, letter, is_here in gifts:
        gift = promise_gift(draw_id, GiftWish(sponsor, kind, toman, letter), CLERK, at)
        if is_here:
            receive_gift(gift.id, CLERK, at + 3 * DAY)


def _share_costs(draw_id: int, office: Actor) -> None:
    """What the sponsors left open is booked on the stores and the prizes are paid for."""
    at = SETTLED_AT + DAY
    with unit_of_work():
        digest = bill_of(db.session.get_one(Draw, draw_id), at).digest
        book_shares(draw_id, digest, office, at)
    _do(pay_prizes, draw_id, 22_600_000, "کتابخوان و کارت خرید", 0, office, at + DAY)


def _hand_out(draw_id: int, office: Actor) -> None:
    """Every winner asks for the prize in time, shows who they are and takes it; one of them wishes not to be named."""
    awards = db.session.execute(select(Award.id, Award.person_id).where(Award.draw_id == draw_id)).all()
    for place, row in enumerate(awards):
        at = DRAW_AT + (5 + 11 * place) * HOUR
        _do(
            lambda row, place, at: claim_prize(row.id, row.person_id, is_named=place != 4, at=at),
            row,
            place,
            at,
        )
        _do(check_identity, row.id, "کارت ملی دیده شد", office, at + 2 * DAY)
        _do(hand_over_prize, row.id, "حضوری، دفتر جشنواره", office, at + 3 * DAY)


def _officers() -> dict[Role, Actor]:
    """One official of each role who holds no chances then: all officials of the demo came later."""
    rows = db.session.execute(
        select(RoleGrant.role, Person.id, Person.given_name, Person.surname)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role.in_((OFFICE, AUDITOR, SEAL)))
        .order_by(Person.id.desc())
    )
    return {row.role: Actor(row.id, row.role.value, f"{row.given_name} {row.surname}") for row in rows}


def _do(verb: Callable[..., Any], *arguments: Any) -> None:
    with unit_of_work():
        verb(*arguments)
