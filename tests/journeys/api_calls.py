"""A program that calls the API and holds every answer to the document: what is not described is wrong."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from flask import Flask
from werkzeug.exceptions import HTTPException

from marketplace.accounts.models import Person
from marketplace.accounts.tokens import SCOPES
from marketplace.api.document import document_of
from tests.factories import a_token
from tests.pages import Answer, Client

PREFIX = "/api/v1"
ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "۰۹۱۲۱۱۱۲۲۳۳",
    "province": "اصفهان",
    "city": "اصفهان",
    "line": "خیابان چهارباغ، کوچه‌ی بهار، پلاک ۷",
    "postal_code": "۸۱۳۴۵۶۷۸۹۱",
}


@dataclass
class Program:
    """Calls with a token, or with none; each answer must be what the document says of it."""

    app: Flask
    token: str | None = None
    language: str | None = None
    keys: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.client = Client(self.app)

    def get(self, path: str, *, expect: int = 200) -> Any:
        return self.call("GET", path, expect=expect).json

    def put(self, path: str, body: Any, *, key: str | None = None, expect: int = 200) -> Any:
        return self.call("PUT", path, body, key=key, expect=expect).json

    def delete(self, path: str, *, key: str | None = None, expect: int = 200) -> Any:
        return self.call("DELETE", path, key=key, expect=expect).json

    def post(self, path: str, body: Any = None, *, key: str | None = None, expect: int = 200) -> Any:
        return self.call("POST", path, body, key=key, expect=expect).json

    def order(self, *, key: str = "", expect: int = 201, **body: Any) -> Answer:
        """Buys the cart; with a key of its own unless told."""
        self.keys += 1
        wish = {"address": ADDRESS, **body}
        return self.call("POST", "/orders", wish, key=key or f"key-{id(self)}-{self.keys}", expect=expect)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        expect: int | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """One call; fails when its answer is not the documented one."""
        sent = {**({"Accept-Language": self.language} if self.language else {}), **(headers or {})}
        answer = self.client.api(
            method, path, self.token, body, key=key, expect=expect, headers=sent, **options
        )
        if method != "HEAD":
            ensure_documented(self.app, method, path, answer)
        return answer


def a_program(app: Flask, person: Person, *scopes: str, language: str | None = None) -> Program:
    """A program that acts for a person, with every scope unless told."""
    return Program(app, a_token(person, *(scopes or SCOPES)), language)


def operation_of(app: Flask, method: str, path: str) -> dict[str, Any] | None:
    """What the document says of a call; None for an address that is no call."""
    bare = path.partition("?")[0]
    try:
        rule, _ = app.url_map.bind("localhost").match(PREFIX + bare, method, return_rule=True)
    except HTTPException:
        return None
    documented = document_of(app)["paths"].get(openapi_path(rule.rule), {})
    found: dict[str, Any] | None = documented.get(method.lower())
    return found


def openapi_path(rule: str) -> str:
    """`/x/<int:offer_id>` as `/x/{offer_id}`."""
    parts = []
    for part in rule.split("/"):
        inner = part.strip("<>").rpartition(":")[2]
        parts.append(f"{{{inner}}}" if part.startswith("<") else part)
    return "/".join(parts)


def ensure_documented(app: Flask, method: str, path: str, answer: Answer) -> None:
    """Fails unless status, kind and body of an answer are those of the document."""
    operation = operation_of(app, method, path)
    if operation is None:
        return
    what = f"{method} {path} ({answer.status})"
    response = operation["responses"].get(str(answer.status))
    assert response is not None, f"{what} is not documented: {answer.json}"
    document = document_of(app)
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    if answer.status == 304:
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in response["content"], f"{what} is {kind}"
    validator = _validator(document, response["content"][kind]["schema"]["$ref"])
    errors = [f"{e.instance_path}: {e.message}" for e in validator.iter_errors(answer.json)]
    assert not errors, f"{what} is not as documented: {errors}"


_validators: dict[str, Any] = {}
"""By the name of a schema: every app of a process is made of the same code, so its document says the same."""


def _validator(document: Mapping[str, Any], ref: str) -> Any:
    if ref not in _validators:
        schema = {"$ref": ref, "components": _strict(document)}
        _validators[ref] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return _validators[ref]


def _strict(document: Mapping[str, Any]) -> Any:
    """The components, nothing being allowed that they do not name."""
    components = copy.deepcopy(document["components"])
    for schema in components["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return components
