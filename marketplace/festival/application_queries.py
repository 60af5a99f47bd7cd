"""Reading applications: locks for verbs, and what pages of one application need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, case, select
from sqlalchemy.orm import aliased

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Person, Role
from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.festival.application_models import ApplicationDecision, ApplicationForm, ApplicationStep
from marketplace.festival.models import Application, Festival, Pledge, PledgeAcceptance, PledgeText
from marketplace.stores.models import MemberRole, StoreMember

_AT = bindparam("at", type_=Festival.live_from.type)
_EDITION = (
    select(Festival.id)
    .order_by(
        case((Festival.applications_from > _AT, 1), (Festival.applications_until > _AT, 0), else_=2),
        case((Festival.applications_until > _AT, Festival.applications_from)),
        Festival.applications_until.desc(),
    )
    .limit(1)
)


def edition_to_apply(at: datetime) -> Festival | None:
    """The edition that takes applications now, else the next one that will, else the last that did."""
    found = db.session.scalar(_EDITION, {"at": at})
    return db.session.get(Festival, found) if found is not None else None


def editions() -> list[Festival]:
    """All editions, the newest first."""
    return list(db.session.scalars(select(Festival).order_by(Festival.live_from.desc())))


def owned_store(person_id: int) -> int | None:
    """The store that a person owns now, the first where there are several."""
    return db.session.scalar(
        select(StoreMember.store_id)
        .where(
            StoreMember.person_id == person_id,
            StoreMember.role == MemberRole.owner,
            StoreMember.ended_at.is_(None),
        )
        .order_by(StoreMember.store_id)
        .limit(1)
    )


def application_of_store(store_id: int, festival_id: int) -> Application | None:
    """A store's application to an edition."""
    return db.session.scalar(
        select(Application).where(Application.store_id == store_id, Application.festival_id == festival_id)
    )


def applications_of_store(store_id: int) -> Sequence[tuple[Application, Festival]]:
    """All that a store ever applied to, the newest edition first."""
    rows = db.session.execute(
        select(Application, Festival)
        .join(Festival, Festival.id == Application.festival_id)
        .where(Application.store_id == store_id)
        .order_by(Festival.live_from.desc())
    )
    return [(row.Application, row.Festival) for row in rows]


def newest_application(store_id: int, at: datetime) -> Application | None:
    """What a store's own page is about: its application to the edition that takes applications, else its last one."""
    edition = edition_to_apply(at)
    found = application_of_store(store_id, edition.id) if edition is not None else None
    if found is not None:
        return found
    return db.session.scalar(
        select(Application)
        .where(Application.store_id == store_id)
        .order_by(Application.festival_id.desc())
        .limit(1)
    )


def is_open(festival: Festival, at: datetime) -> bool:
    """Whether the edition takes applications at this moment."""
    return festival.applications_from <= at < festival.applications_until


def lock_person(person_id: int) -> None:
    """Makes the acts of one person follow one another."""
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def lock_edition(festival_id: int) -> Festival:
    """Makes decisions of one edition follow one another, so that its places can be counted. Raises NotFound."""
    found = db.session.scalar(select(Festival).where(Festival.id == festival_id).with_for_update())
    if found is None:
        raise NotFound()
    return found


def lock_application(application_id: int) -> Application:
    """One application, locked and as the database has it now. Raises NotFound."""
    found = db.session.scalar(
        select(Application)
        .where(Application.id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def lock_applications(ids: Iterable[int]) -> list[Application]:
    """Applications by id, locked in the order of their ids; unknown ones are left out."""
    return list(
        db.session.scalars(
            select(Application)
            .where(Application.id.in_(list(ids)))
            .order_by(Application.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )


def form_of(application_id: int) -> ApplicationForm:
    """What the applicant wrote. Raises NotFound."""
    found = db.session.scalar(select(ApplicationForm).where(ApplicationForm.application_id == application_id))
    if found is None:
        raise NotFound()
    return found


def steps_of(application_id: int) -> Sequence[ApplicationStep]:
    """The history of an application, oldest first."""
    return list(
        db.session.scalars(
            select(ApplicationStep)
            .where(ApplicationStep.application_id == application_id)
            .order_by(ApplicationStep.version)
        )
    )


def earlier_steps(decision_id: int) -> dict[int, ApplicationStep]:
    """Of each application of a decision the change before it; none of those that had none."""
    decided = aliased(ApplicationStep)
    rows = db.session.scalars(
        select(ApplicationStep)
        .join(
            decided,
            (decided.application_id == ApplicationStep.application_id)
            & (decided.version == ApplicationStep.version + 1),
        )
        .where(decided.decision_id == decision_id)
    )
    return {row.application_id: row for row in rows}


def step_before(step: ApplicationStep) -> ApplicationStep | None:
    """The change before a change."""
    return db.session.scalar(
        select(ApplicationStep).where(
            ApplicationStep.application_id == step.application_id, ApplicationStep.version == step.version - 1
        )
    )


def last_steps(ids: Iterable[int]) -> dict[int, AnyRow]:
    """The newest change of each application: who did what, when."""
    rows = db.session.execute(
        select(
            ApplicationStep.application_id,
            ApplicationStep.cause,
            ApplicationStep.to_state,
            ApplicationStep.actor_label,
            ApplicationStep.at,
        )
        .where(ApplicationStep.application_id.in_(list(ids)))
        .order_by(ApplicationStep.version)
    )
    return {row.application_id: row for row in rows}


def pledge_texts_in_force(at: datetime) -> dict[Pledge, PledgeText]:
    """The wording of each pledge that must be accepted now, in the order of the pledges."""
    rows = db.session.scalars(
        select(PledgeText).where(PledgeText.effective_from <= at).order_by(PledgeText.version)
    )
    newest = {row.pledge: row for row in rows}
    return {pledge: newest[pledge] for pledge in Pledge if pledge in newest}


def acceptances_of(store_id: int, festival_id: int) -> Sequence[AnyRow]:
    """Which pledge was accepted in which version, by whom and when, oldest first."""
    return db.session.execute(
        select(
            PledgeAcceptance.pledge,
            PledgeAcceptance.version,
            PledgeAcceptance.accepted_at,
            Person.given_name,
            Person.surname,
        )
        .outerjoin(Person, Person.id == PledgeAcceptance.accepted_by_id)
        .where(PledgeAcceptance.store_id == store_id, PledgeAcceptance.festival_id == festival_id)
        .order_by(PledgeAcceptance.accepted_at)
    ).all()


def untold_step(application: Application) -> ApplicationStep | None:
    """The last change, where it is a decision that the store was not told of yet."""
    return db.session.scalar(
        select(ApplicationStep)
        .join(ApplicationDecision, ApplicationDecision.id == ApplicationStep.decision_id)
        .where(
            ApplicationStep.application_id == application.id,
            ApplicationStep.version == application.version,
            ApplicationDecision.told_at.is_(None),
            ApplicationDecision.undone_at.is_(None),
        )
    )


def told_steps(application_id: int) -> Sequence[ApplicationStep]:
    """The history as the store may read it: without decisions that were not told, or taken back."""
    return list(
        db.session.scalars(
            select(ApplicationStep)
            .outerjoin(ApplicationDecision, ApplicationDecision.id == ApplicationStep.decision_id)
            .where(
                ApplicationStep.application_id == application_id,
                ApplicationStep.cause != "undo",
                (ApplicationStep.decision_id.is_(None)) | (ApplicationDecision.told_at.is_not(None)),
            )
            .order_by(ApplicationStep.version)
        )
    )


def may_see_application(visitor: Visitor, subject: str) -> bool:
    """Whether somebody may see the files of `application:17`: the store's owner, the office, the auditor."""
    if visitor.roles & {Role.office, Role.auditor}:
        return True
    number = subject.partition(":")[2]
    store_id = db.session.scalar(select(Application.store_id).where(Application.id == int(number)))
    return store_id is not None and store_id == owned_store(visitor.id)
