"""News of complaints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ComplaintClosed:
    """Nothing more is to come in a case; `outcome` is its last word (solved, not_evaluated, upheld, ...)."""

    complaint_id: int
    number: str
    store_id: int
    store_order_id: int | None
    person_id: int
    outcome: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Escalated:
    """A complaint went to the seal centre by itself, its deadline having passed; named as its columns are."""

    id: int
    number: str
    store_id: int
    person_id: int
    store_order_id: int | None
    answer_due_at: datetime
