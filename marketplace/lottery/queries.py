"""Selects of the lottery."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, select

from marketplace.accounts.models import Person, RoleGrant
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.core.ready import Ready
from marketplace.lottery.draw import Entry
from marketplace.lottery.models import (
    Award,
    AwardState,
    Draw,
    DrawSigner,
    DrawStage,
    DrawState,
    EntryGrant,
    GrantState,
    Prize,
    PublishedEntry,
    Skip,
    StageState,
)
from marketplace.orders.models import StoreOrder, StoreOrderState

TAKES_PART = (GrantState.granted, GrantState.capped)
ROWS_AT_ONCE = 5_000
UNDONE = (StoreOrderState.cancelled, StoreOrderState.unavailable_refunded, StoreOrderState.returned)


def draw_by_slug(slug: str) -> Draw:
    """A draw by its name in addresses. Raises NotFound."""
    found = db.session.scalar(select(Draw).where(Draw.slug == slug))
    if found is None:
        raise NotFound("unknown_draw")
    return found


def lock_draw(draw_id: int) -> Draw:
    """The draw's row, locked and fresh. Raises NotFound."""
    found = db.session.scalar(
        select(Draw).where(Draw.id == draw_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unknown_draw")
    return found


_FROZEN = Ready(
    select(Draw.frozen_at).where(Draw.festival_id == bindparam("festival")).with_for_update(read=True)
)


def is_closed_to_entries(festival_id: int) -> bool:
    """Whether the list of an edition is closed; holds the draw's row so that no freeze slips in between."""
    return _FROZEN.scalar(festival=festival_id) is not None


def lock_stage(draw_id: int, number: int) -> DrawStage:
    """A stage's row, locked and fresh. Raises NotFound."""
    found = db.session.scalar(
        select(DrawStage)
        .where(DrawStage.draw_id == draw_id, DrawStage.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unknown_stage")
    return found


def stages_of(draw_id: int) -> Sequence[DrawStage]:
    return db.session.scalars(
        select(DrawStage).where(DrawStage.draw_id == draw_id).order_by(DrawStage.number)
    ).all()


def prizes_of(draw_id: int) -> Sequence[Prize]:
    return db.session.scalars(select(Prize).where(Prize.draw_id == draw_id).order_by(Prize.rank)).all()


def signers_of(draw_id: int) -> Sequence[DrawSigner]:
    return db.session.scalars(
        select(DrawSigner).where(DrawSigner.draw_id == draw_id).order_by(DrawSigner.role)
    ).all()


def awards_of(draw_id: int) -> Sequence[Award]:
    return db.session.scalars(
        select(Award).where(Award.draw_id == draw_id).order_by(Award.stage, Award.prize_id, Award.unit)
    ).all()


def lock_award(award_id: int) -> Award:
    """An award's row, locked and fresh. Raises NotFound."""
    found = db.session.scalar(
        select(Award).where(Award.id == award_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unknown_award")
    return found


def lapsed_awards(at: datetime) -> Sequence[int]:
    """Ids of awards that nobody claimed in time."""
    return db.session.scalars(
        select(Award.id).where(Award.state == AwardState.won, Award.claim_until < at).order_by(Award.id)
    ).all()


def finished_draws() -> Sequence[int]:
    """Ids of drawn draws of which no stage is to come and no prize is on its way to its winner."""
    to_come = select(DrawStage.draw_id).where(DrawStage.state.in_((StageState.planned, StageState.listed)))
    on_its_way = (AwardState.won, AwardState.claimed, AwardState.checked)
    under_way = select(Award.draw_id).where(Award.state.in_(on_its_way))
    return db.session.scalars(
        select(Draw.id).where(
            Draw.state == DrawState.drawn, Draw.id.not_in(to_come), Draw.id.not_in(under_way)
        )
    ).all()


def grants_taking_part(festival_id: int) -> Iterator[AnyRow]:
    """(grant, person, store order, mobile, weight) of everything that enters the list: a stream, person by person."""
    # Straight from the connection: the session's own way over its rows costs as much as reading them.
    yield from db.session.connection().execute(
        select(
            EntryGrant.id, EntryGrant.person_id, EntryGrant.store_order_id, Person.mobile, EntryGrant.weight
        )
        .join(Person, Person.id == EntryGrant.person_id)
        .where(
            EntryGrant.festival_id == festival_id,
            EntryGrant.state.in_(TAKES_PART),
            EntryGrant.weight > 0,
        )
        .order_by(EntryGrant.person_id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def published_entries(draw_id: int, places: range | None = None) -> Iterator[Entry]:
    """The published list in its order, or these places of it, read as a stream."""
    entries = select(PublishedEntry.entry_id, PublishedEntry.pseudonym, PublishedEntry.weight)
    if places is not None:
        entries = entries.where(PublishedEntry.place >= places.start, PublishedEntry.place < places.stop)
    rows = db.session.connection().execute(
        entries.where(PublishedEntry.draw_id == draw_id)
        .order_by(PublishedEntry.place)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    yield from map(Entry._make, rows)


def entries_of_person(draw_id: int, person_id: int) -> Sequence[PublishedEntry]:
    return db.session.scalars(
        select(PublishedEntry)
        .where(PublishedEntry.draw_id == draw_id, PublishedEntry.person_id == person_id)
        .order_by(PublishedEntry.place)
    ).all()


def entries_at(draw_id: int, places: Iterable[int]) -> dict[int, PublishedEntry]:
    """The entries at these places of the published list."""
    rows = db.session.scalars(
        select(PublishedEntry).where(
            PublishedEntry.draw_id == draw_id, PublishedEntry.place.in_(list(places))
        )
    )
    return {row.place: row for row in rows}


def weight_in(draw_id: int, person_id: int) -> int:
    """The chances a person holds in a draw: published ones, or granted ones while the list is open."""
    published = db.session.scalar(
        select(func.sum(PublishedEntry.weight)).where(
            PublishedEntry.draw_id == draw_id, PublishedEntry.person_id == person_id
        )
    )
    granted = db.session.scalar(
        select(func.sum(EntryGrant.weight))
        .join(Draw, Draw.festival_id == EntryGrant.festival_id)
        .where(Draw.id == draw_id, EntryGrant.person_id == person_id, EntryGrant.state.in_(TAKES_PART))
    )
    return int(published or 0) or int(granted or 0)


def undone_since(draw_id: int) -> Iterator[AnyRow]:
    """Published entries whose purchase was undone after the freeze."""
    yield from db.session.execute(
        select(PublishedEntry.entry_id, StoreOrder.state)
        .join(EntryGrant, EntryGrant.id == PublishedEntry.grant_id)
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .where(PublishedEntry.draw_id == draw_id, StoreOrder.state.in_(UNDONE))
    )


def officials_among(draw_id: int, at: datetime) -> Iterator[str]:
    """Pseudonyms of published persons who hold an office by now."""
    yield from db.session.scalars(
        select(PublishedEntry.pseudonym)
        .join(RoleGrant, RoleGrant.person_id == PublishedEntry.person_id)
        .where(PublishedEntry.draw_id == draw_id, RoleGrant.granted_at <= at, RoleGrant.ended_at.is_(None))
        .distinct()
    )


def skips_added(draw_id: int) -> Sequence[Skip]:
    return db.session.scalars(select(Skip).where(Skip.draw_id == draw_id)).all()
