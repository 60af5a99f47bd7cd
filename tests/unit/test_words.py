"""Amounts in words, as a careful clerk writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.words import LARGEST, in_words


@pytest.mark.parametrize(
    ("value", "fa", "en"),
    [
        (0, "صفر", "zero"),
        (7, "هفت", "seven"),
        (10, "ده", "ten"),
        (19, "نوزده", "nineteen"),
        (20, "بیست", "twenty"),
        (21, "بیست و یک", "twenty-one"),
        (100, "صد", "one hundred"),
        (101, "صد و یک", "one hundred one"),
        (215, "دویست و پانزده", "two hundred fifteen"),
        (999, "نهصد و نود و نه", "nine hundred ninety-nine"),
        (1_000, "هزار", "one thousand"),
        (1_001, "هزار و یک", "one thousand one"),
        (2_000, "دو هزار", "two thousand"),
        (11_000, "یازده هزار", "eleven thousand"),
        (100_001, "صد هزار و یک", "one hundred thousand one"),
        (1_000_000, "یک میلیون", "one million"),
        (
            1_736_000,
            "یک میلیون و هفتصد و سی و شش هزار",
            "one million seven hundred thirty-six thousand",
        ),
        (1_001_000, "یک میلیون و هزار", "one million one thousand"),
        (3_000_000_005, "سه میلیارد و پنج", "three billion five"),
        (2_001_000_000_000, "دو هزار و یک میلیارد", "two trillion one billion"),
    ],
)
def test_numbers_in_words(value, fa, en):
    assert in_words(value, "fa") == fa
    assert in_words(value, "en") == en


@pytest.mark.parametrize("value", [-1, LARGEST])
def test_what_cannot_be_an_amount_is_refused(value):
    with pytest.raises(ValueError):
        in_words(value, "fa")


@given(st.integers(0, LARGEST - 1), st.integers(0, LARGEST - 1), st.sampled_from(["fa", "en"]))
def test_two_amounts_never_read_the_same(one, other, language):
    assert (in_words(one, language) == in_words(other, language)) == (one == other)
    assert "  " not in in_words(one, language)
