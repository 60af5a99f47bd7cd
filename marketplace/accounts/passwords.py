"""Passwords: what is accepted, and argon2id. Hashing takes long on purpose: call it outside units of work.

8 to 256 characters of any kind, no composition rules; refused are the most used ones and the own mobile.
Sources: NIST SP 800-63B 5.1.1.2, OWASP ASVS 5.0 V6.2.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from marketplace.accounts.secrets import new_secret
from marketplace.core.text import ascii_digits

SHORTEST = 8
LONGEST = 256
# 19 MiB, two passes, one lane (OWASP): about 25 ms, and many at once do not eat the machine's memory.
_hasher = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_KEYBOARDS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک"})
_nobody = _hasher.hash(new_secret())


def normal(password: str) -> str:
    """One spelling for what different keyboards send: NFKC, Persian yeh and kaf, ASCII digits."""
    spelt = ascii_digits(unicodedata.normalize("NFKC", password).translate(_KEYBOARDS))
    return spelt.encode("utf-8", "replace").decode()


def wrong_with(password: str, mobile: str | None = None) -> str | None:
    """The field code of what is wrong with a new password; None for a good one."""
    if len(password) < SHORTEST:
        return "password_short"
    if len(password) > LONGEST:
        return "password_long"
    spelt = normal(password).casefold().strip()
    if spelt in _common() or len(set(spelt)) <= 2:
        return "password_common"
    if mobile is not None and mobile[1:] in spelt:
        return "password_has_mobile"
    return None


def password_hash(password: str) -> str:
    """argon2id of a password, with its parameters and salt."""
    return _hasher.hash(normal(password))


def check_password(password: str, known_hash: str | None) -> tuple[bool, str | None]:
    """Whether it is right, and a fresh hash where the kept one is of an older strength.

    With `known_hash` None (nobody has that mobile, or no password is set) the same work is done for a
    hash that nothing fits, so that the time does not tell.
    """
    against = known_hash if known_hash and len(password) <= LONGEST else None
    is_right, fresh = _hasher.verify_and_update(normal(password[:LONGEST]), against or _nobody)
    return (is_right, fresh) if against else (False, None)


@cache
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
