"""A form that was refused, as its page shows it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.core.errors import MarketplaceError
from marketplace.core.language import t


def again(error: MarketplaceError | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """The sentences of wrong fields, what was typed, and a refusal that is about no field."""
    if error is None:
        return {"errors": {}, "values": {}, "refusal": None}
    sentences = {name: t(f"field.{code}") for name, code in error.fields.items()}
    return {
        "errors": sentences,
        "values": {name: value[:4_000] for name, value in typed.items() if name != "csrf_token"},
        "refusal": None if sentences else t(f"error.{error.code}"),
    }
