"""What the store's pages show of parcels, returns and documents, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ToSend:
    """Pieces of a line that have not left: `left` of the quantity."""

    offer_id: int
    title: str
    left: int


@dataclass(frozen=True, slots=True)
class SentParcel:
    carrier: str
    tracking_code: str
    shipped_at: datetime
    delivered_at: datetime | None
    goods: str


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PanelAfter:
    """One own order beside its steps: deadline, what has not left, parcels, documents, returns, money given back."""

    ship_by_at: datetime | None
    is_late: bool
    to_send: tuple[ToSend, ...]
    can_report: bool
    parcels: tuple[SentParcel, ...]
    documents: tuple[Link, ...]
    returns: tuple[Link, ...]
    refunded_toman: int
    ended_note: str | None


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return in the store's inbox. `due_at`: until then an open one waits for the store, or for the goods."""

    number: str
    url: str
    order_number: str
    state: str
    state_label: str
    reason: str
    goods: str
    asked_at: datetime
    due_at: datetime
    refund_toman: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    offer_id: int
    title: str
    picture_src: str | None
    quantity: int
    unit_toman: int
    accepted: int | None


@dataclass(frozen=True, slots=True)
class PanelReturn:
    """A return for its store, with the form of the decision while it is open."""

    number: str
    url: str
    order_url: str
    order_number: str
    state: str
    state_label: str
    reason: str
    note: str
    shopper: str
    carrier: str | None
    tracking_code: str | None
    asked_at: datetime
    due_at: datetime
    decided_at: datetime | None
    decision_note: str
    is_by_silence: bool
    lines: tuple[ReturnedLine, ...]
    goods_toman: int
    refund_toman: int
    files: tuple[Link, ...]
    is_open: bool
    store_pays: bool
