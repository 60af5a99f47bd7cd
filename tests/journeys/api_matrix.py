"""What each call of the API asks of its caller and whose thing it names; and how one is called by its line.

A call that stands in the document and not here fails, and so does a line of a call that is no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from marketplace.api.document import document_of
from tests.journeys.api_calls import PREFIX, Program
from tests.journeys.api_desks import DESK_BODIES, DESKS, FILES
from tests.journeys.api_people import PEOPLE
from tests.pages import Answer

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
    "{question_id}",
}
PUBLIC = ("/cart/", "/me/wishlist/", "/offers/", "/questions/")
"""Addresses in which an offer or a published question stands, which is everybody's to name."""
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
