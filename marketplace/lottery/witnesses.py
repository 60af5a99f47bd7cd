"""Who was there when a draw was held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.lottery.errors import DrawNotOpen
from marketplace.lottery.figure_models import DrawWitness
from marketplace.lottery.models import DrawState
from marketplace.lottery.queries import lock_draw


def enter_witness(draw_id: int, name: str, capacity: str, actor: Actor, at: datetime) -> None:
    """A witness for the minutes, from the freeze until the draw is settled; the same name once.

    Raises Invalid, DrawNotOpen.
    """
    draw = lock_draw(draw_id)
    words = {"name": " ".join(name.split())[:80], "capacity": " ".join(capacity.split())[:120]}
    wrong = {key: "required" for key, text in words.items() if len(text) < 2}
    if wrong:
        raise Invalid("bad_witness", fields=wrong)
    if draw.state not in (DrawState.frozen, DrawState.drawn):
        raise DrawNotOpen(params={"state": draw.state.value})
    if any(each.name == words["name"] for each in witnesses_of(draw_id)):
        return
    db.session.add(DrawWitness(draw_id=draw_id, entered_at=at, **words))
    db.session.flush()
    record(actor, "enter_witness", f"draw:{draw.slug}", at, **words)


def witnesses_of(draw_id: int) -> Sequence[DrawWitness]:
    """The witnesses in the order in which they were entered."""
    return db.session.scalars(
        select(DrawWitness).where(DrawWitness.draw_id == draw_id).order_by(DrawWitness.id)
    ).all()
