"""What may be asked of the verbs, parsed and checked: frozen records, or field -> code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.complaints.inputs import free_text
from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.suspicions.models import Verdict


def seen_in(values: Mapping[str, Any], errors: dict[str, str]) -> int:
    """The version of the case that the page showed."""
    raw = ascii_digits(str(values.get("seen") or ""))
    if not raw.isdecimal() or len(raw) > 9:
        errors["seen"] = "required"
        return 0
    return int(raw)


@dataclass(frozen=True, slots=True)
class Seen:
    """The case as it was shown, and no words."""

    seen: int

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Seen:
        """Raises Invalid."""
        errors: dict[str, str] = {}
        seen = seen_in(values, errors)
        if errors:
            raise Invalid(fields=errors)
        return cls(seen)


@dataclass(frozen=True, slots=True)
class Words:
    """Words about a case as it was shown."""

    text: str
    seen: int

    @classmethod
    def parse(cls, values: Mapping[str, Any], name: str = "text") -> Words:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        text, seen = free_text(values, name, errors), seen_in(values, errors)
        if errors:
            raise Invalid(fields=errors)
        return cls(text, seen)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the reason that its subject reads."""

    verdict: Verdict
    reason: str
    seen: int

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Decision:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        raw = str(values.get("verdict") or "")
        if raw not in set(Verdict):
            errors["verdict"] = "choose_one"
        reason, seen = free_text(values, "reason", errors), seen_in(values, errors)
        if errors:
            raise Invalid(fields=errors)
        return cls(Verdict(raw), reason, seen)


def answer_words(values: Mapping[str, Any]) -> str:
    """What the subject says. Raises Invalid."""
    errors: dict[str, str] = {}
    text = free_text(values, "text", errors, least=3)
    if errors:
        raise Invalid(fields=errors)
    return text
