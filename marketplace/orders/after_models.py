"""Tables of what follows a sale: parcels, returns, refunds, documents."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, one_of, table_args
from marketplace.policy.models import ShippingMethod


class Parcel(Base):
    """What left the store at once, with a carrier and its tracking code, which is of this parcel alone."""

    __tablename__ = "parcels"
    __table_args__ = table_args(
        UniqueConstraint("carrier", "tracking_code"),
        Index("ix_parcels_store_order_id", "store_order_id"),
        CheckConstraint("delivered_at IS NULL OR delivered_at >= shipped_at", name="arrives_after_it_left"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    carrier: Mapped[ShippingMethod] = one_of(ShippingMethod, "carrier")
    tracking_code: Mapped[str]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class ParcelLine(Base):
    """A quantity of an order line in a parcel."""

    __tablename__ = "parcel_lines"
    __table_args__ = table_args(
        UniqueConstraint("parcel_id", "order_line_id"),
        Index("ix_parcel_lines_order_line_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parcel_id: Mapped[int] = mapped_column(ForeignKey("parcels.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[int]


class KitReport(Base):
    """A shopper says that there was no hygiene kit in a store order that arrived; written once per store order."""

    __tablename__ = "kit_reports"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id"), Index("ix_kit_reports_store_id", "store_id", "at")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime]


class ReturnState(StrEnum):
    """asked: the goods are to be sent back; sent: on their way to the store; accepted, part_accepted, refused: the
    store looked at them (or kept silent: accepted); withdrawn: the shopper keeps them; lapsed: not sent in time."""

    asked = "asked"
    sent = "sent"
    accepted = "accepted"
    part_accepted = "part_accepted"
    refused = "refused"
    withdrawn = "withdrawn"
    lapsed = "lapsed"


class ReturnReason(StrEnum):
    """changed_mind: the right of withdrawal, no reason needed; the others are faults, for which the store pays the
    way back and which also hold for perishable goods."""

    changed_mind = "changed_mind"
    defective = "defective"
    not_as_described = "not_as_described"
    wrong_goods = "wrong_goods"
    damaged = "damaged"


OPEN_RETURN = text("state IN ('asked', 'sent')")


class Return(Base):
    """Goods of a delivered store order on their way back. At most one is open per store order."""

    __tablename__ = "returns"
    __table_args__ = table_args(
        UniqueConstraint("number"),
        Index(
            "uq_returns_open",
            "store_order_id",
            unique=True,
            sqlite_where=OPEN_RETURN,
            postgresql_where=OPEN_RETURN,
        ),
        Index("ix_returns_store_order_id", "store_order_id", "id"),
        Index("ix_returns_due", "state", "due_at"),
        CheckConstraint("refund_toman >= 0", name="refund_not_negative"),
        CheckConstraint("state <> 'sent' OR tracking_code IS NOT NULL", name="tracked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    state: Mapped[ReturnState] = one_of(ReturnState, default=ReturnState.asked)
    reason: Mapped[ReturnReason] = one_of(ReturnReason, "reason")
    note: Mapped[str] = mapped_column(default="")
    carrier: Mapped[ShippingMethod | None] = one_of(ShippingMethod, "carrier", nullable=True)
    tracking_code: Mapped[str | None]
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(default="")
    is_by_silence: Mapped[bool] = mapped_column(default=False)
    refund_toman: Mapped[int] = mapped_column(default=0)


class ReturnLine(Base):
    """A quantity of an order line that comes back; `accepted_count` is what the store took, None before it looked."""

    __tablename__ = "return_lines"
    __table_args__ = table_args(
        UniqueConstraint("return_id", "order_line_id"),
        Index("ix_return_lines_order_line_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="positive"),
        CheckConstraint("accepted_count IS NULL OR accepted_count BETWEEN 0 AND quantity", name="accepted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"))
    quantity: Mapped[int]
    accepted_count: Mapped[int | None]
    refused_reason: Mapped[str] = mapped_column(default="")


class StoreOrderRefund(Base):
    """Money of a store order that goes back: which part of it is goods, which shipping, and the refund that carries it.

    `subject` names what it is for (`line:17`, `return:3`, `cancellation`): one refund for each.
    """

    __tablename__ = "store_order_refunds"
    __table_args__ = table_args(
        UniqueConstraint("store_order_id", "subject"),
        UniqueConstraint("refund_id"),
        CheckConstraint(
            "goods_toman >= 0 AND shipping_toman >= 0 AND goods_toman + shipping_toman > 0", name="positive"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id"))
    subject: Mapped[str]
    goods_toman: Mapped[int]
    shipping_toman: Mapped[int]
    asked_at: Mapped[datetime]


class InvoiceKind(StrEnum):
    """sale: what was sold; credit: what came back of a sale."""

    sale = "sale"
    credit = "credit"


class InvoiceBook(Base):
    """The last number that a store has given out."""

    __tablename__ = "invoice_books"
    __table_args__ = table_args(
        UniqueConstraint("store_id"), CheckConstraint("last_number >= 0", name="counts")
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    last_number: Mapped[int] = mapped_column(default=0)


class Invoice(Base):
    """An official invoice in the words and sums of its moment. Numbers of a store run 1, 2, 3 without a gap.

    `facts`: both parties, lines and sums as they are printed; never changed. `subject`: `sale`, or the subject of the
    refund that a credit note is for.
    """

    __tablename__ = "invoices"
    __table_args__ = table_args(
        UniqueConstraint("store_id", "number"),
        UniqueConstraint("store_order_id", "subject"),
        CheckConstraint("number > 0 AND total_toman > 0", name="positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    store_id: Mapped[int] = mapped_column(ForeignKey("stores.id"))
    number: Mapped[int]
    store_order_id: Mapped[int] = mapped_column(ForeignKey("store_orders.id"))
    kind: Mapped[InvoiceKind] = one_of(InvoiceKind, "kind")
    subject: Mapped[str]
    total_toman: Mapped[int]
    facts: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
