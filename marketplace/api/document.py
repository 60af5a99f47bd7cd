"""The OpenAPI 3.1 document, made from the views and their schemas when it is first asked for."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from threading import Lock
from typing import Any

import flask_smorest
import orjson
from flask import Flask

from marketplace.api.answers import speak_callers_language
from marketplace.api.blueprint import blueprint
from marketplace.api.examples import add_examples
from marketplace.api.schemas.base import Problem
from marketplace.core.addresses import CONVERTERS

VERSION = "1.0"
REFUSALS = (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503)
WAITING = (429, 503)
TAGS = {
    "festival": "The edition and its categories",
    "offers": "Offers, and why one can or cannot be bought",
    "stores": "Stores and their seals",
    "cart": "The person's cart",
    "orders": "Orders and lottery entries of the person",
    "complaints": "The person's complaints",
    "claims": "The person's claims on the guarantee fund",
    "lottery": "Draws of the lottery and what proves them",
    "fund": "The guarantee fund's public book",
    "me": "The person's own name, addresses, wishes, reviews, tickets and news",
    "store": "The store's own orders and the complaints against it",
    "office": "The desks of the officials: applications, seals, complaints, claims, money, draws",
    "webhooks": "Addresses of the store's own programs, and what was sent to them",
}
_making = Lock()
TOLD = ("RateLimit-Policy", "RateLimit")
HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit-Policy": {
        "schema": {"type": "string"},
        "description": "every count that runs: its name, `q` calls in `w` seconds",
        "example": '"person";q=1200;w=60, "token";q=600;w=60',
    },
    "RateLimit": {
        "schema": {"type": "string"},
        "description": "of the count that is nearest to its end: `r` calls are left, `t` seconds until more are",
        "example": '"token";r=598;t=60',
    },
    "ETag": {
        "schema": {"type": "string"},
        "description": "for `If-None-Match` here, and `If-Match` where it is edited",
    },
}
PARAMETERS = {
    "number": "the number of an order, a complaint or a claim, as people read it",
    "store_order_id": "a store's part of an order",
    "offer_id": "an offer of the festival",
    "slug": "the name in the address",
    "code": "the code of a seal",
    "batch_id": "a batch of payouts",
    "target_id": "an address that hears of events",
    "delivery_id": "one delivery of the log",
    "refund_id": "a refund that the gateway refused",
    "approval_id": "an act that waits for a second person",
    "application_id": "an application",
    "decision_id": "a decision over applications",
    "import_id": "a file of offers",
    "upload_id": "a registry file",
    "clearance_id": "an inquiry of the police",
    "store_id": "a store",
    "licence_id": "a union licence",
    "case_id": "a case against a seal",
    "pause_id": "a pause of the clocks",
    "visit_id": "a visit of an inspector",
    "key": "the name of a text",
    "pledge": "`free_shipping`, `hygiene_kit` or `lottery_share`",
    "name": "the name of a number",
    "method": "`pishtaz`, `tipax` or `courier`",
    "zone": "0 to 4",
    "edition_id": "an edition of the festival",
    "recourse_id": "what a store owes",
    "clawback_id": "what somebody owes",
    "payment_id": "a claim's transfer",
    "dispute_id": "a dispute at the payer's bank",
    "finding_id": "a difference, or what an inspector found",
    "payout_id": "one payout of the batch",
    "rank": "the place of the prize",
    "gift_id": "a sponsor's gift",
    "ring_id": "entries that share a trait",
    "award_id": "what somebody won",
    "kind": "of which kind",
    "said_id": "what somebody said",
    "message_id": "a message",
    "job_id": "a job",
    "address_id": "an address of the book",
    "line_id": "a line of an order",
    "template_id": "a text kept for answers",
    "review_id": "a review",
    "question_id": "a question",
    "hosting_id": "a store on another's shelf",
    "promise": "`free_shipping`, `hygiene_kit` or `lottery_share`",
    "step": "a step of the application",
    "referral_id": "a file laid before a colleague",
    "state": "only those in this state",
    "min_toman": "the lowest festival price",
    "max_toman": "the highest festival price",
    "in_stock": "only what is left",
    "q": "words to look for",
}
"""What parameters mean that say nothing of themselves."""
ABOUT = (
    "The festival bazaar for programs: the same verbs, rules and rights as the pages. Money is a whole number of "
    "toman in fields named `*_toman`; moments are RFC 3339 in UTC. Lists are `{items, next_cursor}`, with `limit` "
    "(at most 100) and `cursor`. A refusal is `application/problem+json` with a `code` and all its `reasons`. "
    "An unsafe call takes an `Idempotency-Key` of your own: the same key and body get the same answer, another body "
    "422, and 409 while the first is still running; where money moves a missing one is 400. What was read has an "
    "`ETag`; a change sent with it as `If-Match` is done only while it is still so (else 412). `RateLimit` tells how "
    "many calls are left. Titles and messages are "
    "Persian, or English with `Accept-Language: en`."
)


class Document(flask_smorest.Api):  # type: ignore[misc]
    """The extension without its own error pages and commands: ours answer every failure."""

    ERROR_SCHEMA = Problem
    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """The one handler of the house stays."""

    def _register_responses(self) -> None:
        for status in REFUSALS:
            response: dict[str, Any] = {
                "description": HTTPStatus(status).phrase,
                "content": {"application/problem+json": {"schema": Problem}},
            }
            if status in WAITING:
                response["headers"] = {
                    "Retry-After": {"schema": {"type": "integer"}, "description": "seconds to wait"}
                }
            self.spec.components.response(HTTPStatus(status).name, response, lazy=True)

    def _register_pagination_header(self) -> None:
        """Our lists carry their cursor in the body."""

    def _init_spec(self, **options: Any) -> None:
        commands = dict(self._app.cli.commands)
        super()._init_spec(**options)
        self._app.cli.commands = commands


def fit(app: Flask) -> None:
    """Gives the app its API."""
    app.before_request(speak_callers_language)
    app.register_blueprint(blueprint)


@cache
def _made() -> dict[str, Any]:
    """The document but for where it is served.

    It follows from the views alone and takes as long to make as all the rest of an application, so each process makes
    it once, when somebody wants to read it; for an app that answers nobody.
    """
    nobody = Flask(__name__)
    nobody.url_map.converters.update(CONVERTERS)
    api = Document(
        nobody,
        spec_kwargs={
            "title": "Bazargah",
            "version": VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": ABOUT},
        },
    )
    api.spec.components.security_scheme(
        "token", {"type": "http", "scheme": "bearer", "description": "an access token with the scopes named"}
    )
    api.register_blueprint(blueprint)
    return _in_order(orjson.loads(orjson.dumps(api.spec.to_dict())))


def _in_order(made: dict[str, Any]) -> dict[str, Any]:
    """The document with its tags, each call with all its parameters, its answers sorted by status."""
    made["tags"] = [{"name": name, "description": about} for name, about in TAGS.items()]
    for methods in made["paths"].values():
        shared = methods.pop("parameters", [])
        for operation in methods.values():
            operation["description"] = _described(operation)
            operation["responses"] = dict(sorted(operation["responses"].items()))
            operation["parameters"] = [*shared, *operation.get("parameters", ())]
            for parameter in operation["parameters"]:
                parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    names = (*TOLD, "ETag") if "304" in operation["responses"] else TOLD
                    response["headers"] = {name: HEADERS[name] for name in names}
    add_examples(made)
    return made


def _described(operation: dict[str, Any]) -> str:
    """What a call does, whom it asks for, and with what it may refuse."""
    asked = (operation.get("security") or [{}])[0].get("token")
    roles = operation.get("x-roles")
    who = f"Needs a token with the scope `{asked[0]}`" if asked else "Needs no token"
    if roles:
        who += f" of somebody who is {', '.join(f'`{role}`' for role in roles)} now"
    refusals = [status for status in sorted(operation["responses"]) if status.startswith("4")]
    said = operation.get("description") or operation["summary"]
    return f"{said}\n\n{who}. Refusals: {', '.join(refusals)}, each a problem document."


def document_of(app: Flask) -> dict[str, Any]:
    """The document of an app."""
    with _making:
        made = _made()
    return {**made, "servers": [{"url": app.config["SETTINGS"].base_url}]}
