"""Small things that several pages of oversight count and say."""

from __future__ import annotations

from typing import Any

from marketplace.core.db import AnySelect, db
from marketplace.core.language import has_text, t


def pairs(query: AnySelect) -> dict[int, Any]:
    """The second column by the first."""
    return {row[0]: row[1] for row in db.session.execute(query)}


def advice_on(code: str) -> str:
    """What to do about a refusal; empty where nothing more can be said."""
    return t(f"advice.{code}") if has_text(f"advice.{code}", "fa") else ""
