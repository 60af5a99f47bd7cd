"""News of the fund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClaimPaid:
    """Money of the fund left for a claim; `is_whole`: nothing of what was approved waits any more."""

    claim_id: int
    number: str
    store_id: int
    person_id: int
    amount_toman: int
    is_whole: bool
    at: datetime
