"""The second factor: an authenticator app (RFC 6238), and recovery codes for the day on which it is lost.

A code is good in its own thirty seconds and those beside them, and never twice: the conditional UPDATE of `last_step`
decides. Wrong tries are counted in the database under the person's lock: five in five minutes, twenty in an hour, fifty
in a day, which leaves a guesser of six digits a chance of 15 in 100,000 a day, after the first factor. Sources:
RFC 6238 5.2, NIST SP 800-63B 5.1, OWASP ASVS 5.0 V6.5 and V6.6.
"""

from __future__ import annotations

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, func, select, update

from marketplace.accounts import queries
from marketplace.accounts.errors import SecondFactorHeld, SecondFactorTriesUsed, SecondFactorWrong
from marketplace.accounts.events import SecondFactorChanged
from marketplace.accounts.second_models import Authenticator, Passkey, RecoveryCode, SecondMiss
from marketplace.accounts.secrets import is_same, secret_hash
from marketplace.core.db import changed_count, db
from marketplace.core.errors import MarketplaceError, NotFound
from marketplace.core.events import publish
from marketplace.core.sealed_columns import BATCH
from marketplace.core.sealing import open_sealed, present_prefix, seal
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import on_violation

STEP_SECONDS = 30
LIMITS = ((timedelta(minutes=5), 5), (timedelta(hours=1), 20), (timedelta(days=1), 50))
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
KEPT_DAYS = 2
_BLANK = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff-]+")

on_violation("uq_authenticators_live", SecondFactorHeld)


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person can prove themselves with beside the first factor."""

    app_since: datetime | None
    passkeys: int
    codes_left: int

    @property
    def has_any(self) -> bool:
        return self.app_since is not None or self.passkeys > 0


def factors_of(person_id: int) -> Factors:
    """The live second factors of a person."""
    app = db.session.scalar(
        select(Authenticator.confirmed_at).where(
            Authenticator.person_id == person_id,
            Authenticator.ended_at.is_(None),
            Authenticator.confirmed_at.is_not(None),
        )
    )
    keys = db.session.scalar(
        select(func.count()).where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
    )
    codes = db.session.scalar(
        select(func.count()).where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.ended_at.is_(None),
        )
    )
    return Factors(app, int(keys or 0), int(codes or 0))


def begin_app(person_id: int, at: datetime) -> str:
    """A fresh secret for an authenticator app; it counts once a code of it was shown (`confirm_app`).

    One that was begun and not confirmed is replaced. Raises SecondFactorHeld, NotFound.
    """
    _lock(person_id)
    db.session.execute(
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.ended_at.is_(None),
            Authenticator.confirmed_at.is_(None),
        )
        .values(ended_at=at)
    )
    secret = pyotp.random_base32()
    db.session.add(
        Authenticator(person_id=person_id, made_at=at, sealed_secret=seal(secret, _purpose(person_id)))
    )
    db.session.flush()
    return secret


def begun_app(person_id: int) -> str | None:
    """The secret of an app that was begun and waits for its first code."""
    row = _live(person_id)
    if row is None or row.confirmed_at is not None:
        return None
    return open_sealed(row.sealed_secret, _purpose(person_id))


def confirm_app(person_id: int, code: str, at: datetime) -> MarketplaceError | None:
    """The first code of a begun app makes it count. A refusal is given back, to be raised once the try is committed."""
    _lock(person_id)
    row = _live(person_id)
    if row is None or row.confirmed_at is not None:
        return NotFound()
    refusal = _closed(person_id, at)
    if refusal is not None:
        return refusal
    step = _step_of(open_sealed(row.sealed_secret, _purpose(person_id)), plain(code), at)
    if step is None:
        return _miss(person_id, at)
    row.confirmed_at, row.last_step = at, step
    db.session.flush()
    publish(SecondFactorChanged(person_id, "app_added", f"{row.id}", at))
    return None


def remove_app(person_id: int, at: datetime) -> None:
    """Takes the authenticator app away. Raises NotFound without one."""
    ended = changed_count(
        update(Authenticator)
        .where(
            Authenticator.person_id == person_id,
            Authenticator.ended_at.is_(None),
            Authenticator.confirmed_at.is_not(None),
        )
        .values(ended_at=at)
    )
    if not ended:
        raise NotFound()
    publish(SecondFactorChanged(person_id, "app_removed", at.isoformat(), at))
    end_codes_without_factor(person_id, at)


def make_recovery_codes(person_id: int, at: datetime) -> list[str]:
    """Ten new recovery codes, shown this once; those from before end."""
    _lock(person_id)
    _end_codes(person_id, at)
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    db.session.add_all(
        RecoveryCode(person_id=person_id, code_hash=secret_hash(plain(code)), made_at=at) for code in codes
    )
    db.session.flush()
    return codes


def use_factor(person_id: int, typed: str, at: datetime) -> MarketplaceError | None:
    """Tries a code of the app or a recovery code. None when it was right; else a refusal, to raise after the commit."""
    _lock(person_id)
    refusal = _closed(person_id, at)
    if refusal is not None:
        return refusal
    code = plain(typed)
    is_right = _use_app(person_id, code, at) if code.isdecimal() else _use_recovery(person_id, code, at)
    return None if is_right else _miss(person_id, at)


def remove_all(person_id: int, at: datetime) -> None:
    """Takes every second factor away: for an account whose owner lost them all, and for one that is closed."""
    for kind in (Authenticator, Passkey):
        db.session.execute(
            update(kind).where(kind.person_id == person_id, kind.ended_at.is_(None)).values(ended_at=at)
        )
    _end_codes(person_id, at)


def end_codes_without_factor(person_id: int, at: datetime) -> None:
    """Recovery codes end with the last factor that they stand in for."""
    db.session.flush()
    if not factors_of(person_id).has_any:
        _end_codes(person_id, at)


def forget_old_misses(at: datetime) -> int:
    """Deletes wrong tries of more than two days ago. A sweep."""
    return changed_count(delete(SecondMiss).where(SecondMiss.missed_at < at - timedelta(days=KEPT_DAYS)))


def reseal_apps(most: int = BATCH) -> int:
    """Seals up to so many secrets of apps with the first key of the setting; gives how many another had sealed."""
    others = Authenticator.sealed_secret.not_like(f"{present_prefix()}%")
    rows = db.session.scalars(select(Authenticator).where(others).limit(most).with_for_update()).all()
    for row in rows:
        purpose = _purpose(row.person_id)
        row.sealed_secret = seal(open_sealed(row.sealed_secret, purpose), purpose)
    db.session.flush()
    return len(rows)


def plain(typed: str) -> str:
    """A code without blanks and dashes, its digits and letters in one spelling."""
    return _BLANK.sub("", ascii_digits(typed[:80])).upper()


def _use_app(person_id: int, code: str, at: datetime) -> bool:
    row = _live(person_id)
    if row is None or row.confirmed_at is None:
        return False
    step = _step_of(open_sealed(row.sealed_secret, _purpose(person_id)), code, at)
    if step is None:
        return False
    return bool(
        changed_count(
            update(Authenticator)
            .where(
                Authenticator.id == row.id, Authenticator.last_step < step, Authenticator.ended_at.is_(None)
            )
            .values(last_step=step)
        )
    )


def _use_recovery(person_id: int, code: str, at: datetime) -> bool:
    used = db.session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == secret_hash(code),
            RecoveryCode.used_at.is_(None),
            RecoveryCode.ended_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.id)
    ).all()
    if not used:
        return False
    left = factors_of(person_id).codes_left
    publish(SecondFactorChanged(person_id, "code_used", f"{used[0]}", at, left))
    return True


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The number of the thirty seconds to which a code belongs: this one, the last or the next."""
    app, now = pyotp.TOTP(secret, interval=STEP_SECONDS), int(at.timestamp()) // STEP_SECONDS
    found = [step for step in (now - 1, now, now + 1) if is_same(app.generate_otp(step), code)]
    return found[-1] if found else None


def _closed(person_id: int, at: datetime) -> MarketplaceError | None:
    """The refusal while too many tries were wrong."""
    since = at - LIMITS[-1][0]
    misses = db.session.scalars(
        select(SecondMiss.missed_at)
        .where(SecondMiss.person_id == person_id, SecondMiss.missed_at > since)
        .order_by(SecondMiss.missed_at.desc())
        .limit(LIMITS[-1][1])
    ).all()
    waits = [
        misses[most - 1] + window - at
        for window, most in LIMITS
        if len(misses) >= most and misses[most - 1] > at - window
    ]
    return SecondFactorTriesUsed(retry_after=max(1, int(max(waits).total_seconds()))) if waits else None


def _miss(person_id: int, at: datetime) -> MarketplaceError:
    db.session.add(SecondMiss(person_id=person_id, missed_at=at))
    db.session.flush()
    return SecondFactorWrong()


def _end_codes(person_id: int, at: datetime) -> None:
    db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.ended_at.is_(None))
        .values(ended_at=at)
    )


def _new_recovery_code() -> str:
    """120 random bits in four groups of six letters and digits."""
    code = b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(code[i : i + 6] for i in range(0, len(code), 6))


def _live(person_id: int) -> Authenticator | None:
    return db.session.scalars(
        select(Authenticator)
        .where(Authenticator.person_id == person_id, Authenticator.ended_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _lock(person_id: int) -> None:
    if queries.lock_person(person_id) is None:
        raise NotFound()


def _purpose(person_id: int) -> str:
    return f"authenticator:{person_id}"
