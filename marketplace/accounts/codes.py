"""One-time codes: sent to a mobile, good for two minutes and five tries in the browser that asked.

Nobody learns from the answers whether a mobile is known. Limits of guarantees S3: at most five codes an
hour and fifty wrong guesses a day for one mobile, which leaves a guesser a chance of 5 in 100,000 a day.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update

from marketplace.accounts import queries
from marketplace.accounts.errors import CodeRefused, CodesUsedUp, CodeTooSoon, CodeTriesUsed, PersonDisabled
from marketplace.accounts.events import CodeIssued
from marketplace.accounts.models import OneTimeCode
from marketplace.accounts.people import create_person
from marketplace.accounts.secrets import is_same, keyed_hash, new_code, new_secret, secret_hash
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError
from marketplace.core.events import publish

VALID_SECONDS = 120
RESEND_SECONDS = 60
CODES_PER_HOUR = 5
TRIES_PER_CODE = 5
GUESSES_PER_DAY = 50
KEPT_DAYS = 2


@dataclass(frozen=True, slots=True)
class CodeOutcome:
    """What came of a try: a person, or a refusal to raise once the try itself is committed."""

    person_id: int | None = None
    is_new: bool = False
    refusal: MarketplaceError | None = None
    tries_left: int = 0

    def person(self) -> int:
        """The person who signed in. Raises the refusal; call it after the unit."""
        if self.refusal is not None:
            raise self.refusal
        if self.person_id is None:
            raise CodeRefused()
        return self.person_id


def send_code(mobile: str, at: datetime, language: str = "fa") -> str:
    """Issues a code for a mobile and gives the secret that binds it to the asking browser.

    The same for known and unknown mobiles. Raises CodeTooSoon within 60 seconds of the last one,
    CodesUsedUp after five within an hour, both with the seconds to wait.
    """
    queries.lock_mobile(mobile)
    _ensure_may_send(mobile, at)
    secret, code = new_secret(), new_code()
    row = OneTimeCode(
        mobile=mobile,
        request_hash=secret_hash(secret),
        sent_at=at,
        tries=0,
        code_hash=_code_hash(secret, code),
        expires_at=at + timedelta(seconds=VALID_SECONDS),
    )
    db.session.add(row)
    db.session.flush()
    known = queries.person_by_mobile(mobile)
    publish(CodeIssued(row.id, mobile, known.id if known else None, code, language, at, row.expires_at))
    return secret


def use_code(request_secret: str, code: str, at: datetime, language: str = "fa") -> CodeOutcome:
    """Tries a code; valid strictly before its two minutes are over. The first right one makes the person.

    Every try on a live code counts, whatever comes of it, so the caller commits first and asks the
    outcome for its `person()` afterwards.
    """
    asked = queries.code_of_request(request_secret)
    if asked is None:
        return CodeOutcome(refusal=CodeRefused("code_unknown"))
    queries.lock_mobile(asked.mobile)
    if queries.wrong_guesses(asked.mobile, at) >= GUESSES_PER_DAY:
        return CodeOutcome(refusal=CodeTriesUsed("code_guesses_used", retry_after=3600))
    tried = db.session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.id == asked.id,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > at,
            OneTimeCode.tries < TRIES_PER_CODE,
        )
        .values(tries=OneTimeCode.tries + 1)
        .returning(OneTimeCode.code_hash, OneTimeCode.tries)
    ).first()
    if tried is None:
        return CodeOutcome(refusal=_why_closed(request_secret, at))
    if not is_same(tried.code_hash, _code_hash(request_secret, code)):
        left = TRIES_PER_CODE - tried.tries
        return CodeOutcome(
            refusal=CodeRefused() if left else CodeTriesUsed(retry_after=RESEND_SECONDS), tries_left=left
        )
    db.session.execute(update(OneTimeCode).where(OneTimeCode.id == asked.id).values(used_at=at))
    return _person_for(asked.mobile, at, language)


def forget_old_codes(at: datetime) -> int:
    """Deletes codes of more than two days ago; what is younger is needed to count guesses."""
    old = OneTimeCode.sent_at < at - timedelta(days=KEPT_DAYS)
    return len(db.session.scalars(delete(OneTimeCode).where(old).returning(OneTimeCode.id)).all())


def _ensure_may_send(mobile: str, at: datetime) -> None:
    sent = queries.code_moments(mobile, at - timedelta(hours=1))
    if len(sent) >= CODES_PER_HOUR:
        raise CodesUsedUp(retry_after=_seconds_until(sent[-CODES_PER_HOUR] + timedelta(hours=1), at))
    if sent and sent[-1] + timedelta(seconds=RESEND_SECONDS) > at:
        raise CodeTooSoon(retry_after=_seconds_until(sent[-1] + timedelta(seconds=RESEND_SECONDS), at))


def _seconds_until(moment: datetime, at: datetime) -> int:
    return max(1, math.ceil((moment - at).total_seconds()))


def _code_hash(request_secret: str, code: str) -> str:
    return keyed_hash("one-time-code", f"{secret_hash(request_secret)}:{code}")


def _why_closed(request_secret: str, at: datetime) -> MarketplaceError:
    row = queries.code_of_request(request_secret)
    if row is None:
        return CodeRefused("code_unknown")
    if row.used_at is not None:
        return CodeRefused("code_used")
    if row.expires_at <= at:
        return CodeRefused("code_expired")
    return CodeTriesUsed(retry_after=RESEND_SECONDS)


def _person_for(mobile: str, at: datetime, language: str) -> CodeOutcome:
    known = queries.person_by_mobile(mobile)
    if known is None:
        return CodeOutcome(create_person(mobile, at, language=language), is_new=True)
    if known.is_disabled:
        return CodeOutcome(refusal=PersonDisabled())
    return CodeOutcome(known.id)
