"""What other slices and pages read of a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.accounts.devices import Device
from marketplace.accounts.models import ApprovalState, Role


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One person without secrets."""

    id: int
    mobile: str
    given_name: str
    surname: str
    email: str | None
    language: str
    created_at: datetime
    disabled_at: datetime | None

    @property
    def display_name(self) -> str:
        """The name, or the mobile while there is none."""
        return f"{self.given_name} {self.surname}".strip() or self.mobile

    @property
    def is_disabled(self) -> bool:
        return self.disabled_at is not None


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """A code that a browser asked for, without the code."""

    id: int
    mobile: str
    expires_at: datetime
    tries: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """What the sign-in by password needs."""

    person_id: int
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """One sign-in of a person, for the list of places where one is signed in."""

    id: int
    created_at: datetime
    expires_at: datetime
    device: Device
    is_this_one: bool
    network: str
    last_used_at: datetime


@dataclass(frozen=True, slots=True)
class GrantFacts:
    """A role and since when."""

    role: Role
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a difference: what, what it was, what it is to be. `before` is None for something new."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Approval:
    """An act that was put before a second person."""

    id: int
    action: str
    subject: str
    content: Mapping[str, Any]
    digest: str
    proposed_by_id: int
    proposed_by: str
    proposed_at: datetime
    lapses_at: datetime
    state: ApprovalState
    decided_by_id: int | None
    decided_by: str
    decided_at: datetime | None
    reason: str
