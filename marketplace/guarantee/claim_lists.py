"""Lists of claims: a person's own, a store's by deadline, the adjudicators' queue. Each a page long."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from marketplace.complaints.case_page import here, hours_left, word
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.paging import decode_cursor, encode_cursor, moment_of
from marketplace.guarantee.claim_models import Claim, ClaimState, Party
from marketplace.guarantee.claim_page import TONES, state_label
from marketplace.guarantee.claim_shown import ClaimRow, ClaimsShown
from marketplace.guarantee.decision_models import SEATED, ClaimAssignment
from marketplace.stores.models import Store

S = ClaimState
PAGE = 25
OPEN = (S.filed, S.answered, S.assessed)
MOST_COUNTED = 1_000


def list_of_person(person_id: int, cursor: str | None, at: datetime) -> ClaimsShown:
    """A person's claims, the newest first."""
    return _newest(Claim.person_id == person_id, "/claims", cursor, at, Party.shopper)


def list_of_store(store_id: int, cursor: str | None, at: datetime) -> ClaimsShown:
    """Claims about a store's orders, the newest first."""
    return _newest(Claim.store_id == store_id, "/panel/claims", cursor, at, Party.store)


def list_queue(person_id: int, tab: str, cursor: str | None, at: datetime, limit: int = PAGE) -> ClaimsShown:
    """The adjudicators' cases of one kind, what is due first at the head; decided ones the newest first."""
    tabs = _queues(person_id)
    tab = tab if tab in tabs else "mine"
    query = _rows().where(tabs[tab])
    query = _newest_first(query, cursor) if tab == "decided" else _by_due(query, cursor)
    rows = db.session.execute(query.limit(limit + 1)).all()
    mark = encode_cursor(_key(rows[limit - 1].Claim, tab)) if len(rows) > limit else None
    following = here(f"/office/claims?tab={tab}&cursor={mark}") if mark is not None else None
    chips = tuple(
        {
            "label": t(f"claim.tab.{name}"),
            "count": _count(condition),
            "url": here(f"/office/claims?tab={name}"),
            "on": name == tab,
        }
        for name, condition in tabs.items()
    )
    shown = tuple(_row(r, "/office/claims", at, Party.office) for r in rows[:limit])
    return ClaimsShown(shown, following, chips, mark)


DUE = func.coalesce(Claim.decide_by_at, Claim.answer_due_at, Claim.filed_at)


def _newest_first(query: Any, cursor: str | None) -> Any:
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Claim.id < after[0])
    return query.order_by(Claim.id.desc())


def _by_due(query: Any, cursor: str | None) -> Any:
    after = decode_cursor(cursor, (str, int))
    if after is not None:
        moment = moment_of(after[0])
        query = query.where((moment < DUE) | ((moment == DUE) & (Claim.id > after[1])))
    return query.order_by(DUE, Claim.id)


def _key(claim: Claim, tab: str) -> list[Any]:
    if tab == "decided":
        return [claim.id]
    return [(claim.decide_by_at or claim.answer_due_at or claim.filed_at).isoformat(), claim.id]


def _queues(person_id: int) -> dict[str, ColumnElement[bool]]:
    mine = (
        select(ClaimAssignment.id)
        .where(
            ClaimAssignment.claim_id == Claim.id,
            ClaimAssignment.adjudicator_id == person_id,
            ClaimAssignment.chosen_at.is_(None),
            SEATED,
        )
        .exists()
    )
    waiting = Claim.state.in_((S.answered, S.assessed, S.appealed))
    return {
        "mine": mine & waiting,
        "open": Claim.state.in_(OPEN),
        "appealed": Claim.state == S.appealed,
        "decided": Claim.state.not_in((*OPEN, S.appealed)),
    }


def _count(condition: ColumnElement[bool]) -> int:
    some = select(Claim.id).where(condition).limit(MOST_COUNTED)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _newest(
    scope: ColumnElement[bool], base: str, cursor: str | None, at: datetime, reader: Party
) -> ClaimsShown:
    query = _rows().where(scope).order_by(Claim.id.desc()).limit(PAGE + 1)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(Claim.id < after[0])
    rows = db.session.execute(query).all()
    following = None
    if len(rows) > PAGE:
        following = here(f"{base}?cursor={encode_cursor([rows[PAGE - 1].Claim.id])}")
    return ClaimsShown(tuple(_row(r, base, at, reader) for r in rows[:PAGE]), following)


def _rows() -> Any:
    taken = (
        select(
            ClaimAssignment.claim_id,
            func.count().label("seats"),
            func.count(ClaimAssignment.chosen_at).label("chosen"),
        )
        .where(SEATED)
        .group_by(ClaimAssignment.claim_id)
        .subquery()
    )
    return (
        select(Claim, Store.name_fa, Store.name_en, taken.c.seats, taken.c.chosen)
        .join(Store, Store.id == Claim.store_id)
        .outerjoin(taken, taken.c.claim_id == Claim.id)
    )


def _row(row: Any, base: str, at: datetime, reader: Party) -> ClaimRow:
    claim: Claim = row.Claim
    due = _due(claim)
    return ClaimRow(
        number=claim.number,
        url=here(f"{base}/{claim.number}"),
        state=claim.state.value,
        state_label=state_label(claim, reader),
        tone=TONES[claim.state],
        category_label=t(f"complaint_category.{claim.category.value}"),
        store_name=word(row.name_fa, row.name_en),
        loss_toman=claim.loss_toman,
        paid_toman=claim.paid_toman,
        filed_at=claim.filed_at,
        due_at=due,
        hours_left=hours_left(due, at) if due is not None else None,
        seats=int(row.seats or 0),
        chosen=int(row.chosen or 0),
    )


def _due(claim: Claim) -> datetime | None:
    if claim.state is S.filed:
        return claim.answer_due_at
    return claim.decide_by_at if claim.state in (S.assessed, S.appealed) else None
