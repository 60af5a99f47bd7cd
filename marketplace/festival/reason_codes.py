"""The office's reasons: codes with words in the catalogues (`application_reason.<code>`), and what each asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.core.language import has_text, t
from marketplace.festival.application_inputs import Step
from marketplace.festival.application_models import Verdict

REVISION_STEPS: Mapping[str, Step] = {
    "seal_expiring": Step.seal,
    "domain_proof": Step.seal,
    "licence_name": Step.licence,
    "iban_owner": Step.who,
    "identity_unclear": Step.who,
    "address_unclear": Step.address,
    "category_wrong": Step.categories,
    "fall_evidence": Step.hard_hit,
    "health_unclear": Step.health,
    "pledge_version": Step.pledges,
}
"""What a revision asks for: the step that is highlighted, and nothing else."""
REVISION_CODES = (*REVISION_STEPS, "price_evidence", "permit_missing", "photo_quality")
REJECTION_CODES = (
    "seal_missing",
    "licence_missing",
    "clearance_adverse",
    "complaints_open",
    "pledge_refused",
    "discount_false",
    "counterfeit",
    "duplicate",
    "capacity",
    "late",
)
WAITING_CODES = ("capacity", "score")
APPROVAL_CODES = ("all_in_order", "hard_hit_priority", "category_balance")
CODES: Mapping[Verdict, tuple[str, ...]] = {
    Verdict.approve: APPROVAL_CODES,
    Verdict.reject: REJECTION_CODES,
    Verdict.revise: REVISION_CODES,
    Verdict.waitlist: WAITING_CODES,
}
"""Which reasons fit which verdict. Rejection and revision need at least one."""
NEEDS_REASON = (Verdict.reject, Verdict.revise)


def word_reason(reason: Mapping[str, Any], language: str) -> str:
    """The sentence of one kept reason: the words kept with it, else those of its code."""
    kept = reason.get(language)
    key = f"application_reason.{reason.get('code', '')}"
    if kept:
        return str(kept)
    return t(key, lang=language) if has_text(key, language) else str(reason.get("code", ""))


def word_reasons(reasons: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    """The sentences of kept reasons."""
    return [word_reason(reason, language) for reason in reasons]


def steps_asked_for(reasons: Sequence[Mapping[str, Any]]) -> frozenset[Step]:
    """The steps that a revision asks for; empty where its reasons lie outside the form."""
    codes = {str(reason.get("code")) for reason in reasons}
    return frozenset(step for code, step in REVISION_STEPS.items() if code in codes)
