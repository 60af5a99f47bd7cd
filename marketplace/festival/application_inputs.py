"""What may be asked of an application's verbs, parsed and checked: one frozen record per step."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.core import text
from marketplace.core.dates import parse_date
from marketplace.core.errors import Invalid
from marketplace.stores.models import LegalForm, StoreKind

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_DOMAIN = re.compile(
    r"(?=.{4,253}$)([a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{2,59})"
)
MOST_CATEGORIES = 3


class Step(StrEnum):
    """The steps of the wizard, in their order."""

    who = "who"
    address = "address"
    categories = "categories"
    seal = "seal"
    licence = "licence"
    clearance = "clearance"
    hard_hit = "hard_hit"
    health = "health"
    pledges = "pledges"


HEALTH_QUESTIONS = ("storage", "packing", "transport", "permits", "advice")
"""The guideline groups of which the store declares each one."""


def line(values: Mapping[str, Any], name: str, errors: dict[str, str], least: int, most: int) -> str:
    """One line of words; notes `required`, `too_short` or `too_long`. `least` 0: it may stay empty."""
    raw = values.get(name)
    value = " ".join(_CONTROL.sub(" ", raw).split()) if isinstance(raw, str) else ""
    if not value and least:
        errors[name] = "required"
    elif len(value) < least:
        errors[name] = "too_short"
    elif len(value) > most:
        errors[name] = "too_long"
    return value


def block(values: Mapping[str, Any], name: str, errors: dict[str, str], least: int, most: int) -> str:
    """Some lines of words, like `line`."""
    raw = values.get(name)
    rows = raw.replace("\r\n", "\n").split("\n") if isinstance(raw, str) else []
    value = "\n".join(" ".join(_CONTROL.sub(" ", row).split()) for row in rows).strip()
    if len(value) < least:
        errors[name] = "too_short" if value else "required"
    elif len(value) > most:
        errors[name] = "too_long"
    return value


def day(
    values: Mapping[str, Any], name: str, errors: dict[str, str], *, required: bool = True
) -> date | None:
    """A Jalali (or Gregorian) day; notes `required` or `bad_day`."""
    raw = str(values.get(name) or "").strip()
    found = parse_date(raw[:30])
    if found is None and (raw or required):
        errors[name] = "bad_day" if raw else "required"
    return found


def _digits(values: Mapping[str, Any], name: str) -> str:
    return str(values.get(name) or "")[:60]


def _ensure(errors: dict[str, str]) -> None:
    if errors:
        raise Invalid("bad_application", fields=errors)


@dataclass(frozen=True, slots=True)
class NewStore:
    """A store that begins with its application. `domain` is None for an offline one without a site."""

    name_fa: str
    name_en: str
    kind: StoreKind
    domain: str | None
    province: str
    city: str
    founded_on: date

    @classmethod
    def parse(cls, values: Mapping[str, Any], today: date) -> NewStore:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        name_fa = line(values, "name_fa", errors, 2, 80)
        name_en = line(values, "name_en", errors, 0, 80)
        kind = str(values.get("kind") or "")
        if kind not in StoreKind.__members__:
            errors["kind"] = "required"
        domain = _digits(values, "domain").strip().lower()
        domain = re.sub(r"^https?://|^www\.|/.*$", "", re.sub(r"^https?://", "", domain))
        if (domain or kind == StoreKind.online) and not _DOMAIN.fullmatch(domain):
            errors["domain"] = "bad_domain" if domain else "required"
        province, city = _place(values, errors)
        founded_on = day(values, "founded_on", errors)
        if founded_on is not None and founded_on > today:
            errors["founded_on"] = "day_ahead"
        _ensure(errors)
        assert founded_on is not None  # noqa: S101
        return cls(name_fa, name_en, StoreKind(kind), domain or None, province, city, founded_on)


@dataclass(frozen=True, slots=True)
class Who:
    """Who answers for the store, and where its money goes. `legal_*` for a company alone."""

    kind: LegalForm
    national_id: str
    legal_id: str | None
    legal_name: str | None
    sheba: str
    sheba_owner: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Who:
        """Raises Invalid with the code of each wrong field: check digits are looked at here."""
        errors: dict[str, str] = {}
        kind = str(values.get("legal_form") or "")
        if kind not in LegalForm.__members__:
            errors["legal_form"] = "required"
        national_id = _identifier(values, "national_id", errors, text.national_id)
        legal_id, legal_name = None, None
        if kind == LegalForm.legal:
            legal_id = _identifier(values, "legal_id", errors, text.legal_id)
            legal_name = line(values, "legal_name", errors, 2, 120)
        sheba = _identifier(values, "sheba", errors, _sheba)
        owner = line(values, "sheba_owner", errors, 3, 120)
        _ensure(errors)
        return cls(LegalForm(kind), national_id, legal_id, legal_name, sheba, owner)


def _sheba(value: str) -> str | None:
    """People type the 24 digits with or without the letters before them."""
    code = re.sub(r"[\s\-]", "", text.ascii_digits(value)).upper()
    return text.sheba(code if code.startswith("IR") else f"IR{code}")


def _identifier(values: Mapping[str, Any], name: str, errors: dict[str, str], check: Any) -> str:
    raw = _digits(values, name).strip()
    found: str | None = check(raw)
    if found is None:
        errors[name] = f"bad_{name}" if raw else "required"
    return found or ""


def _place(values: Mapping[str, Any], errors: dict[str, str]) -> tuple[str, str]:
    name = _CONTROL.sub(" ", _digits(values, "province")).strip().replace("ي", "ی").replace("ك", "ک")
    if not name:
        errors["province"] = "required"
    return name, line(values, "city", errors, 2, 60)


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where the store is: an inspector and the law ask for it."""

    province: str
    city: str
    address: str
    postal_code: str
    phone: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> StoreAddress:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        province, city = _place(values, errors)
        address = line(values, "address", errors, 8, 300)
        postal_code = _identifier(values, "postal_code", errors, text.postal_code)
        phone = re.sub(r"[\s\-()]", "", text.ascii_digits(_digits(values, "phone")))
        if not re.fullmatch(r"0[0-9]{7,10}", phone):
            errors["phone"] = "bad_phone" if phone else "required"
        _ensure(errors)
        return cls(province, city, address, postal_code, phone)


@dataclass(frozen=True, slots=True)
class Licence:
    """The union licence as the applicant writes it; `until_on` is its last day."""

    number: str
    from_on: date
    until_on: date

    @classmethod
    def parse(cls, values: Mapping[str, Any], today: date) -> Licence:
        """Raises Invalid; an expired licence is `licence_expired`."""
        errors: dict[str, str] = {}
        number = text.ascii_digits(line(values, "licence_number", errors, 3, 40)).upper()
        from_on = day(values, "licence_from", errors)
        until_on = day(values, "licence_until", errors)
        if until_on is not None and until_on < today:
            errors["licence_until"] = "licence_expired"
        elif from_on is not None and until_on is not None and until_on <= from_on:
            errors["licence_until"] = "days_reversed"
        elif from_on is not None and from_on > today:
            errors["licence_from"] = "day_ahead"
        _ensure(errors)
        assert from_on is not None and until_on is not None  # noqa: S101
        return cls(number, from_on, until_on)


@dataclass(frozen=True, slots=True)
class HardHit:
    """A declared fall in sales: by how many percent against the year before, and how it came."""

    is_declared: bool
    fall_percent: int | None = None
    story: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> HardHit:
        """Raises Invalid with the code of each wrong field."""
        if values.get("is_hard_hit") not in ("0", "1"):
            raise Invalid("bad_application", fields={"is_hard_hit": "required"})
        if values.get("is_hard_hit") == "0":
            return cls(False)
        errors: dict[str, str] = {}
        raw = text.ascii_digits(_digits(values, "fall_percent")).strip(" ٪%")
        if not re.fullmatch(r"[0-9]{1,3}", raw) or not 1 <= int(raw) <= 100:
            errors["fall_percent"] = "bad_percent" if raw else "required"
        story = block(values, "fall_story", errors, 10, 1000)
        _ensure(errors)
        return cls(True, int(raw), story)
