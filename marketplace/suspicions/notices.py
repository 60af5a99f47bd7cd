"""What the subject of a suspicion is told: to a shopper, or to every member of a store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.messages.outbox import tell
from marketplace.stores.paper_queries import members_of
from marketplace.suspicions.models import Suspicion, Verdict


def path_of(case: Suspicion) -> str:
    """The subject's own page of a case."""
    place = "/panel/suspicions" if case.store_id is not None else "/me/suspicions"
    return f"{place}/{case.number}"


def tell_asked(case: Suspicion, at: datetime) -> None:
    """Something is suspected, and may be answered until then."""
    _tell(case, "suspicion_asked", f"{case.number}:asked", {"until_at": _iso(case.answer_due_at)}, at)


def tell_more(case: Suspicion, at: datetime) -> None:
    """More evidence joined; the time to answer it runs until then."""
    key = f"{case.number}:more:{case.version}"
    _tell(case, "suspicion_more", key, {"until_at": _iso(case.answer_due_at)}, at)


def tell_held(case: Suspicion, at: datetime) -> None:
    """Payouts are kept back for a while, and why."""
    gaps = {"until_at": _iso(case.hold_until_at), "reason": case.hold_reason or ""}
    _tell(case, "suspicion_held", f"{case.number}:held:{case.version}", gaps, at)


def tell_freed(case: Suspicion, at: datetime) -> None:
    """What was kept back is free."""
    _tell(case, "suspicion_freed", f"{case.number}:freed:{case.version}", {}, at)


def tell_verdict(case: Suspicion, verdict: Verdict, reason: str, at: datetime) -> None:
    """How it ended, with the reason in words. Called before an account is closed, which hears nothing afterwards."""
    _tell(case, f"suspicion_{verdict.value}", f"{case.number}:verdict", {"reason": reason}, at)


def _tell(case: Suspicion, template: str, key: str, gaps: dict[str, Any], at: datetime) -> None:
    people = [case.person_id] if case.person_id is not None else members_of(case.store_id or 0)
    for person in people:
        if person is not None:
            tell(
                key=f"suspicion:{key}:{person}",
                person=person,
                template=template,
                params={"number": case.number, "path": path_of(case), **gaps},
                subject=f"suspicion:{case.number}",
                at=at,
            )


def _iso(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""
