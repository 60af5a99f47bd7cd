"""Documents made of the house's own values: which of their fields are told is said once, of what kind they are is read
where the value is declared, and the schema cannot say otherwise than the answer.

The fields stand here by name, so that a value may grow without its document.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cached_property
from typing import Any, Union, get_args, get_origin, get_type_hints

from marshmallow import fields
from marshmallow.fields import Field
from sqlalchemy.orm import Mapped

from marketplace.api.answers import whole
from marketplace.api.schemas.base import Answer, moment, one_of
from marketplace.core.paging import Page

LISTS = (list, tuple, Sequence, frozenset)


class Shape:
    """Some fields of a value as a document.

    `told` names them: `state`, `store.slug` (told as `store_slug`), `owner=holder_name` (told as `owner`). Whatever is
    a value itself, or several of them, has a shape of its own under its name in `inner`; `kinds` says the kind of what
    is declared too widely.
    """

    def __init__(
        self,
        name: str,
        of: type,
        told: str,
        about: str = "",
        *,
        kinds: Mapping[str, Any] | None = None,
        **inner: Shape,
    ) -> None:
        self.inner = inner
        self.paths: dict[str, tuple[str, ...]] = {}
        made: dict[str, Any] = {}
        for word in told.split():
            as_, _, path = word.rpartition("=")
            steps = tuple(path.split("."))
            key = as_ or "_".join(steps)
            self.paths[key] = steps
            kind = (kinds or {}).get(key) or kind_of(of, steps)
            made[key] = self._field(key, kind)
        self.schema: type[Answer] = type(
            name, (Answer,), {"__doc__": about or None, "__module__": __name__, **made}
        )

    def __call__(self, value: Any) -> dict[str, Any]:
        """The document of one value."""
        return {key: self._told(key, value, path) for key, path in self.paths.items()}

    def many(self, values: Iterable[Any]) -> dict[str, Any]:
        """The documents of several, as a list of one page."""
        return whole([self(value) for value in values])

    def page(self, page: Page[Any]) -> dict[str, Any]:
        """The documents of a page, and where the next begins."""
        return {"items": [self(value) for value in page.items], "next_cursor": page.next_cursor}

    @cached_property
    def listed(self) -> type[Answer]:
        """The schema of a list of these."""
        return listing(self.schema)

    def _field(self, key: str, kind: Any) -> Field[Any]:
        if key in self.inner:
            bare, may_miss = _bare(kind)
            nested = fields.Nested(self.inner[key].schema, allow_none=may_miss)
            is_list = get_origin(bare) in LISTS
            return fields.List(fields.Nested(self.inner[key].schema)) if is_list else nested
        return field_of(kind, key)

    def _told(self, key: str, value: Any, path: tuple[str, ...]) -> Any:
        for step in path:
            value = getattr(value, step) if value is not None else None
        shape: Callable[[Any], Any] | None = self.inner.get(key)
        if shape is None or value is None:
            return plain(value)
        return [shape(one) for one in value] if isinstance(value, Sequence) else shape(value)


def listing(schema: type[Answer]) -> type[Answer]:
    """The schema of a list: its items, and the cursor of the next page, null at the end."""
    made = {
        "items": fields.List(fields.Nested(schema)),
        "next_cursor": fields.String(
            allow_none=True,
            metadata={"description": "send it as `cursor` for the next page; null at the end"},
        ),
    }
    return type(f"{schema.__name__}List", (Answer,), {"__module__": __name__, **made})


def kind_of(of: type, path: Sequence[str]) -> Any:
    """How the value at the end of a path of names is declared."""
    kind: Any = of
    may_miss = False
    for step in path:
        bare, missing = _bare(kind)
        may_miss |= missing
        kind = _hint(bare, step)
    return kind | None if may_miss else kind


def _hint(of: Any, name: str) -> Any:
    known = getattr(of, name, None)
    if isinstance(known, property) and known.fget is not None:
        return get_type_hints(known.fget)["return"]
    kind = get_type_hints(of)[name]
    return get_args(kind)[0] if get_origin(kind) is Mapped else kind


def _bare(kind: Any) -> tuple[Any, bool]:
    """A kind without its None, and whether it had one."""
    if get_origin(kind) in (Union, types.UnionType):
        rest = [one for one in get_args(kind) if one is not type(None)]
        return rest[0], len(rest) < len(get_args(kind))
    return kind, False


def field_of(kind: Any, name: str) -> Field[Any]:
    """The field of a schema for a declared kind. Raises TypeError for one that no document has."""
    bare, may_miss = _bare(kind)
    origin = get_origin(bare)
    if origin in LISTS:
        return fields.List(field_of(get_args(bare)[0], name))
    if origin in (dict, Mapping):
        return fields.Dict(
            keys=fields.String(), values=field_of(get_args(bare)[1], name), allow_none=may_miss
        )
    if not isinstance(bare, type):
        raise TypeError(f"{name} is {kind}")
    if issubclass(bare, Enum):
        return one_of([one.value for one in bare], allow_none=may_miss)
    if issubclass(bare, bool):
        return fields.Boolean(allow_none=may_miss)
    if issubclass(bare, int):
        return fields.Integer(allow_none=may_miss, metadata={"format": "int64"})
    if issubclass(bare, datetime):
        return moment(allow_none=may_miss)
    if issubclass(bare, date):
        return fields.Date(allow_none=may_miss)
    if issubclass(bare, str):
        return fields.String(allow_none=may_miss)
    raise TypeError(f"{name} is {kind}")


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [plain(one) for one in value]
    return value
