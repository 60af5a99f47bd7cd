"""Who may review and for how long, what a first look finds, how stars are summed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core.errors import Invalid
from marketplace.orders.models import StoreOrderState
from marketplace.reviews.first_look import found_in
from marketplace.reviews.inputs import Decision, ReviewWords, Words, plain_words
from marketplace.reviews.models import SaidState
from marketplace.reviews.rules import average_tenths, may_change, may_review, state_after

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
S = StoreOrderState


@pytest.mark.parametrize("state", list(S))
def test_only_goods_that_arrived_are_reviewed(state):
    assert may_review(state) is (state in {S.delivered, S.closed, S.part_returned, S.returned})


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (timedelta(0), True),
        (timedelta(days=14) - timedelta(seconds=1), True),
        (timedelta(days=14), False),
        (timedelta(days=15), False),
    ],
)
def test_a_review_is_changed_within_its_days(later, expected):
    assert may_change(AT, 14, AT + later) is expected


@pytest.mark.parametrize(
    ("stars", "count", "tenths"),
    [(0, 0, None), (5, 1, 50), (9, 2, 45), (13, 3, 43), (14, 3, 47), (1, 1, 10), (4999, 1000, 50)],
)
def test_the_mean_in_tenths(stars, count, tenths):
    assert average_tenths(stars, count) == tenths


@pytest.mark.parametrize(
    ("found", "before", "after"),
    [
        (None, None, "published"),
        ("insult", None, "held"),
        (None, SaidState.published, "published"),
        ("advert", SaidState.published, "held"),
        (None, SaidState.removed, "held"),
        (None, SaidState.held, "held"),
    ],
)
def test_what_was_taken_down_waits_for_the_office_again(found, before, after):
    assert state_after(found, before) == after


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("کیفش عالی بود و دوختش تمیز است. ۳ ماه استفاده کردم.", None),
        ("رنگش تیره‌تر از عکس بود، ولی ۱۲۳۴ بار هم بخرم کم است.", None),
        ("Great soap, smells of olives.", None),
        ("به من زنگ بزنید ۰۹۱۲ ۳۴۵ ۶۷۸۹", "personal_data"),
        ("کارت 6037-9911-2233-4455 بزنید", "personal_data"),
        ("sara@example.ir", "personal_data"),
        ("ارزان‌تر در www.example.ir", "advert"),
        ("به کانال @shop_cheap بیایید", "advert"),
        ("t.me/cheap", "advert"),
        ("فروشنده حرامزاده", "insult"),
        ("what a motherfucker", "insult"),
        ("m o t h e r f u c k e r", "insult"),
        ("", None),
    ],
)
def test_the_first_look(words, found):
    assert found_in(words) == found


def test_words_are_kept_as_they_were_meant():
    assert plain_words("  یک\r\n\r\n\r\n\r\nدو\x00\u202eسه\u200cچهار\t ") == "یک\n\nدوسه\u200cچهار"


@pytest.mark.parametrize("stars", ["", "0", "6", "4.5", "-1", "five", "55", None])
def test_stars_are_one_to_five(stars):
    with pytest.raises(Invalid) as refused:
        ReviewWords.parse({} if stars is None else {"stars": stars})
    assert refused.value.fields == {"stars": "stars_missing"}


def test_any_digits_and_no_words_are_fine():
    assert ReviewWords.parse({"stars": "۴"}) == ReviewWords(4, "")
    assert ReviewWords.parse({"stars": "٣", "body": "x" * 1500}).stars == 3


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"body": ""}, "required"),
        ({"body": " \u200b\n"}, "required"),
        ({"body": "a"}, "too_short"),
        ({"body": "a" * 1001}, "too_long"),
        ({"body": "\n" * 5_000_000}, "too_long"),
    ],
    ids=["nothing", "blanks", "short", "long", "huge"],
)
def test_words_have_bounds(form, code):
    with pytest.raises(Invalid) as refused:
        Words.parse(form)
    assert refused.value.fields == {"body": code}


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"kind": "person", "said_id": "1", "reason": "insult"},
        {"kind": "review", "said_id": "x", "reason": "insult"},
        {"kind": "review", "said_id": "9" * 30, "reason": "insult"},
        {"kind": "review", "said_id": "1", "reason": "boring"},
    ],
)
def test_decisions_name_what_they_are_about(form):
    with pytest.raises(Invalid):
        Decision.parse(form)
