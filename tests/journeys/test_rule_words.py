"""Pages say the numbers of the policy in force: a change is told everywhere, and nowhere written out."""

from __future__ import annotations

import re

from marketplace.core.language import TEXTS
from tests.architecture.house import ensure_none
from tests.factories import a_policy_row, world

HARD_CODED = re.compile(
    "۱۰۰٬۰۰۰ تومان|100,000 toman|۱۵٪|15%|۷۰٪|70%|۳۰ روز پیش|30 days before|۷ روز کاری|7 working days"
)
AREAS = ("ui.po", "storefront.po", "market.po")


def test_home_offer_and_cart_say_the_new_numbers(ctx, at, client):
    w = world(at)
    a_policy_row("free_shipping_above_toman", 250_000)
    a_policy_row("min_discount_percent", 25)
    a_policy_row("withdrawal_working_days", 9)
    home = client.get("/")
    assert (
        "۲۵۰٬۰۰۰ تومان" in home.text and "۲۵٪" in home.text and "۱۰۰٬۰۰۰ تومان از هر فروشگاه" not in home.text
    )
    assert "۹ روز کاری" in client.get(f"/offers/{w.soap.id}").text
    assert "9 working days" in client.get(f"/en/stores/{w.stores[0].slug}").text


def test_no_page_text_writes_a_number_of_the_policy_out():
    found = [
        f"{lang}/{area}: {line.strip()[:90]}"
        for lang in ("fa", "en")
        for area in AREAS
        for line in (TEXTS / lang / area).read_text(encoding="utf-8").splitlines()
        if line.startswith("msgstr") and HARD_CODED.search(line)
    ]
    ensure_none(found)
