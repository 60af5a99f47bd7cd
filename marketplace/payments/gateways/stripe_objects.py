"""Stripe's JSON read into the port's records. Pure; what cannot be understood is no answer.

Every function raises `GatewayUnavailable` for an object without id or with a state unknown to us: what
it means is not known, so nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.payments.gateways.port import (
    GatewayCapture,
    GatewayDeposit,
    GatewayDispute,
    GatewayEvent,
    GatewayRefund,
    GatewaySession,
    GatewayTransfer,
    GatewayUnavailable,
    RefundStatus,
    SessionStatus,
    TransferStatus,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads objects whose money must be in `currency`, `units_per_toman` of its units a toman."""

    currency: str
    units_per_toman: int

    def session(self, body: Mapping[str, Any]) -> GatewaySession:
        amount, is_ours = self._money(body, "amount_total")
        try:
            status = SessionStatus(body.get("status"))  # type: ignore[arg-type]
        except ValueError as error:
            raise GatewayUnavailable("a session in an unknown state") from error
        return GatewaySession(
            id=id_of(body),
            url=_text(body.get("url")),
            status=status,
            paid=body.get("payment_status") == "paid" and status is SessionStatus.COMPLETE,
            amount_toman=amount,
            currency_ok=is_ours,
            intent_id=_reference_to(body.get("payment_intent")),
            reference=_text(body.get("client_reference_id")) or _reference_in(body),
            expires_at=moment_of(body.get("expires_at")),
        )

    def refund(self, body: Mapping[str, Any]) -> GatewayRefund:
        amount, is_ours = self._money(body, "amount")
        try:
            status = RefundStatus(body.get("status"))  # type: ignore[arg-type]
        except ValueError as error:
            raise GatewayUnavailable("a refund in an unknown state") from error
        return GatewayRefund(
            id=id_of(body),
            status=status,
            amount_toman=amount,
            currency_ok=is_ours,
            intent_id=_reference_to(body.get("payment_intent")),
            reference=_reference_in(body),
            failure=_text(body.get("failure_reason")),
        )

    def capture(self, body: Mapping[str, Any]) -> GatewayCapture | None:
        """None for a charge that failed or was never captured."""
        if body.get("captured") is not True or body.get("status") != "succeeded":
            return None
        amount, is_ours = self._money(body, "amount_captured")
        return GatewayCapture(
            id=id_of(body),
            intent_id=_reference_to(body.get("payment_intent")),
            amount_toman=amount,
            currency_ok=is_ours,
            reference=_reference_in(body),
            refunded_toman=self._money(body, "amount_refunded")[0],
            captured_at=moment_of(body.get("created")),
            card=_card_of(body),
        )

    def deposit(self, body: Mapping[str, Any]) -> GatewayDeposit:
        amount, is_ours = self._money(body, "amount")
        return GatewayDeposit(
            id=id_of(body),
            amount_toman=amount,
            currency_ok=is_ours,
            is_paid=body.get("status") == "paid",
            made_at=moment_of(body.get("created")),
        )

    def dispute(self, body: Mapping[str, Any]) -> GatewayDispute:
        amount, is_ours = self._money(body, "amount")
        return GatewayDispute(
            id=id_of(body),
            status=_text(body.get("status")) or "unknown",
            amount_toman=amount,
            currency_ok=is_ours,
            intent_id=_reference_to(body.get("payment_intent")),
            reason=_text(body.get("reason")),
        )

    def transfer(self, body: Mapping[str, Any]) -> GatewayTransfer:
        """Made at once or not at all; later it may come back, in parts or whole."""
        amount, is_ours = self._money(body, "amount")
        back = self._money(body, "amount_reversed")[0]
        if amount is None or back is None:
            amount = None
        elif body.get("reversed") is not True:
            amount -= back
        return GatewayTransfer(
            id=id_of(body),
            status=TransferStatus.RETURNED if body.get("reversed") is True else TransferStatus.PAID,
            amount_toman=amount,
            currency_ok=is_ours,
            payee=_reference_to(body.get("destination")),
            reference=_reference_in(body),
            made_at=moment_of(body.get("created")),
        )

    def event(self, body: Any) -> GatewayEvent:
        """The event. Raises ValueError (or `GatewayUnavailable`) when it is none."""
        if not isinstance(body, dict) or body.get("object") != "event":
            raise ValueError("not an event")
        kind, created = _text(body.get("type")), moment_of(body.get("created"))
        data = body.get("data")
        thing = data.get("object") if isinstance(data, dict) else None
        if kind is None or created is None or not isinstance(thing, dict):
            raise ValueError("an event without type, moment or object")
        of = thing.get("object")
        if of == "payment_intent":
            intent = _reference_to(thing.get("id"))
        else:
            intent = _reference_to(thing.get("payment_intent"))
        return GatewayEvent(
            id=id_of(body),
            type=kind,
            created_at=created,
            session=self.session(thing) if of == "checkout.session" else None,
            refund=self.refund(thing) if of == "refund" else None,
            dispute=self.dispute(thing) if of == "dispute" else None,
            intent_id=intent,
            raw=body,
        )

    def _money(self, body: Mapping[str, Any], field: str) -> tuple[int | None, bool]:
        """(toman, is it our currency): toman only when the currency is ours and the units divide exactly."""
        units, currency = body.get(field), body.get("currency")
        is_ours = isinstance(currency, str) and currency.lower() == self.currency
        if not is_ours or type(units) is not int or units < 0 or units % self.units_per_toman:
            return None, is_ours
        return units // self.units_per_toman, True


def moment_of(seconds: Any) -> datetime | None:
    """Unix seconds as an aware UTC moment; None for anything else."""
    if type(seconds) is not int or not 0 <= seconds < 2**35:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def id_of(body: Mapping[str, Any]) -> str:
    """An object's id. Raises GatewayUnavailable."""
    identifier = _text(body.get("id"))
    if identifier is None:
        raise GatewayUnavailable("an object without an id")
    return identifier


def _reference_to(value: Any) -> str | None:
    """The id of another object, whether it was given bare or expanded."""
    return _text(value.get("id") if isinstance(value, dict) else value)


def _reference_in(body: Mapping[str, Any]) -> str | None:
    metadata = body.get("metadata")
    return _text(metadata.get("reference")) if isinstance(metadata, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 8192 else None


def _card_of(charge: Mapping[str, Any]) -> str | None:
    """Stripe's fingerprint of the card; None for another way of paying."""
    found: Any = charge
    for part in ("payment_method_details", "card", "fingerprint"):
        found = found.get(part) if isinstance(found, Mapping) else None
    return _text(found)
