"""What only the store itself sees: what counts and when it drops out, tomorrow's record, what answers would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.complaints.case_page import here
from marketplace.complaints.performance import compute_record
from marketplace.complaints.queries import last_case
from marketplace.core.language import t
from marketplace.policy.policy import policy_at
from marketplace.stores.lift import Lift, cuts_of_lift, lift, next_due
from marketplace.stores.record_crowds import crowds_between
from marketplace.stores.record_rows import cases_of_store, cases_to_foresee
from marketplace.stores.standing import CountRules, Standing, may_count, standing

MOST_ROWS = 60


@dataclass(frozen=True, slots=True)
class CountRow:
    """One complaint in the count: its status there, which is the reason, and when it drops out."""

    number: str
    url: str
    filed_at: datetime
    counts: bool
    label: str
    drops_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class ForesightShown:
    """`today` and `tomorrow` are record documents (see `performance`), None in the short form."""

    counted: int
    limit: int
    warn_from: int
    next_drop_out_at: datetime | None
    rows: tuple[CountRow, ...]
    lift: Lift | None
    lift_numbers: tuple[dict[str, str], ...]
    revocation: Any
    today: dict[str, Any] | None = None
    tomorrow: dict[str, Any] | None = None


def show_foresight(store_id: int, at: datetime, *, is_whole: bool = False) -> ForesightShown:
    """The store's foresight at a moment; with `is_whole` the record now and a day later, if nothing is done."""
    policy = policy_at(at)
    rules = CountRules.of(policy)
    cases = cases_of_store(store_id) if rules.is_literal else cases_to_foresee(store_id, at, MOST_ROWS)
    found = standing(cases, rules, at)
    running = next_due(cases, rules, at)
    crowds = crowds_between(store_id, rules, at, cuts_of_lift(running, at)) if running else []
    counting = [case for case in cases if may_count(case, rules, at)]
    raised = lift(crowds, running, counting, rules, at)
    tomorrow = at + timedelta(days=1)
    return ForesightShown(
        counted=found.counted,
        limit=rules.limit,
        warn_from=rules.warn_from,
        next_drop_out_at=found.next_drop_out_at,
        rows=_rows(found),
        lift=raised,
        lift_numbers=tuple(
            {"number": n, "url": here(f"/panel/complaints/{n}")}
            for n in (raised.complaints if raised else ())
        ),
        revocation=last_case(store_id),
        today=compute_record(store_id, at)[0] if is_whole else None,
        tomorrow=compute_record(store_id, tomorrow)[0] if is_whole else None,
    )


def _rows(found: Standing) -> tuple[CountRow, ...]:
    """Those that count first, the one that drops out next before the others; then the newest of the rest."""
    rest = [entry for entry in reversed(found.entries) if not entry.counts]
    return tuple(
        CountRow(
            entry.complaint,
            here(f"/panel/complaints/{entry.complaint}"),
            entry.filed_at,
            entry.counts,
            t(f"count_status.{entry.status.value}"),
            entry.drops_out_at,
        )
        for entry in (*found.counting, *rest)[:MOST_ROWS]
    )
