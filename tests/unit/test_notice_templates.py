"""Every message that is listed can be worded in both languages with the gaps that its line names."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest

from marketplace.core.language import has_text, t
from marketplace.messages.kinds import ALWAYS, OPTIONAL, TEMPLATES, NoticeKind, kind_of, may_switch_off
from marketplace.messages.models import Channel
from marketplace.messages.rendering import short_words, words_of

MOMENT = datetime(2026, 3, 25, 10, 0, tzinfo=UTC)


def _value(name: str):
    if name.endswith("_at"):
        return MOMENT.isoformat()
    if name.endswith("_on"):
        return MOMENT.date().isoformat()
    return (
        1_250_000
        if name.endswith("_toman")
        else 3
        if name.endswith(("_count", "stars", "stores", "entries"))
        else "x"
    )


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_template_is_worded(template, language):
    params = {name: _value(name) for name in TEMPLATES[template].gaps}
    words = words_of(template, {**params, "path": "/orders/1"}, language, "https://bazaar.example")
    assert words.subject and words.body
    assert words.url == f"https://bazaar.example{'/en' if language == 'en' else ''}/orders/1"


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_texts_ask_for_no_other_gaps(template, language):
    for part in ("subject", "body", "sms"):
        key = f"message.{template}.{part}"
        if has_text(key, language):
            asked = {name for _, name, _, _ in string.Formatter().parse(t(key, lang=language)) if name}
            assert asked <= {*TEMPLATES[template].gaps, "url"}, key


IN_SHORT = (
    *(
        "order_paid",
        "order_shipped",
        "order_part_shipped",
        "order_late",
        "order_rest_late",
        "order_cancelled",
    ),
    *("order_unavailable", "pickup_ready", "refund_sent", "return_refused", "return_refunded", "payout_paid"),
    *(
        "store_order_cancelled",
        "store_return_asked",
        "ship_deadline_near",
        "ship_deadline_passed",
        "payout_failed",
    ),
)
TWO_PARTS = 2 * 67


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize("template", IN_SHORT)
def test_what_follows_a_payment_fits_into_two_parts_of_an_sms(template, language):
    params = {name: _value(name) for name in TEMPLATES[template].gaps} | {
        "number": "880123456",
        "tracking_code": "123456789012345678901234",
    }
    short = short_words(template, params, language)
    assert short is not None and len(short) <= TWO_PARTS
    assert short != words_of(template, params, language).body


@pytest.mark.parametrize(
    ("template", "channel", "expected"),
    [
        ("one_time_code", Channel.sms, False),
        ("refund_sent", Channel.sms, False),
        ("order_shipped", Channel.sms, True),
        ("order_shipped", Channel.mail, True),
        ("order_shipped", Channel.app, False),
        ("price_dropped", Channel.sms, True),
        ("nobody_listed_this", Channel.sms, False),
    ],
)
def test_what_may_be_switched_off(template, channel, expected):
    assert may_switch_off(template, channel) is expected


def test_security_and_rights_are_not_among_the_switches():
    assert {NoticeKind.security, NoticeKind.legal} == ALWAYS
    assert not ALWAYS & set(OPTIONAL)
    assert kind_of("nobody_listed_this") in ALWAYS
