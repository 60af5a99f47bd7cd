"""The review desk's list: rows with their checks, the places taken, what can still be taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.catalog.models import Category
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, t
from marketplace.core.paging import encode_cursor
from marketplace.core.web import digits
from marketplace.festival.application_facts import Rooms, assess, rooms_of
from marketplace.festival.application_models import (
    AppealState,
    ApplicationAppeal,
    ApplicationDecision,
    Vacancy,
)
from marketplace.festival.checks import Check
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.tray import tray_count
from marketplace.office.application_filters import (
    PAGE,
    ROWS,
    TABS,
    DeskFilter,
    cursor_key,
    narrowed,
    ordered,
)
from marketplace.policy.policy import policy_at
from marketplace.stores.models import Store

DAY = timedelta(days=1)
MOST_UNDOABLE = 5


@dataclass(frozen=True, slots=True)
class RowShown:
    """An application in the list. `checks`: label and state (ok, no, wait) of each; `left`: words for the deadline."""

    id: int
    choice: str
    store: str
    place: str
    category: str
    is_hard_hit: bool
    score: int
    state: str
    state_label: str
    checks: tuple[Mapping[str, str], ...]
    left: str
    left_tone: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class RoomShown:
    """Places of one category. `capacity` None: it has no number of its own."""

    slug: str
    name: str
    is_hard_hit: bool
    taken: int
    capacity: int | None


@dataclass(frozen=True, slots=True)
class DeskShown:
    """The whole list page."""

    rows: tuple[RowShown, ...]
    next_cursor: str | None
    count: int
    tabs: tuple[tuple[str, str, int | None], ...]
    taken: int
    waiting: int
    capacity: int
    rooms: tuple[RoomShown, ...]
    open_vacancies: int
    undoable: Sequence[ApplicationDecision]


def show_desk(
    wanted: DeskFilter, cursor: str | None, person_id: int, at: datetime, limit: int = PAGE
) -> DeskShown:
    """One page of the list with all that stands around it, in a fixed number of statements."""
    policy = policy_at(at)
    rooms = rooms_of(wanted.festival_id, policy)
    query = ordered(narrowed(ROWS, wanted, person_id), wanted.sort, cursor).limit(limit + 1)
    found = db.session.execute(query).all()
    page = found[:limit]
    seen = assess([row.id for row in page], wanted.festival_id, at, policy, rooms)
    counts = _counts(wanted.festival_id, person_id)
    return DeskShown(
        rows=tuple(_row(row, seen[row.id].checks, seen[row.id].score, at) for row in page),
        next_cursor=encode_cursor(cursor_key(page[-1], wanted.sort)) if len(found) > limit else None,
        count=_count(wanted, person_id) if wanted.is_narrowed else counts[wanted.tab],
        tabs=tuple(
            (tab, t(f"desk.tab.{tab}"), counts[tab]) for tab in TABS if counts[tab] or tab == wanted.tab
        ),
        taken=rooms.edition.taken,
        waiting=counts["waitlisted"],
        capacity=rooms.edition.capacity,
        rooms=rooms_shown(rooms),
        open_vacancies=db.session.scalar(
            select(func.count()).where(Vacancy.festival_id == wanted.festival_id, Vacancy.filled_at.is_(None))
        )
        or 0,
        undoable=undoable_decisions(wanted.festival_id, at),
    )


def chosen_by_filter(wanted: DeskFilter, person_id: int, most: int) -> dict[int, int]:
    """Ids and versions of what a filter lists, the first `most` in its order: "all of this list"."""
    query = ordered(narrowed(ROWS, wanted, person_id), wanted.sort, None).limit(most)
    return {row.id: row.version for row in db.session.execute(query)}


def undoable_decisions(festival_id: int, at: datetime) -> Sequence[ApplicationDecision]:
    """Decisions that their stores were not told yet, the newest first."""
    return list(
        db.session.scalars(
            select(ApplicationDecision)
            .where(
                ApplicationDecision.festival_id == festival_id,
                ApplicationDecision.told_at.is_(None),
                ApplicationDecision.undone_at.is_(None),
                ApplicationDecision.tell_at > at,
            )
            .order_by(ApplicationDecision.id.desc())
            .limit(MOST_UNDOABLE)
        )
    )


def rooms_shown(rooms: Rooms) -> tuple[RoomShown, ...]:
    """The categories with their places, those with a number or a store, hard-hit ones first."""
    rows = db.session.execute(
        select(Category.id, Category.slug, Category.name_fa, Category.name_en, Category.is_hard_hit).order_by(
            Category.is_hard_hit.desc(), Category.position
        )
    )
    is_english = current_language() == "en"
    return tuple(
        RoomShown(
            row.slug,
            row.name_en if is_english else row.name_fa,
            row.is_hard_hit,
            rooms.taken_of.get(row.id, 0),
            rooms.categories[row.id].capacity if row.id in rooms.categories else None,
        )
        for row in rows
    )


def _counts(festival_id: int, person_id: int) -> dict[str, int]:
    states = {
        row[0].value: row[1]
        for row in db.session.execute(
            select(Application.state, func.count())
            .where(Application.festival_id == festival_id)
            .group_by(Application.state)
        )
    }
    appeals = db.session.scalar(
        select(func.count())
        .select_from(ApplicationAppeal)
        .join(Application, Application.id == ApplicationAppeal.application_id)
        .where(ApplicationAppeal.state == AppealState.filed, Application.festival_id == festival_id)
    )
    counts = {tab: states.get(tab, 0) for tab in TABS}
    counts["all"] = sum(states.values()) - states.get("draft", 0)
    counts["appeals"], counts["tray"] = appeals or 0, tray_count(person_id)
    return counts


def _count(wanted: DeskFilter, person_id: int) -> int:
    query = select(func.count()).select_from(Application).join(Store, Store.id == Application.store_id)
    return db.session.scalar(narrowed(query, wanted, person_id)) or 0


def _row(row: AnyRow, checks: Sequence[Check], score: int, at: datetime) -> RowShown:
    is_english = current_language() == "en"
    words, tone = time_left(row.due_at if row.state == ApplicationState.submitted else None, at)
    return RowShown(
        id=row.id,
        choice=f"{row.id}.{row.version}",
        store=row.name_en if is_english else row.name_fa,
        place=row.city_en if is_english else row.city_fa,
        category=((row.category_en if is_english else row.category_fa) or "—"),
        is_hard_hit=bool(row.is_hard_hit),
        score=score,
        state=row.state.value,
        state_label=t(f"state.application_state.{row.state.value}"),
        checks=tuple(
            {"label": t(f"check.{c.key.value}"), "state": "wait" if c.result == "look" else c.result.value}
            for c in checks
        ),
        left=words,
        left_tone=tone,
        due_at=row.due_at,
    )


def time_left(due_at: datetime | None, at: datetime) -> tuple[str, str]:
    """`۲ روز` or `۱۹ ساعت` until a deadline, with the tone that fits; late is said."""
    if due_at is None:
        return "", "plain"
    if due_at <= at:
        return t("desk.late"), "an"
    left = due_at - at
    if left >= DAY:
        return t("desk.days", n=left.days, count=digits(left.days)), "plain" if left.days > 1 else "zf"
    hours = left.seconds // 3600
    return t("desk.hours", n=hours, count=digits(hours)), "an" if hours < 6 else "zf"
