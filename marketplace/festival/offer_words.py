"""Findings, steps and evidence of an offer in the page's language, for panel and office alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.core.language import t
from marketplace.core.web import jdatetime, number
from marketplace.festival.honesty import Finding, Weight
from marketplace.festival.offer_models import OfferStep
from marketplace.festival.offer_queries import evidence_subject
from marketplace.files.evidence import evidence_of
from marketplace.files.models import EvidenceKind

TONES = {
    "draft": "plain",
    "checked": "zf",
    "approved": "fz",
    "rejected": "an",
    "live": "ps",
    "frozen": "an",
    "ended": "plain",
}


@dataclass(frozen=True, slots=True)
class FindingShown:
    """A finding in words; `tone`: an | zf | fz."""

    code: str
    message: str
    weight: str
    tone: str


def word_findings(findings: Sequence[Finding]) -> tuple[FindingShown, ...]:
    """Findings in the page's language."""
    tones = {"block": "an", "person": "zf", "note": "fz"}
    return tuple(
        FindingShown(
            f.code,
            t(f"reason.{f.code}", **{k: number(v) for k, v in f.figures}),
            f.weight.value,
            tones[f.weight.value],
        )
        for f in findings
    )


def word_kept(kept: Sequence[Mapping[str, Any]] | None) -> tuple[FindingShown, ...]:
    """Findings as they were kept on the row at the last check, in words."""
    return word_findings(
        [
            Finding(
                str(one["code"]),
                Weight(one["weight"]),
                tuple((k, v) for k, v in one.items() if isinstance(v, int)),
            )
            for one in kept or ()
        ]
    )


def word_steps(steps: Sequence[OfferStep]) -> tuple[dict[str, str], ...]:
    """The history of an offer for a timeline, the newest first."""
    tones = {"approved": "ps", "live": "ps", "rejected": "an", "frozen": "an", "checked": "zf"}
    return tuple(
        {
            "title": t(f"offer_step.{s.action}"),
            "note": " · ".join(
                part
                for part in (
                    jdatetime(s.at),
                    s.actor_label if s.actor_role != "system" else "",
                    t("ui.comma_space").join(t(f"offer_reason.{code}") for code in s.reasons),
                    s.note,
                    _change(s.details),
                )
                if part
            ),
            "tone": tones.get(s.new_state.value, "fz") if s.old_state is not s.new_state else "fz",
        }
        for s in steps
    )


def evidence_files(offer_id: int) -> tuple[dict[str, Any], ...]:
    """What was sent as evidence for an offer's price."""
    subject = evidence_subject(offer_id)
    return tuple(
        {
            "url": f"/files/{file.key}",
            "name": file.name,
            "is_picture": file.kind is not EvidenceKind.pdf,
        }
        for file in evidence_of([subject])[subject]
    )


def _change(details: Mapping[str, Any]) -> str:
    for old, new in (("old_toman", "new_toman"), ("old_count", "new_count")):
        if old in details:
            return f"{number(details[old])} ← {number(details[new])}"
    return ""
