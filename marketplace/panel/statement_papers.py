"""A statement as a file: rows for spreadsheets, a PDF for the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from marketplace.core.language import current_language, t
from marketplace.core.pdf import Column, Paper
from marketplace.core.tables import Cell
from marketplace.core.web import digits, jdate, jdatetime, number
from marketplace.panel.settlement import LineShown, StatementShown

COLUMNS = (
    "number",
    "settled_at",
    "gross",
    "discount",
    "goods",
    "shipping",
    "borne",
    "refunded",
    "fund",
    "net",
)


def statement_rows(statement: StatementShown, lines: Iterable[LineShown]) -> Iterator[Sequence[Cell]]:
    """The lines with a heading, then the sums of the statement, one a row; amounts in toman."""
    yield [t(f"settlement.column.{name}") for name in COLUMNS]
    for line in lines:
        yield [
            line.number,
            line.settled_at,
            line.gross_toman,
            line.discount_toman,
            line.goods_toman,
            line.shipping_toman,
            line.borne_toman,
            line.refunded_toman,
            line.fund_toman,
            line.net_toman,
        ]
    yield []
    for label, toman in sums_of(statement):
        yield [label, None, None, None, None, None, None, None, None, toman]


def sums_of(s: StatementShown) -> list[tuple[str, int]]:
    """The statement's arithmetic, from its opening to its closing balance; zero rows left out but for the ends."""
    rows = [
        ("goods", s.goods_toman),
        ("shipping", s.shipping_toman),
        ("refunded", -s.refunded_toman),
        ("fund", -s.fund_toman),
        ("lottery", -s.lottery_toman),
        ("recourse", -s.recourse_toman),
        ("late_refunded", -s.late_refunded_toman),
        ("paid_out", -s.paid_out_toman),
        ("returned", s.returned_toman),
        ("other", s.other_toman),
    ]
    return [
        (t("settlement.opening"), s.opening_toman),
        *((t(f"settlement.sum.{name}"), toman) for name, toman in rows if toman),
        (t("settlement.closing"), s.closing_toman),
    ]


def statement_pdf(store_name: str, statement: StatementShown, lines: Sequence[LineShown]) -> bytes:
    """The statement on paper."""
    language = "en" if current_language() == "en" else "fa"
    paper = Paper(language, t("settlement.statement", number=digits(statement.number)), statement.made_at)
    paper.heading(t("settlement.statement", number=digits(statement.number)))
    paper.key_values(
        [
            (t("settlement.store"), store_name),
            (t("settlement.until"), jdate(statement.last_on)),
            (t("settlement.made_at"), jdatetime(statement.made_at)),
            (t("settlement.line_count"), number(statement.line_count)),
        ]
    )
    (opening, opened), *rows, (closing, closed) = sums_of(statement)
    paper.sums(
        [(opening, number(opened)), *((label, number(toman)) for label, toman in rows)],
        (closing, f"{number(closed)} {t('ui.toman')}"),
    )
    paper.paragraph(
        t(
            "settlement.told",
            gross=number(statement.gross_toman),
            discount=number(statement.discount_toman),
            borne=number(statement.borne_toman),
        ),
        muted=True,
    )
    if lines:
        paper.heading(t("settlement.lines"), 2)
        paper.table(
            (
                Column(t("settlement.column.number"), 3, "code"),
                Column(t("settlement.column.settled_at"), 4),
                *(Column(t(f"settlement.column.{name}"), 3, "number") for name in PAPER_COLUMNS),
            ),
            [
                [line.number, jdate(line.settled_at), *(number(toman) for toman in _paper_amounts(line))]
                for line in lines
            ],
        )
    return paper.output()


PAPER_COLUMNS = ("goods", "shipping", "refunded", "fund", "net")


def _paper_amounts(line: LineShown) -> tuple[int, ...]:
    return (line.goods_toman, line.shipping_toman, line.refunded_toman, line.fund_toman, line.net_toman)
