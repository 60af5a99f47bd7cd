"""The officials' tray (kartabl): a file laid before a colleague until they answer it. And stopping a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update

from marketplace.accounts.models import Person, Role, RoleGrant
from marketplace.core.audit import Actor, record
from marketplace.core.db import AnyRow, changed_count, db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.festival.application_errors import StaleDecision
from marketplace.festival.application_models import ApplicationReferral
from marketplace.festival.application_notices import tell_application
from marketplace.festival.application_queries import lock_application
from marketplace.festival.application_steps import move
from marketplace.festival.decision_inputs import Letter
from marketplace.festival.models import Application, ApplicationState


def colleagues(of_person: int) -> Sequence[AnyRow]:
    """Others who hold the office's role: id, given name, surname."""
    return db.session.execute(
        select(Person.id, Person.given_name, Person.surname)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            RoleGrant.role == Role.office,
            RoleGrant.ended_at.is_(None),
            Person.disabled_at.is_(None),
            Person.id != of_person,
        )
        .order_by(Person.surname, Person.id)
    ).all()


def tray_count(person_id: int) -> int:
    """Files that wait before an official."""
    return (
        db.session.scalar(
            select(func.count()).where(
                ApplicationReferral.to_id == person_id, ApplicationReferral.answered_at.is_(None)
            )
        )
        or 0
    )


def refer_application(
    application_id: int, to_id: int, note: str, letter: Letter, actor: Actor, at: datetime
) -> int:
    """Lays a file before a colleague; gives the referral's id. Raises NotFound, Invalid('no_colleague')."""
    if db.session.get(Application, application_id) is None or actor.id is None:
        raise NotFound()
    if to_id not in {row.id for row in colleagues(actor.id)}:
        raise Invalid("bad_referral", fields={"to": "no_colleague"})
    referral = ApplicationReferral(
        application_id=application_id,
        from_id=actor.id,
        to_id=to_id,
        note=note,
        letter_number=letter.number,
        letter_on=letter.on,
        referred_at=at,
    )
    db.session.add(referral)
    db.session.flush()
    record(
        actor,
        "refer_application",
        f"application:{application_id}",
        at,
        to=to_id,
        referral=referral.id,
        letter=letter.number,
    )
    return referral.id


def answer_referral(referral_id: int, answer: str, actor: Actor, at: datetime) -> int:
    """The colleague answers and the file leaves their tray; gives the application's id.

    Raises NotFound for somebody else's tray, Conflict when it was answered.
    """
    referral = db.session.get(ApplicationReferral, referral_id)
    if referral is None or referral.to_id != actor.id:
        raise NotFound()
    is_first = changed_count(
        update(ApplicationReferral)
        .where(ApplicationReferral.id == referral_id, ApplicationReferral.answered_at.is_(None))
        .values(answer=answer, answered_at=at)
    )
    if not is_first:
        raise Conflict("referral_answered")
    record(actor, "answer_referral", f"application:{referral.application_id}", at, referral=referral_id)
    return referral.application_id


def suspend_application(application_id: int, version: int, reason: str, actor: Actor, at: datetime) -> None:
    """Stops an approved store; its offers are gone with the next request. Raises as `reinstate_application`."""
    _stop_or_go(application_id, version, ApplicationState.suspended, "suspended", reason, actor, at)


def reinstate_application(application_id: int, version: int, reason: str, actor: Actor, at: datetime) -> None:
    """Lets a suspended store back in. Raises StaleDecision, WrongApplicationStep."""
    _stop_or_go(application_id, version, ApplicationState.approved, "reinstated", reason, actor, at)


def _stop_or_go(
    application_id: int,
    version: int,
    following: ApplicationState,
    news: str,
    reason: str,
    actor: Actor,
    at: datetime,
) -> None:
    application = lock_application(application_id)
    stopped = (ApplicationState.suspended, ApplicationState.approved)
    if application.version != version or application.state not in stopped:
        raise StaleDecision(params={"changed": [application_id]})
    words = {"code": "office", "fa": reason, "en": reason}
    kept = [words] if following is ApplicationState.suspended else []
    move(application, following, news, actor, at, reasons=kept, note=reason)
    tell_application(application, news, at)
    record(actor, f"{news}_application", f"application:{application_id}", at, reason=reason)
