"""Papers: both directions, many pages, the same bytes again, and words that can be read out of the file."""

from __future__ import annotations

import subprocess
import unicodedata
from datetime import UTC, datetime

import pytest

from marketplace.core.pdf import Column, Paper
from tests.needs import have

AT = datetime(2026, 4, 18, 9, tzinfo=UTC)
COLUMNS = (
    Column("ردیف", 1, "number"),
    Column("شرح", 5),
    Column("کد", 2, "code"),
    Column("مبلغ", 2, "number"),
)


def a_paper(language: str = "fa", rows: int = 3) -> bytes:
    paper = Paper(language, "صورت‌حساب", AT, footer="بازارگاه")
    paper.heading("صورت‌حساب فروش")
    paper.key_values([("شماره", "۱۲"), ("تاریخ", "۲ آذر ۱۴۰۵"), ("خریدار", "سارا نوری")])
    paper.table(
        COLUMNS, [(str(n), "شمع دستی", "AB-12", "۱۲٬۰۰۰") for n in range(rows)], ("", "جمع", "", "۳۶٬۰۰۰")
    )
    paper.sums([("جمع", "۳۶٬۰۰۰")], ("پرداخت شد", "۳۶٬۰۰۰ تومان"))
    paper.rule()
    paper.paragraph("کد رهگیری RR123456789IR با پست (پیشتاز) رسید.\nسطر دوم", muted=True)
    paper.items(["دست بشویید."])
    return paper.output()


def read(data: bytes) -> str:
    """Words as a reader's search meets them: marks of direction taken out."""
    program = have("pdftotext")
    assert program
    told = subprocess.run(
        [program, "-layout", "-", "-"], input=data, capture_output=True, check=True, timeout=20
    ).stdout.decode()
    return " ".join("".join(c for c in told if unicodedata.category(c) != "Cf" or c == "\u200c").split())


def test_the_same_content_gives_the_same_bytes():
    first = a_paper()
    assert first.startswith(b"%PDF-")
    assert first == a_paper()
    assert first != a_paper(rows=4)


def test_a_long_table_runs_over_pages():
    assert a_paper(rows=3).count(b"/Type /Page\n") == 1
    assert a_paper(rows=120).count(b"/Type /Page\n") > 2


@pytest.mark.parametrize("language", ["fa", "en"])
def test_both_directions_are_written(language):
    assert len(a_paper(language)) > 5_000


def test_words_longer_than_their_cell_are_broken_not_cut():
    paper = Paper("en", "Slip", AT)
    paper.table((Column("Code", 1, "code"), Column("Rest", 9)), [("X" * 60, "a")])
    assert paper.output()


@pytest.mark.needs("pdftotext")
def test_the_words_can_be_read_in_their_order():
    words = read(a_paper())
    for phrase in ("صورت‌حساب فروش", "سارا نوری", "شمع دستی", "RR123456789IR", "۳۶٬۰۰۰", "سطر دوم"):
        assert phrase in words, words
    assert (
        words.index("صورت‌حساب فروش")
        < words.index("سارا نوری")
        < words.index("شمع دستی")
        < words.index("سطر دوم")
    )
