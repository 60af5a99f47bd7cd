"""A store's performance record as a page: the kept figures, its seal's history, its peers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.complaints.performance import peers_of, record_of
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, has_text, t
from marketplace.core.text import MONTHS, persian_digits
from marketplace.storefront.context import edition
from marketplace.storefront.offer_shown import SellerShown
from marketplace.storefront.sellers import seller_of, why_not_admitted
from marketplace.stores.case_models import SealHistory
from marketplace.stores.models import Seal

MOST_HISTORY = 8
WORST = frozenset({"suspended", "revoked", "expired"})


@dataclass(frozen=True, slots=True)
class BarShown:
    """One month of the chart: heights in percent of the highest."""

    label: str
    number: str
    in_time: int
    late: int
    unanswered: int
    running: int
    orders: int

    @property
    def filed(self) -> int:
        return self.in_time + self.late + self.unanswered + self.running


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record. `figures` is the document of `performance`; `year` its twelve months; `history` the seal's."""

    seller: SellerShown
    domain: str | None
    is_admitted: bool
    figures: dict[str, Any]
    year: dict[str, Any]
    as_of: datetime
    next_drop_out_at: datetime | None
    bars: tuple[BarShown, ...]
    highest: int
    most_orders: int
    categories: tuple[tuple[str, int], ...]
    history: tuple[dict[str, Any], ...]
    peers: dict[str, int | None]
    marks: tuple[tuple[str, int], ...]


def show_record(row: AnyRow, at: datetime) -> RecordShown:
    """The record of a store (`seller_row`) at a moment, in a bounded number of statements."""
    figures = record_of(row.id, at)
    year = figures["periods"]["months_12"]
    present = edition(at)
    bars = tuple(_bar(month) for month in figures["months"])
    drop = figures["next_drop_out_at"]
    whole = figures["periods"]["whole"]["by_category"]
    return RecordShown(
        seller=seller_of(row, at),
        domain=row.domain,
        is_admitted=present is not None and not why_not_admitted(row.id, present.id, at),
        figures=figures,
        year=year,
        as_of=datetime.fromisoformat(figures["as_of"]),
        next_drop_out_at=datetime.fromisoformat(drop) if drop else None,
        bars=bars,
        highest=max((bar.filed for bar in bars), default=0),
        most_orders=max((bar.orders for bar in bars), default=0),
        categories=tuple((t(f"complaint_category.{name}"), count) for name, count in whole.items()),
        history=_history(row.id),
        peers=peers_of(row.id, figures["orders_band"][0]),
        marks=_marks(figures),
    )


def _bar(month: dict[str, Any]) -> BarShown:
    number = month["month"][5:]
    names = MONTHS if current_language() == "fa" else _ENGLISH
    return BarShown(
        names[int(number) - 1],
        f"{int(number)}",
        month["in_time"],
        month["late"],
        month["unanswered"],
        month["running"],
        month["orders"],
    )


_ENGLISH = (
    "Farvardin",
    "Ordibehesht",
    "Khordad",
    "Tir",
    "Mordad",
    "Shahrivar",
    "Mehr",
    "Aban",
    "Azar",
    "Dey",
    "Bahman",
    "Esfand",
)


def _history(store_id: int) -> tuple[dict[str, Any], ...]:
    rows = db.session.scalars(
        select(SealHistory)
        .join(Seal, Seal.id == SealHistory.seal_id)
        .where(Seal.store_id == store_id)
        .order_by(SealHistory.id.desc())
        .limit(MOST_HISTORY)
    )
    return tuple(_change(change) for change in rows)


def _change(change: SealHistory) -> dict[str, Any]:
    state = change.state_after.value
    if change.state_before is not None and change.state_before == change.state_after:
        stars = change.stars_before or 0
        if stars != change.stars_after:
            is_up = change.stars_after > stars
            key = "record.stars_up" if is_up else "record.stars_down"
            title = t(key, count=_digits(change.stars_after))
            return {"title": _why(title, change), "at": change.at, "tone": "fz" if is_up else "an"}
        return {"title": t("record.prolonged"), "at": change.at, "tone": "ps"}
    title = t(f"record.seal_{state}")
    return {"title": _why(title, change), "at": change.at, "tone": "an" if state in WORST else "ps"}


def _why(title: str, change: SealHistory) -> str:
    key = f"seal_reason.{change.reason_code}"
    return f"{title}: {t(key)}" if has_text(key, current_language()) else title


def _digits(count: int) -> str:
    return persian_digits(str(count)) if current_language() == "fa" else str(count)


def _marks(figures: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    found = figures["findings"]
    marks = figures["marks"]
    return (
        (t("record.findings_minor"), found["minor"]),
        (t("record.findings_major"), found["major"]),
        (t("record.findings_critical"), found["critical"]),
        (t("record.findings_open"), found["open"]),
        (t("record.fund_payments"), marks.get("fund_payment", 0)),
        (t("record.breaches"), marks.get("guideline_breach", 0)),
        (t("record.price_freezes"), marks.get("price_freeze", 0)),
    )
