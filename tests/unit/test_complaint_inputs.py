"""What the forms about complaints accept, and the code of what they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.inputs import (
    LONGEST,
    SHORTEST,
    Answer,
    ComplaintWish,
    PauseWish,
    Ruling,
    Verdict,
)
from marketplace.complaints.models import Remedy, Said
from marketplace.stores.standing import Category, Fact

AT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
TEXT = "کالا نرسیده است."


def codes(parse, *values) -> dict[str, str]:
    with pytest.raises(BadComplaint) as caught:
        parse(*values)
    return dict(caught.value.fields)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"category": "required", "text": "required"}),
        ({"category": "theft", "text": TEXT}, {"category": "unknown_category"}),
        ({"category": "__class__", "text": TEXT}, {"category": "unknown_category"}),
        ({"category": "other", "text": " \n\t "}, {"text": "required"}),
        ({"category": "other", "text": "\u202e\x00" * 20}, {"text": "required"}),
        ({"category": "other", "text": ["x" * 20]}, {"text": "required"}),
        ({"category": "other", "text": "ک" * (SHORTEST - 1)}, {"text": "too_short"}),
        ({"category": "other", "text": "ک" * (LONGEST + 1)}, {"text": "too_long"}),
        ({"category": "other", "text": TEXT, "line": "1; drop"}, {"line": "unknown_line"}),
        ({"category": "other", "text": TEXT, "line": "9" * 16}, {"line": "unknown_line"}),
    ],
)
def test_a_complaint_is_answered_by_field(values, fields):
    assert codes(ComplaintWish.parse, values) == fields


def test_a_complaint_keeps_what_was_written_and_nothing_that_misleads():
    wish = ComplaintWish.parse(
        {"category": "kit_missing", "text": f"\u202e<b>{TEXT}\r\nخط دوم\x07", "line": "۱۷"}
    )
    assert wish == ComplaintWish(Category.kit_missing, f"<b>{TEXT}\nخط دوم", 17)
    for text in ("ک" * SHORTEST, "ک" * LONGEST):
        assert ComplaintWish.parse({"category": "other", "text": text}).text == text


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"kind": "required", "text": "required"}),
        ({"kind": "addition", "text": TEXT}, {"kind": "unknown_answer"}),
        ({"kind": "refusal"}, {"text": "required"}),
        ({"kind": "offer", "text": TEXT}, {"remedy": "required"}),
        ({"kind": "offer", "text": TEXT, "remedy": "apology"}, {"remedy": "unknown_remedy"}),
        ({"kind": "offer", "text": TEXT, "remedy": "part_refund"}, {"amount_toman": "required"}),
        (
            {"kind": "offer", "text": TEXT, "remedy": "part_refund", "amount_toman": "0"},
            {"amount_toman": "bad_amount"},
        ),
        (
            {"kind": "offer", "text": TEXT, "remedy": "part_refund", "amount_toman": "-5"},
            {"amount_toman": "bad_amount"},
        ),
        (
            {"kind": "offer", "text": TEXT, "remedy": "part_refund", "amount_toman": "1e9"},
            {"amount_toman": "bad_amount"},
        ),
    ],
)
def test_an_answer_is_answered_by_field(values, fields):
    assert codes(Answer.parse, values) == fields


def test_an_answer_carries_a_sum_only_where_it_offers_a_part():
    offered = {"kind": "offer", "text": TEXT, "amount_toman": "۲۰٬۰۰۰"}
    assert Answer.parse({**offered, "remedy": "part_refund"}).amount_toman == 20_000
    assert Answer.parse({**offered, "remedy": "refund"}) == Answer(Said.offer, TEXT, Remedy.refund)
    assert Answer.parse({**offered, "kind": "acceptance"}) == Answer(Said.acceptance, TEXT)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, {"ruling": "required", "text": "required"}),
        ({"ruling": "solved", "text": TEXT}, {"ruling": "unknown_ruling"}),
        ({"ruling": "unfounded"}, {"text": "required"}),
        ({"ruling": "referred", "text": TEXT}, {"authority": "required", "letter": "required"}),
        (
            {"ruling": "referred", "text": TEXT, "authority": "nobody", "letter": "<1>"},
            {"authority": "unknown_authority", "letter": "bad_letter"},
        ),
    ],
)
def test_a_ruling_needs_its_grounds_and_a_referral_its_letter(values, fields):
    assert codes(Ruling.parse, values) == fields


def test_a_referral_names_authority_and_letter():
    found = Ruling.parse(
        {"ruling": "referred", "text": TEXT, "authority": "cyber_police", "letter": " ۱۲۳ /۴۵ "}
    )
    assert found == Ruling(Fact.referred, TEXT, "cyber_police", "123 /45")
    plain = Ruling.parse({"ruling": "duplicate", "text": TEXT, "authority": "court", "letter": "1"})
    assert (plain.authority, plain.letter) == (None, None)


def test_a_verdict_needs_its_grounds():
    assert codes(Verdict.parse, {"verdict": "maybe", "text": "نه"}) == {
        "verdict": "unknown_verdict",
        "text": "too_short",
    }
    assert Verdict.parse({"verdict": "yes", "text": TEXT}, "yes", "no") == Verdict(True, TEXT)


@pytest.mark.parametrize(
    ("starts", "ends", "fields"),
    [
        (AT, AT + 60 * DAY, None),
        (AT, AT + 60 * DAY + SECOND, {"ends_at": "pause_span"}),
        (AT, AT, {"ends_at": "pause_span"}),
        (AT - SECOND, AT + DAY, {"starts_at": "pause_in_past"}),
        (None, AT, {"starts_at": "bad_date"}),
        (AT, None, {"ends_at": "bad_date"}),
    ],
)
def test_a_pause_begins_now_or_later_and_lasts_sixty_days_at_most(starts, ends, fields):
    def check():
        return PauseWish.check(3, starts, ends, {"reason_fa": "تعطیلی نوروز"}, AT)

    if fields is None:
        assert check() == PauseWish(3, AT, AT + 60 * DAY, "تعطیلی نوروز", "")
    else:
        assert codes(check) == fields
    assert codes(PauseWish.check, 3, AT, AT + DAY, {}, AT) == {"reason_fa": "required"}
