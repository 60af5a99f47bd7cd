"""Parts that many pages have in common, drawn once: `{% kept 'name', what it depends on, ... %}...{% endkept %}`.

A part is drawn anew for each language and each set of the values named, which are compared by value: texts, numbers,
frozen records. Nothing of one reader may stand in a part: no name, no token, no number of pieces in a cart.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

from marketplace.core.assets import asset
from marketplace.core.holes import CHOICES
from marketplace.core.language import current_language

MOST = 1_000
"""Parts in a process; each some kilobytes."""
SPRITE = "vendor/icons.svg"
Key = tuple[object, ...]


class KeptParts(Extension):
    """The tag `kept`."""

    tags = {"kept"}

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.extend(kept_parts={})

    def parse(self, parser: Parser) -> nodes.Node:
        """A call of `_drawn` with the values, around the part."""
        line = next(parser.stream).lineno
        values = [parser.parse_expression()]
        while parser.stream.skip_if("comma"):
            values.append(parser.parse_expression())
        body = parser.parse_statements(("name:endkept",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_drawn", values), [], [], body).set_lineno(line)

    def _drawn(self, *values: Any, caller: Callable[[], Any]) -> Any:
        parts: dict[Key, Any] = self.environment.kept_parts  # type: ignore[attr-defined]
        environ = request.environ
        key = (
            current_language(),
            environ.get("SCRIPT_NAME", ""),
            asset(SPRITE),
            *values,
        )
        known = parts.get(key)
        if known is not None:
            return known
        choices = len(environ.get(CHOICES, ()))
        part = caller()
        if (
            len(environ.get(CHOICES, ())) == choices
        ):  # else a hole stands in it whose number is this page's alone
            if len(parts) >= MOST:
                parts.clear()
            parts[key] = part
        return part


def fit(app: Flask) -> None:
    """Lets templates keep parts."""
    app.jinja_env.add_extension(KeptParts)
