"""A little work instead of a foreign captcha, asked where a limit comes near; see `work.py` for what work is.

A challenge is signed and kept nowhere, so that asking for many costs us nothing; that it was used is a row, written by
who did its work. It is bound to its page and over after some minutes. When it is asked stands in `limits.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.accounts.errors import ChallengeNeeded
from marketplace.accounts.secrets import is_same, keyed_hash, new_secret, secret_hash
from marketplace.accounts.work import MOST_BITS, Terms, is_done
from marketplace.accounts.work_models import SpentChallenge
from marketplace.core.db import db, is_sqlite


class Purpose(StrEnum):
    """sign_in: the page of mobile, password and code; sign_up: the page of a new person."""

    sign_in = "sign_in"
    sign_up = "sign_up"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be worked on, until when."""

    text: str
    purpose: Purpose
    bits: int
    expires_at: datetime

    def document(self) -> dict[str, Any]:
        """For programs, which send `challenge` and `work` with the same form."""
        return {
            "text": self.text,
            "purpose": self.purpose.value,
            "bits": self.bits,
            "expires_at": self.expires_at,
            "algorithm": "SHA-256 of `text:work` begins with so many bits of zero",
        }


def new_challenge(purpose: Purpose, at: datetime) -> Challenge:
    """A challenge of today's difficulty; nothing is written."""
    terms = terms_at(at)
    expires_at = (at + timedelta(minutes=terms.minutes)).replace(microsecond=0)
    body = f"{purpose}.{terms.bits}.{int(expires_at.timestamp())}.{new_secret()}"
    return Challenge(f"{body}.{keyed_hash('challenge', body)}", purpose, terms.bits, expires_at)


def take_work(said: str, answer: str, purpose: Purpose, at: datetime) -> None:
    """Takes the work of a challenge, once. Raises ChallengeNeeded with the reason why it is not good."""
    body, _, signature = said.rpartition(".")
    if not is_same(signature, keyed_hash("challenge", body)):
        raise ChallengeNeeded(reasons=["challenge_forged"])
    of, bits, until, _ = body.split(".", 3)
    expires_at = datetime.fromtimestamp(int(until), UTC)
    if of != purpose:
        raise ChallengeNeeded(reasons=["challenge_elsewhere"])
    if at >= expires_at:
        raise ChallengeNeeded(reasons=["challenge_over"])
    if not is_done(said, answer, min(int(bits), MOST_BITS)):
        raise ChallengeNeeded(reasons=["challenge_undone"])
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    wanted = {"digest": secret_hash(said), "purpose": of, "expires_at": expires_at}
    new = insert(SpentChallenge).values(wanted).on_conflict_do_nothing().returning(SpentChallenge.digest)
    if db.session.scalar(new) is None:
        raise ChallengeNeeded(reasons=["challenge_used"])


def forget_spent_challenges(at: datetime) -> int:
    """Deletes what is over; a sweep. A challenge that is over is refused without its row."""
    old = delete(SpentChallenge).where(SpentChallenge.expires_at <= at).returning(SpentChallenge.digest)
    return len(db.session.scalars(old).all())


def terms_at(at: datetime) -> Terms:
    """What is asked now."""
    found: Terms = current_app.extensions["bazargah"].work_terms(at)
    return found
