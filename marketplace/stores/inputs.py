"""What the forms of the seal centre must hold. Each record is parsed whole or refused with the code of each field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketplace.core import text
from marketplace.core.dates import day_begins, parse_date
from marketplace.core.errors import Invalid, Malformed
from marketplace.core.public_addresses import OutwardRefused, check_url
from marketplace.stores.case_models import ProofMethod
from marketplace.stores.models import ClearanceState

LONGEST_NOTE = 1000
ADVERSE_CATEGORIES = ("record", "identity", "court_order", "other")
"""Why an answer is adverse, in the widest words: more is not kept."""
MISSING_CATEGORIES = ("identity_document", "national_id_mismatch", "address_proof", "other")
SEAL_REASONS = (
    "complaints",
    "late_answers",
    "inspection",
    "recourse",
    "false_papers",
    "domain_lost",
    "store_asked",
    "defence_accepted",
    "defence_refused",
    "settled",
    "error_corrected",
    "other",
)
LICENCE_REASONS = ("union_decision", "store_asked", "error_corrected", "other")
REFUSAL_REASONS = ("documents_missing", "documents_wrong", "domain_unfit", "clearance", "other")
_NUMBER = re.compile(r"[A-Za-z0-9/\-]{3,40}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class SealWish:
    """What a store asks for: a seal for its domain. The person's national id is for the inquiry alone."""

    domain: str
    national_id: str
    note: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> SealWish:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        domain = domain_of(str(values.get("domain") or ""))
        if domain is None:
            errors["domain"] = "bad_domain" if values.get("domain") else "required"
        national_id = text.national_id(str(values.get("national_id") or ""))
        if national_id is None:
            errors["national_id"] = "bad_national_id" if values.get("national_id") else "required"
        note = _words(values.get("note"), errors, "note")
        if values.get("consent") != "1":
            errors["consent"] = "consent_needed"
        if errors or domain is None or national_id is None:
            raise Invalid("bad_seal_application", fields=errors)
        return cls(domain, national_id, note)


@dataclass(frozen=True, slots=True)
class Stated:
    """A reason by its code, and its words."""

    code: str
    text: str

    @classmethod
    def parse(cls, values: Mapping[str, Any], known: tuple[str, ...]) -> Stated:
        """Raises Invalid for an unknown code, and for `other` without words."""
        errors: dict[str, str] = {}
        code = str(values.get("reason_code") or "")
        if code not in known:
            errors["reason_code"] = "choose_a_reason"
        words = _words(values.get("reason_text"), errors, "reason_text")
        if code == "other" and not words:
            errors["reason_text"] = "required"
        if errors:
            raise Invalid("bad_reason", fields=errors)
        return cls(code, words)


@dataclass(frozen=True, slots=True)
class Information:
    """What an applicant adds to an inquiry that lacked something."""

    words: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Information:
        """Raises Invalid for no words, or too many."""
        errors: dict[str, str] = {}
        words = _words(values.get("information"), errors, "information")
        if not words and not errors:
            errors["information"] = "required"
        if errors:
            raise Invalid("bad_information", fields=errors)
        return cls(words)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The police's answer: clear, adverse or more information; with a category where it is not clear."""

    state: ClearanceState
    category: str | None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Outcome:
        """Raises Invalid with the code of each wrong field."""
        told = str(values.get("outcome") or "")
        if told == "clear":
            return cls(ClearanceState.clear, None)
        known = {"adverse": ADVERSE_CATEGORIES, "more_information": MISSING_CATEGORIES}.get(told)
        if known is None:
            raise Invalid("bad_outcome", fields={"outcome": "choose_an_outcome"})
        category = str(values.get(f"category_{told}") or values.get("category") or "")
        if category not in known:
            raise Invalid("bad_outcome", fields={f"category_{told}": "choose_a_reason"})
        return cls(ClearanceState(told), category)


@dataclass(frozen=True, slots=True)
class LicenceEntry:
    """A licence of a store (by the name in its address), valid from a day to the end of another."""

    store: str
    number: str
    valid_from: datetime
    valid_until: datetime

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> LicenceEntry:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        store = str(values.get("store") or "").strip()[:80]
        if not store:
            errors["store"] = "required"
        number = text.ascii_digits(str(values.get("number") or "")).strip()
        if not _NUMBER.fullmatch(number):
            errors["number"] = "bad_licence_number" if number else "required"
        begins = first_moment_of(str(values.get("valid_from") or ""))
        ends = last_moment_of(str(values.get("valid_until") or ""))
        for name, moment in (("valid_from", begins), ("valid_until", ends)):
            if moment is None:
                errors[name] = "bad_date"
        if begins and ends and begins >= ends:
            errors["valid_until"] = "ends_before_it_begins"
        if errors or begins is None or ends is None:
            raise Invalid("bad_licence", fields=errors)
        return cls(store, number, begins, ends)


def inquiry_answer(told: Any) -> dict[str, Any]:
    """What the inquiry service said, checked. Raises Malformed."""
    if not isinstance(told, dict):
        raise Malformed("bad_callback")
    for name in ("id", "reference"):
        if not isinstance(told.get(name), str) or not 0 < len(told[name]) <= 80:
            raise Malformed("bad_callback")
    try:
        outcome = Outcome.parse({k: v for k, v in told.items() if k in ("outcome", "category")})
    except Invalid as error:
        raise Malformed("bad_callback") from error
    return {
        "id": told["id"],
        "reference": told["reference"],
        "outcome": outcome.state.value,
        "category": outcome.category,
    }


def stars_of(values: Mapping[str, Any]) -> int:
    """Zero to five stars in any digits. Raises Invalid."""
    typed = text.ascii_digits(str(values.get("stars") or "")).strip()
    if typed not in ("0", "1", "2", "3", "4", "5"):
        raise Invalid("bad_stars", fields={"stars": "bad_stars"})
    return int(typed)


def proof_method_of(values: Mapping[str, Any]) -> ProofMethod:
    """How the domain is proven. Raises Invalid."""
    typed = str(values.get("method") or "")
    if typed not in ProofMethod.__members__:
        raise Invalid("bad_proof_method", fields={"method": "choose_a_method"})
    return ProofMethod(typed)


def last_moment_of(value: str) -> datetime | None:
    """The end of the day that somebody typed, which is the beginning of the next; None for no date."""
    day = parse_date(value)
    return day_begins(day + timedelta(days=1)) if day else None


def first_moment_of(value: str) -> datetime | None:
    """The beginning of the day that somebody typed; None for no date."""
    day = parse_date(value)
    return day_begins(day) if day else None


def domain_of(value: str) -> str | None:
    """`https://www.Shop.ir/x` -> `www.shop.ir`, a name of at least two parts in ASCII; None for anything else."""
    typed = text.ascii_digits(value).strip().strip("\u200c\u200e\u200f").lower()
    typed = re.sub(r"^https?://", "", typed).partition("/")[0].rstrip(".")
    if not typed or len(typed) > 253 or ":" in typed or "@" in typed:
        return None
    try:
        name = check_url(f"http://{typed}/").removeprefix("http://").rstrip("/")
    except OutwardRefused:
        return None
    is_name = "." in name and not re.fullmatch(r"[0-9.]+|\[.*", name)
    return name if is_name and not name.endswith((".local", ".localhost", ".internal", ".test")) else None


def _words(value: Any, errors: dict[str, str], name: str) -> str:
    words = _CONTROL.sub(" ", value).strip() if isinstance(value, str) else ""
    if len(words) > LONGEST_NOTE:
        errors[name] = "too_long"
    return words
