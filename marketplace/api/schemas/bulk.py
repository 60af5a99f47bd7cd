"""Several of one kind in one call, and what became of each."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Problem, Told

MOST_AT_ONCE = 100
ID = {"type": "integer", "format": "int64", "minimum": 1}


def items_told(**properties: dict[str, Any]) -> Told:
    """The items of a bulk body: an id and these properties, all of them needed. Each is judged for itself."""
    item = {
        "type": "object",
        "required": ["id", *properties],
        "properties": {"id": ID, **properties},
    }
    return Told(
        required=True, metadata={"type": "array", "minItems": 1, "maxItems": MOST_AT_ONCE, "items": item}
    )


class BulkResult(Answer):
    """`status` is what the call for this one alone would have answered; with 200 there is no `problem`."""

    id = fields.Integer(metadata={"format": "int64"})
    status = fields.Integer()
    problem = fields.Nested(Problem, allow_none=True)


class BulkAnswer(Answer):
    """One result for each item, in their order."""

    results = fields.List(fields.Nested(BulkResult))
