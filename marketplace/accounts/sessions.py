"""Sessions live on the server: the browser holds a random name, and ending the row ends the session."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update

from marketplace.accounts import queries
from marketplace.accounts.errors import PersonDisabled
from marketplace.accounts.models import SignInSession
from marketplace.accounts.secrets import new_secret, secret_hash
from marketplace.core.db import db
from marketplace.core.errors import NotFound

SESSION = timedelta(days=30)
OFFICIAL_SESSION = timedelta(hours=12)
LONGEST_USER_AGENT = 200
KEPT_DAYS = 90


def session_length(person_id: int) -> timedelta:
    """How long a person stays signed in: 30 days, officials 12 hours."""
    return OFFICIAL_SESSION if queries.live_roles(person_id) else SESSION


def open_session(person_id: int, user_agent: str, at: datetime) -> str:
    """Signs a person in and gives the secret for the cookie, new every time.

    Raises NotFound for nobody, PersonDisabled for a closed account.
    """
    person = queries.lock_person(person_id)
    if person is None:
        raise NotFound()
    if person.disabled_at is not None:
        raise PersonDisabled()
    secret = new_secret()
    agent = "".join(c for c in user_agent if c.isprintable())[:LONGEST_USER_AGENT]
    db.session.add(
        SignInSession(
            token_hash=secret_hash(secret),
            person_id=person_id,
            created_at=at,
            expires_at=at + session_length(person_id),
            user_agent=agent,
        )
    )
    db.session.flush()
    return secret


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


def _end(which: Any, at: datetime) -> int:
    ended = db.session.scalars(
        update(SignInSession)
        .where(which, SignInSession.ended_at.is_(None))
        .values(ended_at=at)
        .returning(SignInSession.id)
    )
    return len(ended.all())
