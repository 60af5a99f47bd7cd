"""The edition of the festival that the demo shows: live now, whatever the date is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone

TEHRAN = timezone(timedelta(hours=3, minutes=30))
STORY_FA = (
    (
        "جشنواره بهاره فروشگاه‌های اینترنتی، بازاری است که در آن هر فروشگاه نماد اعتماد، مجوز اتحادیه و پذیرش "
        "جشنواره دارد و هر تخفیف با کمترین قیمت سی روز پیش از آن سنجیده می‌شود."
    ),
    (
        "در این دوره هزار و دویست فروشگاه درخواست حضور دادند و سیصد فروشگاه از سی و یک استان پذیرفته شدند؛ از "
        "کارگاه‌های کیف و کفش تبریز و همدان تا باغ‌های پسته رفسنجان و سفالگران میبد."
    ),
    (
        "ارسال خرید بالای صد هزار تومان از هر فروشگاه رایگان است، در هر بسته یک جفت دستکش و یک پد الکلی هست، و اگر "
        "خرید به مشکل خورد، شکایت هفت روز مهلت پاسخ دارد و صندوق ضمانت بخشی از زیان را جبران می‌کند."
    ),
)
STORY_EN = (
    (
        "The spring festival of online shops is a bazaar where every store has a trust seal, a union licence and the "
        "festival's admission, and every discount is measured against the lowest price of the thirty days before it."
    ),
    (
        "For this edition 1,200 stores applied and 300 from all 31 provinces were admitted: from the bag and shoe "
        "workshops of Tabriz and Hamadan to the pistachio orchards of Rafsanjan and the potters of Meybod."
    ),
    (
        "Shipping is free above 100,000 toman from one store, each parcel carries a pair of gloves and an alcohol pad, "
        "and when a purchase goes wrong a complaint has to be answered within seven days and the guarantee fund makes "
        "good part of the loss."
    ),
)


@dataclass(frozen=True, slots=True)
class EditionPlan:
    """One festival: its texts and its windows, all half-open [from, until) and aligned to midnight in Tehran."""

    slug: str
    jalali_year: int
    title_fa: str
    title_en: str
    story_fa: tuple[str, ...]
    story_en: tuple[str, ...]
    capacity_count: int
    applications_from: datetime
    applications_until: datetime
    offers_from: datetime
    offers_until: datetime
    live_from: datetime
    live_until: datetime
    draw_at: datetime


def plan_edition(now: datetime) -> EditionPlan:
    """The edition that began nine days ago and lasts twelve more; its draw is on the third day after."""
    today = _midnight(now)
    live_from, live_until = today - timedelta(days=9), today + timedelta(days=12)
    return EditionPlan(
        slug="bahar-1405",
        jalali_year=1405,
        title_fa="جشنواره بهاره فروشگاه‌های اینترنتی ۱۴۰۵",
        title_en="Spring Festival of Online Shops 1405",
        story_fa=STORY_FA,
        story_en=STORY_EN,
        capacity_count=300,
        applications_from=live_from - timedelta(days=60),
        applications_until=live_from - timedelta(days=25),
        offers_from=live_from - timedelta(days=25),
        offers_until=live_from - timedelta(days=2),
        live_from=live_from,
        live_until=live_until,
        draw_at=live_until + timedelta(days=3, hours=17),
    )


def _midnight(moment: datetime) -> datetime:
    day = moment.astimezone(TEHRAN).date()
    return datetime.combine(day, time(), TEHRAN).astimezone(UTC)
