"""Lists of suspicions: the desk's by state and signal, a shopper's and a store's own. A few statements a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, func, select

from marketplace.accounts.models import Person
from marketplace.complaints.case_page import here, word
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.paging import decode_cursor, encode_cursor
from marketplace.stores.models import Store
from marketplace.suspicions.case_page import TONES, measure_words
from marketplace.suspicions.models import Signal, Suspicion, SuspicionState
from marketplace.suspicions.queries import ASKED
from marketplace.suspicions.shown import SuspicionRow, SuspicionsShown

S = SuspicionState
PAGE = 25
MOST_COUNTED = 1_000
DESK = "/office/suspicions"


def list_desk(state: str, signal: str, cursor: str | None, limit: int = PAGE) -> SuspicionsShown:
    """The desk's cases of one state, of one signal or all: the oldest first, decided ones the newest first."""
    present = S(state) if state in set(S) else S.found
    chosen = Signal(signal) if signal in set(Signal) else None
    conditions: list[ColumnElement[bool]] = [Suspicion.state == present]
    if chosen is not None:
        conditions.append(Suspicion.signal == chosen)
    is_down = present is S.decided
    query = _rows().where(*conditions).order_by(Suspicion.id.desc() if is_down else Suspicion.id)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Suspicion.id < after[0] if is_down else Suspicion.id > after[0])
    rows = db.session.execute(query.limit(limit + 1)).all()
    mark = encode_cursor([rows[limit - 1].Suspicion.id]) if len(rows) > limit else None
    return SuspicionsShown(
        rows=tuple(_row(row, DESK) for row in rows[:limit]),
        next_url=_link(present, chosen, mark) if mark else None,
        tabs=tuple(_tab(one, present, chosen) for one in S),
        signals=(
            {"label": t("suspicion.every_signal"), "url": _link(present, None), "on": chosen is None},
            *(
                {"label": t(f"signal.{one.value}"), "url": _link(present, one), "on": one is chosen}
                for one in Signal
            ),
        ),
        next_cursor=mark,
    )


def list_of_person(person_id: int, cursor: str | None) -> SuspicionsShown:
    """Cases of which a shopper was told, the newest first."""
    return _own(Suspicion.person_id == person_id, "/me/suspicions", cursor)


def list_of_store(store_id: int, cursor: str | None) -> SuspicionsShown:
    """Cases of which a store was told, the newest first."""
    return _own(Suspicion.store_id == store_id, "/panel/suspicions", cursor)


def _own(scope: ColumnElement[bool], base: str, cursor: str | None) -> SuspicionsShown:
    query = _rows().where(scope, ASKED).order_by(Suspicion.id.desc())
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Suspicion.id < after[0])
    rows: Sequence[Any] = db.session.execute(query.limit(PAGE + 1)).all()
    mark = encode_cursor([rows[PAGE - 1].Suspicion.id]) if len(rows) > PAGE else None
    following = here(f"{base}?{urlencode({'cursor': mark})}") if mark else None
    return SuspicionsShown(tuple(_row(row, base) for row in rows[:PAGE]), following)


def _rows() -> Any:
    return (
        select(Suspicion, Store.name_fa, Store.name_en, Person.given_name, Person.surname)
        .outerjoin(Store, Store.id == Suspicion.store_id)
        .outerjoin(Person, Person.id == Suspicion.person_id)
    )


def _row(row: Any, base: str) -> SuspicionRow:
    case: Suspicion = row.Suspicion
    is_store = case.store_id is not None
    name = word(row.name_fa, row.name_en) if is_store else f"{row.given_name} {row.surname}".strip()
    reached = [one for one in case.measures if one["threshold"] and one["value"] >= one["threshold"]]
    return SuspicionRow(
        number=case.number,
        url=here(f"{base}/{case.number}"),
        signal=case.signal.value,
        signal_label=t(f"signal.{case.signal.value}"),
        subject=case.subject.value,
        subject_label=name or t("suspicion.somebody"),
        state=case.state.value,
        state_label=t(f"state.suspicion_state.{case.state.value}"),
        tone=TONES[case.state],
        headline=measure_words(reached[0]) if reached else "",
        found_at=case.found_at,
        answer_due_at=case.answer_due_at,
        verdict=case.verdict.value if case.verdict else None,
        version=case.version,
    )


def _tab(state: SuspicionState, present: SuspicionState, signal: Signal | None) -> dict[str, Any]:
    some = select(Suspicion.id).where(Suspicion.state == state).limit(MOST_COUNTED)
    if signal is not None:
        some = some.where(Suspicion.signal == signal)
    count = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    return {
        "label": t(f"state.suspicion_state.{state.value}"),
        "url": _link(state, signal),
        "count": count,
        "on": state is present,
    }


def _link(state: SuspicionState, signal: Signal | None, cursor: str | None = None) -> str:
    told = {"state": state.value, "signal": signal.value if signal else "", "cursor": cursor or ""}
    return here(f"{DESK}?{urlencode({name: value for name, value in told.items() if value})}")
