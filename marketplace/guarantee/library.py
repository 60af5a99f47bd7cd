"""The public library of decisions: what was decided and on which grounds, without persons, stores or days."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.text import fold, jalali
from marketplace.core.web import digits
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.claim_shown import PrecedentShown
from marketplace.guarantee.decision_models import ClaimDecision, Ground, Round
from marketplace.stores.standing import Category

PAGE = 25
NEAR = 5
MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A page of decisions, and how many there are."""

    rows: tuple[PrecedentShown, ...]
    count: int
    next_page: int | None


def find_decisions(words: str, category: str, outcome: str, page: int) -> Found:
    """Decisions that stand, the newest first, narrowed by words, category and outcome (`granted`, `rejected`)."""
    conditions = [_stands(), *_narrowed(words, category, outcome)]
    count = db.session.scalar(select(func.count()).select_from(ClaimDecision).where(*conditions)) or 0
    begin = max(page - 1, 0) * PAGE
    rows = db.session.scalars(
        select(ClaimDecision).where(*conditions).order_by(ClaimDecision.id.desc()).offset(begin).limit(PAGE)
    ).all()
    following = page + 1 if begin + PAGE < count else None
    return Found(tuple(precedent(row) for row in rows), count, following)


def similar_to(claim: Claim) -> tuple[PrecedentShown, ...]:
    """Decisions of the same category, those of the nearest loss first."""
    distance = func.abs(ClaimDecision.loss_toman - claim.loss_toman)
    rows = db.session.scalars(
        select(ClaimDecision)
        .where(_stands(), ClaimDecision.category == claim.category, ClaimDecision.claim_id != claim.id)
        .order_by(distance, ClaimDecision.id.desc())
        .limit(NEAR)
    ).all()
    return tuple(precedent(row) for row in rows)


def precedent(row: ClaimDecision) -> PrecedentShown:
    """A decision without persons: the day is told as its month."""
    day = jalali(row.decided_at)
    return PrecedentShown(
        t(f"complaint_category.{row.category.value}"),
        t(f"ground.{row.ground.value}"),
        row.is_for_shopper,
        row.round is Round.appeal,
        row.loss_toman,
        row.store_share_percent,
        row.coverage_percent,
        row.amount_toman,
        row.summary,
        digits(f"{day.year:04d}/{day.month:02d}"),
    )


def _stands() -> ColumnElement[bool]:
    """Of a claim that was appealed only the last word is shown."""
    other = aliased(ClaimDecision)
    later = select(other.claim_id).where(other.round == Round.appeal)
    return or_(ClaimDecision.round == Round.appeal, ClaimDecision.claim_id.not_in(later))


def _narrowed(words: str, category: str, outcome: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if category in Category.__members__:
        found.append(ClaimDecision.category == Category(category))
    if outcome in ("granted", "rejected"):
        found.append(ClaimDecision.is_for_shopper.is_(outcome == "granted"))
    for one in fold(words).split()[:MOST_WORDS]:
        grounds = [g for g in Ground if one in fold(t(f"ground.{g.value}"))]
        found.append(
            or_(ClaimDecision.summary.contains(one, autoescape=True), ClaimDecision.ground.in_(grounds))
        )
    return found
