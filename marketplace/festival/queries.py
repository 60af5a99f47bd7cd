"""Reading editions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, case, select

from marketplace.core.db import db
from marketplace.core.language import current_language
from marketplace.festival.models import Festival


class Phase(StrEnum):
    """announced: before its window; live; over: after it, until the next one is announced."""

    announced = "announced"
    live = "live"
    over = "over"


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition as shown."""

    id: int
    slug: str
    title_fa: str
    title_en: str
    story_fa: str
    story_en: str
    applications_from: datetime
    applications_until: datetime
    live_from: datetime
    live_until: datetime
    draw_at: datetime
    phase: Phase

    @property
    def title(self) -> str:
        return self.title_fa if current_language() == "fa" else self.title_en

    @property
    def story(self) -> str:
        return self.story_fa if current_language() == "fa" else self.story_en


_AT = bindparam("at", type_=Festival.live_from.type)
_PRESENT = (
    select(
        Festival.id,
        Festival.slug,
        Festival.title_fa,
        Festival.title_en,
        Festival.story_fa,
        Festival.story_en,
        Festival.applications_from,
        Festival.applications_until,
        Festival.live_from,
        Festival.live_until,
        Festival.draw_at,
    )
    .order_by(
        case((Festival.live_until > _AT, 0), else_=1),
        case((Festival.live_until > _AT, Festival.live_from)),
        Festival.live_until.desc(),
    )
    .limit(1)
)


def present_edition(at: datetime) -> Edition | None:
    """The edition that the home page tells of: the live one, else the next, else the last."""
    row = db.session.execute(_PRESENT, {"at": at}).first()
    if row is None:
        return None
    phase = Phase.announced if at < row.live_from else Phase.live if at < row.live_until else Phase.over
    return Edition(*row, phase)
