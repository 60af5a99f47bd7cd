"""Papers to print: A4 PDFs in Persian or English, shaped and ordered as a reader of each expects.

    paper = Paper("fa", "صورت‌حساب", at)
    paper.heading("فروشگاه")
    paper.table((Column("کالا", 5), Column("مبلغ", 2, "number")), rows, total=("جمع", "۱۲٬۰۰۰"))
    data = paper.output()

Texts come worded, with the digits they shall have. The words of a page can be copied and searched in their order
(`pdftotext`). The same content gives the same bytes. Some 0.2 s for one page: render outside units of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from marketplace.core.pdf_sheet import BODY_POINTS, INK, LINE, MARGIN, MUTED, PAD, Sheet, leading

Kind = Literal["words", "number", "code"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its title, its share of the width, and whether it holds words, numbers or codes.

    Numbers stand at the end of their cell, codes are written from left to right.
    """

    label: str
    share: float
    kind: Kind = "words"


class Paper(Sheet):
    """A document that is written from top to bottom."""

    # --- what a document is made of

    def heading(self, text: str, level: int = 1) -> None:
        """A heading: level 1 for the document, 2 for a part."""
        points = {1: 17.0, 2: 12.0}.get(level, 10.5)
        self.space(0 if self._is_at_top() else 2.5 if level == 1 else 2)
        self._lines(text, points, "B")
        self.space(1)

    def paragraph(
        self, text: str, *, bold: bool = False, muted: bool = False, points: float = BODY_POINTS
    ) -> None:
        """Running text; a line break in it begins a new line."""
        for part in text.split("\n"):
            self._lines(part, points, "B" if bold else "", MUTED if muted else INK)
        self.space(0.8)

    def items(self, lines: Iterable[str]) -> None:
        """A list with a mark before each line."""
        for line in lines:
            self._lines(f"• {line}", BODY_POINTS, "")
        self.space(0.8)

    def key_values(self, pairs: Sequence[tuple[str, str]], columns: int = 2) -> None:
        """Facts as `key: value`, some beside each other, filled line by line."""
        width = self._width / columns
        for begin in range(0, len(pairs), columns):
            row = pairs[begin : begin + columns]
            cells = [self._wrapped(f"{key}: {value}", width - 2 * PAD, BODY_POINTS, "") for key, value in row]
            height = max(len(lines) for lines in cells) * leading(BODY_POINTS)
            top = self._room_for(height)
            for place, lines in enumerate(cells):
                self._cell_lines(lines, self._left_of(place * width, width), top, width, BODY_POINTS, "")
            self._pdf.set_y(top + height)
        self.space(1)

    def table(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        total: Sequence[str] | None = None,
        *,
        points: float = 8.5,
    ) -> None:
        """A ruled table; its head is repeated on each page, a row is never torn. `total`: a last row in bold."""
        shares = sum(column.share for column in columns)
        widths = [self._width * column.share / shares for column in columns]
        head = [column.label for column in columns]
        self._row(columns, widths, head, points, "B", shade=True)
        for row in rows:
            self._row(columns, widths, row, points, "", head=head)
        if total is not None:
            self._row(columns, widths, total, points, "B", shade=True)
        self.space(2.5)

    def sums(self, rows: Sequence[tuple[str, str]], total: tuple[str, str] | None = None) -> None:
        """Amounts below each other at the end of the page's width, the total in bold."""
        wide, narrow = self._width * 0.32, self._width * 0.22
        for (label, amount), style in [*((row, "") for row in rows), *([(total, "B")] if total else [])]:
            lines = self._wrapped(label, wide - 2 * PAD, BODY_POINTS, style)
            height = max(1, len(lines)) * leading(BODY_POINTS) + 0.8
            top = self._room_for(height)
            offset = self._width - wide - narrow
            if style:
                self._fill(self._left_of(offset, wide + narrow), top, wide + narrow, height)
            self._cell_lines(lines, self._left_of(offset, wide), top + 0.4, wide, BODY_POINTS, style)
            x = self._left_of(offset + wide, narrow)
            self._cell_lines([amount], x, top + 0.4, narrow, BODY_POINTS, style, at_end=True)
            self._pdf.set_y(top + height)
        self.space(1.5)

    def rule(self) -> None:
        """A thin line over the width."""
        top = self._room_for(2)
        self._pdf.set_draw_color(*LINE)
        self._pdf.line(MARGIN, top + 1, MARGIN + self._width, top + 1)
        self._pdf.set_y(top + 2.5)

    def squares(self, rows: Sequence[Sequence[int]], size: float = 34) -> None:
        """A QR symbol, given as rows of dark (1) and light (0) squares, at the start of the line; `size` in mm."""
        one = size / len(rows)
        top, left = self._room_for(size), self._left_of(0, size)
        self._pdf.set_fill_color(*INK)
        for line, row in enumerate(rows):
            for place, is_dark in enumerate(row):
                if is_dark:
                    self._pdf.rect(left + place * one, top + line * one, one, one, style="F")
        self._pdf.set_y(top + size)
        self.space(2)

    def space(self, height: float) -> None:
        """Empty room, none at the end of a page."""
        self._pdf.set_y(min(self._pdf.get_y() + height, self._bottom))

    def page_break(self) -> None:
        """What follows begins on a new page."""
        if not self._is_at_top():
            self._pdf.add_page()

    def output(self) -> bytes:
        """The finished document."""
        return bytes(self._pdf.output())

    def _row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        cells: Sequence[str],
        points: float,
        style: str,
        *,
        shade: bool = False,
        head: Sequence[str] | None = None,
    ) -> None:
        """One row of a table; where it begins a new page, the head stands there again."""
        wrapped = [
            self._wrapped(cell, width - 2 * PAD, points, style)
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(len(lines) for lines in wrapped) * leading(points) + 2 * 0.9
        before = self._pdf.page
        top = self._room_for(height)
        if self._pdf.page != before and head is not None:
            self._row(columns, widths, head, points, "B", shade=True)
            top = float(self._pdf.get_y())
        if shade:
            self._fill(MARGIN, top, self._width, height)
        offset = 0.0
        for column, width, lines in zip(columns, widths, wrapped, strict=True):
            x = self._left_of(offset, width)
            self._cell_lines(
                lines,
                x,
                top + 0.9,
                width,
                points,
                style,
                at_end=column.kind == "number",
                is_code=column.kind == "code",
            )
            offset += width
        self._pdf.set_draw_color(*LINE)
        self._pdf.line(MARGIN, top + height, MARGIN + self._width, top + height)
        self._pdf.set_y(top + height)
