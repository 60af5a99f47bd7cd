"""What ZarinPal's answers mean: amounts, ids, states and errors in our words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marketplace.payments.gateways.port import GatewayRefund, GatewayRefused, GatewayUnavailable, RefundStatus

RIAL_PER_TOMAN = 10
OUR_TROUBLE = frozenset({-10, -11, -15, -16, -17, -18, -19})
"""The terminal, its address or its rights: nothing is decided about this request."""
THEIR_TROUBLE = frozenset({-12, -52})
"""Too many tries just now, or an error of theirs."""
REFUNDS = {
    "PENDING": RefundStatus.PENDING,
    "PROCESSING": RefundStatus.PENDING,
    "DONE": RefundStatus.SUCCEEDED,
    "PAID": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "CANCELED": RefundStatus.CANCELED,
}


def error_of(code: int, message: str, call: str) -> GatewayRefused | GatewayUnavailable:
    if code in OUR_TROUBLE:
        return GatewayUnavailable(f"{call}: {code} {message[:200]}", code="gateway_misconfigured")
    if code in THEIR_TROUBLE:
        return GatewayUnavailable(f"{call}: {code} {message[:200]}")
    return GatewayRefused(message[:200], http_status=400, kind=call, gateway_code=str(code))


def refund_of(made: Mapping[str, Any], intent_id: str) -> GatewayRefund:
    status = REFUNDS.get(str(made.get("status") or "").upper())
    if status is None or made.get("id") is None:
        raise GatewayUnavailable("a refund in an unknown state")
    toman, is_whole = toman_of(made.get("amount"))
    _, _, reference = str(made.get("description") or "").partition(" ")
    return GatewayRefund(
        id=f"{intent_id}/{made['id']}",
        status=status,
        amount_toman=toman,
        currency_ok=is_whole,
        intent_id=intent_id,
        reference=reference or None,
    )


def counts(made: Mapping[str, Any]) -> bool:
    return REFUNDS.get(str(made.get("status") or "").upper()) in (
        RefundStatus.SUCCEEDED,
        RefundStatus.PENDING,
    )


def toman_of(rial: Any) -> tuple[int | None, bool]:
    if type(rial) is not int or rial < 0 or rial % RIAL_PER_TOMAN:
        return None, False
    return rial // RIAL_PER_TOMAN, True


def parts(session_id: str) -> tuple[str, int]:
    found = re.fullmatch(r"([A-Za-z0-9]{10,64})\.([0-9]{1,17})", session_id)
    if found is None:
        raise GatewayRefused("no id of this gateway", kind="malformed_id", http_status=404)
    return found[1], int(found[2])


def moment_of(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
