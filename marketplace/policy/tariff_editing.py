"""Changing a tariff: money, so one person proposes it and another agrees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval
from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.errors import Conflict
from marketplace.core.unit_of_work import on_violation
from marketplace.policy import queries
from marketplace.policy.editing import DAY, MICROSECOND, begins_at
from marketplace.policy.errors import PolicyChanged, UnknownNumber
from marketplace.policy.inputs import TariffChange
from marketplace.policy.models import ShippingMethod, Tariff
from marketplace.policy.tariffs import rates_at

ACTION = "tariff"

on_violation("uq_tariffs_method_zone_effective_from", PolicyChanged)


def change_tariff(change: TariffChange, actor: Actor, at: datetime) -> int:
    """Proposes another tariff and gives the proposal's id.

    Raises UnknownNumber where the method does not go into that zone, PolicyChanged, Conflict('policy_same').
    """
    queries.lock_policy()
    _ensure_fresh(change.method, change.zone, change.seen)
    rate = rates_at(begins_at(change.effective_on, at)).get((change.method, change.zone))
    if rate is None:
        raise UnknownNumber()
    before = {"first_kg_toman": rate.first_kg_toman, "next_kg_toman": rate.next_kg_toman}
    after = {"first_kg_toman": change.first_kg_toman, "next_kg_toman": change.next_kg_toman}
    if before == after:
        raise Conflict("policy_same")
    return propose(
        ACTION,
        f"tariff:{change.method.value}-{change.zone}",
        {
            "method": change.method.value,
            "zone": change.zone,
            "before": before,
            "after": after,
            "effective_on": change.effective_on.isoformat(),
            "reason": change.reason,
            "seen": change.seen,
        },
        actor,
        at,
    )


def carry_out_tariff(approval: Approval, actor: Actor, at: datetime) -> None:
    """Writes the tariff that two persons agreed on. Where its day came meanwhile, it holds from this moment."""
    content: Mapping[str, Any] = approval.content
    method, zone = ShippingMethod(content["method"]), int(content["zone"])
    queries.lock_policy()
    _ensure_fresh(method, zone, int(content["seen"]))
    begins = begins_at(date.fromisoformat(content["effective_on"]), at)
    end = day_begins(tehran(begins).date() + DAY)
    last = queries.last_tariff_effective(method, zone, begins, end)
    begins = begins if last is None else last + MICROSECOND
    after = content["after"]
    db.session.add(
        Tariff(
            method=method,
            zone=zone,
            first_kg_toman=int(after["first_kg_toman"]),
            next_kg_toman=int(after["next_kg_toman"]),
            effective_from=begins,
            reason=str(content["reason"]),
            entered_by_id=approval.proposed_by_id,
            seconded_by_id=actor.id,
            entered_at=at,
        )
    )
    db.session.flush()
    record(
        actor,
        "change_tariff",
        approval.subject,
        at,
        after=after,
        effective_from=begins.isoformat(),
        reason=content["reason"],
        entered_by=approval.proposed_by_id,
    )


def _ensure_fresh(method: ShippingMethod, zone: int, seen: int) -> None:
    if queries.newest_tariff_id(method, zone) != seen:
        raise PolicyChanged()
