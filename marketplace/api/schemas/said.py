"""What a body may say to an act of a desk: strict kinds, so that what a form would have typed is clear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields
from marshmallow.fields import Field
from marshmallow.validate import Length, OneOf, Range

from marketplace.api.schemas.base import Wish

LARGEST = 2**53


class Whole(fields.Integer):
    """A whole number; neither text nor a truth."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class Truth(fields.Boolean):
    """True or false, and nothing that stands for them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


def _readable(value: str) -> None:
    if "\x00" in value:
        raise ValidationError("no text has this sign")


def words(about: str = "", most: int = 2_000, *, needed: bool = False, least: int = 0) -> fields.String:
    """Text."""
    return fields.String(
        required=needed,
        validate=[Length(least or None, most), _readable],
        metadata={"description": about} if about else {},
    )


def whole(about: str = "", least: int = 0, most: int = LARGEST, *, needed: bool = False) -> Whole:
    """A whole number."""
    return Whole(
        required=needed, validate=Range(least, most), metadata={"description": about} if about else {}
    )


def money(about: str = "", *, needed: bool = True) -> Whole:
    """A whole number of toman, at least one."""
    return whole(about, 1, 10**12, needed=needed)


def truth(about: str = "", *, needed: bool = False) -> Truth:
    """True or false."""
    return Truth(required=needed, metadata={"description": about} if about else {})


def choice(values: Any, about: str = "", *, needed: bool = True) -> fields.String:
    """One of some words."""
    told = [str(value) for value in values]
    return fields.String(
        required=needed, validate=OneOf(told), metadata={"description": about} if about else {}
    )


def several(inner: Field[Any], most: int = 100, *, needed: bool = False, least: int = 0) -> fields.List[Any]:
    """A list."""
    return fields.List(inner, required=needed, validate=Length(least or None, most))


def day(about: str = "", *, needed: bool = True) -> fields.String:
    """A day as people write it, Jalali or Gregorian."""
    return words(
        f"{about + ': ' if about else ''}a day, Jalali (`1405/01/20`) or Gregorian", 40, needed=needed
    )


def body(name: str, about: str = "", /, **inner: Field[Any]) -> type[Wish]:
    """A schema of a body by its fields."""
    return type(name, (Wish,), {"__doc__": about or None, "__module__": __name__, **inner})


def part(name: str, /, **inner: Field[Any]) -> fields.Nested:
    """A document inside a body."""
    return fields.Nested(body(name, **inner))


VERSION = {"version": whole("the version that was read", needed=True)}
NOTE: Mapping[str, Any] = {"note": words(most=1_000)}
A_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
"""The smallest picture."""
SENT_FILE = {
    "name": words("with its ending", 120, needed=True, least=1),
    "content": fields.String(
        required=True,
        validate=Length(max=12 * 1024 * 1024),
        metadata={"description": "the bytes in base64; at most 8 MB", "example": A_DOT},
    ),
}


SentFile = body("SentFile", **SENT_FILE)


def files(about: str = "", most: int = 5) -> fields.List[Any]:
    """Files that go along: pictures (JPEG, PNG, WebP) and PDF."""
    return fields.List(
        fields.Nested(SentFile),
        validate=Length(max=most),
        metadata={"description": about or "pictures or PDF"},
    )
