"""Identifiers and Persian text: one spelling for what people mean, None for what is none (product 6.15)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import text

PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
EVERY = (text.mobile, text.postal_code, text.national_id, text.sheba)


@pytest.mark.parametrize(
    "typed",
    [
        "۰۹۱۲ ۳۴۵ ۶۷۸۹",
        "+98 912 345 6789",
        "٠٩١٢٣٤٥٦٧٨٩",
        "09123456789",
        "9123456789",
        "989123456789",
        "00989123456789",
        "0912-345-6789",
        "(0912) 345.6789",
        "\u200e09123456789\u200f",
        "۰۹۱۲\u200c۳۴۵\u200c۶۷۸۹",
        " 09123456789\n",
    ],
)
def test_one_mobile_in_all_its_writings(typed):
    assert text.mobile(typed) == "09123456789"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "0912345678",
        "091234567890",
        "08123456789",
        "+979123456789",
        "+9809123456789",
        "02188776655",
        "0912345678a",
        "0912345678²",
        "０９１２３４５６７８９",
        "09123456789,09123456780",
        "09123456789;ls",
        "' OR 1=1 --",
        "09123456789\x00",
        "\r\n09123456789\r\nBcc: x",
        "۰۹۱۲۳۴۵۶۷۸۹۰",
        "१२३४५६७८९०१",
        "0" * 10_000,
    ],
)
def test_what_is_no_mobile(typed):
    assert text.mobile(typed) is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1969833118", "1969833118"),
        ("۱۹۶۹۸-۳۳۱۱۸", "1969833118"),
        ("19698 33118", "1969833118"),
        ("0969833118", None),
        ("1111111111", None),
        ("196983311", None),
        ("19698331180", None),
        ("196983311x", None),
        ("", None),
        ("۱۹۶۹۸۳۳۱۱²", None),
    ],
)
def test_postal_codes(typed, expected):
    assert text.postal_code(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0499370899", "0499370899"),
        ("0790419904", "0790419904"),
        ("0084575948", "0084575948"),
        ("۰۴۹۹۳۷۰۸۹۹", "0499370899"),
        ("049-937089-9", "0499370899"),
        ("0499370898", None),
        ("1111111111", None),
        ("0000000000", None),
        ("499370899", None),
        ("04993708990", None),
        ("049937089a", None),
        ("", None),
    ],
)
def test_national_ids(typed, expected):
    assert text.national_id(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("IR062960000000100324200001", "IR062960000000100324200001"),
        ("ir06 2960 0000 0010 0324 2000 01", "IR062960000000100324200001"),
        ("IR۰۶۲۹۶۰۰۰۰۰۰۰۱۰۰۳۲۴۲۰۰۰۰۱", "IR062960000000100324200001"),
        ("IR062960000000100324200002", None),
        ("IR602960000000100324200001", None),
        ("062960000000100324200001", None),
        ("IR06296000000010032420000", None),
        ("GB062960000000100324200001", None),
        ("IR06296000000010032420000a", None),
        ("", None),
    ],
)
def test_shebas(typed, expected):
    assert text.sheba(typed) == expected


@pytest.mark.parametrize(
    ("read", "typed"),
    [
        (text.mobile, "0912345678\u096f"),
        (text.mobile, "0912345678\uff19"),
        (text.postal_code, "196983311\uff18"),
        (text.national_id, "049937089\uff19"),
        (text.sheba, "IR06296000000010032420000\uff11"),
    ],
)
def test_digits_of_other_scripts_make_no_second_identity(read, typed):
    assert read(typed) is None


@given(st.integers(0, 999_999_999))
def test_exactly_one_check_digit_fits_a_national_id(head):
    fitting = [d for d in range(10) if text.national_id(f"{head:09d}{d}")]
    assert len(fitting) <= 1
    assert fitting or len(set(f"{head:09d}")) == 1


@given(st.integers(0, 10**9 - 1))
def test_a_mobile_reads_the_same_in_every_script(tail):
    mobile = f"09{tail:09d}"
    assert {text.mobile(mobile.translate(script)) for script in ({}, PERSIAN, ARABIC)} == {mobile}


@given(st.text(max_size=80))
def test_anything_may_be_typed(typed):
    for read in EVERY:
        answer = read(typed)
        assert answer is None or read(answer) == answer
        assert answer is None or (answer.isascii() and answer.isalnum())


@given(st.text(max_size=120))
def test_folding_twice_changes_nothing(typed):
    once = text.fold(typed)
    assert text.fold(once) == once


def test_hostile_lengths_are_answered_at_once():
    start = time.thread_time()
    for typed in ("0" * 200_000, "+98" * 60_000, " -" * 100_000, "IR" + "9" * 200_000, "\u200c" * 200_000):
        assert [read(typed) for read in EVERY] == [None] * len(EVERY)
    assert time.thread_time() - start < 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("كيف", "کیف"),
        ("کیفِ", "کیف"),
        ("کـــیف", "کیف"),
        ("کیف‌دستی", "کیف دستی"),
        ("مسئول", "مسیول"),
        ("آجیل", "اجیل"),
        ("خانۀ", "خانه"),
        ("خانة", "خانه"),
        ("١٢٣", "۱۲۳"),
        ("۱۲۳", "123"),
        ("Samsung", "SAMSUNG"),
        ("ｆｕｌｌ", "full"),
        ("\u202bکیف\u202c", "کیف"),
        ("کیف؛ کفش!", "کیف کفش"),
        ("أحمد", "احمد"),
        ("مؤسسه", "موسسه"),
    ],
)
def test_words_that_read_the_same_fold_to_one(one, other):
    assert text.fold(one) == text.fold(other)


def test_a_half_spaced_word_is_found_in_both_forms():
    assert text.search_words("کیف‌دستی چرمی").split() == ["کیف", "دستی", "چرمی", "کیفدستی"]


def test_a_mobile_is_masked_to_what_its_owner_knows():
    assert text.masked_mobile("09123456789") == "0912***6789"


def test_sorting_follows_the_persian_alphabet():
    words = ["هلو", "گردو", "پسته", "چای", "ژله", "کشمش", "آلو", "يخ", "كره"]
    assert sorted(words, key=text.sort_key) == [
        "آلو",
        "پسته",
        "چای",
        "ژله",
        "كره",
        "کشمش",
        "گردو",
        "هلو",
        "يخ",
    ]
