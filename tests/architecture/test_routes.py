"""Every route says who may call it."""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.accounts.access import Access
from tests.architecture.house import ensure_none

OPEN = {
    "static.show_asset": "stylesheets, scripts and pictures of the site itself",
    "health.show_health": "asked by machines that know nobody: this process lives",
    "health.show_readiness": "asked by machines that know nobody: it may be sent requests",
    "health.show_metrics": "counts without names; operators close it at the proxy",
    "api-docs.openapi_json": "the description of the API, the same for everybody",
    "api-docs.openapi_swagger_ui": "the readable form of that description",
    "api-docs.openapi_redoc": "the readable form of that description",
    "api-docs.openapi_rapidoc": "the readable form of that description",
}

pytestmark = pytest.mark.databases("sqlite")


def test_every_route_declares_its_access(app: Flask):
    silent = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN:
            continue
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not isinstance(_access(view, method), Access):
                silent.append(f"{method} {rule.rule} ({rule.endpoint})")
    ensure_none(silent)


def _access(view: object, method: str) -> object:
    """The declaration of a function, or of the method of a class-based view."""
    declared = getattr(view, "access", None)
    kind = getattr(view, "view_class", None)
    if declared is None and kind is not None:
        declared = getattr(kind, "access", None) or getattr(
            getattr(kind, method.lower(), None), "access", None
        )
    return declared


def test_an_address_has_one_answer(app: Flask):
    seen: dict[tuple[str, str], str] = {}
    double = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            before = seen.setdefault((rule.rule, method), rule.endpoint)
            if before != rule.endpoint:
                double.append(f"{method} {rule.rule}: {before} and {rule.endpoint}")
    ensure_none(double)


def test_nothing_is_changed_by_looking(app: Flask):
    """No address takes GET and changes something by its name."""
    verbs = ("create_", "update_", "delete_", "approve_", "cancel_", "pay_", "accept_", "suspend_", "revoke_")
    wrong = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.endpoint.rpartition(".")[2].startswith(verbs)
    ]
    ensure_none(wrong)


MONEY_AND_DRAW = frozenset(
    {
        "payouts",
        "office_refunds",
        "fund_desk",
        "fund_debts",
        "draw_costs",
        "draws",
        "draw_acts",
        "policy",
        "approvals",
        "claims_desk",
        "reconciliation",
    }
)
NO_PROOF = {
    "payouts.create_question": "asks the gateway, moves nothing",
    "office_refunds.create_note": "a note",
    "draw_acts.create_figures": "computes again what the rules compute",
    "approvals.create_refusal": "a no moves nothing",
    "approvals.create_withdrawal": "one's own proposal taken back",
    "claims_desk.create_handing_over": "gives a case to a colleague",
    "claims_desk.create_inspection": "asks for a look at the goods",
    "claims_desk.create_report": "what was seen",
    "claims_desk.create_request": "asks for papers",
    "claims_desk.create_stepping_aside": "leaves a case",
    "reconciliation.create_run": "compares, moves nothing",
}
ALSO = frozenset(
    {"settlement.create_payout_account", "hooks.create_secret", "me.create_token", "me.update_password"}
)


def test_acts_of_money_of_the_draw_and_of_security_ask_for_a_fresh_proof(app: Flask):
    without, needless = [], []
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()):
            continue
        asks = getattr(app.view_functions[rule.endpoint], "asks_for_proof", False)
        wanted = rule.endpoint.partition(".")[0] in MONEY_AND_DRAW or rule.endpoint in ALSO
        if wanted and not asks and rule.endpoint not in NO_PROOF:
            without.append(f"{rule.rule} ({rule.endpoint})")
        if asks and rule.endpoint in NO_PROOF:
            needless.append(rule.endpoint)
    ensure_none(without + needless)
