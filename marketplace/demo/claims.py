"""Claims of the demo in every state, made by the verbs themselves some days ago, so that each desk finds its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.complaints.answering import answer_complaint
from marketplace.complaints.filing import file_complaint
from marketplace.complaints.inputs import Answer, ComplaintWish
from marketplace.complaints.models import Complaint, Said
from marketplace.core.audit import Actor
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.guarantee.answering import answer_claim, ask_for_more, complete_file
from marketplace.guarantee.appealing import appeal_as_shopper
from marketplace.guarantee.claim_inputs import Choice, ClaimWish, RequestWish
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_queries import claim_by_number, payments_of, reservations_of, seats_of
from marketplace.guarantee.deciding import choose
from marketplace.guarantee.decision_models import Ground
from marketplace.guarantee.filing import file_claim
from marketplace.guarantee.paying import pay_reservation
from marketplace.orders.models import Order, StoreOrder, StoreOrderState
from marketplace.payments.gateways.port import GatewayRefund, RefundStatus
from marketplace.payments.models import Refund
from marketplace.payments.refunds import record_refund
from marketplace.stores.standing import Category

STORE = Actor(None, "store", "demo")
LEAST = 60_000


@dataclass(frozen=True, slots=True)
class _Story:
    """A claim: what it is about, what both sides say, and how far it went."""

    category: Category
    complaint: str
    refusal: str
    claim: str
    answer: str
    steps: tuple[str, ...]
    ground: Ground = Ground.store_silent
    reasons: str = ""
    summary: str = ""
    share: int = 100


STORIES = (
    _Story(
        Category.not_delivered,
        "بسته هرگز به دستم نرسید و کد رهگیری چیزی نشان نمی‌دهد.",
        "طبق سامانه ما بسته تحویل شده است.",
        "فروشگاه رسیدی نشان نداد. پول کالا و ارسال را از دست داده‌ام.",
        "رسید تحویل نزد پست است و آن را پیگیری می‌کنیم.",
        ("answer", "approve", "pay"),
        Ground.not_delivered,
        "فروشگاه رسیدی با امضای گیرنده نشان نداد و کد رهگیری از مرکز مبدأ فراتر نرفته است.",
        "کالا نرسید؛ کد رهگیری در مبدأ مانده و رسیدی با امضا نیست.",
    ),
    _Story(
        Category.defective,
        "کالا شکسته رسید؛ همان روز عکس گرفتم و فرستادم.",
        "کالا سالم فرستاده شده است.",
        "عکس‌ها شکستگی را پیش از باز کردن کامل بسته نشان می‌دهد.",
        "بسته‌بندی ما سالم بود و مسئولیت با پست است.",
        ("answer", "approve"),
        Ground.shared,
        "شکستگی ثابت است؛ بسته‌بندی برای کالای شکستنی کافی نبود، ولی خریدار هم بسته را دیر گشود.",
        "شکستگی ثابت شد؛ بسته‌بندی ناکافی و گشودن دیرهنگام بسته.",
        80,
    ),
    _Story(
        Category.not_as_described,
        "جنس کالا آن نیست که در شرح آمده بود.",
        "جنس کالا همان است که نوشته‌ایم.",
        "برچسب کالا جنس دیگری را نشان می‌دهد؛ عکس آن پیوست است.",
        "برچسب از کارخانه است و خطای چاپ دارد.",
        ("answer", "reject"),
        Ground.defect_unproven,
        "عکس برچسب خوانا نیست و نمونه‌ای از کالا فرستاده نشد.",
        "عکس ناخوانا بود و مدرک دیگری فرستاده نشد.",
    ),
    _Story(
        Category.defective,
        "دوخت کالا پس از یک روز باز شد.",
        "این کالا گارانتی ندارد.",
        "کالا را یک بار پوشیدم. فروشگاه حاضر به تعویض نیست.",
        "نشانه‌های استفاده زیاد روی کالا دیده می‌شود.",
        ("answer", "reject", "appeal"),
        Ground.fault_of_shopper,
        "پارگی در جای دوخت نیست و به کاربرد نادرست می‌ماند.",
        "آسیب از کاربرد بوده است.",
    ),
    _Story(
        Category.counterfeit,
        "کالا اصل نیست؛ شماره سریال در سایت سازنده پیدا نمی‌شود.",
        "کالای ما اصل است.",
        "سازنده در پاسخ نامه‌ام نوشت که این سریال از آن او نیست.",
        "فاکتور خرید از نمایندگی داریم.",
        ("answer",),
    ),
    _Story(
        Category.not_delivered,
        "ده روز از وعده گذشته و چیزی نرسیده است.",
        "تأخیر از شرکت پست است و ربطی به ما ندارد.",
        "فروشگاه پول را برنگرداند و کالا را هم دوباره نفرستاد.",
        "پیگیر بسته از پست هستیم.",
        ("answer", "ask"),
    ),
    _Story(
        Category.defective,
        "دستگاه روشن نمی‌شود.",
        "هنگام ارسال آزموده شده است.",
        "همان روز اول خراب بود؛ فیلم روشن نشدن آن را دارم.",
        "",
        (),
    ),
)


def load_claims(at: datetime) -> None:
    """Writes a claim for each story about an order that was delivered some days ago; none where nothing fits."""
    if not _adjudicators():
        return
    for story, row in zip(STORIES, _orders(at, len(STORIES)), strict=False):
        try:
            _live(story, row, at)
        except MarketplaceError:
            db.session.rollback()  # an order of the demo that no claim may be about: the next one


def _adjudicators() -> Sequence[int]:
    return db.session.scalars(
        select(RoleGrant.person_id).where(RoleGrant.role == Role.adjudicator, RoleGrant.ended_at.is_(None))
    ).all()


def _orders(at: datetime, count: int) -> Sequence[AnyRow]:
    """Delivered store orders of the last days without a complaint; those of people who can sign in come first."""
    complained = select(Complaint.store_order_id).where(Complaint.store_order_id.is_not(None))
    rows = db.session.execute(
        select(StoreOrder.id, Order.person_id, StoreOrder.store_id, StoreOrder.delivered_at)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Person, Person.id == Order.person_id)
        .where(
            StoreOrder.state.in_((StoreOrderState.closed, StoreOrderState.delivered)),
            StoreOrder.delivered_at.between(at - timedelta(days=20), at - timedelta(days=3)),
            StoreOrder.refunded_goods_toman == 0,
            StoreOrder.goods_toman >= LEAST,
            StoreOrder.id.not_in(complained),
        )
        .order_by(Person.password_hash.is_(None), func.abs(StoreOrder.goods_toman - 900_000), StoreOrder.id)
        .limit(count)
    ).all()
    db.session.rollback()
    return rows


def _live(story: _Story, row: AnyRow, now: datetime) -> None:
    """From the complaint to the story's last step, each at its own moment."""
    moment = max(row.delivered_at + timedelta(hours=2), now - timedelta(days=4))
    with unit_of_work():
        wish = ComplaintWish(story.category, story.complaint)
        name = file_complaint(row.id, row.person_id, wish, moment).number
        refusal = Answer(Said.refusal, story.refusal)
        answer_complaint(name, row.store_id, refusal, STORE, moment + timedelta(hours=5))
    with unit_of_work():
        number = file_claim(name, row.person_id, ClaimWish(story.claim), moment + timedelta(hours=9)).number
    for place, step in enumerate(story.steps):
        with unit_of_work():
            _STEPS[step](story, number, row, moment + timedelta(hours=20 + 6 * place))


def _answer(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    answer_claim(number, row.store_id, story.answer, STORE, at)


def _ask(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    claim = claim_by_number(number)
    wish = RequestWish(Party.shopper, "تصویر گفت‌وگو با پشتیبانی فروشگاه را بفرستید.")
    ask_for_more(number, wish, claim.version, _sitting(claim.id)[0], at)


def _approve(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    _choose(story, number, True, at)


def _reject(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    _choose(story, number, False, at)


def _choose(story: _Story, number: str, is_for: bool, at: datetime) -> None:
    claim = claim_by_number(number)
    complete_file(claim, at)
    for who in _sitting(claim.id):
        loss, share = (claim.loss_toman, story.share) if is_for else (0, 0)
        choice = Choice(is_for, loss, share, story.ground, story.reasons, story.summary, claim.version)
        choose(number, choice, who, at)


def _appeal(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    words = "کارشناس اتحادیه نوشته است که دوخت از آغاز سست بوده است؛ نامه‌اش پیوست است."
    appeal_as_shopper(number, row.person_id, words, Actor(row.person_id, "shopper", ""), at)


def _pay(story: _Story, number: str, row: AnyRow, at: datetime) -> None:
    claim = claim_by_number(number)
    for ready in reservations_of(claim.id, held=True):
        pay_reservation(ready.id, at)
    for made in payments_of(claim.id):
        refund = db.session.get(Refund, made.refund_id) if made.refund_id else None
        if refund is not None:
            answer = GatewayRefund(
                f"re_claim_{refund.id}", RefundStatus.SUCCEEDED, refund.amount_toman, True, None, None
            )
            record_refund(refund.id, answer, at + timedelta(minutes=3))


def _sitting(claim_id: int) -> list[Actor]:
    seats = [seat for seat in seats_of(claim_id) if seat.chosen_at is None]
    people = [db.session.get_one(Person, seat.adjudicator_id) for seat in seats]
    return [Actor(person.id, "adjudicator", person.display_name) for person in people]


_STEPS = {
    "answer": _answer,
    "ask": _ask,
    "approve": _approve,
    "reject": _reject,
    "appeal": _appeal,
    "pay": _pay,
}
