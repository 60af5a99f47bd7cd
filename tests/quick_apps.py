"""Tests make an app each, and most of that time goes into two small functions that werkzeug compiles for each address.

The function depends on the address alone, so each process of a run compiles it once. Nothing of what an address
answers is shared: the function finds its converters on the rule that it is bound to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_kept: dict[tuple[Any, ...], Callable[..., Any]] = {}


def share_compiled_addresses() -> None:
    """From here on equal addresses are compiled once in this process."""
    compile_anew = Rule._compile_builder
    if getattr(compile_anew, "is_shared", False):
        return

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (
            tuple(rule._trace),
            repr(sorted((rule.defaults or {}).items())),
            tuple((name, type(rule._converters[name])) for name in sorted(rule._converters)),
            tuple(sorted(rule.arguments)),
            append_unknown,
        )
        if key not in _kept:
            _kept[key] = compile_anew(rule, append_unknown)
        return _kept[key]

    compile_once.is_shared = True  # type: ignore[attr-defined]
    Rule._compile_builder = compile_once  # type: ignore[method-assign]
