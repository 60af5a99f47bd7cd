"""The blueprint of the API: what every call shares, and how it is written into the document.

A view says its access first; security, the key header and the refusals that follow from them are documented here,
so that no call can forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import flask_smorest
from flask import Response, current_app, request
from marshmallow import Schema, fields

from marketplace.api import conditions, last_use, rates
from marketplace.api.bodies import BodyParser
from marketplace.api.schemas.said import Truth
from marketplace.core.bodies import ATTRIBUTE
from marketplace.core.errors import Malformed
from marketplace.core.idempotency import LONGEST_KEY, KeyMissing

View = TypeVar("View", bound=Callable[..., Any])
PREFIX = "/api/v1"
KEY_HEADER = "Idempotency-Key"
LARGEST_BODY_BYTES = 64 * 1024
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})

IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "pattern": '^"[0-9a-f]{32}"$'},
    "description": "the `ETag` of what you saw: when it is not so any more, nothing is done (412)",
}


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Documents with each view its security, the key header, and the refusals that every such call may give."""

    ARGUMENTS_PARSER = BodyParser()

    def _store_endpoint_docs(
        self, endpoint: str, obj: Any, parameters: Any, tags: Any, **options: Any
    ) -> None:
        doc = deepcopy(getattr(obj, "_apidoc", {}))
        manual = doc.setdefault("manual_doc", {})
        responses = manual.setdefault("responses", {})
        statuses = {429}
        access = obj.access
        is_token = access.kind == "token"
        manual["security"] = [{"token": [access.scope]}] if is_token else []
        if is_token:
            statuses |= {401, 403, *([404] if access.is_for_store else [])}
        if UNSAFE & set(options.get("methods", ())):
            statuses |= {400, 409, 413, 422, 503}
            asked = doc.setdefault("arguments", {}).setdefault("parameters", [])
            asked.append(_key_parameter(is_required=getattr(obj, "needs_key", False)))
            if getattr(obj, "edits", False):
                asked.append(IF_MATCH)
                statuses |= {412}
            if any(p["in"] == "json" for p in asked):
                statuses |= {415}
        else:
            responses[304] = {"description": "as `If-None-Match` says, it has not changed"}
        responses.update({status: HTTPStatus(status).name for status in statuses})
        if access.roles:
            manual["x-roles"] = sorted(role.value for role in access.roles)
        manual["operationId"] = endpoint
        obj._apidoc = doc
        super()._store_endpoint_docs(endpoint, obj, parameters, tags, **options)


def _key_parameter(*, is_required: bool) -> dict[str, Any]:
    return {
        "in": "header",
        "name": KEY_HEADER,
        "required": is_required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        "description": "A name of your own for this very call: sent again with it, it is done once and answered the "
        "same, byte for byte.",
    }


blueprint = ApiBlueprint("api", __name__, url_prefix=PREFIX)


def call(method: str, rule: str, tag: str) -> Callable[[View], View]:
    """Makes a view the answer to a call, documented under a noun of `document.TAGS`."""
    return blueprint.route(rule, methods=[method], tags=[tag])  # type: ignore[no-any-return]


def answers(status: int, schema: type[Schema]) -> Callable[[View], View]:
    """Documents what a call gives."""
    return blueprint.response(status, schema)  # type: ignore[no-any-return]


def reads(schema: type[Schema]) -> Callable[[View], View]:
    """Reads the JSON body by a schema and gives it to the view as its first argument. Raises as `BodyParser`."""
    return blueprint.arguments(schema)  # type: ignore[no-any-return]


def refuses(*statuses: int) -> Callable[[View], View]:
    """Documents statuses with which a call may refuse, each a problem document."""
    return blueprint.doc(responses={status: HTTPStatus(status).name for status in statuses})  # type: ignore[no-any-return]


def takes(schema: type[Schema]) -> Callable[[View], View]:
    """Documents the query of a call; its values are read and refused by the rules of the pages (400).

    An empty value, which a form sends for what nobody filled in, is here one of the wrong kind unless any text will do.
    """
    strict = [name for name, field in schema().fields.items() if _is_narrow(field)]
    truths = [name for name, field in schema().fields.items() if isinstance(field, Truth)]

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            wrong = [name for name in strict if request.args.get(name) == ""]
            wrong += [name for name in truths if request.args.get(name, "true") not in ("true", "false")]
            if wrong:
                raise Malformed("bad_filter", fields=dict.fromkeys(wrong, "bad_choice"))
            return view(*args, **kwargs)

        doc = deepcopy(getattr(view, "_apidoc", {}))
        doc.setdefault("arguments", {}).setdefault("parameters", []).append({"in": "query", "schema": schema})
        guarded._apidoc = doc  # type: ignore[attr-defined]
        return refuses(400)(guarded)  # type: ignore[return-value]

    return decorate


def _is_narrow(field: fields.Field[Any]) -> bool:
    """Whether a parameter takes less than any text."""
    return not isinstance(field, fields.String) or field.validate is not None


def reads_file(name: str, kinds: Iterable[str]) -> Callable[[View], View]:
    """Documents a call whose body is one file: raw, or the part `name` of a form."""
    file = {"type": "string", "format": "binary"}
    form = {"type": "object", "properties": {name: file}, "required": [name]}
    content = {"multipart/form-data": {"schema": form}, **{kind: {"schema": file} for kind in kinds}}

    def decorate(view: View) -> View:
        documented = blueprint.doc(requestBody={"required": True, "content": content})(view)
        return refuses(415)(documented)  # type: ignore[no-any-return]

    return decorate


def needs_key(view: View) -> View:
    """A call that moves money: without an `Idempotency-Key` it is refused with 400 before anything is read."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not request.headers.get(KEY_HEADER):
            raise KeyMissing()
        return view(*args, **kwargs)

    guarded.needs_key = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def edits(view: View) -> View:
    """A call that changes what a GET shows: with `If-Match` it holds for nothing else than what the caller saw."""
    view.edits = True  # type: ignore[attr-defined]
    return view


def _bound_body() -> None:
    if not hasattr(current_app.view_functions[request.endpoint or ""], ATTRIBUTE):
        request.max_content_length = LARGEST_BODY_BYTES


def _head(response: Response) -> Response:
    response.vary.add("Accept-Language")
    if "Authorization" in request.headers:
        response.vary.add("Authorization")
        response.headers["Cache-Control"] = "no-store"
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


rates.fit(blueprint)
blueprint.before_request(_bound_body)
blueprint.after_request(_head)
blueprint.after_request(conditions.tag)
blueprint.after_request(last_use.note)
