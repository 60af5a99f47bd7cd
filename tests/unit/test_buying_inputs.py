"""Quantities, tracking codes and carriers as they are typed."""

from __future__ import annotations

import pytest

from marketplace.core.errors import Invalid, Malformed
from marketplace.orders.after_inputs import Shipment, parse_quantity

# --- quantities


@pytest.mark.parametrize(
    ("typed", "quantity"),
    [
        ("1", 1),
        (" 7 ", 7),
        ("999", 999),
        ("۳", 3),
        ("١٢", 12),
        ("۱٢3", 123),
        ("007", 7),
        ("1\n", 1),
        (4, 4),
    ],
)
def test_a_quantity_is_read_in_any_digits(typed, quantity):
    assert parse_quantity(typed) == quantity


@pytest.mark.parametrize(
    "typed",
    [
        "-1",
        "−1",
        "0.5",
        "1e3",
        "1000",
        "1000000000",
        "9" * 400,
        "9223372036854775808",
        "",
        "two",
        "1,0",
        "0x10",
        "+1",
        "1 2",
        "²",
        "१",
        True,
        1.5,
        None,
        ["1"],
        -3,
        1000,
    ],
    ids=repr,
)
def test_what_is_no_whole_number_from_1_to_999_is_malformed(typed):
    with pytest.raises(Malformed, match="bad_quantity"):
        parse_quantity(typed)


@pytest.mark.parametrize("typed", ["0", "۰", "000", 0], ids=repr)
def test_nothing_of_something_is_told_apart(typed):
    with pytest.raises(Malformed, match="zero_quantity"):
        parse_quantity(typed)


# --- the tracking code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("RR123456789IR", "RR123456789IR"),
        ("  rr123456789ir ", "RR123456789IR"),
        ("۱۲۳۴۵۶۷۸۹۰", "1234567890"),
        ("١٢٣٤-٥٦٧٨", "1234-5678"),
        ("A" * 40, "A" * 40),
    ],
)
def test_a_tracking_code_is_read_in_any_digits(typed, code):
    assert Shipment.parse({"carrier": "tipax", "tracking_code": typed}) == Shipment("tipax", code)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "12345",
        "A" * 41,
        "AB CD EF GH",
        "<script>alert(1)</script>",
        "'; DROP TABLE orders;--",
        "RR123\r\nX: y",
        "RR12345\x00",
        "../../etc/passwd",
        "کدرهگیری۱۲۳",
        "RR12345\u202e6",
        "=HYPERLINK(1)",
        "%2e%2e%2f%2e",
        "𝟙𝟚𝟛𝟜𝟝𝟞",
    ],
)
def test_what_is_no_tracking_code_is_refused(typed):
    with pytest.raises(Invalid) as refused:
        Shipment.parse({"carrier": "pishtaz", "tracking_code": typed})
    assert set(refused.value.fields) == {"tracking_code"}


@pytest.mark.parametrize("carrier", ["", "camel", "PISHTAZ", None])
def test_an_unknown_carrier_is_refused(carrier):
    with pytest.raises(Invalid) as refused:
        Shipment.parse({"carrier": carrier, "tracking_code": "RR123456789IR"})
    assert set(refused.value.fields) == {"carrier"}
