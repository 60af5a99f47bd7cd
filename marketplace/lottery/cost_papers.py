"""The invoice of a store's share of the prizes, on paper."""

from __future__ import annotations

from marketplace.core.language import current_language, t
from marketplace.core.pdf import Paper
from marketplace.core.web import digits, jdate, number
from marketplace.core.words import in_words
from marketplace.lottery.cost_pages import OwnShare


def invoice_pdf(share: OwnShare, store_name: str, address: str) -> bytes:
    """Number, parties, the arithmetic from what was missing to what is due, and the amount in words."""
    language = "en" if current_language() == "en" else "fa"
    title = t("cost.invoice", number=digits(share.number))
    paper = Paper(language, title, share.booked_at)
    paper.heading(title)
    paper.key_values(
        [
            (t("cost.store"), store_name),
            (t("cost.draw"), share.draw),
            (t("cost.booked_at"), jdate(share.booked_at)),
            (t("cost.address"), address),
        ]
    )
    paper.sums(
        [(label, number(toman)) for label, toman in arithmetic(share)],
        (t("cost.due"), f"{number(share.amount_toman)} {t('ui.toman')}"),
    )
    paper.paragraph(t("cost.in_words", words=in_words(share.amount_toman, language)))
    paper.paragraph(
        t(
            "cost.invoice_note",
            percent=number(share.equal_percent),
            rest=number(100 - share.equal_percent),
            net=number(share.net_toman),
            stores=number(share.store_count),
        ),
        muted=True,
    )
    return paper.output()


def arithmetic(share: OwnShare) -> list[tuple[str, int]]:
    """The rows that lead to the amount due; the last one takes up the cap and the rounding."""
    rows = [
        (t("cost.equal_part", percent=number(share.equal_percent)), share.equal_toman),
        (t("cost.sales_part", percent=number(100 - share.equal_percent)), share.by_sales_toman),
    ]
    if share.taken_over_toman:
        rows.append((t("cost.taken_over"), share.taken_over_toman))
    rest = share.amount_toman - sum(toman for _, toman in rows)
    if rest:
        rows.append((t("cost.cap_or_rounding"), rest))
    return rows
