"""What a store says of an offer, in every writing people use, and each mistake by its own name."""

from __future__ import annotations

import pytest

from marketplace.core.errors import Invalid
from marketplace.core.text import fold
from marketplace.festival.offer_inputs import CategoryRule, OfferWish

CATEGORIES = {fold("کیف و چمدان"): CategoryRule(3, False, None), "bags": CategoryRule(3, False, None)}
GOOD = {
    "sku": "کیف-۱۲",
    "title_fa": "کیف دستی",
    "category": "كيف و چمدان",
    "description_fa": "دوخته از چرم گاوی",
    "weight_grams": "۷۰۰",
    "regular_toman": "۱٬۲۰۰٬۰۰۰",
    "festival_toman": "900,000 تومان",
    "stocked_count": "10",
    "limit_per_buyer": "۲",
}


def fields(**changes):
    with pytest.raises(Invalid) as refused:
        OfferWish.parse({**GOOD, **changes}, CATEGORIES)
    return refused.value.fields


def test_a_row_in_persian_is_read():
    wish = OfferWish.parse(GOOD, CATEGORIES)
    assert (wish.sku, wish.category_id, wish.regular_toman, wish.festival_toman) == (
        "کیف-12",
        3,
        1_200_000,
        900_000,
    )
    assert (wish.title_en, wish.permit_number, wish.limit_per_buyer) == ("کیف دستی", None, 2)


@pytest.mark.parametrize(
    ("written", "toman"),
    [("1200000", 1_200_000), ("1,200,000", 1_200_000), ("۱۲۰۰/۰۰۰", None), ("1/200/000", 1_200_000),
     ("١٬٢٠٠٬٠٠٠", 1_200_000), ("1 200 000", 1_200_000), ("1200000 Toman", 1_200_000), ("1200000تومن", 1_200_000)],
)  # fmt: skip
def test_prices_in_every_usual_writing(written, toman):
    if toman is None:
        assert fields(regular_toman=written) == {"regular_toman": "not_whole"}
    else:
        assert OfferWish.parse({**GOOD, "regular_toman": written}, CATEGORIES).regular_toman == toman


@pytest.mark.parametrize(
    ("field", "written", "code"),
    [
        ("regular_toman", "12000000 ریال", "price_in_rial"),
        ("festival_toman", "IRR 900000", "price_in_rial"),
        ("regular_toman", "12.5", "not_whole"),
        ("regular_toman", "-5", "bad_price"),
        ("regular_toman", "1e6", "bad_price"),
        ("regular_toman", "12,00", "bad_price"),
        ("regular_toman", "", "required"),
        ("regular_toman", "0", "out_of_range"),
        ("regular_toman", "9" * 15, "out_of_range"),
        ("regular_toman", "9" * 400, "bad_price"),
        ("festival_toman", "1200000", "not_below_regular"),
        ("stocked_count", "-1", "bad_number"),
        ("stocked_count", "1000001", "out_of_range"),
        ("limit_per_buyer", "0", "out_of_range"),
        ("weight_grams", "0", "out_of_range"),
        ("sku", "", "required"),
        ("sku", "two words", "bad_sku"),
        ("sku", "x" * 41, "bad_sku"),
        ("title_fa", " ", "required"),
        ("title_fa", "x" * 121, "too_long"),
        ("title_fa", "\u202e\u2066", "required"),
        ("category", "", "required"),
        ("category", "هیچ", "unknown_category"),
        ("health_code", "<b>", "bad_code"),
        ("evidence_url", "javascript:alert(1)", "bad_url"),
        ("evidence_url", "http://user@host.ir/", "bad_url"),
        ("evidence_url", "http://[", "bad_url"),
    ],
)
def test_each_mistake_has_its_own_name(field, written, code):
    assert fields(**{field: written}) == {field: code}


def test_all_mistakes_are_told_at_once():
    assert set(fields(sku="", title_fa="", regular_toman="x")) == {"sku", "title_fa", "regular_toman"}
