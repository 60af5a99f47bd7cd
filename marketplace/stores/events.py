"""News of stores' papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SealIssued:
    """A seal was issued, renewed after its end, or issued again."""

    seal_id: int
    store_id: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SealSuspended:
    """A seal does not count for the time of a case."""

    seal_id: int
    store_id: int
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SealReinstated:
    """A suspended seal counts again."""

    seal_id: int
    store_id: int
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SealRevoked:
    """A seal was lost."""

    seal_id: int
    store_id: int
    reason_code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearanceAnswered:
    """The inquiry on a store's applicant was answered; only the outcome travels."""

    store_id: int
    outcome: str
    at: datetime
