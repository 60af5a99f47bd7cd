"""What the store's pages show, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A store order on the board. `goods`: "2 x title" lines."""

    id: int
    number: str
    url: str
    state: str
    state_label: str
    paid_at: datetime
    ship_by_at: datetime | None
    is_late: bool
    receiver: str
    city: str
    province: str
    item_count: int
    goods_toman: int
    borne_toman: int
    shipping_label: str
    goods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A column of the board: paid, accepted, packed, shipped, delivered."""

    state: str
    label: str
    count: int
    cards: tuple[BoardCard, ...]


@dataclass(frozen=True, slots=True)
class BoardShown:
    """The order board of one store."""

    store_name: str
    store_slug: str
    columns: tuple[BoardColumn, ...]


@dataclass(frozen=True, slots=True)
class PanelLine:
    title: str
    picture_src: str | None
    quantity: int
    unit_toman: int
    line_toman: int
    guest_name: str | None = None


@dataclass(frozen=True, slots=True)
class PanelOrderShown:
    """One store order for its store. `next_action`: acceptance, packing, shipment or None.

    The packing form posts `kit=1` (compulsory); the shipment form posts `carrier` and `tracking_code`.
    """

    id: int
    number: str
    state: str
    state_label: str
    paid_at: datetime
    receiver: str
    mobile: str
    province: str
    city: str
    address_line: str
    postal_code: str
    lines: tuple[PanelLine, ...]
    goods_toman: int
    tariff_toman: int
    borne_toman: int
    shipping_toman: int
    free_above_toman: int
    shipping_label: str
    weight_grams: int
    kit_is_packed: bool
    carrier: str | None
    tracking_code: str | None
    accepted_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    next_action: str | None
    board_url: str
    action_url: str | None
    errors: dict[str, str]
    values: dict[str, str]
