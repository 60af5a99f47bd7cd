"""What the seal centre's desk shows of revocation cases and pauses of the clocks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.complaints.case_page import word
from marketplace.complaints.inputs import PauseWish
from marketplace.complaints.models import RevocationCase
from marketplace.core import clock
from marketplace.core.dates import day_begins, parse_date
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import t
from marketplace.policy.models import Province
from marketplace.policy.tariffs import provinces
from marketplace.stores.models import Store
from marketplace.stores.record_models import ClockPause

MOST_ROWS = 100


def list_revocation_cases() -> list[dict[str, Any]]:
    """Seals in question, the oldest first; then those decided: `case`, `name` and `slug` of the store."""
    rows = db.session.execute(
        select(RevocationCase, Store.name_fa, Store.name_en, Store.slug)
        .join(Store, Store.id == RevocationCase.store_id)
        .order_by(RevocationCase.ended_at.is_not(None), RevocationCase.id.desc())
        .limit(MOST_ROWS)
    ).all()
    return [{"case": r.RevocationCase, "name": word(r.name_fa, r.name_en), "slug": r.slug} for r in rows]


def revocation_case(case_id: int) -> RevocationCase:
    """One seal's case. Raises NotFound."""
    case = db.session.get(RevocationCase, case_id)
    if case is None:
        raise NotFound("unknown_case")
    return case


def list_clock_pauses() -> list[dict[str, Any]]:
    """When clocks stand still, the last to end first: `pause`, `where` and `reason` in the reader's language."""
    rows = db.session.execute(
        select(ClockPause, Province.name_fa, Province.name_en)
        .outerjoin(Province, Province.id == ClockPause.province_id)
        .order_by(ClockPause.ends_at.desc())
        .limit(MOST_ROWS)
    ).all()
    return [
        {
            "pause": r.ClockPause,
            "where": word(r.name_fa, r.name_en) if r.name_fa else t("pause.everywhere"),
            "reason": word(r.ClockPause.reason_fa, r.ClockPause.reason_en or r.ClockPause.reason_fa),
        }
        for r in rows
    ]


def pause_wish(values: Mapping[str, str], at: datetime) -> PauseWish:
    """A pause as it was typed: `province` by id or empty for all, days, reasons. Raises BadComplaint."""
    known = {str(p.id): p.id for p in provinces()}
    return PauseWish.check(
        known.get(values.get("province", "")),
        _moment(values.get("starts_at", ""), at),
        _moment(values.get("ends_at", ""), None),
        values,
        at,
    )


def _moment(typed: str, today: datetime | None) -> datetime | None:
    """The beginning of the day that was typed; today begins now where that is allowed."""
    day = parse_date(typed[:40])
    if day is None:
        return None
    begins = day_begins(day)
    is_today = today is not None and begins <= today and day == clock.tehran(today).date()
    return today if is_today else begins
