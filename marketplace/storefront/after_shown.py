"""What an order's page shows of the time after the payment, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.storefront.shown import Picture


@dataclass(frozen=True, slots=True)
class ParcelShown:
    """A parcel on its way: what is in it, in words."""

    carrier: str
    tracking_code: str
    shipped_at: datetime
    delivered_at: datetime | None
    goods: str


@dataclass(frozen=True, slots=True)
class RefundShown:
    """Money that goes back: `state` asked, succeeded, refused (with the office) or transferred."""

    label: str
    amount_toman: int
    state: str
    state_label: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReturnLink:
    number: str
    url: str
    state: str
    state_label: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class DocumentLink:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class AfterShown:
    """One store order after the payment: what moves, what goes back, and what its shopper may still do.

    `is_rest_late`: late, and a part is on its way already, so that it cannot be cancelled any more.
    `kit_reported_at`: when the shopper told that the kit was missing."""

    ship_by_at: datetime | None
    is_late: bool
    is_rest_late: bool
    delivered_note: str | None
    withdraw_until_at: datetime | None
    parcels: tuple[ParcelShown, ...]
    refunds: tuple[RefundShown, ...]
    returns: tuple[ReturnLink, ...]
    documents: tuple[DocumentLink, ...]
    cancel_url: str | None
    return_url: str | None
    kit_url: str | None
    kit_reported_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReturnLineShown:
    """A line that may go back, or does. `left`: how many still may; `accepted`: what the store took, None before."""

    offer_id: int
    title: str
    picture: Picture | None
    quantity: int
    left: int
    unit_toman: int
    is_perishable: bool
    accepted: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnForm:
    """The page on which a return is asked for."""

    order_number: str
    order_url: str
    url: str
    store_name: str
    withdraw_until_at: datetime | None
    lines: tuple[ReturnLineShown, ...]
    shipping_toman: int
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FileShown:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ReturnShown:
    """A return as its shopper sees it."""

    number: str
    url: str
    order_number: str
    order_url: str
    store_name: str
    store_address: str
    store_phone: str
    state: str
    state_label: str
    reason: str
    note: str
    asked_at: datetime
    sent_at: datetime | None
    due_at: datetime
    decided_at: datetime | None
    decision_note: str
    is_by_silence: bool
    carrier: str | None
    tracking_code: str | None
    lines: tuple[ReturnLineShown, ...]
    refund_toman: int
    store_pays: bool
    files: tuple[FileShown, ...]
    can_send: bool
    can_withdraw: bool
