"""What forms about reviews and questions send, parsed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.reviews.models import ReportReason, SaidKind

LONGEST_REVIEW = 1_500
LONGEST_QUESTION = 500
LONGEST_REPLY = 1_000
_BLANK_LINES = re.compile(r"\n{3,}")


def plain_words(value: str) -> str:
    """Words as they were meant: one kind of line end, no control signs, no hidden turns of direction."""
    lines = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(c for c in lines if c == "\n" or c == "\u200c" or c.isprintable())
    return _BLANK_LINES.sub("\n\n", seen).strip()


def _words(form: Mapping[str, str], name: str, least: int, most: int, wrong: dict[str, str]) -> str:
    raw = form.get(name, "")
    said = plain_words(raw[: most * 4])
    if len(raw) > most * 4 or len(said) > most:
        wrong[name] = "too_long"
    elif len(said) < least:
        wrong[name] = "required" if not said else "too_short"
    return said


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """Stars 1 to 5 and words, which may be left out."""

    stars: int
    body: str

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> ReviewWords:
        """Raises Invalid with the fields `stars` and `body`."""
        wrong: dict[str, str] = {}
        typed = ascii_digits(form.get("stars", "")).strip()
        if typed not in ("1", "2", "3", "4", "5"):
            wrong["stars"] = "stars_missing"
        body = _words(form, "body", 0, LONGEST_REVIEW, wrong)
        if wrong:
            raise Invalid(fields=wrong)
        return cls(int(typed), body)


@dataclass(frozen=True, slots=True)
class Words:
    """A question, an answer or a reply."""

    body: str

    @classmethod
    def parse(cls, form: Mapping[str, str], *, least: int = 2, most: int = LONGEST_REPLY) -> Words:
        """Raises Invalid with the field `body`."""
        wrong: dict[str, str] = {}
        body = _words(form, "body", least, most, wrong)
        if wrong:
            raise Invalid(fields=wrong)
        return cls(body)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a report or a removal says: about what, why, and for a removal a note to the author."""

    kind: SaidKind
    said_id: int
    reason: ReportReason
    note: str = ""

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> Decision:
        """Raises Invalid with the fields `kind`, `said_id`, `reason`, `note`."""
        wrong: dict[str, str] = {}
        kind, number, reason = form.get("kind", ""), form.get("said_id", ""), form.get("reason", "")
        if kind not in set(SaidKind):
            wrong["kind"] = "bad_choice"
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            wrong["said_id"] = "bad_number"
        if reason not in set(ReportReason):
            wrong["reason"] = "bad_choice"
        note = _words(form, "note", 0, 500, wrong)
        if wrong:
            raise Invalid(fields=wrong)
        return cls(SaidKind(kind), int(number), ReportReason(reason), note)
