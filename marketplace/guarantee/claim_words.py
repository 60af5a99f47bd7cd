"""What was said and sent in a claim, for its page."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.complaints.case_page import here
from marketplace.complaints.models import Side
from marketplace.complaints.queries import messages_of as said_in_complaint
from marketplace.complaints.shown import FileShown, MessageShown
from marketplace.core.language import t
from marketplace.files.evidence import evidence_of
from marketplace.guarantee.claim_models import Claim, Party, Said
from marketplace.guarantee.claim_queries import messages_of

TONES = {
    Said.answer: "fz",
    Said.request: "zf",
    Said.appeal: "zf",
    Said.inspection: "fz",
    Said.decision: "ps",
}


def said_in(claim: Claim, names: Mapping[Party, str]) -> tuple[MessageShown, ...]:
    """What was said in a claim, in order."""
    shown = []
    for one in messages_of(claim.id):
        tone = TONES.get(one.said)
        pill = {"text": t(f"claim_said.{one.said.value}"), "tone": tone} if tone else None
        is_good = one.said is Said.decision
        shown.append(
            MessageShown(names[one.side], one.side.value, one.said.value, one.at, one.text, is_good, pill)
        )
    return tuple(shown)


def complaint_words(complaint_id: int, names: Mapping[Party, str]) -> tuple[MessageShown, ...]:
    """What was said in the complaint before it, in order."""
    sides = {Side.shopper: Party.shopper, Side.store: Party.store, Side.office: Party.office}
    return tuple(
        MessageShown(names[sides[m.side]], m.side.value, m.said.value, m.at, m.text, False, None)
        for m in said_in_complaint(complaint_id)
    )


def files_of(subject: str) -> tuple[FileShown, ...]:
    """The evidence of a case."""
    return tuple(FileShown(file.name, here(f"/files/{file.key}")) for file in evidence_of([subject])[subject])
