"""Writing the record's rows and keeping each complaint's life beside them; reading both. Called inside a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import aliased

from marketplace.core.db import db, is_sqlite
from marketplace.stores.models import Store
from marketplace.stores.moving import unsettled_dues, unsettled_lives
from marketplace.stores.pauses import Pause, clock_time, due_moment
from marketplace.stores.record_models import (
    AMISS,
    UNANSWERED,
    ClockPause,
    Mark,
    RecordCase,
    RecordMark,
    RecordRow,
    StoreRecord,
)
from marketplace.stores.standing import Case, Category, CountRules, Fact, may_count, with_fact

_COLUMNS = [getattr(RecordCase, f.name) for f in fields(Case)]
_OF_STORE = select(*_COLUMNS).where(RecordCase.store_id == bindparam("store"))
_LASTING = tuple(
    f.name
    for f in fields(Case)
    if f.name not in ("complaint", "category", "filed_at", "purchase", "is_outside")
)


@dataclass(frozen=True, slots=True)
class Filing:
    """What the record keeps of a complaint when it is filed."""

    complaint: str
    store_id: int
    category: Category
    answer_hours: int
    purchase: str | None = None
    is_outside: bool = False


def pauses_from(since: datetime) -> list[Pause]:
    """Every pause that ends after a moment."""
    rows = db.session.execute(
        select(ClockPause.province_id, ClockPause.starts_at, ClockPause.ends_at).where(
            ClockPause.ends_at > since
        )
    )
    return [Pause(*row) for row in rows]


def file_in_record(filing: Filing, at: datetime) -> Case:
    """Writes the first row of a complaint and its life so far; gives it with its deadline."""
    province_id = db.session.scalar(select(Store.province_id).where(Store.id == filing.store_id))
    due_at = due_moment(at, filing.answer_hours, pauses_from(at), province_id)
    shared = {
        "complaint": filing.complaint,
        "store_id": filing.store_id,
        "category": filing.category,
        "purchase": filing.purchase,
        "is_outside": filing.is_outside,
        "answer_hours": filing.answer_hours,
        "province_id": province_id,
    }
    db.session.add(RecordRow(key=f"{filing.complaint}:filed", fact=Fact.filed, at=at, **shared))
    db.session.add(RecordCase(filed_at=at, due_at=due_at, **shared))
    db.session.flush()
    return Case(filing.complaint, filing.category, at, due_at, filing.purchase, filing.is_outside)


def add_fact(complaint: str, fact: Fact, at: datetime, *, key: str | None = None) -> None:
    """Adds a row to a complaint's life, once per key (the fact itself where none is given)."""
    kept = db.session.scalars(
        select(RecordCase).where(RecordCase.complaint == complaint).with_for_update()
    ).one()
    insert_here = insert_sqlite if is_sqlite() else insert_postgresql
    new = db.session.scalar(
        insert_here(RecordRow)
        .values(
            key=f"{complaint}:{key or fact.value}",
            store_id=kept.store_id,
            complaint=complaint,
            fact=fact,
            at=at,
            is_outside=kept.is_outside,
        )
        .on_conflict_do_nothing(index_elements=[RecordRow.key])
        .returning(RecordRow.id)
    )
    if new is None:
        return
    minutes = None
    if fact is Fact.answered:
        ran = clock_time(kept.filed_at, at, pauses_from(kept.filed_at), kept.province_id)
        minutes = int(ran.total_seconds()) // 60
    following = with_fact(case_of(kept), fact, at, minutes)
    for name in _LASTING:
        setattr(kept, name, getattr(following, name))
    db.session.flush()


def case_of(kept: RecordCase) -> Case:
    return Case(**{f.name: getattr(kept, f.name) for f in fields(Case)})


def cases_of_store(store_id: int) -> list[Case]:
    """The lives of a store's complaints, in two statements."""
    if waiting := unsettled_lives([store_id]):
        return waiting[store_id]
    return [Case(*row) for row in db.session.execute(_OF_STORE, {"store": store_id})]


_OF_STORES = select(RecordCase.store_id, *_COLUMNS).where(
    RecordCase.store_id.in_(bindparam("stores", expanding=True))
)
_MAY_COUNT = union_all(
    _OF_STORES.where(UNANSWERED, RecordCase.due_at < bindparam("at", type_=RecordCase.due_at.type)),
    _OF_STORES.where(RecordCase.answered_at.is_not(None), AMISS),
)
"""One statement over the two partial indexes: what runs or was answered in time is not even looked at."""


def cases_that_may_count(
    store_ids: Sequence[int],
    at: datetime,
    *,
    is_literal: bool = False,
    waiting: Mapping[int, list[Case]] | None = None,
) -> dict[int, list[Case]]:
    """The lives of complaints by store without those that count for nothing at a moment or before it: still running
    then, or answered in time and not called unsolved. Under the literal reading every one. Stores whose deadlines a
    pause is moving (`waiting`, looked up where that is not known) are read one by one."""
    waiting = unsettled_lives(store_ids) if waiting is None else waiting
    settled = [store_id for store_id in store_ids if store_id not in waiting]
    query, rules = _OF_STORES if is_literal else _MAY_COUNT, CountRules(is_literal=is_literal)
    found = {store_id: [c for c in lives if may_count(c, rules, at)] for store_id, lives in waiting.items()}
    values = {"stores": settled} if is_literal else {"stores": settled, "at": at}
    for store_id, *facts in db.session.execute(query, values):
        found.setdefault(store_id, []).append(Case(*facts))
    return found


def cases_to_foresee(store_id: int, at: datetime, newest: int) -> list[Case]:
    """The lives of a store's complaints that may count or whose clocks run, and of the newest ones."""
    if waiting := unsettled_lives([store_id]):
        return waiting[store_id]
    mine = RecordCase.store_id == store_id
    amiss = select(*_COLUMNS).where(mine, RecordCase.answered_at.is_not(None), AMISS)
    running = select(*_COLUMNS).where(mine, UNANSWERED)
    last = select(*_COLUMNS).where(mine).order_by(RecordCase.filed_at.desc()).limit(newest).subquery()
    rows = db.session.execute(union_all(running, amiss, select(last)))
    return list({row[0]: Case(*row) for row in rows}.values())


def case_in_count(complaint: str) -> list[Case]:
    """The life of a complaint and of others about the same purchase: all that its place in the count depends on."""
    own = aliased(RecordCase)
    rows = db.session.execute(
        select(*_COLUMNS)
        .join(own, own.complaint == complaint)
        .where(
            RecordCase.store_id == own.store_id,
            or_(RecordCase.id == own.id, RecordCase.purchase == own.purchase),
        )
    )
    cases = [Case(*row) for row in rows]
    moved = unsettled_dues([case.complaint for case in cases])
    return [replace(case, due_at=moved.get(case.complaint, case.due_at)) for case in cases]


def rows_of_store(store_id: int) -> Sequence[RecordRow]:
    """Every row of a store, in the order in which they were written."""
    query = select(RecordRow).where(RecordRow.store_id == store_id).order_by(RecordRow.id)
    return db.session.scalars(query).all()


def fold(rows: Iterable[Any], pauses: Sequence[Pause]) -> list[Case]:
    """The lives of complaints from nothing but their rows and the pauses: the record recomputed from scratch."""
    found: dict[str, Case] = {}
    provinces: dict[str, int | None] = {}
    for row in rows:
        if row.fact is Fact.filed:
            provinces[row.complaint] = row.province_id
            due_at = due_moment(row.at, row.answer_hours, pauses, row.province_id)
            found[row.complaint] = Case(
                row.complaint, row.category, row.at, due_at, row.purchase, row.is_outside
            )
            continue
        case = found[row.complaint]
        minutes = None
        if row.fact is Fact.answered:
            ran = clock_time(case.filed_at, row.at, pauses, provinces[row.complaint])
            minutes = int(ran.total_seconds()) // 60
        found[row.complaint] = with_fact(case, row.fact, row.at, minutes)
    return list(found.values())


def version_of(store_id: int) -> int:
    """The id of the store's last row, 0 without one: it changes with each of them."""
    return db.session.scalar(select(func.max(RecordRow.id)).where(RecordRow.store_id == store_id)) or 0


def versions_of(store_ids: Sequence[int]) -> dict[int, int]:
    """The same of several stores; one without a row is left out."""
    rows = db.session.execute(
        select(RecordRow.store_id, func.max(RecordRow.id).label("version"))
        .where(RecordRow.store_id.in_(store_ids))
        .group_by(RecordRow.store_id)
    )
    return {row.store_id: row.version for row in rows}


def keep_records(rows: Sequence[dict[str, Any]]) -> None:
    """Keeps computed figures of stores in place of the earlier ones."""
    insert_here = insert_sqlite if is_sqlite() else insert_postgresql
    statement = insert_here(StoreRecord)
    kept = {name: statement.excluded[name] for name in rows[0] if name != "store_id"}
    statement = statement.on_conflict_do_update(index_elements=[StoreRecord.store_id], set_=kept)
    db.session.connection().execute(statement, rows)


def add_mark(store_id: int, mark: Mark, key: str, at: datetime) -> None:
    """Tells the record of something beside complaints, once per key; inside a unit. Its page is computed anew."""
    insert_here = insert_sqlite if is_sqlite() else insert_postgresql
    new = db.session.scalar(
        insert_here(RecordMark)
        .values(key=key, store_id=store_id, mark=mark, at=at)
        .on_conflict_do_nothing(index_elements=[RecordMark.key])
        .returning(RecordMark.id)
    )
    if new is not None:
        db.session.execute(update(StoreRecord).where(StoreRecord.store_id == store_id).values(good_until=at))
