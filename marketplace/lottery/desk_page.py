"""What the console of a draw shows beside the draw: its awards, rings among the entries, the stage that waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.language import t
from marketplace.lottery.figure_models import EntryRing, RingGrant
from marketplace.lottery.models import Award, Draw, DrawStage, EntryGrant, Prize
from marketplace.lottery.pages import masked, word
from marketplace.lottery.queries import stages_of

MOST_RINGS = 200


def awards_of(draw: Draw) -> list[dict[str, Any]]:
    """Who won what, with masked numbers, and how far the handing over is."""
    rows = db.session.execute(
        select(Award, Prize.title_fa, Prize.title_en, Prize.rank, Person.mobile, Person.surname)
        .join(Prize, Prize.id == Award.prize_id)
        .join(Person, Person.id == Award.person_id)
        .where(Award.draw_id == draw.id)
        .order_by(Prize.rank, Award.unit, Award.stage)
    )
    return [
        {
            "id": row.Award.id,
            "prize": word(row.title_fa, row.title_en),
            "winner": row.surname,
            "mobile": masked(row.mobile),
            "state": row.Award.state.value,
            "state_label": t(f"award_state.{row.Award.state.value}"),
            "until": row.Award.claim_until,
            "note": row.Award.note,
        }
        for row in rows
    ]


def rings_of(festival_id: int) -> Sequence[AnyRow]:
    """Entries that share a trait, those that wait first: the ring with its `grants`, `persons` and `weight`."""
    return db.session.execute(
        select(
            EntryRing,
            func.count(RingGrant.id).label("grants"),
            func.count(func.distinct(EntryGrant.person_id)).label("persons"),
            func.coalesce(func.sum(EntryGrant.weight), 0).label("weight"),
        )
        .outerjoin(RingGrant, RingGrant.ring_id == EntryRing.id)
        .outerjoin(EntryGrant, EntryGrant.id == RingGrant.grant_id)
        .where(EntryRing.festival_id == festival_id)
        .group_by(EntryRing.id)
        .order_by(EntryRing.decided_at.is_not(None), EntryRing.id)
        .limit(MOST_RINGS)
    ).all()


def waiting_stage(draw: Draw) -> DrawStage | None:
    """The stage whose skip list is closed and whose number is not here yet."""
    return next((s for s in stages_of(draw.id) if s.state.value == "listed" and s.randomness is None), None)
