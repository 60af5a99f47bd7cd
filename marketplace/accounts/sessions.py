"""Sessions live on the server: the browser holds a random name, and ending the row ends the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from marketplace.accounts import queries
from marketplace.accounts.devices import device_of
from marketplace.accounts.errors import PersonDisabled
from marketplace.accounts.events import SignedInAnew
from marketplace.accounts.models import SignInSession
from marketplace.accounts.secrets import new_secret, secret_hash
from marketplace.core.db import changed_count, db
from marketplace.core.errors import NotFound
from marketplace.core.events import publish

SESSION = timedelta(days=30)
OFFICIAL_SESSION = timedelta(hours=12)
SECOND_STEP = timedelta(minutes=10)
"""How long the second factor may take after the first."""
FRESH = timedelta(minutes=30)
"""For so long after proving oneself the acts of money, of the draw and of one's own security are open."""
LONGEST_USER_AGENT = 200
KEPT_DAYS = 90


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sign-in comes from: what the browser calls itself, and its network."""

    user_agent: str
    network: str


def session_length(person_id: int) -> timedelta:
    """How long a person stays signed in: 30 days, officials 12 hours."""
    return OFFICIAL_SESSION if queries.live_roles(person_id) else SESSION


def open_session(person_id: int, place: Place, at: datetime, *, with_second: bool = False) -> str:
    """Signs a person in and gives the secret for the cookie, new every time; `with_second` after a second factor.

    A browser that this person has not been seen with in 90 days is told to them (`SignedInAnew`). Raises NotFound for
    nobody, PersonDisabled for a closed account.
    """
    before = queries.agents_of(person_id)
    row = _new_row(person_id, place, at, session_length(person_id))
    row.proven_at, row.second_at = at, at if with_second else None
    secret = _keep(row)
    device = device_of(row.user_agent)
    if before and device not in {device_of(agent) for agent in before}:
        publish(SignedInAnew(row.id, person_id, device.browser, device.system, row.network, at))
    return secret


def open_second_step(person_id: int, place: Place, at: datetime) -> str:
    """After a right password or code of somebody who has a second factor: a row that signs nobody in, for ten minutes.

    Raises NotFound, PersonDisabled.
    """
    row = _new_row(person_id, place, at, SECOND_STEP)
    row.waits_for_second = True
    return _keep(row)


def prove_again(secret: str, at: datetime, *, with_second: bool) -> str:
    """Whoever sits at this session proved themselves anew: it goes on under another name. Raises NotFound."""
    fresh = new_secret()
    values: dict[str, Any] = {"token_hash": secret_hash(fresh), "proven_at": at}
    if with_second:
        values["second_at"] = at
    changed = changed_count(
        update(SignInSession)
        .where(
            SignInSession.token_hash == secret_hash(secret),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > at,
            SignInSession.waits_for_second.is_(False),
        )
        .values(values)
    )
    if not changed:
        raise NotFound()
    return fresh


def note_use(session_id: int, network: str, at: datetime) -> None:
    """Writes down that a session was used, and from where."""
    db.session.execute(
        update(SignInSession).where(SignInSession.id == session_id).values(last_used_at=at, network=network)
    )


def end_session(secret: str, at: datetime) -> bool:
    """Ends the session of a cookie; False when there was none alive."""
    return bool(_end(SignInSession.token_hash == secret_hash(secret), at))


def end_session_of(person_id: int, session_id: int, at: datetime) -> None:
    """Ends one of a person's own sessions. Raises NotFound for any other."""
    if not _end((SignInSession.person_id == person_id) & (SignInSession.id == session_id), at):
        raise NotFound()


def end_all_sessions(person_id: int, at: datetime, *, but: str | None = None) -> int:
    """Signs a person out everywhere, except in the browser that holds the secret `but`."""
    mine = SignInSession.person_id == person_id
    return _end(mine & (SignInSession.token_hash != secret_hash(but)) if but else mine, at)


def forget_old_sessions(at: datetime) -> int:
    """Deletes sessions that were over 90 days ago."""
    old = SignInSession.expires_at < at - timedelta(days=KEPT_DAYS)
    return len(db.session.scalars(delete(SignInSession).where(old).returning(SignInSession.id)).all())


def _new_row(person_id: int, place: Place, at: datetime, length: timedelta) -> SignInSession:
    person = queries.lock_person(person_id)
    if person is None:
        raise NotFound()
    if person.disabled_at is not None:
        raise PersonDisabled()
    return SignInSession(
        person_id=person_id,
        created_at=at,
        expires_at=at + length,
        last_used_at=at,
        user_agent="".join(c for c in place.user_agent if c.isprintable())[:LONGEST_USER_AGENT],
        network=place.network,
    )


def _keep(row: SignInSession) -> str:
    secret = new_secret()
    row.token_hash = secret_hash(secret)
    db.session.add(row)
    db.session.flush()
    return secret


def _end(which: Any, at: datetime) -> int:
    ended = db.session.scalars(
        update(SignInSession)
        .where(which, SignInSession.ended_at.is_(None))
        .values(ended_at=at)
        .returning(SignInSession.id)
    )
    return len(ended.all())
