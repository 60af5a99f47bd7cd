"""Changes that the platform makes to many seals in one unit: each lawful, each in the history and the audit log, and
written in a few statements however many they are. One seal at a time, by an officer, is `seals.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert

from marketplace.core.audit import SYSTEM, Act
from marketplace.core.bulk import insert_many
from marketplace.core.changes import Change, told
from marketplace.stores.case_models import SealHistory
from marketplace.stores.errors import WrongPaperState
from marketplace.stores.models import Seal, SealState
from marketplace.stores.rules import may_become

_SHOWN = ("state", "stars", "suspended_until")


@dataclass(slots=True)
class SealChange:
    """One change of a seal, as it was and as it is after it; the row itself may be changed again in the same unit."""

    seal: Seal
    reason_code: str
    before: dict[str, object]
    after: dict[str, object] = field(default_factory=dict)

    @property
    def is_suspension(self) -> bool:
        """Whether the seal ceased to count by it."""
        states = self.before["state"], self.after["state"]
        return states == (SealState.active, SealState.suspended)


def change_stars(seal: Seal, stars: int, reason_code: str) -> SealChange | None:
    """Gives a seal another number of stars, at least 0 and at most 5; one that is lost keeps what it had. None where
    nothing changes. The caller holds the seal's lock and writes what it is given."""
    stars = min(max(stars, 0), 5)
    if seal.state not in (SealState.active, SealState.suspended) or seal.stars == stars:
        return None
    change = _begin(seal, reason_code)
    seal.stars = stars
    return _end(change)


def suspend(seal: Seal, reason_code: str, until: datetime | None = None) -> SealChange:
    """The seal does not count any more, not before `until` where that is known. Raises WrongPaperState."""
    if not may_become(seal.state, SealState.suspended):
        raise WrongPaperState(params={"state": seal.state})
    change = _begin(seal, reason_code)
    seal.state, seal.revoked_at, seal.suspended_until = SealState.suspended, None, until
    return _end(change)


def _begin(seal: Seal, reason_code: str) -> SealChange:
    return SealChange(seal, reason_code, {name: getattr(seal, name) for name in _SHOWN})


def _end(change: SealChange) -> SealChange:
    change.after = {name: getattr(change.seal, name) for name in _SHOWN}
    return change


def keep_history(changes: Sequence[SealChange], at: datetime) -> None:
    """Puts changes into the history, in their order."""
    if not changes:
        return
    rows = [
        {
            "seal_id": one.seal.id,
            "at": at,
            "actor_id": SYSTEM.id,
            "actor_role": SYSTEM.role,
            "actor_label": SYSTEM.label,
            "state_before": one.before["state"],
            "state_after": one.after["state"],
            "stars_before": one.before["stars"],
            "stars_after": one.after["stars"],
            "valid_until": one.seal.valid_until,
            "reason_code": one.reason_code,
            "reason_text": "",
        }
        for one in changes
    ]
    insert_many(insert(SealHistory), rows)


def act_of(change: SealChange) -> Act:
    """What the audit log says of a change."""
    seal, after = change.seal, change.after
    changes: list[Change] = [
        [f"seals:{seal.id}", name, told(change.before[name]), told(after[name])]
        for name in _SHOWN
        if change.before[name] != after[name]
    ]
    details = {"seal": seal.code, "state": told(after["state"]), "stars": after["stars"]}
    return Act("change_seal", f"store:{seal.store_id}", {**details, "reason": change.reason_code}, changes)
