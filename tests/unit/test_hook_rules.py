"""Outgoing webhooks, pure: when a failed one is tried again, and how it is signed."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from marketplace.messages.hook_rules import PATIENCE, next_try, signature

AT = datetime(2026, 3, 25, 10, tzinfo=UTC)


def test_tries_spread_over_three_days_and_end() -> None:
    at, tries, waits = AT, 0, []
    while True:
        tries += 1
        again = next_try(tries, at, AT)
        if again is None:
            break
        waits.append(again - at)
        at = again
    assert waits[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2)]
    assert waits == sorted(waits)
    assert at <= AT + PATIENCE < at + waits[-1]
    assert 20 < tries < 40


@given(st.integers(1, 500), st.integers(0, 300_000))
def test_a_try_lies_ahead_and_within_the_three_days(tries: int, late: int) -> None:
    at = AT + timedelta(seconds=late)
    again = next_try(tries, at, AT)
    assert again is None or at < again <= AT + PATIENCE


def test_whoever_knows_the_secret_can_check_and_nobody_else() -> None:
    told = signature('{"a":"نام"}', ("one", "two"), AT)
    seconds, first, second = told.split(",")
    assert seconds == f"t={int(AT.timestamp())}"
    message = f"{int(AT.timestamp())}.".encode() + '{"a":"نام"}'.encode()
    for sign, secret in ((first, b"one"), (second, b"two")):
        assert sign == "v1=" + hmac.new(secret, message, sha256).hexdigest()
    assert signature("{}", ("one",), AT) != signature("{}", ("one",), AT + timedelta(seconds=1))
