"""Changing a number: planned by one person, or proposed by one and agreed to by another.

A row is added with the moment from which it holds and never changed; what runs already is judged by the row of its own
moment. A value for a day that has one already follows it by a microsecond, so that the later word holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Reason
from marketplace.core.unit_of_work import on_violation
from marketplace.policy import queries
from marketplace.policy.errors import MovedByRule, NothingPlanned, PolicyChanged, PolicyQuarrel, UnknownNumber
from marketplace.policy.inputs import NumberChange
from marketplace.policy.models import PolicyRow
from marketplace.policy.numbers import BY_RULE, NUMBERS
from marketplace.policy.policy import policy_at
from marketplace.policy.quarrels import quarrels_of

ACTION = "policy_number"
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)

on_violation("uq_policy_rows_name_effective_from", PolicyChanged)


def change_number(change: NumberChange, actor: Actor, at: datetime) -> int | None:
    """Plans another value of a number; where two persons are needed it proposes it and gives the proposal's id.

    Raises MovedByRule, PolicyChanged for a stale page, PolicyQuarrel, ApprovalWaits, Conflict('policy_same') for no
    change at all.
    """
    queries.lock_policy()
    name = change.number.name
    if name in BY_RULE:
        raise MovedByRule()
    _ensure_fresh(name, change.seen)
    begins = begins_at(change.effective_on, at)
    before = getattr(policy_at(begins), name)
    if before == change.value:
        raise Conflict("policy_same")
    ensure_no_quarrel(name, change.value, begins, at)
    if not change.number.needs_two:
        _write(name, change.value, begins, change.reason, actor.id, None, actor, at)
        return None
    return propose(
        ACTION,
        f"policy:{name}",
        {
            "name": name,
            "before": before,
            "after": change.value,
            "effective_on": change.effective_on.isoformat(),
            "reason": change.reason,
            "seen": change.seen,
        },
        actor,
        at,
    )


def carry_out_number(approval: Approval, actor: Actor, at: datetime) -> None:
    """Writes what two persons agreed on. Where its day came meanwhile, it holds from this moment."""
    content: Mapping[str, Any] = approval.content
    name, value = str(content["name"]), int(content["after"])
    if name not in NUMBERS:
        raise UnknownNumber()
    queries.lock_policy()
    _ensure_fresh(name, int(content["seen"]))
    begins = begins_at(date.fromisoformat(content["effective_on"]), at)
    ensure_no_quarrel(name, value, begins, at)
    _write(name, value, begins, str(content["reason"]), approval.proposed_by_id, actor.id, actor, at)


def move_by_rule(name: str, value: int, reason: str, at: datetime) -> bool:
    """A written rule moves its number, from this moment on; False where it stands so already."""
    if name not in BY_RULE:
        raise UnknownNumber()
    queries.lock_policy()
    if getattr(policy_at(at), name) == value:
        return False
    _write(name, value, at, reason, None, None, SYSTEM, at)
    return True


def take_back_planned(name: str, seen: int, reason: str, actor: Actor, at: datetime) -> None:
    """Lets the value of now stand where another was planned. Raises NothingPlanned, PolicyChanged, Forbidden.

    A number that needs two persons is taken back as it was planned: by a proposal.
    """
    number = NUMBERS.get(name)
    if number is None:
        raise UnknownNumber()
    if number.needs_two:
        raise Forbidden("second_person_needed")
    queries.lock_policy()
    _ensure_fresh(name, seen)
    planned = [row for row in queries.planned_rows(at) if row.name == name]
    if not planned:
        raise NothingPlanned()
    value = getattr(policy_at(at), name)
    ensure_no_quarrel(name, value, planned[0].effective_from, at)
    for begins in sorted({day_begins(tehran(row.effective_from).date()) for row in planned}):
        _write(name, value, begins, reason, actor.id, None, actor, at)


def begins_at(day: date, at: datetime) -> datetime:
    """The moment from which a change of a day holds: this one for today and what is past, else its midnight."""
    return max(day_begins(day), at)


def ensure_no_quarrel(name: str, value: int, begins: datetime, at: datetime) -> None:
    """Raises PolicyQuarrel when the value contradicts another number, then or at any planned change after it."""
    planned = queries.planned_rows(at)
    until = min(
        (row.effective_from for row in planned if row.name == name and row.effective_from >= begins + DAY),
        default=None,
    )
    moments = [begins] + [
        row.effective_from
        for row in planned
        if row.effective_from > begins and (until is None or row.effective_from < until)
    ]
    old = set(quarrels_of(asdict(policy_at(at))))
    for moment in moments:
        found = [pair for pair in quarrels_of({**asdict(policy_at(moment)), name: value}) if name in pair]
        new = [pair for pair in found if pair not in old]
        if new:
            reasons = [Reason("policy_quarrel", {"low": low, "high": high}) for low, high in new]
            raise PolicyQuarrel(fields={"value": "policy_quarrel"}, reasons=reasons)


def _ensure_fresh(name: str, seen: int) -> None:
    if queries.newest_id(name) != seen:
        raise PolicyChanged()


def _free_moment(name: str, begins: datetime) -> datetime:
    """The first moment of that day after every row that begins on it."""
    end = day_begins(tehran(begins).date() + DAY)
    last = queries.last_effective(name, begins, end)
    return begins if last is None else last + MICROSECOND


def _write(
    name: str,
    value: int,
    begins: datetime,
    reason: str,
    entered_by_id: int | None,
    seconded_by_id: int | None,
    actor: Actor,
    at: datetime,
) -> None:
    before = getattr(policy_at(begins), name)
    begins = _free_moment(name, begins)
    db.session.add(
        PolicyRow(
            name=name,
            value=value,
            effective_from=begins,
            reason=reason,
            entered_by_id=entered_by_id,
            seconded_by_id=seconded_by_id,
            entered_at=at,
        )
    )
    db.session.flush()
    record(
        actor,
        "change_policy",
        f"policy:{name}",
        at,
        before={"value": before},
        after={"value": value},
        value=value,
        effective_from=begins.isoformat(),
        reason=reason,
        entered_by=entered_by_id,
    )
