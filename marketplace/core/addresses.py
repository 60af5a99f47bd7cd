"""Parts of addresses that no database could hold are no addresses: they are not found, before anything looks."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import BaseConverter, IntegerConverter, PathConverter, UnicodeConverter

LARGEST_ID = 10**18 - 1


class StorableNumber(IntegerConverter):
    """A whole number that fits an id, of 18 digits at most."""

    regex = r"\d{1,18}"

    def __init__(
        self,
        map: Any,
        fixed_digits: int = 0,
        min: int | None = None,
        max: int | None = LARGEST_ID,
        signed: bool = False,
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)


class StorableWord(UnicodeConverter):
    """A word without NUL."""

    def __init__(
        self, map: Any, minlength: int = 1, maxlength: int | None = None, length: int | None = None
    ) -> None:
        super().__init__(map, minlength, maxlength, length)
        self.regex = self.regex.replace("[^/]", r"[^/\x00]", 1)


class StorablePath(PathConverter):
    """A path without NUL."""

    regex = r"[^/\x00][^\x00]*?"


CONVERTERS: dict[str, type[BaseConverter]] = {
    "int": StorableNumber,
    "default": StorableWord,
    "string": StorableWord,
    "path": StorablePath,
}
