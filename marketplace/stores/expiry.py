"""What ends by itself, and the reminders before: 60, 30 and 7 days ahead, each once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.policy.policy import Policy, policy_at
from marketplace.stores.models import (
    Clearance,
    ClearanceState,
    LicenceState,
    Seal,
    SealState,
    UnionLicence,
)
from marketplace.stores.notices import tell_expiry
from marketplace.stores.rules import reminder_due

PAPERS = (
    ("seal", Seal, SealState.active),
    ("licence", UnionLicence, LicenceState.active),
    ("clearance", Clearance, ClearanceState.clear),
)


def reminder_days(policy: Policy) -> tuple[int, int, int]:
    """How many days before an end one is reminded, the farthest first."""
    return (
        policy.expiry_first_reminder_days,
        policy.expiry_second_reminder_days,
        policy.expiry_last_reminder_days,
    )


def remind_of_expiry(at: datetime) -> int:
    """Sweep: members of stores whose seal, licence or clearance ends soon are told, once for each distance.

    Gives the number of papers that end soon; run in a unit of work.
    """
    days = reminder_days(policy_at(at))
    count = 0
    for kind, paper, state in PAPERS:
        ending = db.session.execute(
            select(paper.id, paper.store_id, paper.valid_until).where(
                paper.state == state,
                paper.valid_until > at,
                paper.valid_until <= at + timedelta(days=max(days)),
            )
        ).all()
        for row in ending:
            distance = reminder_due(row.valid_until, at, days)
            if distance is not None:
                tell_expiry(kind, row.store_id, row.id, row.valid_until, distance, at)
                count += 1
    return count
