"""What one unit does to the seals of several stores, kept in order and written at its end: history, audit log, events
and messages, in a few statements however many seals they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from marketplace.complaints.models import RevocationCase, StarLoss
from marketplace.complaints.notices import StoreNews, case_news, star_news, tell_stores
from marketplace.core.audit import SYSTEM, Act, record_all
from marketplace.core.bulk import insert_many
from marketplace.core.db import db
from marketplace.core.events import publish
from marketplace.stores.events import SealSuspended
from marketplace.stores.models import Seal, SealState
from marketplace.stores.seal_changes import SealChange, act_of, change_stars, keep_history, suspend


@dataclass(slots=True)
class SealJournal:
    """Changes that have been made to rows of the session and are not told yet. `write` empties it; whoever reads the
    history of a seal in the same unit writes first."""

    at: datetime
    _lines: list[SealChange | RevocationCase] = field(default_factory=list)
    _news: list[StoreNews] = field(default_factory=list)
    _losses: list[dict[str, Any]] = field(default_factory=list)

    def set_stars(self, seal: Seal, stars: int, reason: str, complaint: str, *, is_back: bool) -> None:
        """Takes or gives a star for a complaint, and lets the store know."""
        change = change_stars(seal, stars, reason)
        if change is not None:
            self._lines.append(change)
        self._news.append(star_news(seal.store_id, complaint, seal.stars, is_back, self.at))

    def suspend(self, seal: Seal, reason: str, until: datetime | None = None) -> None:
        """Suspends an active seal; one that is not active stays as it is, with the moment that was told of it."""
        if seal.state is SealState.active:
            self._lines.append(suspend(seal, reason, until))

    def lose(self, seal: Seal, complaint: str) -> None:
        """A complaint costs this seal a star for the first time."""
        self._losses.append(
            {
                "store_id": seal.store_id,
                "complaint": complaint,
                "stars_before": seal.stars,
                "lost_at": self.at,
                "given_back_at": None,
            }
        )

    def open_case(self, case: RevocationCase) -> None:
        """A revocation case begins."""
        db.session.add(case)
        self._lines.append(case)

    def tell(self, news: StoreNews) -> None:
        """Something else that a store reads."""
        self._news.append(news)

    def write(self) -> None:
        """Writes what has come together so far."""
        db.session.flush()
        lines, news, losses = self._lines, self._news, self._losses
        self._lines, self._news, self._losses = [], [], []
        insert_many(insert(StarLoss), losses)
        changes = [line for line in lines if isinstance(line, SealChange)]
        keep_history(changes, self.at)
        record_all(SYSTEM, [act_of(x) if isinstance(x, SealChange) else _opening(x) for x in lines], self.at)
        for change in changes:
            if change.is_suspension:
                seal = change.seal
                publish(SealSuspended(seal.id, seal.store_id, change.reason_code, self.at))
        for line in lines:
            if isinstance(line, RevocationCase):
                facts = {"counted": len(line.complaints), "defence_at": line.defence_until.isoformat()}
                news.append(case_news(line, "revocation_opened", facts))
        tell_stores(news, self.at)


def _opening(case: RevocationCase) -> Act:
    details = {"store": case.store_id, "counted": len(case.complaints)}
    return Act("open_revocation", f"revocation:{case.id}", details)
