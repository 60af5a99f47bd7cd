"""The document of the API: whole, readable, and true under whatever a generator makes of it."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished

from marketplace.accounts.models import Role
from marketplace.accounts.tokens import SCOPES
from marketplace.api.document import TAGS, document_of
from marketplace.core.db import db
from marketplace.core.language import LANGUAGES, has_text
from marketplace.orders.models import StoreOrder
from tests.factories import a_role, a_token, change, world, writing
from tests.factories.buying import broken_invariants, in_cart, place
from tests.factories.rows import fresh
from tests.journeys.api_calls import PREFIX, openapi_path
from tests.pages import Client

IS_LONG = bool(os.environ.get("ROUNDS"))
EXAMPLES = 12 if IS_LONG else 1
MOVE_MONEY = {
    "create_order",
    "create_cancellation",
    "create_return",
    "create_unavailability",
    "create_answer",
    "create_office_decision",
    "create_seal_import_writing",
    "create_payouts",
    "create_payout_signature",
    "create_payout_sending",
    "create_payout_drop",
    "create_payout_answers",
    "create_refund_retry",
    "create_refund_transfer",
    "create_refund_by_file",
    "create_draw_proposal",
    "create_root_signature",
    "create_office_agreement",
    "create_gift_receipt",
    "create_gift_withdrawal",
    "create_share_proposal",
    "create_release_proposal",
    "create_prize_payment",
    "create_payout_renewal",
    "create_payout_clearing",
    "create_payout_correction",
    "create_fund_gift",
    "create_fund_assessment",
    "create_recourse_payment",
    "create_recourse_write_off",
    "create_clawback_payment",
    "create_clawback_write_off",
    "create_insurer_payment",
    "create_claim_transfer",
    "create_claim_file",
    "create_claim_account",
    "create_return_decision",
    "create_suspicion_hold",
    "create_suspicion_release",
    "create_suspicion_verdict",
}
"""Without a key of the caller's these are refused."""
BESIDE = {"api_docs.show_openapi", "api_docs.show_docs"}

PAST_THE_GATEWAY = {"paid_parts_are_booked", "paid_orders_have_grants"}
"""What the fixture breaks by calling a store order paid without any money."""

CHECKS: dict[str, Any] = {
    # The tool cannot repeat a call without its token over WSGI (it passes `max_redirects` to the client);
    # test_api_errors.py calls everything without a token and without its scope.
    "ignored_auth": {"enabled": False},
}
BULK = [
    f"POST /api/v1/store/{what}"
    for what in ("offers/stocks", "offers/prices", "orders/acceptances", "orders/shipments")
]
"""What is wrong with one item is that item's answer, in a 200 for all."""
OPERATIONS = [
    {
        "include-name": BULK,
        "checks": {
            "negative_data_rejection": {
                "expected-statuses": ["200", "400", "401", "403", "404", "406", "409", "415", "422", "429"]
            },
            "positive_data_acceptance": {"expected-statuses": ["200", "400", "404", "409", "412", "422"]},
        },
    },
    # A cursor is ours to make: whatever else stands there is refused with 400, and no schema can say so.
    {
        "include-method": ["GET"],
        "checks": {"positive_data_acceptance": {"expected-statuses": ["200", "400", "404"]}},
    },
    # A body may be right by its schema and wrong by the rules: an empty cart, a mobile that is none (422), a key that
    # the generator used before with another body (422), letters that no UTF-8 can hold (400), an own store (403).
    {
        "include-method": ["POST", "PUT", "PATCH", "DELETE"],
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["200", "201", "400", "403", "404", "409", "412", "422"]
            },
        },
    },
]


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    return document_of(app)


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


# --- the document ------------------------------------------------------------------------------------------------


@pytest.mark.databases("sqlite")
def test_it_holds_every_call_and_no_other(app, document):
    served = {
        (method.lower(), openapi_path(rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and rule.endpoint not in BESIDE
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(method, path) for method, path, _ in operations(document)} == served
    assert document["openapi"] == "3.1.0"


@pytest.mark.databases("sqlite")
def test_every_call_is_described(document):
    for method, path, operation in operations(document):
        name = operation["operationId"]
        assert operation["summary"], path
        assert operation["tags"][0] in TAGS, path
        assert all(has_text(f"api.do.{name}", language) for language in LANGUAGES), name
        if method != "get":
            keys = [p for p in operation["parameters"] if p["name"] == "Idempotency-Key"]
            assert [k["required"] for k in keys] == [name in MOVE_MONEY], path
        assert ("401" in operation["responses"]) == bool(operation["security"]), path
    assert all(has_text(f"api.tag.{tag}", language) for tag in TAGS for language in LANGUAGES)
    used = {operation["tags"][0] for *_, operation in operations(document)}
    assert used == set(TAGS)


@pytest.mark.databases("sqlite")
def test_every_call_says_whom_it_asks_what_it_refuses_and_gives_an_example(document):
    components = {"components": document["components"]}
    for method, path, operation in operations(document):
        what = f"{method} {path}"
        said = operation["description"]
        for scope in (operation["security"] or [{}])[0].get("token", ()):
            assert f"`{scope}`" in said, what
        refusals = [status for status in operation["responses"] if status.startswith("4")]
        assert "429" in refusals and all(status in said for status in refusals), what
        for parameter in operation["parameters"]:
            assert parameter.get("description"), f"{what}: {parameter['name']}"
        bodies = [c for s, r in operation["responses"].items() if s[0] == "2" for c in r["content"].values()]
        asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
        for content in [*bodies, *([asked] if asked else [])]:
            schema = {**content["schema"], **components}
            problems = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
            errors = [f"{e.instance_path}: {e.message}" for e in problems.iter_errors(content["example"])]
            assert not errors, f"{what}: {errors}"
    for name, response in document["components"]["responses"].items():
        example = response["content"]["application/problem+json"]["example"]
        assert 400 <= example["status"] < 600, name


@pytest.mark.databases("sqlite")
def test_every_scope_is_known(document):
    named = {
        operation["security"][0]["token"][0]
        for *_, operation in operations(document)
        if operation["security"]
    }
    assert named == set(SCOPES)


@pytest.mark.databases("sqlite")
def test_money_is_whole(document):
    for name, schema in document["components"]["schemas"].items():
        for field, kind in schema.get("properties", {}).items():
            if field.endswith("_toman"):
                assert "number" not in str(kind["type"]), f"{name}.{field}"
                assert "integer" in kind["type"], f"{name}.{field}"


@pytest.mark.databases("sqlite")
def test_it_is_served_and_printed(app, document):
    answer = Client(app).api("GET", "/openapi.json")
    assert answer.json == document
    printed = app.test_cli_runner().invoke(args=["openapi"])
    assert printed.exit_code == 0
    assert orjson.loads(printed.output) == document


@pytest.mark.databases("sqlite")
def test_it_can_be_read(app, document):
    client = Client(app)
    for prefix, title in (("", "رابط برنامه‌نویسی بازارگاه"), ("/en", "The Bazargah API")):
        page = client.get(f"{prefix}/api/v1/docs", headers={"Accept-Language": "de"})
        assert page.h1 == title
        text = page.text
        assert not [
            path for method, path, _ in operations(document) if f"{method.upper()} {path}" not in text
        ]
        assert f"{prefix}/api/v1/openapi.json" in page.links()


# --- whatever a generator makes of it ----------------------------------------------------------------------------


@pytest.fixture
def served(app: Flask, at) -> str:
    """A festival in which the token's person shops, keeps a store with an order to send, and sits at every desk."""
    app.config["API_RATE"] = app.config["API_TOKEN_RATE"] = "1000000 per minute"
    with app.app_context():
        bazaar = world(at)
        owner = bazaar.owners[2]
        in_cart(owner, (bazaar.soap, 1), (bazaar.tea, 1))
        made = place(bazaar.shopper, (bazaar.bowl, 1))
        part = db.session.query(StoreOrder).where(StoreOrder.order_id == made.order_id).one()
        assert (part.id, part.store_id) == (1, bazaar.stores[2].id), "the generator likes 1"
        change(fresh(part), state="paid", paid_at=at)
        with writing():
            for role in Role:
                a_role(owner, role, at=at)
        token = a_token(owner, *SCOPES)
        db.session.remove()
    return token


def test_every_answer_is_as_documented(app, served, database, tmp_path: Path):
    """All checks of the generator on all calls: right requests and wrong ones, boundaries, chains. Never a 5xx."""
    is_short = not IS_LONG and not database.startswith("sqlite")
    phases = {
        "coverage": {"enabled": IS_LONG},
        "stateful": {"enabled": not is_short, "generation": {"max-examples": EXAMPLES if IS_LONG else 1}},
    }
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1405,
            "suppress-health-check": ["all"],
            "continue-on-failure": True,
            "generation": {"max-examples": EXAMPLES, "database": "none", "mode": "all"},
            "auth": {"openapi": {"token": {"bearer": served}}},
            "headers": {"Accept-Encoding": "identity"},
            "checks": CHECKS,
            "operations": OPERATIONS,
            "phases": phases,
        }
    )
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app, config=config)
    statuses: Counter[int] = Counter()
    wrong: list[str] = []
    for event in from_schema(schema).execute():
        if isinstance(event, FatalError | NonFatalError):
            wrong.append(repr(event))
        if isinstance(event, ScenarioFinished):
            record = event.recorder
            statuses.update(i.response.status_code for i in record.interactions.values() if i.response)
            failed = [c for checks in record.checks.values() for c in checks if c.status == Status.FAILURE]
            wrong += [
                f"{record.label}, {c.name}: {c.failure_info.failure}\n{c.failure_info.code_sample}"
                for c in failed
            ]
    print(f"{statuses.total()} cases: {dict(sorted(statuses.items()))}")
    assert not wrong, "\n\n".join(wrong)
    assert not [status for status in statuses if status >= 500]
    assert statuses.total() >= (10_000 if IS_LONG else 40 if is_short else 300), statuses
    assert {200, 400, 401, 404} <= set(statuses) or is_short
    with app.app_context():
        assert set(broken_invariants()) <= PAST_THE_GATEWAY
        db.session.remove()
