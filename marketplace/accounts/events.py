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
