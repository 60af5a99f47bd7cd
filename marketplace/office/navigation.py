"""The desks of the officials: which there are, and which of them a visitor's roles may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_login import current_user

from marketplace.accounts.models import Role
from marketplace.core.language import t


@dataclass(frozen=True, slots=True)
class Desk:
    """One entry of the office's navigation. Words: `office.<section>` and `office.<key>`."""

    section: str
    key: str
    path: str
    icon: str
    roles: frozenset[Role]


def _desk(section: str, key: str, path: str, icon: str, *roles: Role) -> Desk:
    return Desk(section, key, path, icon, frozenset({*roles, Role.auditor}))


DESKS = (
    _desk("festival", "applications", "/office/applications", "clipboard", Role.office),
    _desk("seal", "seals", "/office/seals", "shield-check", Role.seal_officer),
    _desk("seal", "licences", "/office/licences", "award", Role.seal_officer),
    _desk("seal", "clearances", "/office/clearances", "hourglass", Role.clearance_officer),
    _desk("seal", "complaints", "/office/complaints", "messages", Role.seal_officer),
    _desk("seal", "revocations", "/office/revocations", "gavel", Role.seal_officer),
    _desk("seal", "pauses", "/office/pauses", "hourglass", Role.seal_officer, Role.office),
    _desk("festival", "offers", "/office/offers", "tag", Role.office),
    _desk("festival", "hidden_stores", "/office/hidden-stores", "eye-off", Role.office),
    _desk("health", "inspections", "/office/inspections", "stethoscope", Role.health_inspector, Role.office),
    _desk(
        "health",
        "spot_checks",
        "/office/spot-checks",
        "dices",
        Role.health_inspector,
        Role.office,
        Role.seal_officer,
    ),
    _desk("health", "letters", "/office/letters", "send", Role.health_inspector, Role.office),
    _desk("festival", "pledges", "/office/pledges", "handshake", Role.office),
    _desk("lottery", "draws", "/office/draws", "ticket", Role.office, Role.seal_officer),
    _desk("money", "claims", "/office/claims", "scale", Role.adjudicator, Role.office),
    _desk("money", "claim_payments", "/office/claim-payments", "coins", Role.office),
    _desk("money", "payments", "/office/payments", "card", Role.office),
    _desk("money", "refunds", "/office/refunds", "undo", Role.office),
    _desk("money", "disputes", "/office/disputes", "gavel", Role.office),
    _desk("money", "returns", "/office/returns", "refresh", Role.office),
    _desk("money", "payouts", "/office/payouts", "wallet", Role.office),
    _desk("money", "fund", "/office/fund", "shield-check", Role.office),
    _desk("money", "recourse", "/office/recourse", "coins", Role.office),
    _desk("money", "clawbacks", "/office/clawbacks", "coins", Role.office),
    _desk("money", "insurer", "/office/insurer", "shield-check", Role.office),
    _desk("money", "reconciliation", "/office/reconciliation", "scale", Role.office),
    _desk("house", "tickets", "/office/tickets", "messages", Role.office),
    _desk("house", "reviews", "/office/reviews", "star", Role.office),
    _desk("house", "suspicions", "/office/suspicions", "eye", Role.office),
    _desk("house", "stats", "/office/stats", "chart", *Role),
    _desk("house", "audit", "/office/audit", "book"),
    _desk("house", "black_box", "/office/black-box", "box", Role.office),
    _desk("house", "jobs", "/office/jobs", "refresh", Role.office),
    _desk("house", "messages", "/office/messages", "send", Role.office),
    _desk("house", "festivals", "/office/festivals", "calendar", Role.office),
    _desk("house", "texts", "/office/texts", "book", Role.office),
    _desk("house", "recovery", "/office/recovery", "trend", Role.office),
    _desk("house", "policy", "/office/policy", "settings", Role.office),
    _desk("house", "approvals", "/office/approvals", "handshake", *Role),
)
"""In the order in which they stand. The auditor reads at every desk."""


def desks_of(roles: frozenset[Role]) -> list[Desk]:
    """The desks that somebody with these roles may open."""
    return [desk for desk in DESKS if desk.roles & roles]


def office_context() -> dict[str, Any]:
    """`office_nav` for the layout of the office's pages, grouped by section."""
    if not request.path.startswith("/office") or not current_user.is_authenticated:
        return {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for desk in desks_of(current_user.roles):
        is_here = request.path == desk.path or request.path.startswith(f"{desk.path}/")
        groups.setdefault(desk.section, []).append(
            {"label": t(f"office.{desk.key}"), "path": desk.path, "icon": desk.icon, "on": is_here}
        )
    return {"office_nav": [{"title": t(f"office.{key}"), "items": items} for key, items in groups.items()]}
