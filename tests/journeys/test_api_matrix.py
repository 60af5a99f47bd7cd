"""Who may call what of the API: every call of the route table, for every role and whosever thing it is.

The table below says of each call what its scope is and whose thing it names. A call that stands in the document and
not here fails, and so does a line of a call that is no more. For each line the test asks with an own thing, another's,
and one that is not there, as nobody, with a token without the scope, and as people of every role.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.accounts.tokens import SCOPES
from marketplace.api.document import document_of
from marketplace.complaints.drafts import save_template
from marketplace.core.audit import Actor
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import hooks
from marketplace.messages.ticket_inputs import NewTicket
from marketplace.messages.ticket_models import TicketTopic
from marketplace.messages.tickets import open_ticket
from marketplace.orders.addresses import keep_address
from marketplace.orders.inputs import Address
from tests.factories import World, a_token, an_official, change
from tests.factories.buying import paid, parts_of
from tests.factories.complaints import a_complaint
from tests.factories.rows import AT, fresh
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.journeys.api_calls import ADDRESS, PREFIX, Program
from tests.journeys.api_desks import DESK_BODIES, DESKS, FILES
from tests.journeys.api_people import PEOPLE
from tests.pages import Answer
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
OPEN, MINE, STORE, OFFICE = "open", "mine", "store", "office"
"""Whose a call is: anybody's; the person's of the token; the store's of the member whose token it is; the desk's at
which an official sits."""
MATRIX: dict[str, tuple[str, str | None]] = {
    "show_festival": (OPEN, None),
    "list_categories": (OPEN, None),
    "list_offers": (OPEN, None),
    "show_offer": (OPEN, None),
    "show_admission": (OPEN, None),
    "list_stores": (OPEN, None),
    "show_store": (OPEN, None),
    "show_record": (OPEN, None),
    "show_seal": (OPEN, None),
    "list_draws": (OPEN, None),
    "show_draw": (OPEN, None),
    "show_fund": (OPEN, None),
    "show_stats": (OPEN, None),
    "show_cart": (MINE, "cart"),
    "update_cart_line": (MINE, "cart"),
    "delete_cart_line": (MINE, "cart"),
    "delete_cart": (MINE, "cart"),
    "create_order": (MINE, "orders:write"),
    "list_orders": (MINE, "orders:read"),
    "show_order": (MINE, "orders:read"),
    "create_receipt": (MINE, "orders:write"),
    "create_cancellation": (MINE, "orders:write"),
    "create_return": (MINE, "orders:write"),
    "create_complaint": (MINE, "orders:write"),
    "show_complaint": (MINE, "orders:read"),
    "create_message": (MINE, "orders:write"),
    "create_evaluation": (MINE, "orders:write"),
    "show_claim_eligibility": (MINE, "orders:read"),
    "create_claim": (MINE, "orders:write"),
    "show_claim": (MINE, "orders:read"),
    "list_entries": (MINE, "entries:read"),
    "list_store_orders": (STORE, "store:orders"),
    "show_store_order": (STORE, "store:orders"),
    "create_acceptance": (STORE, "store:orders"),
    "create_acceptances": (STORE, "store:orders"),
    "create_packing": (STORE, "store:orders"),
    "create_shipment": (STORE, "store:orders"),
    "create_shipments": (STORE, "store:orders"),
    "create_unavailability": (STORE, "store:orders"),
    "create_handover": (STORE, "store:orders"),
    "create_answer": (STORE, "store:orders"),
    "show_settlement": (STORE, "store:settlement"),
    "create_import": (STORE, "store:offers"),
    "show_import": (STORE, "store:offers"),
    "create_import_application": (STORE, "store:offers"),
    "list_store_offers": (STORE, "store:offers"),
    "create_store_offer": (STORE, "store:offers"),
    "show_store_offer": (STORE, "store:offers"),
    "update_store_offer": (STORE, "store:offers"),
    "create_store_offer_submission": (STORE, "store:offers"),
    "create_store_offer_withdrawal": (STORE, "store:offers"),
    "create_store_offer_ending": (STORE, "store:offers"),
    "create_stocks": (STORE, "store:offers"),
    "create_prices": (STORE, "store:offers"),
    "list_webhooks": (STORE, "store:orders"),
    "create_webhook": (STORE, "store:orders"),
    "show_webhook": (STORE, "store:orders"),
    "delete_webhook": (STORE, "store:orders"),
    "create_webhook_secret": (STORE, "store:orders"),
    "create_webhook_resumption": (STORE, "store:orders"),
    "list_webhook_deliveries": (STORE, "store:orders"),
    "create_webhook_replay": (STORE, "store:orders"),
    **PEOPLE,
    **{name: (OFFICE, scope) for name, (scope, _) in DESKS.items()},
}
BODIES = {
    "create_cancellation": {"reason": "changed_mind"},
    "create_return": {"lines": [{"offer_id": 1}], "reason": "other"},
    "create_complaint": {"category": "defective", "text": "شکسته رسید و کار نمی‌کند."},
    "create_message": {"text": "پاسخ من همین است."},
    "create_evaluation": {"evaluation": "solved", "solved": True},
    "create_claim": {"text": "زیان من همین است که نوشتم.", "residual_toman": 0},
    "create_packing": {"kit": True},
    "create_shipment": {"carrier": "pishtaz", "tracking_code": "RR10000001"},
    "create_unavailability": {"lines": [{"offer_id": 1}]},
    "create_handover": {"code": "123456"},
    "create_answer": {
        "kind": "offer",
        "remedy": "replacement",
        "text": "کالا را پس می‌گیریم و پول را برمی‌گردانیم.",
    },
    "update_store_offer": {"stocked_count": 9},
    "update_cart_line": {"quantity": 1},
    **DESK_BODIES,
}
NAMED = {
    "{slug}": "nobody",
    "{code}": "00000",
    "{key}": "nothing",
    "{pledge}": "nothing",
    "{name}": "nothing",
    "{method}": "nothing",
    "{kind}": "nothing",
    "{zone}": "9",
    "{step}": "clearance",
    "{promise}": "hygiene_kit",
    "{rank}": "99",
}
"""What stands in an address and is no number of a row."""
NUMBERED = {
    "{offer_id}",
    "{store_order_id}",
    "{target_id}",
    "{delivery_id}",
    "{number}",
    "{import_id}",
    "{address_id}",
    "{template_id}",
    "{line_id}",
    "{award_id}",
    "{hosting_id}",
    "{finding_id}",
    "{review_id}",
}
MAYBE_NONE = {"show_own_application", "show_own_case"}
"""One's own of which there may be none."""
PUBLIC = ("/cart/", "/me/wishlist/", "/offers/")
"""Addresses in which an offer stands, which is everybody's to name."""
NOBODYS = "999999999"
TOO_LONG = "k" * 300
MISSING: dict[str, str] = {}


@dataclass(frozen=True)
class Call:
    name: str
    method: str
    path: str
    kind: str
    scope: str | None

    def at(self, ids: dict[str, str]) -> str:
        found = self.path
        for name in re.findall(r"{[a-z_]+}", found):
            found = found.replace(name, ids.get(name) or NAMED.get(name) or NOBODYS)
        return found

    @property
    def names_a_thing(self) -> bool:
        return any(name in self.path for name in NUMBERED) and not self.path.startswith(PUBLIC)


def calls_of(app: Flask) -> list[Call]:
    """Every call of the document with its line of the matrix."""
    found = []
    for path, methods in document_of(app)["paths"].items():
        for method, operation in methods.items():
            name = operation["operationId"]
            kind, scope = MATRIX[name]
            found.append(Call(name, method.upper(), path.removeprefix(PREFIX), kind, scope))
    return found


def body_of(app: Flask, call: Call) -> Any:
    """What is sent: a body of the table, else the example of the document."""
    operation = document_of(app)["paths"][f"{PREFIX}{call.path}"][call.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return BODIES.get(call.name, content.get("example", {}))


def ask(
    program: Program, call: Call, ids: dict[str, str], expect: int | None = None, key: str | None = None
) -> Answer:
    key = key or f"k-{call.name}" if call.method != "GET" else None
    expect = expect or range(200, 500)
    if call.name in FILES:
        file = {"data": FILES[call.name], "content_type": "text/csv"}
        return program.call(call.method, call.at(ids), key=key, expect=expect, **file)
    body = body_of(program.app, call) if call.method in ("POST", "PUT", "PATCH") else None
    return program.call(call.method, call.at(ids), body, key=key, expect=expect)


def test_every_call_stands_in_the_matrix_and_says_the_same(app: Flask):
    documented = {
        operation["operationId"]: (operation["security"] or [{}])[0].get("token", [None])[0]
        for methods in document_of(app)["paths"].values()
        for operation in methods.values()
    }
    assert set(documented) == set(MATRIX)
    assert documented == {name: scope for name, (_, scope) in MATRIX.items()}


def test_every_desk_is_open_to_its_roles_alone(app: Flask, ctx, at):
    """The role decides before anything is looked at, so that nobody else learns what there is; who may is answered
    about what is not there as about nothing."""
    w: World = the_world()
    officials = {role: Program(app, a_token(an_official(role), *SCOPES)) for role in Role}
    others = [Program(app, a_token(person, *SCOPES)) for person in (w.shopper, w.owners[0])]
    unscoped = {
        s: Program(app, a_token(an_official(Role.office), *(x for x in SCOPES if x != s))) for s in SCOPES
    }
    calls = [call for call in calls_of(app) if call.kind == OFFICE]
    assert {call.name for call in calls} == set(DESKS)
    refused = 0
    with nothing_written():
        for call in calls:
            scope, roles = DESKS[call.name]
            assert ask(Program(app), call, MISSING).status == 401, call.name
            assert ask(unscoped[scope], call, MISSING)["code"] == "scope_needed", call.name
            for program in (*others, *(officials[role] for role in set(Role) - roles)):
                answer = ask(program, call, MISSING)
                assert (answer.status, answer["code"]) == (403, "role_needed"), call.name
                refused += 1
            names_a_thing = "{" in call.path or call.name == "create_office_decision"
            for role in roles:
                if call.method == "GET" or names_a_thing:
                    found = ask(officials[role], call, MISSING)
                    known = (404, 409, 422) if names_a_thing else (200,)
                else:
                    found, known = ask(officials[role], call, MISSING, key=TOO_LONG), (400, 404, 409, 422)
                assert found.status in known, f"{call.name}: {found}"
    assert refused > 1_000


def test_what_the_document_says_of_roles_is_so(app: Flask):
    said = {
        operation["operationId"]: set(operation["x-roles"])
        for methods in document_of(app)["paths"].values()
        for operation in methods.values()
        if "x-roles" in operation
    }
    assert said == {name: {role.value for role in roles} for name, (_, roles) in DESKS.items()}


def test_every_role_and_every_ownership(app: Flask, ctx, at):
    """Another's thing is answered as one that is not there: the same status and the same words."""
    w: World = the_world()
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    placed = paid(gateway, w.shopper, (w.soap, 1))
    [part] = parts_of(placed)
    with unit_of_work():
        hook, _ = hooks.add_target(
            f"store:{w.stores[0].id}", "https://shop.example/x", ["order.paid"], Actor(1, "store", "x"), AT
        )
        hooks.emit(f"store:{w.stores[0].id}", "order.paid", "order.paid:1", "s:1", {}, AT)
        save_template(w.stores[0].id, "سلام", "ممنون که نوشتید.", AT)
        keep_address(w.shopper.id, Address.parse(ADDRESS), AT)
        change(fresh(part), state="delivered", shipped_at=AT, delivered_at=AT)
        said = NewTicket(next(iter(TicketTopic)), "کجاست؟", "کالای من کجاست؟", "k" * 16)
        asked_office = open_ticket(said, Actor(w.shopper.id, "shopper", "x"), AT)
    numbers = {"/me/tickets": asked_office, "/complaints": a_complaint(part, w.shopper)}
    things = {
        "{offer_id}": str(w.soap.id),
        "{store_order_id}": str(part.id),
        "{target_id}": str(hook),
        "{delivery_id}": "1",
        "{number}": placed.number,
        "{import_id}": "1",
        "{address_id}": "1",
        "{template_id}": "1",
        "{line_id}": "1",
        "{slug}": "artin",
        "{code}": "1",
    }
    officials = [an_official(role) for role in Role]
    every = {
        "another store": w.owners[1],
        "another shopper": w.shopper2,
        **{official.mobile: official for official in officials},
    }
    programs = {who: Program(app, a_token(person, *SCOPES)) for who, person in every.items()}
    unscoped = {s: Program(app, a_token(w.owners[0], *(x for x in SCOPES if x != s))) for s in SCOPES}
    asked = 0
    with nothing_written():
        for call in calls_of(app):
            if call.kind == OFFICE:
                continue
            if call.kind == OPEN:
                assert ask(Program(app), call, MISSING | {"{slug}": "nobody"}).status in (200, 404)
                continue
            assert ask(Program(app), call, things).status == 401, call.name
            assert ask(unscoped[str(call.scope)], call, things).status == 403, call.name
            for who, program in programs.items():
                is_member = who == "another store"
                if call.names_a_thing:
                    own = next(
                        (n for place, n in numbers.items() if call.path.startswith(place)), placed.number
                    )
                    others = ask(program, call, things | {"{number}": own})
                    if is_member or who == "another shopper":
                        missing = ask(program, call, MISSING)
                    assert others.status == missing.status == 404, f"{call.name} as {who}: {others}"
                    assert others.json == missing.json, f"{call.name} as {who}"
                    asked += 1
                elif call.kind == STORE and not is_member:
                    assert ask(program, call, things).status == 404, f"{call.name} as {who}"
                    asked += 1
                elif call.method == "GET":
                    found = ask(program, call, things)
                    assert found.status == 200 or (call.name in MAYBE_NONE and found.status == 404), call.name
                    text = re.sub(r"\s", "", str(found.json))
                    assert placed.number not in text, f"{call.name} as {who}"
                    assert "shop.example" not in text, f"{call.name} as {who}"
                    asked += 1
    assert asked > 300
