"""Crisis pauses of complaint clocks as everybody may read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.policy.models import Province
from marketplace.storefront.shown import words
from marketplace.stores.record_models import ClockPause

MOST_PAUSES = 50


@dataclass(frozen=True, slots=True)
class PauseShown:
    """A time in which clocks stand still in a province or everywhere. `state`: ahead, holds, over."""

    where: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    state: str


def list_pauses(at: datetime) -> list[PauseShown]:
    """Every pause that was declared and not taken back before it began, the last to end first."""
    rows = db.session.execute(
        select(
            ClockPause.starts_at,
            ClockPause.ends_at,
            ClockPause.reason_fa,
            ClockPause.reason_en,
            Province.name_fa,
            Province.name_en,
        )
        .outerjoin(Province, Province.id == ClockPause.province_id)
        .where(ClockPause.ends_at > ClockPause.starts_at)
        .order_by(ClockPause.ends_at.desc(), ClockPause.id.desc())
        .limit(MOST_PAUSES)
    )
    return [
        PauseShown(
            where=words(r.name_fa, r.name_en) if r.name_fa else t("pause.everywhere"),
            reason=words(r.reason_fa, r.reason_en or r.reason_fa),
            starts_at=r.starts_at,
            ends_at=r.ends_at,
            state="over" if r.ends_at <= at else "holds" if r.starts_at <= at else "ahead",
        )
        for r in rows
    ]
