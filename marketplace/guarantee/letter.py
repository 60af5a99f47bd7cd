"""The letter of a decision on paper."""

from __future__ import annotations

from marketplace.core.language import t
from marketplace.core.pdf import Paper
from marketplace.core.web import digits, jdate, number
from marketplace.guarantee.claim_shown import ClaimShown, DecisionShown, SumsShown


def sums_rows(sums: SumsShown) -> list[tuple[str, int]]:
    """The arithmetic of a decision as rows of label and toman."""
    return [
        (t("claim.loss"), sums.loss_toman),
        (t("claim.share", percent=digits(sums.store_share_percent)), sums.share_toman),
        (t("claim.covered", percent=digits(sums.coverage_percent)), sums.covered_toman),
        (t("claim.order_cap"), sums.order_cap_toman),
        (t("claim.person_cap"), sums.person_cap_toman),
        (t("claim.person_used"), sums.person_used_toman),
        (t("claim.granted"), sums.amount_toman),
    ]


def letter_pdf(case: ClaimShown, decision: DecisionShown, language: str) -> bytes:
    """The letter as PDF. Outside units of work: it takes some tenths of a second."""
    paper = Paper(language, f"{t('claim.letter')} {decision.number}", decision.decided_at)
    paper.heading(t("claim.letter"))
    paper.key_values(
        [
            (t("claim.letter_number"), digits(decision.number)),
            (t("claim.letter_on"), jdate(decision.decided_at)),
            (t("claim.order"), digits(case.order_number)),
            (t("claim.category"), case.category_label),
        ]
    )
    paper.paragraph(t("claim.letter_to", number=digits(case.number), store=case.store_name))
    paper.paragraph(t("claim.letter_body"))
    verdict = t("claim.decision_for" if decision.is_for_shopper else "claim.decision_against")
    paper.heading(verdict, 2)
    paper.paragraph(f"{t('claim.grounds')}: {decision.ground_label}", bold=True)
    paper.paragraph(decision.text)
    if decision.is_for_shopper:
        paper.key_values([(label, number(toman)) for label, toman in sums_rows(decision.sums)])
    if decision.is_final:
        paper.paragraph(t("claim.decision_final"))
    elif case.appeal_until_at is not None:
        paper.paragraph(t("claim.letter_appeal", until=jdate(case.appeal_until_at)))
    return paper.output()
