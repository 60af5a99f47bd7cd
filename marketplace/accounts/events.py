"""News of accounts. Who carries them to people is named in the wiring."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CodeIssued:
    """A one-time code waits to be sent to a mobile; `person_id` is None for a mobile that nobody has yet."""

    code_id: int
    mobile: str
    person_id: int | None
    code: str = field(repr=False)
    language: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedInAnew:
    """Somebody signed in with a browser that this account had not been used with."""

    session_id: int
    person_id: int
    browser: str
    system: str
    network: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SecondFactorChanged:
    """A second factor was added, taken away or used up. `what`: app_added, app_removed, passkey_added, passkey_removed,
    code_used, all_removed; `mark` makes the news one of its kind, `left` counts unused recovery codes."""

    person_id: int
    what: str
    mark: str
    at: datetime
    left: int = 0
