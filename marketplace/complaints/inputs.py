"""What may be asked of the complaint verbs, parsed and checked: frozen records, or field -> code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.models import Remedy, Said
from marketplace.complaints.rules import ANSWERS
from marketplace.core.text import ascii_digits
from marketplace.stores.standing import Category, Fact

SHORTEST, LONGEST = 10, 4_000
AUTHORITIES = ("tazirat_124", "cyber_police", "health_ministry", "customs", "court")
"""Whom a case is handed to: تعزیرات ۱۲۴, the cyber police, the health ministry, customs, a court."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def free_text(values: Mapping[str, Any], name: str, errors: dict[str, str], *, least: int = SHORTEST) -> str:
    """A text of several lines as it was written, control signs left out; too short or too long is told by code."""
    raw = values.get(name)
    text = _CONTROL.sub("", raw.replace("\r\n", "\n")).strip() if isinstance(raw, str) else ""
    if not text:
        errors[name] = "required"
    elif len(text) < least:
        errors[name] = "too_short"
    elif len(text) > LONGEST:
        errors[name] = "too_long"
    return text


@dataclass(frozen=True, slots=True)
class ComplaintWish:
    """What a shopper complains about; `line_id` where it is about one of the goods."""

    category: Category
    text: str
    line_id: int | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> ComplaintWish:
        """Raises BadComplaint with the code of each wrong field."""
        errors: dict[str, str] = {}
        raw = str(values.get("category") or "")
        if raw not in Category.__members__:
            errors["category"] = "unknown_category" if raw else "required"
        text = free_text(values, "text", errors)
        line = ascii_digits(str(values.get("line") or ""))
        if line and not re.fullmatch(r"[0-9]{1,15}", line):
            errors["line"] = "unknown_line"
        if errors:
            raise BadComplaint(fields=errors)
        return cls(Category(raw), text, int(line) if line else None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A store's word: a reply (stops nothing), an offer with its remedy, an acceptance, or a refusal with reasons."""

    said: Said
    text: str
    remedy: Remedy | None = None
    amount_toman: int | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Answer:
        """Raises BadComplaint. An acceptance without a remedy stands for the refund of the whole."""
        errors: dict[str, str] = {}
        kind = str(values.get("kind") or "")
        if kind not in {*(s.value for s in ANSWERS), Said.reply.value}:
            errors["kind"] = "unknown_answer" if kind else "required"
        text = free_text(values, "text", errors)
        remedy, amount = None, None
        if kind == Said.offer:
            remedy, amount = _remedy(values, errors)
        if errors:
            raise BadComplaint(fields=errors)
        return cls(Said(kind), text, remedy, amount)


def _remedy(values: Mapping[str, Any], errors: dict[str, str]) -> tuple[Remedy | None, int | None]:
    raw = str(values.get("remedy") or "")
    if raw not in Remedy.__members__:
        errors["remedy"] = "unknown_remedy" if raw else "required"
        return None, None
    remedy = Remedy(raw)
    if remedy is not Remedy.part_refund:
        return remedy, None
    figures = re.sub(r"[\s,٬]", "", ascii_digits(str(values.get("amount_toman") or "")))
    if not re.fullmatch(r"[0-9]{1,12}", figures) or int(figures) == 0:
        errors["amount_toman"] = "bad_amount" if figures else "required"
        return remedy, None
    return remedy, int(figures)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the seal centre says of a complaint, with its grounds; a referral names authority and letter."""

    fact: Fact
    text: str
    authority: str | None = None
    letter: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Ruling:
        """Raises BadComplaint."""
        errors: dict[str, str] = {}
        raw = str(values.get("ruling") or "")
        if raw not in (Fact.admitted, Fact.unfounded, Fact.duplicate, Fact.referred):
            errors["ruling"] = "unknown_ruling" if raw else "required"
        text = free_text(values, "text", errors)
        authority = letter = None
        if raw == Fact.referred:
            authority = str(values.get("authority") or "")
            letter = " ".join(ascii_digits(str(values.get("letter") or "")).split())
            if authority not in AUTHORITIES:
                errors["authority"] = "unknown_authority" if authority else "required"
            if not re.fullmatch(r"[\w/\-. ]{2,40}", letter):
                errors["letter"] = "bad_letter" if letter else "required"
        if errors:
            raise BadComplaint(fields=errors)
        return cls(Fact(raw), text, authority, letter)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An expert's word: upheld (the shopper is right) or dismissed, with grounds."""

    is_upheld: bool
    text: str

    @classmethod
    def parse(cls, values: Mapping[str, Any], yes: str = "upheld", no: str = "dismissed") -> Verdict:
        """Raises BadComplaint."""
        errors: dict[str, str] = {}
        raw = str(values.get("verdict") or "")
        if raw not in (yes, no):
            errors["verdict"] = "unknown_verdict" if raw else "required"
        text = free_text(values, "text", errors)
        if errors:
            raise BadComplaint(fields=errors)
        return cls(raw == yes, text)


LONGEST_PAUSE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class PauseWish:
    """From when to when complaint clocks stand still, for whom and why."""

    province_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason_fa: str
    reason_en: str

    @classmethod
    def check(
        cls,
        province_id: int | None,
        starts_at: datetime | None,
        ends_at: datetime | None,
        values: Mapping[str, Any],
        at: datetime,
    ) -> PauseWish:
        """Raises BadComplaint: a pause begins now or later, ends after it began, and lasts 60 days at most."""
        errors: dict[str, str] = {}
        fa = free_text(values, "reason_fa", errors, least=3)
        en = str(values.get("reason_en") or "").strip()[:300]
        if starts_at is None:
            errors["starts_at"] = "bad_date"
        elif starts_at < at:
            errors["starts_at"] = "pause_in_past"
        if ends_at is None:
            errors["ends_at"] = "bad_date"
        elif starts_at is not None and not starts_at < ends_at <= starts_at + LONGEST_PAUSE:
            errors["ends_at"] = "pause_span"
        if errors or starts_at is None or ends_at is None:
            raise BadComplaint(fields=errors)
        return cls(province_id, starts_at, ends_at, fa, en)
