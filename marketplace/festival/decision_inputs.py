"""What an officer may decide, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.core.errors import Invalid, Malformed
from marketplace.festival.application_inputs import block, day, line
from marketplace.festival.application_models import Verdict
from marketplace.festival.reason_codes import CODES, NEEDS_REASON

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Letter:
    """Number and date of a letter that goes with an act."""

    number: str | None
    on: date | None

    @classmethod
    def parse(cls, values: Mapping[str, Any], errors: dict[str, str]) -> Letter:
        """Notes what is wrong; both may be empty, a date alone may not."""
        number = line(values, "letter_number", errors, 0, 40)
        on = day(values, "letter_on", errors, required=False)
        if on is not None and not number:
            errors["letter_number"] = "required"
        return cls(number or None, on)


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict with its reasons, as it will be told, and an internal letter."""

    verdict: Verdict
    reasons: tuple[str, ...]
    note: str
    letter: Letter

    @classmethod
    def parse(cls, values: Mapping[str, Any], reasons: Sequence[str]) -> Ruling:
        """Raises Malformed('unknown_verdict'), Invalid: reason_needed, unknown_reason and what the fields lack."""
        verdict = parse_verdict(values)
        errors: dict[str, str] = {}
        chosen = tuple(dict.fromkeys(reasons))
        if not chosen and verdict in NEEDS_REASON:
            errors["reason"] = "reason_needed"
        if any(code not in CODES[verdict] for code in chosen):
            errors["reason"] = "unknown_reason"
        note = block(values, "note", errors, 0, 1000)
        letter = Letter.parse(values, errors)
        if errors:
            raise Invalid("bad_decision", fields=errors)
        return cls(verdict, chosen, note, letter)


def parse_verdict(values: Mapping[str, Any]) -> Verdict:
    """The verdict of a form. Raises Malformed('unknown_verdict')."""
    name = str(values.get("verdict") or "")
    if name not in Verdict.__members__:
        raise Malformed("unknown_verdict")
    return Verdict(name)


def parse_chosen(value: str) -> dict[int, int]:
    """`17.3,18.1`: ids with the versions that the page showed. Raises Invalid('nothing_chosen', 'too_many_chosen'),
    Malformed('bad_choice')."""
    tokens = [token for token in value.split(",") if token]
    if not tokens:
        raise Invalid("nothing_chosen")
    if len(tokens) > MOST_AT_ONCE:
        raise Invalid("too_many_chosen", params={"most": MOST_AT_ONCE})
    if any(not re.fullmatch(r"[0-9]{1,15}\.[0-9]{1,9}", token) for token in tokens):
        raise Malformed("bad_choice")
    return {int(key): int(version) for key, version in (token.split(".") for token in tokens)}


def choice_of(chosen: Mapping[int, int]) -> str:
    """The same as text, for the next form."""
    return ",".join(f"{key}.{version}" for key, version in sorted(chosen.items()))
