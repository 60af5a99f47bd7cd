"""What the seal centre's desk shows: the queue, the registry, one application, one seal with its history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.errors import NotFound, Reason
from marketplace.core.language import current_language
from marketplace.core.text import ascii_digits, fold
from marketplace.office.seal_registry import Difference, differences
from marketplace.stores.case_models import (
    RegistryAnswer,
    SealApplication,
    SealApplicationState,
    SealHistory,
)
from marketplace.stores.clearances import holds
from marketplace.stores.interest import has_interest
from marketplace.stores.links import LinkedStore, links_of
from marketplace.stores.models import Clearance, Seal, SealState, Store, UnionLicence
from marketplace.stores.paper_queries import history_of_seal
from marketplace.stores.registry import registry_answer
from marketplace.stores.seal_applications import reasons_against_grant

PER_PAGE = 50
SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """An open application in the queue, the oldest first. `clearance`: its state or None."""

    id: int
    store_name: str
    domain: str
    kind: str
    submitted_at: datetime
    is_proven: bool
    clearance: str | None
    is_ready: bool


@dataclass(frozen=True, slots=True)
class RegistryLine:
    """A seal in the registry."""

    code: str
    store_name: str
    domain: str | None
    stars: int
    state: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class SealDesk:
    """The desk: figures, and the queue or the registry."""

    open_count: int
    active_count: int
    suspended_count: int
    ending_count: int
    queue: tuple[QueueLine, ...]
    seals: tuple[RegistryLine, ...]
    differences: tuple[Difference, ...]
    query: str
    state: str
    next_after: int | None


@dataclass(frozen=True, slots=True)
class ApplicationShown:
    """One application with all that its decision needs; of the inquiry only its outcome."""

    application: SealApplication
    store_name: str
    store_slug: str
    manager: str
    address: str
    phone: str
    applicant: str
    seal: Seal | None
    licence: UnionLicence | None
    clearance_state: str | None
    clearance_until: datetime | None
    missing: tuple[Reason, ...]
    links: tuple[LinkedStore, ...]
    is_own: bool


@dataclass(frozen=True, slots=True)
class SealFile:
    """One seal with its history, and what the outside registry last said of it."""

    seal: Seal
    store_name: str
    store_slug: str
    history: Sequence[SealHistory]
    outside: RegistryAnswer | None
    application: SealApplication | None
    links: tuple[LinkedStore, ...]
    is_own: bool


def show_desk(view: str, query: str, state: str, after: int, at: datetime, limit: int = PER_PAGE) -> SealDesk:
    """The queue, or a page of the registry after a seal's id."""
    counted = db.session.execute(select(Seal.state, func.count()).group_by(Seal.state))
    counts = {row[0]: row[1] for row in counted}
    ending = select(func.count(Seal.id)).where(
        Seal.state == SealState.active, Seal.valid_until > at, Seal.valid_until <= at + SOON
    )
    waiting = select(func.count(SealApplication.id)).where(SealApplication.state == SealApplicationState.open)
    seals = _registry(query, state, after, limit) if view == "registry" else []
    return SealDesk(
        open_count=db.session.scalar(waiting) or 0,
        active_count=counts.get(SealState.active, 0),
        suspended_count=counts.get(SealState.suspended, 0),
        ending_count=db.session.scalar(ending) or 0,
        queue=tuple(_queue(at)) if view == "queue" else (),
        seals=tuple(_registry_line(row) for row in seals[:limit]),
        differences=differences() if view == "differences" else (),
        query=query,
        state=state,
        next_after=seals[limit - 1].Seal.id if len(seals) > limit else None,
    )


def _queue(at: datetime) -> list[QueueLine]:
    rows = db.session.execute(
        select(SealApplication, Store.name_fa, Store.name_en, Clearance.state, Clearance.valid_until)
        .join(Store, Store.id == SealApplication.store_id)
        .outerjoin(Clearance, Clearance.store_id == SealApplication.store_id)
        .where(SealApplication.state == SealApplicationState.open)
        .order_by(SealApplication.submitted_at, SealApplication.id)
        .limit(200)
    )
    return [_queue_line(row, at) for row in rows]


def _queue_line(row: AnyRow, at: datetime) -> QueueLine:
    application: SealApplication = row.SealApplication
    return QueueLine(
        id=application.id,
        store_name=word(row.name_fa, row.name_en),
        domain=application.domain,
        kind=application.kind.value,
        submitted_at=application.submitted_at,
        is_proven=application.proven_at is not None,
        clearance=row.state.value if row.state else None,
        is_ready=holds(row.state, row.valid_until, at) and application.proven_at is not None,
    )


def _registry(query: str, state: str, after: int, limit: int) -> Sequence[AnyRow]:
    listed: AnySelect = (
        select(Seal, Store.name_fa, Store.name_en)
        .join(Store, Store.id == Seal.store_id)
        .where(Seal.id > after)
        .order_by(Seal.id)
        .limit(limit + 1)
    )
    if state in SealState.__members__:
        listed = listed.where(Seal.state == SealState(state))
    wanted = fold(query)[:80].replace("%", "").replace("_", " ")
    if wanted:
        typed = ascii_digits(query).strip().lower()[:80].replace("%", "").replace("_", "")
        listed = listed.where(
            or_(
                Seal.code == typed,
                Seal.domain.like(f"%{typed}%"),
                func.lower(Store.name_fa + " " + Store.name_en).like(f"%{wanted}%"),
            )
        )
    return db.session.execute(listed).all()


def _registry_line(row: AnyRow) -> RegistryLine:
    seal: Seal = row.Seal
    name = word(row.name_fa, row.name_en)
    return RegistryLine(seal.code, name, seal.domain, seal.stars, seal.state.value, seal.valid_until)


def show_application(application_id: int, person_id: int, at: datetime) -> ApplicationShown:
    """One application. Raises NotFound."""
    row = db.session.execute(
        select(SealApplication, Store, Person.given_name, Person.surname)
        .join(Store, Store.id == SealApplication.store_id)
        .join(Person, Person.id == SealApplication.applicant_id)
        .where(SealApplication.id == application_id)
    ).first()
    if row is None:
        raise NotFound()
    application, store = row.SealApplication, row.Store
    papers = db.session.execute(
        select(Seal, UnionLicence, Clearance.state, Clearance.valid_until)
        .select_from(Store)
        .outerjoin(Seal, Seal.store_id == Store.id)
        .outerjoin(UnionLicence, UnionLicence.store_id == Store.id)
        .outerjoin(Clearance, Clearance.store_id == Store.id)
        .where(Store.id == store.id)
    ).one()
    is_open = application.state is SealApplicationState.open
    return ApplicationShown(
        application=application,
        store_name=word(store.name_fa, store.name_en),
        store_slug=store.slug,
        manager=store.manager_name,
        address=store.address,
        phone=store.phone,
        applicant=f"{row.given_name} {row.surname}".strip(),
        seal=papers.Seal,
        licence=papers.UnionLicence,
        clearance_state=papers.state.value if papers.state else None,
        clearance_until=papers.valid_until,
        missing=reasons_against_grant(application, at) if is_open else (),
        links=links_of([store.id]).get(store.id, ()),
        is_own=has_interest(person_id, store.id),
    )


def show_seal(code: str, person_id: int) -> SealFile:
    """One seal. Raises NotFound."""
    row = db.session.execute(
        select(Seal, Store.name_fa, Store.name_en, Store.slug)
        .join(Store, Store.id == Seal.store_id)
        .where(Seal.code == code)
    ).first()
    if row is None:
        raise NotFound("unknown_seal")
    seal: Seal = row.Seal
    newest = select(SealApplication).where(SealApplication.store_id == seal.store_id)
    return SealFile(
        seal=seal,
        store_name=word(row.name_fa, row.name_en),
        store_slug=row.slug,
        history=history_of_seal(seal.id),
        outside=registry_answer(seal.code),
        application=db.session.scalars(newest.order_by(SealApplication.id.desc()).limit(1)).one_or_none(),
        links=links_of([seal.store_id]).get(seal.store_id, ()),
        is_own=has_interest(person_id, seal.store_id),
    )


def word(fa: str, en: str) -> str:
    """A name in the language of the page."""
    return fa if current_language() == "fa" else en
