"""What a checkout form may say: read in any digits, checked field by field, and nothing else looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.core.errors import Invalid, Malformed
from marketplace.orders.inputs import Checkout
from tests.factories import World
from tests.factories.buying import (
    ADDRESS,
    a_wish,
    order,
    place,
)
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.worlds import database, the_world  # noqa: F401


@pytest.fixture
def gateway(app) -> MemoryGateway:
    made = MemoryGateway()
    use_gateway(app, made)
    return made


@pytest.fixture
def w(ctx, at, gateway) -> World:
    return the_world()


@pytest.mark.databases("sqlite")
def test_unknown_fields_are_not_looked_at(w):
    """Abuse 10: prices, sums, entries and shipping of a form go nowhere."""
    address = {
        **ADDRESS,
        "total_toman": "1",
        "shipping_toman": "0",
        "price": "1",
        "entries": "50",
        "state": "paid",
        "person_id": "1",
        "festival_toman": "1",
        "role": "office",
    }
    wish = Checkout.parse(address, {"artin": "pishtaz"}, "a-good-key", None)
    assert wish == replace(a_wish(methods={"artin": "pishtaz"}), submission_key="a-good-key")
    placed = place(w.shopper, (w.soap, 1), wish=wish)
    assert order(placed.order_id).total_toman == 103_000


@pytest.mark.databases("sqlite")
def test_wrong_fields_are_named_all_at_once(w):
    with pytest.raises(Invalid) as refused:
        a_wish(
            receiver=" ", mobile="12", province="آتلانتیس", city="ا", line="کوتاه", postal_code="0123456789"
        )
    assert refused.value.fields == {
        "receiver": "required",
        "mobile": "bad_mobile",
        "province": "unknown_province",
        "city": "too_short",
        "line": "too_short",
        "postal_code": "bad_postal_code",
    }


def test_an_address_is_read_in_any_digits_and_letters(w):
    wish = a_wish(
        mobile="+98 ۹۱۲ ۱۱۱ ٢٢٣٣", postal_code="۸۱۳۴۵-۶۷۸۹۱", province="كرمان", receiver="  سارا \u202e نوری "
    )
    assert (wish.address.mobile, wish.address.postal_code) == ("09121112233", "8134567891")
    assert wish.address.province_id == w.provinces[4].id
    assert wish.address.receiver == "سارا نوری"


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "key", ["", "short", "x" * 201, "with space", "نویسه‌ها-فارسی", "a\nb-c-d-e-f", "../../../etc"]
)
def test_a_submission_key_is_8_to_200_plain_characters(ctx, key):
    with pytest.raises((Malformed, Invalid)):
        Checkout.parse(ADDRESS, {}, key, None)


@pytest.mark.databases("sqlite")
def test_an_unknown_way_of_shipping_is_named_beside_its_field(w):
    with pytest.raises(Invalid) as refused:
        a_wish(methods={"artin": "camel"})
    assert refused.value.fields == {"shipping-artin": "unknown_method"}
