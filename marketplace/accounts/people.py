"""People and what they may be: made, named, given a password or a role, closed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.errors import MobileTaken, SignInWrong
from marketplace.accounts.events import SecondFactorChanged
from marketplace.accounts.models import ApiToken, Person, Role, RoleGrant
from marketplace.accounts.second import remove_all
from marketplace.accounts.sessions import end_all_sessions
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.events import publish
from marketplace.core.language import LANGUAGES
from marketplace.core.unit_of_work import on_violation

# PostgreSQL names the constraint, SQLite the column.
on_violation("uq_people_mobile", MobileTaken)
on_violation("people.mobile", MobileTaken)


def create_person(
    mobile: str,
    at: datetime,
    *,
    given_name: str = "",
    surname: str = "",
    email: str | None = None,
    national_id: str | None = None,
    language: str = "fa",
    password_hash: str | None = None,
) -> int:
    """A new person with this mobile (`09xxxxxxxxx`). Raises MobileTaken."""
    if queries.person_by_mobile(mobile) is not None:
        raise MobileTaken()
    person = Person(
        mobile=mobile,
        given_name=given_name,
        surname=surname,
        email=email,
        national_id=national_id,
        language=_known_language(language),
        password_hash=password_hash,
        created_at=at,
    )
    db.session.add(person)
    db.session.flush()
    return person.id


def name_person(person_id: int, given_name: str, surname: str) -> None:
    """Gives a name to somebody who has none yet; a name once given is changed by `update_person` alone."""
    person = _locked(person_id)
    if not person.display_name:
        person.given_name, person.surname = given_name, surname
        db.session.flush()


def update_person(person_id: int, *, given_name: str, surname: str, email: str | None, language: str) -> None:
    """Changes what a person says about themselves. The mobile is not among it: it is the name to sign in."""
    person = _locked(person_id)
    person.given_name, person.surname, person.email = given_name, surname, email
    person.language = _known_language(language)
    db.session.flush()


def set_password(person_id: int, password_hash: str, at: datetime, *, keep: str | None = None) -> None:
    """Sets the password and signs the person out everywhere but in the browser that holds `keep`."""
    _locked(person_id).password_hash = password_hash
    db.session.flush()
    end_all_sessions(person_id, at, but=keep)


def confirm_password(person_id: int, checked_hash: str, fresh_hash: str | None) -> None:
    """Stands by a check made before the unit; keeps the fresh hash if there is one.

    Raises SignInWrong when the password was changed in between.
    """
    person = _locked(person_id)
    if person.password_hash != checked_hash:
        raise SignInWrong()
    if fresh_hash is not None:
        person.password_hash = fresh_hash
        db.session.flush()


def grant_role(person_id: int, role: Role, at: datetime, actor: Actor = SYSTEM) -> None:
    """Gives a role; a new sign-in follows, since officials' sessions are short. Raises Conflict if held."""
    _locked(person_id)
    if any(grant.role == role for grant in queries.live_roles(person_id)):
        raise Conflict("role_held")
    db.session.add(RoleGrant(person_id=person_id, role=role, granted_at=at))
    end_all_sessions(person_id, at)
    record(actor, "role.granted", f"person:{person_id}", at, after={role.value: True}, role=role.value)


def withdraw_role(person_id: int, role: Role, at: datetime, actor: Actor = SYSTEM) -> None:
    """Takes a role; the person's next request is judged without it. Raises NotFound if not held."""
    ended = db.session.scalars(
        update(RoleGrant)
        .where(RoleGrant.person_id == person_id, RoleGrant.role == role, RoleGrant.ended_at.is_(None))
        .values(ended_at=at)
        .returning(RoleGrant.id)
    )
    if not ended.all():
        raise NotFound()
    record(actor, "role.withdrawn", f"person:{person_id}", at, before={role.value: True}, role=role.value)


def disable_person(person_id: int, at: datetime, actor: Actor) -> None:
    """Closes an account: sessions ended, tokens revoked, no sign-in. What was bought stands."""
    person = _locked(person_id)
    if person.disabled_at is not None:
        raise Conflict("person_disabled")
    person.disabled_at = at
    db.session.flush()
    end_all_sessions(person_id, at)
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    record(actor, "person.disabled", f"person:{person_id}", at)


def reset_second_factor(person_id: int, reason: str, actor: Actor, at: datetime) -> None:
    """Takes all second factors of somebody who lost them; sessions end and the person is told. Raises NotFound."""
    _locked(person_id)
    remove_all(person_id, at)
    end_all_sessions(person_id, at)
    record(actor, "person.second_factor_removed", f"person:{person_id}", at, why=reason)
    publish(SecondFactorChanged(person_id, "all_removed", at.isoformat(), at))


def enable_person(person_id: int, at: datetime, actor: Actor) -> None:
    """Opens a closed account again; sessions and tokens stay ended."""
    person = _locked(person_id)
    if person.disabled_at is None:
        raise Conflict("person_not_disabled")
    person.disabled_at = None
    db.session.flush()
    record(actor, "person.enabled", f"person:{person_id}", at)


def _locked(person_id: int) -> Person:
    person = queries.lock_person(person_id)
    if person is None:
        raise NotFound()
    return person


def _known_language(language: str) -> str:
    return language if language in LANGUAGES else LANGUAGES[0]
