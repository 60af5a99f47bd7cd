"""What may be asked of the claim verbs, parsed and checked: frozen records, or field -> code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.complaints.inputs import free_text
from marketplace.core import text
from marketplace.guarantee.claim_models import InspectionFinding, Party
from marketplace.guarantee.decision_models import Ground
from marketplace.guarantee.errors import BadClaim

LONGEST_SUMMARY = 400
_MOBILE = re.compile(r"09[0-9]{9}|[0-9]{10,}|IR[0-9]{10,}|[^@\s]+@[^@\s]+", re.IGNORECASE)


def toman_field(
    values: Mapping[str, Any], name: str, errors: dict[str, str], *, least: int = 0, required: bool = False
) -> int:
    """A sum in toman with any digits and separators. A word beside it, such as that of another unit, is refused and
    never guessed."""
    raw = text.ascii_digits(str(values.get(name) if values.get(name) is not None else "")).strip()
    figures = re.sub(r"[\s,٬،_]", "", raw)
    if not figures:
        if required:
            errors[name] = "required"
        return 0
    if not re.fullmatch(r"[0-9]{1,12}", figures) or int(figures) < least:
        errors[name] = "bad_amount" if re.fullmatch(r"[0-9.+\-]*", figures) else "amount_in_words"
        return 0
    return int(figures)


@dataclass(frozen=True, slots=True)
class ClaimWish:
    """What a shopper asks of the fund: in words, less what the goods in hand are worth; and where to, if not by the way
    of the payment."""

    text: str
    residual_toman: int = 0
    sheba: str | None = None
    sheba_owner: str | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> ClaimWish:
        """Raises BadClaim with the code of each wrong field."""
        errors: dict[str, str] = {}
        words = free_text(values, "text", errors)
        residual = toman_field(values, "residual_toman", errors)
        sheba, owner = _account(values, errors, required=False)
        if errors:
            raise BadClaim(fields=errors)
        return cls(words, residual, sheba, owner)


def _account(
    values: Mapping[str, Any], errors: dict[str, str], *, required: bool
) -> tuple[str | None, str | None]:
    raw = str(values.get("sheba") or "").strip()
    owner = " ".join(str(values.get("sheba_owner") or "").split())[:80]
    if not raw and not required:
        return None, None
    sheba = text.sheba(raw)
    if sheba is None:
        errors["sheba"] = "bad_sheba" if raw else "required"
    if not owner:
        errors["sheba_owner"] = "required"
    return sheba, owner


@dataclass(frozen=True, slots=True)
class AccountWish:
    """Where a shopper wants the money, and in whose name the account is kept."""

    sheba: str
    owner: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> AccountWish:
        """Raises BadClaim."""
        errors: dict[str, str] = {}
        sheba, owner = _account(values, errors, required=True)
        if errors or sheba is None or owner is None:
            raise BadClaim(fields=errors)
        return cls(sheba, owner)


@dataclass(frozen=True, slots=True)
class Words:
    """Some words."""

    text: str

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, least: int = 10) -> Words:
        """Raises BadClaim."""
        errors: dict[str, str] = {}
        words = free_text(values, "text", errors, least=least)
        if errors:
            raise BadClaim(fields=errors)
        return cls(words)


@dataclass(frozen=True, slots=True)
class RequestWish:
    """What an adjudicator asks of one side."""

    of: Party
    text: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> RequestWish:
        """Raises BadClaim."""
        errors: dict[str, str] = {}
        raw = str(values.get("of") or "")
        if raw not in (Party.shopper, Party.store):
            errors["of"] = "required"
        words = free_text(values, "text", errors)
        if errors:
            raise BadClaim(fields=errors)
        return cls(Party(raw), words)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an adjudicator chooses: for whom, the proven loss, the store's share of it, grounds and reasons; `summary`
    is for the public library and names nobody."""

    is_for_shopper: bool
    loss_toman: int
    store_share_percent: int
    ground: Ground
    text: str
    summary: str
    version: int

    @classmethod
    def parse(cls, values: Mapping[str, Any], most_toman: int) -> Choice:
        """Raises BadClaim. A proven loss above what was paid is refused."""
        errors: dict[str, str] = {}
        outcome = str(values.get("outcome") or "")
        if outcome not in ("approve", "reject"):
            errors["outcome"] = "required"
        is_for = outcome == "approve"
        loss = toman_field(values, "loss_toman", errors, least=1, required=True) if is_for else 0
        if loss > most_toman:
            errors["loss_toman"] = "above_paid"
        share = _percent(values, errors) if is_for else 0
        raw = str(values.get("ground") or "")
        if raw not in Ground.__members__:
            errors["ground"] = "required"
        elif (Ground(raw) in GRANTING) is not is_for and outcome:
            errors["ground"] = "ground_contradicts"
        words = free_text(values, "text", errors)
        summary = " ".join(str(values.get("summary") or "").split())[:LONGEST_SUMMARY]
        if _MOBILE.search(text.ascii_digits(summary)):
            errors["summary"] = "names_somebody"
        version = text.ascii_digits(str(values.get("version") or ""))
        if not re.fullmatch(r"[0-9]{1,9}", version):
            errors["version"] = "required"
        if errors:
            raise BadClaim(fields=errors)
        return cls(is_for, loss, share, Ground(raw), words, summary, int(version))


def _percent(values: Mapping[str, Any], errors: dict[str, str]) -> int:
    raw = text.ascii_digits(str(values.get("store_share_percent") or "100")).strip().rstrip("%٪")
    if not re.fullmatch(r"[0-9]{1,3}", raw) or not 1 <= int(raw) <= 100:
        errors["store_share_percent"] = "bad_percent"
        return 100
    return int(raw)


GRANTING = frozenset(
    {
        Ground.not_delivered,
        Ground.store_silent,
        Ground.defect_proven,
        Ground.not_as_described,
        Ground.counterfeit,
        Ground.false_discount,
        Ground.shipping_charged,
        Ground.health_risk,
        Ground.promise_broken,
        Ground.shared,
    }
)
"""Grounds on which the fund pays; the others are grounds of a refusal."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one who looked at the goods found, and what it cost."""

    inspector: str
    finding: InspectionFinding
    cost_toman: int
    text: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Report:
        """Raises BadClaim."""
        errors: dict[str, str] = {}
        inspector = " ".join(str(values.get("inspector") or "").split())[:120]
        if not inspector:
            errors["inspector"] = "required"
        raw = str(values.get("finding") or "")
        if raw not in InspectionFinding.__members__:
            errors["finding"] = "required"
        cost = toman_field(values, "cost_toman", errors)
        words = free_text(values, "text", errors)
        if errors:
            raise BadClaim(fields=errors)
        return cls(inspector, InspectionFinding(raw), cost, words)
