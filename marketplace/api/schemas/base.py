"""Ground of all schemas: answers in which every field is there, wishes that ignore what they do not know."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields
from marshmallow.fields import Field
from marshmallow.validate import OneOf, Range

from marketplace.core.paging import LARGEST_PAGE


class Answer(Schema):
    """A document of ours: every field is present; one that may be null says so."""

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        field_obj.required = True


class Wish(Schema):
    """A body of the caller's. Fields that it does not name (prices, sums, entries) are never read."""

    class Meta:
        unknown = EXCLUDE


class Told(fields.Raw):
    """Whatever was said, null as well: the verb judges it and words its own refusal."""

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return None if value is None else super().deserialize(value, attr, data, **kwargs)


def toman(about: str = "", **options: Any) -> fields.Integer:
    """A whole number of toman."""
    return fields.Integer(metadata={"minimum": 0, "format": "int64", **_about(about)}, **options)


def count(about: str = "", **options: Any) -> fields.Integer:
    return fields.Integer(metadata={"minimum": 0, **_about(about)}, **options)


def ident(about: str = "") -> fields.Integer:
    return fields.Integer(metadata={"minimum": 1, "format": "int64", **_about(about)})


def text(about: str = "", **options: Any) -> fields.String:
    return fields.String(metadata=_about(about), **options)


def link(about: str = "", **options: Any) -> fields.String:
    """An absolute address."""
    return fields.String(metadata={"format": "uri", **_about(about)}, **options)


def moment(about: str = "", **options: Any) -> fields.DateTime:
    """RFC 3339, UTC."""
    return fields.DateTime(metadata=_about(about), **options)


def flag(about: str = "") -> fields.Boolean:
    return fields.Boolean(metadata=_about(about))


def one_of(values: Any, about: str = "", **options: Any) -> fields.String:
    """One of some words: a StrEnum's values, or those listed."""
    return fields.String(validate=OneOf([str(v) for v in values]), metadata=_about(about), **options)


def _about(about: str) -> dict[str, Any]:
    return {"description": about} if about else {}


class PageQuery(Schema):
    """Where a page of a list begins and how long it is."""

    limit = fields.Integer(validate=Range(1, LARGEST_PAGE), metadata={"description": "items of a page"})
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


class Part(Answer):
    """An item of a list of which the caller may ask for some fields alone: `class Card(Part, ...)`."""

    def on_bind_field(self, field_name: str, field_obj: Field[Any]) -> None:
        field_obj.required = False


def fields_of(schema: type[Schema]) -> fields.String:
    """The parameter `fields` of a list: names of an item's fields, parted by commas."""
    names = "|".join(schema().fields)
    return fields.String(
        data_key="fields",
        metadata={"pattern": f"^({names})(,({names}))*$", "description": "only these fields of each item"},
    )


class Cursor(Answer):
    """The end of a page."""

    next_cursor = text("send it as `cursor` for the next page; null at the end", allow_none=True)


class Reason(Answer):
    """One reason of a refusal; `until`: the moment at which it lapses by itself."""

    code = text()
    message = text("in the language of the call")
    until = moment(allow_none=True)


class ProblemReason(Answer):
    code = text()
    message = text("in the language of the call")


class ProblemField(Answer):
    code = text()
    message = text()


class Problem(Schema):
    """A refusal (RFC 9457). `code` is the name of the fact, `reasons` are all facts against the call."""

    type = fields.String(required=True)
    title = fields.String(required=True, metadata={"description": "in the language of the call"})
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    reasons = fields.List(fields.Nested(ProblemReason), required=True)
    fields_ = fields.Dict(
        keys=fields.String(),
        values=fields.Nested(ProblemField),
        data_key="fields",
        metadata={"description": "what is wrong, by the field it is wrong with"},
    )
