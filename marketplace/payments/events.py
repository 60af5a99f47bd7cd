"""News of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PaymentCaptured:
    """The gateway confirmed, when asked, that it took the whole amount for us."""

    payment_id: int
    reference: str
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed:
    """This attempt will bring no money. `reason`: expired, refused or flagged."""

    payment_id: int
    reference: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundSucceeded:
    """The gateway gave an amount back."""

    payment_id: int
    reference: str
    refund_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """The gateway will not give an amount back; a person looks."""

    payment_id: int
    reference: str
    refund_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentDisputed:
    """The payer's bank asks for money of a captured payment back. Nothing is decided yet."""

    payment_id: int
    reference: str
    dispute_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeWon:
    """The money of a disputed payment stays."""

    payment_id: int
    reference: str
    dispute_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """The payer's bank took the money back. Whoever hears it books it, or raises `ChargebackTooLarge`."""

    payment_id: int
    reference: str
    dispute_id: int
    amount_toman: int
    at: datetime


@dataclass(frozen=True, slots=True)
class PayoutPaid:
    """The bank paid a store; `sheba_end` are the last digits of its account."""

    payout_id: int
    store_id: int
    amount_toman: int
    sheba_end: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PayoutFailed:
    """The bank refused a payout or gave it back; the amount is due to the store again."""

    payout_id: int
    store_id: int
    amount_toman: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PayoutAccountChanged:
    """A store is paid to another Sheba from now on; its members are told, in case it was not them."""

    store_id: int
    masked_sheba: str
    usable_from: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class ShopperTransferPaid:
    """The bank paid a shopper what a subject (`refund:12`, `claim-payment:7`) owes them."""

    subject: str
    refund_id: int | None
    amount_toman: int
    sheba_end: str
    bank_reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ShopperTransferRefused:
    """The bank refused to pay a shopper, or gave it back; the amount is owed again and waits for a person."""

    subject: str
    refund_id: int | None
    amount_toman: int
    reason: str
    at: datetime
