"""Reading JSON bodies: strict UTF-8 and JSON, then the schema; what is wrong is told field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import orjson
from flask import Request, g
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from marketplace.api.errors import BadJson, NotJson
from marketplace.core.errors import Invalid

REQUIRED = "Missing data for required field."


class BodyParser(FlaskParser):
    """Reads a body by its schema. Raises NotJson (415), BadJson (400), Invalid (422) with the wrong fields."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The document of the body, remembered as what the caller said."""
        if not req.is_json:
            raise NotJson()
        try:
            g.said = orjson.loads(req.get_data())
        except orjson.JSONDecodeError:
            raise BadJson() from None
        return g.said

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Words a schema's complaints as our own fields and codes."""
        messages: Any = error.messages
        raise Invalid(fields=dict(_flat(messages.get("json", messages)))) from error


def said() -> Any:
    """What the body of this request said; None for a call that takes none."""
    return g.get("said")


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """`{"address": {"city": [...]}}` as `address.city` and a code."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            is_whole = name in ("_schema", "key", "value")
            yield from _flat(inner, path if is_whole else f"{path}.{name}" if path else str(name)[:80])
    else:
        yield path or "body", "required" if REQUIRED in messages else "bad_value"
