"""Tables of carts, orders, store orders, lines and kits."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.policy.models import ShippingMethod

KEPT = text("is_kept")
STANDING = text("held_until IS NULL")
LATE = text("shipped_at IS NULL OR shipped_at > ship_by_at")


class Cart(Base):
    """What somebody means to buy: of a person, or of a browser that has not signed in."""

    __tablename__ = "carts"
    __table_args__ = table_args(
        UniqueConstraint("person_id"),
        UniqueConstraint("guest_hash"),
        CheckConstraint("(person_id IS NULL) <> (guest_hash IS NULL)", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    guest_hash: Mapped[str | None]
    updated_at: Mapped[datetime]


class CartLine(Base):
    """A quantity of an offer. `seen_toman` is the price last shown, so that a change can be told."""

    __tablename__ = "cart_lines"
    __table_args__ = table_args(
        UniqueConstraint("cart_id", "offer_id"),
        CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    quantity: Mapped[int]
    seen_toman: Mapped[int]
    added_at: Mapped[datetime]


class OrderState(StrEnum):
    """awaiting_payment: stock is held; paid: at least one store order stands; expired: not paid in time;
    cancelled: nothing of it stands, all money went back."""

    awaiting_payment = "awaiting_payment"
    paid = "paid"
    expired = "expired"
    cancelled = "cancelled"


class Order(Base):
    """One checkout over several stores, with the address as it was then."""

    __tablename__ = "orders"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        UniqueConstraint("person_id", "submission_key"),
        Index("ix_orders_person_id", "person_id", "id"),
        Index("ix_orders_holding", "state", "hold_until"),
        CheckConstraint(
            "total_toman = goods_toman + shipping_toman AND goods_toman > 0 AND shipping_toman >= 0",
            name="total",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    festival_id: Mapped[int] = mapped_column(ForeignKey("festivals.id"))
    submission_key: Mapped[str]
    state: Mapped[OrderState] = one_of(OrderState, default=OrderState.awaiting_payment)
    receiver: Mapped[str]
    receiver_mobile: Mapped[str]
    province_id: Mapped[int] = mapped_column(ForeignKey("provinces.id"))
    city: Mapped[str]
    address_line: Mapped[str]
    postal_code: Mapped[str]
    goods_toman: Mapped[int]
    shipping_toman: Mapped[int]
    total_toman: Mapped[int]
    placed_at: Mapped[datetime]
    hold_until: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class StoreOrderState(StrEnum):
    """placed: waits for the money; paid; accepted: the store works on it; packed: with its kit; part_shipped,
    shipped: on the way; delivered; closed: all windows over; cancelled: nothing will be sent, money back;
    unavailable_refunded: the store could not supply; part_returned, returned: goods came back."""

    placed = "placed"
    paid = "paid"
    accepted = "accepted"
    packed = "packed"
    part_shipped = "part_shipped"
    shipped = "shipped"
    delivered = "delivered"
    closed = "closed"
    cancelled = "cancelled"
    unavailable_refunded = "unavailable_refunded"
    part_returned = "part_returned"
    returned = "returned"


class DeliveredBy(StrEnum):
    """Who said that everything arrived. time: nobody did, and the days after shipping are over."""

    shopper = "shopper"
    carrier = "carrier"
    time = "time"


class StockState(StrEnum):
    """held: counted in the offers' held stock; sold: in their sold stock; released: in neither."""

    held = "held"
    sold = "sold"
    released = "released"


class StoreOrder(Base):
    """One store's part of an order, with the arithmetic of its shipping as it was decided.

    `refunded_*_toman`: what goes back of its goods and of its shipping, asked or done. `ship_by_at` and
    `withdraw_until_at` are deadlines by the policy of their moment; carrier and tracking code are of its last parcel.
    """

    __tablename__ = "store_orders"
    __table_args__ = table_args(
        UniqueConstraint("order_id", "store_id"),
        Index("ix_store_orders_board", "store_id", "state", "id"),
        CheckConstraint(
            "goods_toman > 0 AND shipping_toman >= 0 AND borne_toman >= 0 "
            "AND tariff_toman = shipping_toman + borne_toman",
            name="arithmetic",
        ),
        CheckConstraint("goods_toman > free_above_toman OR borne_toman = 0", name="free_strictly_above"),
        CheckConstraint("entries >= 0", name="entries_not_negative"),
        CheckConstraint("state <> 'shipped' OR tracking_code IS NOT NULL", name="tracked"),
        CheckConstraint("refunded_goods_toman BETWEEN 0 AND goods_toman", name="refunded_goods"),
        CheckConstraint("refunded_shipping_toman BETWEEN 0 AND shipping_toman", name="refunded_shipping"),
        Index("ix_store_orders_delivery", "state", "shipped_at"),
        Index("ix_store_orders_closing", "state", "withdraw_until_at"),
        Index("ix_store_orders_ship_by", "state", "ship_by_at"),
        Index("ix_store_orders_paid_at", "paid_at"),
        Index("ix_store_orders_late", "store_id", "ship_by_at", sqlite_where=LATE, postgresql_where=LATE),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    state: Mapped[StoreOrderState] = one_of(StoreOrderState, default=StoreOrderState.placed)
    stock: Mapped[StockState] = one_of(StockState, "stock", default=StockState.held)
    goods_toman: Mapped[int]
    reference_goods_toman: Mapped[int]
    weight_grams: Mapped[int]
    shipping_method: Mapped[ShippingMethod] = one_of(ShippingMethod, "shipping_method")
    tariff_toman: Mapped[int]
    borne_toman: Mapped[int]
    shipping_toman: Mapped[int]
    free_above_toman: Mapped[int]
    entries: Mapped[int]
    carrier: Mapped[str | None]
    tracking_code: Mapped[str | None]
    ended_reason: Mapped[str | None]
    paid_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ship_by_at: Mapped[datetime | None]
    ship_reminder_count: Mapped[int] = mapped_column(default=0)
    delivered_by: Mapped[DeliveredBy | None] = one_of(DeliveredBy, "delivered_by", nullable=True)
    withdraw_until_at: Mapped[datetime | None]
    refunded_goods_toman: Mapped[int] = mapped_column(default=0)
    refunded_shipping_toman: Mapped[int] = mapped_column(default=0)


class OrderLine(Base):
    """A quantity of an offer in the words and at the price of the purchase.

    Of the quantity: `shipped_count` left the store; `cancelled_count` will not be sent; `returned_count` comes or came
    back; `unsold_count` is not counted as sold any more, so that stock is given back once. `is_perishable`: no
    withdrawal without a fault, as it stood when it was bought.
    """

    __tablename__ = "order_lines"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id", "offer_id"),
        Index("ix_order_lines_offer_id", "offer_id"),
        CheckConstraint("quantity > 0 AND unit_toman > 0", name="positive"),
        CheckConstraint("shipped_count >= 0 AND shipped_count + cancelled_count <= quantity", name="shipped"),
        CheckConstraint("cancelled_count BETWEEN 0 AND quantity", name="cancelled"),
        CheckConstraint(
            "returned_count >= 0 AND returned_count + cancelled_count <= quantity", name="returned"
        ),
        CheckConstraint("unsold_count BETWEEN 0 AND cancelled_count + returned_count", name="unsold"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offers.id"))
    title_fa: Mapped[str]
    title_en: Mapped[str]
    picture_key: Mapped[str | None]
    quantity: Mapped[int]
    unit_toman: Mapped[int]
    reference_toman: Mapped[int]
    is_perishable: Mapped[bool] = mapped_column(default=False)
    shipped_count: Mapped[int] = mapped_column(default=0)
    cancelled_count: Mapped[int] = mapped_column(default=0)
    returned_count: Mapped[int] = mapped_column(default=0)
    unsold_count: Mapped[int] = mapped_column(default=0)


class HygieneKit(Base):
    """One pair of gloves and one alcohol pad: one per store order, price 0, packed when ticked."""

    __tablename__ = "hygiene_kits"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"),
        CheckConstraint("price_toman = 0", name="free"),
        CheckConstraint("(ticked_at IS NULL) = (ticked_by_id IS NULL)", name="ticked_by_somebody"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    price_toman: Mapped[int] = mapped_column(default=0)
    ticked_at: Mapped[datetime | None]
    ticked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class OrderPayment(Base):
    """Ties payments to orders; at most one payment of an order is kept as its money."""

    __tablename__ = "order_payments"
    __table_args__ = table_args(
        UniqueConstraint("payment_id"),
        Index("ix_order_payments_order_id", "order_id"),
        Index("uq_order_payments_kept", "order_id", unique=True, sqlite_where=KEPT, postgresql_where=KEPT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    is_kept: Mapped[bool] = mapped_column(default=False)


class HoldReason(StrEnum):
    """complaint: one is open; claim: the fund is asked to pay; recourse: the fund wants its money back;
    office: an official said so; returning: goods are on their way back; chargeback: the payer's bank asks for it;
    cover: the fund bears no more for the store."""

    complaint = "complaint"
    claim = "claim"
    recourse = "recourse"
    office = "office"
    returning = "returning"
    chargeback = "chargeback"
    cover = "cover"


class PayoutHold(Base):
    """Keeps the money of a store order from being paid out, for a subject (`complaint:17`), until it is released."""

    __tablename__ = "payout_holds"
    __table_args__ = table_args(
        Index(
            "uq_payout_holds_standing",
            "store_order_id",
            "subject",
            unique=True,
            sqlite_where=STANDING,
            postgresql_where=STANDING,
        ),
        CheckConstraint("held_until IS NULL OR held_until >= held_from", name="ends_after_it_began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    reason: Mapped[HoldReason] = one_of(HoldReason, "reason")
    subject: Mapped[str]
    held_from: Mapped[datetime]
    held_until: Mapped[datetime | None]
