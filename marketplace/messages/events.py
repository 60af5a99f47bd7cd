"""What the stores' own programs make known upwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HookDisabled:
    """An address of `owner` (`store:<id>`) was switched off: from `failing_from` on it answered nothing well."""

    target_id: int
    owner: str
    host: str
    failing_from: datetime
    at: datetime
