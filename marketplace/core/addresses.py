"""Parts of addresses that no database could hold are no addresses: they are not found, before anything looks."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import BaseConverter, IntegerConverter, PathConverter, UnicodeConverter, ValidationError

LARGEST_ID = 2**63 - 1


class StorableNumber(IntegerConverter):
    """A whole number that fits an id."""

    def __init__(
        self,
        map: Any,
        fixed_digits: int = 0,
        min: int | None = None,
        max: int | None = LARGEST_ID,
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)

    def to_python(self, value: str) -> Any:
        """Refuses what is longer than any id before it is counted."""
        if len(value) > len(str(LARGEST_ID)):
            raise ValidationError()
        return super().to_python(value)


class StorableWord(UnicodeConverter):
    """A word without NUL."""

    def to_python(self, value: str) -> str:
        return _without_nul(value)


class StorablePath(PathConverter):
    """A path without NUL."""

    def to_python(self, value: str) -> str:
        return _without_nul(value)


def _without_nul(value: str) -> str:
    if "\0" in value:
        raise ValidationError()
    return value


CONVERTERS: dict[str, type[BaseConverter]] = {
    "int": StorableNumber,
    "default": StorableWord,
    "string": StorableWord,
    "path": StorablePath,
}
