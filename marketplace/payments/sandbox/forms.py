"""Stripe's form encoding, read: `a[b]=1`, `a[0][b]=1`; and the checks on single parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from marketplace.payments.sandbox.errors import wrong

NAME = re.compile(r"[A-Za-z0-9_]+(\[[A-Za-z0-9_]*\])*")


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The pairs of a form as nested dictionaries; lists are where all names are 0, 1, 2, ..."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        if not NAME.fullmatch(name):
            raise wrong(name, f"Received unknown parameter: {name}", "parameter_unknown")
        steps = [step.rstrip("]") for step in name.split("[")]
        spot = tree
        for step in steps[:-1]:
            inner = spot.setdefault(step or str(len(spot)), {})
            if not isinstance(inner, dict):
                raise wrong(name, f"Invalid nesting at {name}")
            spot = inner
        spot[steps[-1] or str(len(spot))] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(item) for name, item in value.items()}
    if inner and list(inner) == [str(i) for i in range(len(inner))]:
        return list(inner.values())
    return inner


def ensure_known(fields: dict[str, Any], known: set[str]) -> None:
    """Refuses what Stripe would not know."""
    for name in fields:
        if name not in known:
            raise wrong(name, f"Received unknown parameter: {name}", "parameter_unknown")


def required(fields: dict[str, Any], name: str) -> Any:
    value = fields.get(name)
    if value in (None, "", {}, []):
        raise wrong(name, f"Missing required param: {name}.", "parameter_missing")
    return value


def whole(value: Any, name: str, least: int, most: int) -> int:
    """A whole number in [least, most] from its digits."""
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,15}", text) or not least <= int(text) <= most:
        raise wrong(name, f"Invalid integer: {text[:40]}", "parameter_invalid_integer")
    return int(text)


def mapping(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(name, f"Invalid hash: {name}")
    return value


def address(value: Any, name: str) -> str:
    """An http(s) address."""
    parts = urlsplit(str(value))
    if parts.scheme not in ("http", "https") or not parts.netloc or len(str(value)) > 5000:
        raise wrong(name, "Not a valid URL", "url_invalid")
    return str(value)
