"""What may be asked after a sale, parsed and checked: shipments, cancellations, returns and their decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core import text
from marketplace.core.errors import Invalid, Malformed
from marketplace.orders.after_models import ReturnReason
from marketplace.orders.inputs import parse_quantity
from marketplace.policy.models import CARRIERS

LONGEST_NOTE = 1_000
CANCEL_REASONS = ("changed_mind", "too_slow", "wrong_order", "found_elsewhere", "other")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_FIELD = re.compile(r"quantity-([0-9]{1,18})")
KIT = "kit"


def parse_lines(values: Mapping[str, Any]) -> dict[int, int]:
    """Quantities by offer, from a document's `lines` or a form's `quantity-<offer>` fields; nothing chosen: empty.

    Raises Invalid with the code of each wrong field; a hygiene kit is no line that one could name.
    """
    wrong: dict[str, str] = {}
    found: dict[int, int] = {}
    for field, offer, quantity in _told(values):
        if offer == KIT:
            wrong[field] = "kit_not_returnable"
            continue
        if isinstance(offer, bool) or not re.fullmatch(r"[0-9]{1,18}", str(offer)):
            wrong[field] = "unknown_line"
            continue
        if quantity in (None, "", 0, "0", "۰", "٠"):
            continue
        try:
            found[int(offer)] = found.get(int(offer), 0) + parse_quantity(quantity)
        except Malformed:
            wrong[field] = "bad_quantity"
    if wrong:
        raise Invalid("bad_lines", fields=wrong)
    return found


def _told(values: Mapping[str, Any]) -> Iterable[tuple[str, Any, Any]]:
    """(field, offer, quantity) of everything that was named."""
    lines = values.get("lines")
    if isinstance(lines, list):
        for place, line in enumerate(lines[:100]):
            if not isinstance(line, Mapping):
                raise Invalid("bad_lines", fields={"lines": "unknown_line"})
            is_kit = bool(line.get(KIT)) or line.get("offer_id") == KIT
            yield f"lines.{place}", KIT if is_kit else line.get("offer_id"), line.get("quantity", 1)
        return
    for name in values:
        match = _FIELD.fullmatch(name)
        if match:
            yield name, match.group(1), values.get(name)
        elif name == f"quantity-{KIT}":
            yield name, KIT, values.get(name)


def note_of(values: Mapping[str, Any], name: str = "note", *, required: bool = False) -> str:
    """A person's words: control and direction marks out, at most 1,000 characters. Raises Invalid."""
    raw = values.get(name)
    note = _CONTROL.sub(" ", raw).strip() if isinstance(raw, str) else ""
    if len(note) > LONGEST_NOTE:
        raise Invalid(fields={name: "too_long"})
    if required and not note:
        raise Invalid(fields={name: "required"})
    return note


@dataclass(frozen=True, slots=True)
class Shipment:
    """How a parcel left, and what is in it: quantities by offer, or everything that was left."""

    carrier: str
    tracking_code: str
    lines: Mapping[int, int] | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Shipment:
        """Without `lines` and `quantity-…` it is everything. Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        carrier = str(values.get("carrier") or "").strip()
        if carrier not in CARRIERS:
            errors["carrier"] = "unknown_method" if carrier else "required"
        code = text.ascii_digits(str(values.get("tracking_code") or "")).strip()
        if not re.fullmatch(r"[A-Za-z0-9\-]{6,40}", code):
            errors["tracking_code"] = "bad_tracking_code" if code else "required"
        lines: dict[int, int] = {}
        try:
            lines = parse_lines(values)
        except Invalid as error:
            errors |= error.fields
        if errors:
            raise Invalid("bad_shipment", fields=errors)
        is_told = isinstance(values.get("lines"), list) or any(_FIELD.fullmatch(name) for name in values)
        return cls(carrier, code.upper(), lines if is_told else None)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Why a shopper does not want it any more: a code, and their own words."""

    reason: str
    note: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Cancellation:
        """Words that are no code are kept as a note. Raises Invalid."""
        said = note_of(values, "reason", required=True)
        if said in CANCEL_REASONS:
            return cls(said, note_of(values))
        return cls("other", said)


@dataclass(frozen=True, slots=True)
class ReturnWish:
    """What shall go back, and why."""

    lines: Mapping[int, int]
    reason: ReturnReason
    note: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> ReturnWish:
        """Words that are no code count as a withdrawal with a note. Raises Invalid."""
        said = note_of(values, "reason", required=True)
        lines = parse_lines(values)
        if not lines:
            raise Invalid("bad_lines", fields={"lines": "nothing_chosen"})
        if said in ReturnReason.__members__:
            return cls(lines, ReturnReason(said), note_of(values))
        return cls(lines, ReturnReason.changed_mind, said)


@dataclass(frozen=True, slots=True)
class ReturnDecision:
    """What a store takes back: pieces by offer; whatever is missing is refused, with the reason given."""

    accepted: Mapping[int, int]
    note: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> ReturnDecision:
        """Raises Invalid."""
        return cls(parse_lines(values), note_of(values))
