"""Copies of a person's data, and the wish to be deleted."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from marketplace.accounts import queries, second
from marketplace.accounts.data_models import CopyState, DataCopy, Deletion, DeletionState
from marketplace.accounts.models import ApiToken, OneTimeCode, Person
from marketplace.accounts.sessions import end_all_sessions
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound, TooMany
from marketplace.core.jobs import enqueue
from marketplace.core.unit_of_work import on_violation

COPY_JOB = "copy_data"
COPY_DAYS = 7
UNDO = timedelta(days=7)
COPIES_A_DAY = 3


class DeletionWaits(Conflict):
    """The deletion of this account has been asked for already."""

    code = "deletion_waits"


on_violation("uq_deletions_waiting", DeletionWaits)


def ask_for_copy(person_id: int, at: datetime) -> int:
    """Orders a copy of a person's data; gives its id. One that is being made is not ordered twice.

    Raises TooMany above three a day.
    """
    if queries.lock_person(person_id) is None:
        raise NotFound()
    recent = db.session.scalars(
        select(DataCopy)
        .where(DataCopy.person_id == person_id, DataCopy.asked_at > at - timedelta(days=1))
        .order_by(DataCopy.id.desc())
    ).all()
    if recent and recent[0].state is CopyState.asked:
        return recent[0].id
    if len(recent) >= COPIES_A_DAY:
        raise TooMany("copies_too_many", retry_after=86_400)
    copy = DataCopy(key=secrets.token_hex(20), person_id=person_id, state=CopyState.asked, asked_at=at)
    db.session.add(copy)
    db.session.flush()
    enqueue(COPY_JOB, {"copy": copy.id}, key=f"data-copy:{copy.id}", at=at)
    return copy.id


def copies_of(person_id: int, limit: int = 5) -> Sequence[DataCopy]:
    """A person's copies, the newest first."""
    return db.session.scalars(
        select(DataCopy).where(DataCopy.person_id == person_id).order_by(DataCopy.id.desc()).limit(limit)
    ).all()


def copy_of_person(key: str, person_id: int, at: datetime) -> DataCopy:
    """An own copy that can be fetched now. Raises NotFound for another's and for one that expired."""
    copy = db.session.scalar(
        select(DataCopy).where(
            DataCopy.key == key,
            DataCopy.person_id == person_id,
            DataCopy.state == CopyState.ready,
            DataCopy.expires_at > at,
        )
    )
    if copy is None:
        raise NotFound()
    return copy


def waiting_deletion(person_id: int) -> Deletion | None:
    """The deletion that a person can still undo."""
    return db.session.scalar(
        select(Deletion).where(Deletion.person_id == person_id, Deletion.state == DeletionState.waiting)
    )


def ask_for_deletion(person_id: int, at: datetime) -> Deletion:
    """Notes the wish; it is carried out seven days later. Raises DeletionWaits when it was asked for before."""
    if queries.lock_person(person_id) is None:
        raise NotFound()
    wish = Deletion(person_id=person_id, state=DeletionState.waiting, asked_at=at, due_at=at + UNDO)
    db.session.add(wish)
    db.session.flush()
    return wish


def undo_deletion(person_id: int, at: datetime) -> None:
    """Takes the wish back. Raises NotFound when there is none."""
    undone = db.session.scalars(
        update(Deletion)
        .where(
            Deletion.person_id == person_id,
            Deletion.state == DeletionState.waiting,
            Deletion.due_at > at,
        )
        .values(state=DeletionState.undone, settled_at=at)
        .returning(Deletion.id)
    ).all()
    if not undone:
        raise NotFound()


def anonymise_person(person_id: int, at: datetime, actor: Actor) -> None:
    """Nothing of the account tells who it was; its row stays for the books. Sessions, tokens and codes end."""
    person = queries.lock_person(person_id)
    if person is None:
        raise NotFound()
    mobile = person.mobile
    end_all_sessions(person_id, at)
    second.remove_all(person_id, at)
    db.session.execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    db.session.execute(delete(OneTimeCode).where(OneTimeCode.mobile == mobile))
    db.session.execute(
        update(Person)
        .where(Person.id == person_id)
        .values(
            mobile=f"x{person_id:010d}",
            given_name="",
            surname="",
            email=None,
            national_id=None,
            password_hash=None,
            disabled_at=at,
        )
    )
    db.session.expire_all()
    record(actor, "person.anonymised", f"person:{person_id}", at)
