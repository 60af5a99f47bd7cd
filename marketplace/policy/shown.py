"""What the editor reads of numbers and tariffs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.policy.models import ShippingMethod


@dataclass(frozen=True, slots=True)
class RowShown:
    """One value of a number: from when, why, entered when and by whom, and who agreed."""

    id: int
    name: str
    value: int
    effective_from: datetime
    reason: str
    entered_at: datetime
    by: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class TariffShown:
    """One price of a method into a zone, with the same facts."""

    id: int
    method: ShippingMethod
    zone: int
    first_kg_toman: int
    next_kg_toman: int
    effective_from: datetime
    reason: str
    entered_at: datetime | None
    by: str | None
    second: str | None
