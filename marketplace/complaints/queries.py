"""Reading complaints. Rows are loaded through what the caller may see: a person's own, a store's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from marketplace.complaints.errors import UnknownComplaint
from marketplace.complaints.models import (
    OPEN_CASE,
    AnswerDraft,
    AnswerTemplate,
    Complaint,
    ComplaintMessage,
    ComplaintState,
    OfferOfStoreState,
    RevocationCase,
    StoreOffer,
)
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import NotFound
from marketplace.orders.models import Order, OrderLine, StoreOrder
from marketplace.stores.models import Seal, SealState, Store

OPEN_STATES = (
    ComplaintState.filed,
    ComplaintState.answered,
    ComplaintState.overdue,
    ComplaintState.evaluated,
    ComplaintState.reviewed,
)


def complaint_by_number(number: str) -> Complaint:
    """A complaint for somebody who may see all of them. Raises UnknownComplaint."""
    found = db.session.scalar(select(Complaint).where(Complaint.number == number))
    if found is None:
        raise UnknownComplaint()
    return found


def complaint_of_person(number: str, person_id: int) -> Complaint:
    """A person's own complaint. Raises UnknownComplaint for another's."""
    found = db.session.scalar(
        select(Complaint).where(Complaint.number == number, Complaint.person_id == person_id)
    )
    if found is None:
        raise UnknownComplaint()
    return found


def complaint_of_store(number: str, store_id: int) -> Complaint:
    """A complaint against this store. Raises UnknownComplaint for another's."""
    found = db.session.scalar(
        select(Complaint).where(Complaint.number == number, Complaint.store_id == store_id)
    )
    if found is None:
        raise UnknownComplaint()
    return found


def lock_complaint(complaint_id: int) -> Complaint:
    """A complaint, locked and read anew."""
    query = select(Complaint).where(Complaint.id == complaint_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def lock_store(store_id: int) -> Store:
    """A store, locked: consequences for its seal are decided one after the other."""
    query = select(Store).where(Store.id == store_id).execution_options(populate_existing=True)
    return db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one()


def lock_stores(store_ids: Sequence[int]) -> None:
    """Several stores, locked in the order of their ids."""
    query = select(Store.id).where(Store.id.in_(store_ids)).order_by(Store.id)
    if not is_sqlite():
        db.session.execute(query.with_for_update())


def messages_of(complaint_id: int) -> Sequence[ComplaintMessage]:
    """What was said, in order."""
    return db.session.scalars(
        select(ComplaintMessage)
        .where(ComplaintMessage.complaint_id == complaint_id)
        .order_by(ComplaintMessage.id)
    ).all()


def offers_of(complaint_id: int) -> Sequence[StoreOffer]:
    """The store's offers, the oldest first."""
    return db.session.scalars(
        select(StoreOffer).where(StoreOffer.complaint_id == complaint_id).order_by(StoreOffer.id)
    ).all()


def open_offer(complaint_id: int) -> StoreOffer | None:
    """The offer that waits for the shopper's word."""
    return db.session.scalar(
        select(StoreOffer).where(
            StoreOffer.complaint_id == complaint_id, StoreOffer.state == OfferOfStoreState.open
        )
    )


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a complaint is about, as far as the platform knows it."""

    part: StoreOrder
    order: Order
    lines: tuple[OrderLine, ...]


def purchase_of(store_order_id: int) -> Purchase:
    row = db.session.execute(
        select(StoreOrder, Order)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(StoreOrder.id == store_order_id)
    ).one()
    lines = db.session.scalars(
        select(OrderLine).where(OrderLine.store_order_id == store_order_id).order_by(OrderLine.id)
    ).all()
    return Purchase(row.StoreOrder, row.Order, tuple(lines))


def open_complaint_about(store_order_id: int) -> Complaint | None:
    """The complaint that is still open about a store order."""
    return db.session.scalar(
        select(Complaint).where(Complaint.store_order_id == store_order_id, Complaint.state.in_(OPEN_STATES))
    )


def overdue_complaints(at: datetime, limit: int) -> list[tuple[int, int]]:
    """(id, store id) of complaints whose deadline has passed without an answer, store by store. The deadline itself is
    in time."""
    rows = db.session.execute(
        select(Complaint.id, Complaint.store_id)
        .where(Complaint.state == ComplaintState.filed, Complaint.answer_due_at < at)
        .limit(limit)
    ).all()
    return sorted(((row.id, row.store_id) for row in rows), key=lambda pair: (pair[1], pair[0]))


def templates_of(store_id: int) -> Sequence[AnswerTemplate]:
    """A store's kept answers by title."""
    return db.session.scalars(
        select(AnswerTemplate).where(AnswerTemplate.store_id == store_id).order_by(AnswerTemplate.title)
    ).all()


def draft_of(complaint_id: int) -> AnswerDraft | None:
    """The answer that was begun."""
    return db.session.scalar(select(AnswerDraft).where(AnswerDraft.complaint_id == complaint_id))


def open_case(store_id: int) -> RevocationCase | None:
    """The revocation case of a store that is not at its end."""
    return db.session.scalar(
        select(RevocationCase)
        .where(RevocationCase.store_id == store_id, OPEN_CASE)
        .execution_options(populate_existing=True)
    )


def open_cases(store_ids: Sequence[int]) -> dict[int, RevocationCase]:
    """The same of several stores, by store."""
    found = db.session.scalars(
        select(RevocationCase)
        .where(RevocationCase.store_id.in_(store_ids), OPEN_CASE)
        .execution_options(populate_existing=True)
    )
    return {case.store_id: case for case in found}


def last_case(store_id: int) -> RevocationCase | None:
    """The newest revocation case of a store, at its end or not."""
    return db.session.scalar(
        select(RevocationCase)
        .where(RevocationCase.store_id == store_id)
        .order_by(RevocationCase.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def last_cases(store_ids: Sequence[int]) -> dict[int, RevocationCase]:
    """The same of several stores, by store."""
    newest = (
        select(func.max(RevocationCase.id))
        .where(RevocationCase.store_id.in_(store_ids))
        .group_by(RevocationCase.store_id)
    )
    found = db.session.scalars(
        select(RevocationCase).where(RevocationCase.id.in_(newest)).execution_options(populate_existing=True)
    )
    return {case.store_id: case for case in found}


def sealed_store(code: str) -> Store:
    """The store to which a seal's badge leads, whatever became of the seal. Raises NotFound."""
    store = db.session.scalar(
        select(Store)
        .join(Seal, Seal.store_id == Store.id)
        .where(Seal.code == code, Seal.state != SealState.applied)
    )
    if store is None:
        raise NotFound("unknown_store")
    return store
