"""What is sent to the gateway: its form encoding, and requests that are refused before they are sent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from marketplace.payments.gateways.port import SessionRequest
from marketplace.payments.gateways.stripe_wire import form_pairs

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_form_encoding() -> None:
    fields = {"a": 1, "b": {"c": [{"d": True}, {"d": False}], "e": None}, "f": ["x", "y"], "g": "پ"}
    assert form_pairs(fields) == [
        ("a", "1"),
        ("b[c][0][d]", "true"),
        ("b[c][1][d]", "false"),
        ("f[0]", "x"),
        ("f[1]", "y"),
        ("g", "پ"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"amount_toman": 0},
        {"amount_toman": -1},
        {"amount_toman": 1.5},
        {"amount_toman": True},
        {"key": ""},
        {"key": "x" * 256},
        {"key": "a\nb"},
        {"key": "پرداخت"},
        {"expires_at": datetime(2026, 3, 1)},  # noqa: DTZ001
    ],
)
def test_a_request_that_makes_no_sense_is_not_built(change: dict[str, object]) -> None:
    fine = {
        "key": "k",
        "reference": "r",
        "amount_toman": 1,
        "description": "d",
        "success_url": "http://s",
        "cancel_url": "http://c",
        "expires_at": AT,
    }
    SessionRequest(**fine)  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        SessionRequest(**(fine | change))  # type: ignore[arg-type]
