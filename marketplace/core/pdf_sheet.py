"""The ground of a paper: fonts, lines of text, and how much room is left on a page. Lengths in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from marketplace.core.text import persian_digits

FONTS = Path(__file__).parent.parent / "static" / "vendor"
FACES = {"": "vazirmatn-regular.ttf", "B": "vazirmatn-bold.ttf"}
FAMILY = "vazirmatn"
MARGIN = 15.0
"""Millimetres, as all lengths here."""
INK, MUTED, LINE, SHADE = (28, 32, 36), (96, 104, 112), (196, 204, 208), (240, 246, 245)
BODY_POINTS = 9.5
PAD = 1.6


class FontsMissing(RuntimeError):
    """The fonts are not there: `python scripts/vendor_assets.py` brings them."""


@cache
def _font_files() -> dict[str, Path]:
    found = {style: FONTS / name for style, name in FACES.items()}
    missing = [path.name for path in found.values() if not path.is_file()]
    if missing:
        raise FontsMissing(f"{', '.join(missing)}: run `python scripts/vendor_assets.py`")
    return found


class Sheet:
    """A4 pages on which lines are put. `language` decides on the direction of everything."""

    def __init__(self, language: str, title: str, at: datetime, *, footer: str = "") -> None:
        """Raises FontsMissing where the fonts were not installed."""
        self.is_rtl = language == "fa"
        self._footer = footer
        self._pdf = pdf = _Pages(self)
        for style, path in _font_files().items():
            pdf.add_font(FAMILY, style, path)
        pdf.set_margins(MARGIN, MARGIN)
        pdf.set_auto_page_break(False)
        pdf.set_title(title)
        pdf.set_lang(language)
        pdf.set_creator("Bazargah")
        pdf.set_creation_date(at)
        pdf.set_text_shaping(True, direction="rtl" if self.is_rtl else "ltr")
        pdf.add_page()

    @property
    def _width(self) -> float:
        return float(self._pdf.epw)

    @property
    def _bottom(self) -> float:
        return float(self._pdf.h) - MARGIN - 6

    def _is_at_top(self) -> bool:
        return bool(self._pdf.get_y() <= MARGIN)

    def _left_of(self, offset: float, width: float) -> float:
        """Where a box begins on paper that stands `offset` after the start of the line."""
        return MARGIN + (self._width - offset - width if self.is_rtl else offset)

    def _room_for(self, height: float) -> float:
        """The top of the next `height`; on a new page where this one is full."""
        if self._pdf.get_y() + height > self._bottom and not self._is_at_top():
            self._pdf.add_page()
        return float(self._pdf.get_y())

    def _lines(self, text: str, points: float, style: str, ink: tuple[int, int, int] = INK) -> None:
        for line in self._wrapped(text, self._width, points, style):
            top = self._room_for(leading(points))
            self._cell_lines([line], MARGIN, top, self._width, points, style, ink=ink, pad=0)
            self._pdf.set_y(top + leading(points))

    def _fill(self, x: float, y: float, width: float, height: float) -> None:
        self._pdf.set_fill_color(*SHADE)
        self._pdf.rect(x, y, width, height, style="F")

    def _cell_lines(
        self,
        lines: Sequence[str],
        x: float,
        top: float,
        width: float,
        points: float,
        style: str,
        *,
        at_end: bool = False,
        is_code: bool = False,
        ink: tuple[int, int, int] = INK,
        pad: float = PAD,
    ) -> None:
        pdf = self._pdf
        pdf.set_font(FAMILY, style, points)
        pdf.set_text_color(*ink)
        pdf.c_margin = pad
        is_right = self.is_rtl != at_end
        if is_code:
            pdf.set_text_shaping(True, direction="ltr")
        for number, line in enumerate(lines):
            pdf.set_xy(x, top + number * leading(points))
            pdf.cell(
                width,
                leading(points),
                line,
                align="R" if is_right else "L",
                new_x=XPos.LMARGIN,
                new_y=YPos.TOP,
            )
        if is_code:
            pdf.set_text_shaping(True, direction="rtl" if self.is_rtl else "ltr")

    def _wrapped(self, text: str, width: float, points: float, style: str) -> list[str]:
        """The text in lines that fit, broken between words, a word that is too long within."""
        pdf = self._pdf
        pdf.set_font(FAMILY, style, points)
        lines, line = [], ""
        for word in text.split():
            longer = f"{line} {word}" if line else word
            if pdf.get_string_width(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            while pdf.get_string_width(word) > width and len(word) > 1:
                fits = next(
                    n
                    for n in range(len(word) - 1, 0, -1)
                    if n == 1 or pdf.get_string_width(word[:n]) <= width
                )
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        return [*lines, line]

    def write_footer(self) -> None:
        """Called for each page: what stands at its foot, and its number."""
        number = str(self._pdf.page_no())
        number = persian_digits(number) if self.is_rtl else number
        words = f"{self._footer}  ·  {number}" if self._footer else number
        top = float(self._pdf.h) - MARGIN
        self._cell_lines([words], MARGIN, top, self._width, 7.5, "", ink=MUTED, pad=0)


class _Pages(FPDF):
    """fpdf2's page with our footer."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self._sheet = sheet

    def footer(self) -> None:
        self._sheet.write_footer()


def leading(points: float) -> float:
    """The height of a line; Persian wants more air than Latin."""
    return points * 0.353 * 1.75
