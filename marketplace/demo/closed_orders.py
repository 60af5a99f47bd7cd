"""Orders of the demo that were paid, delivered and closed some days ago, as plain rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from marketplace.core.db import AnyRow
from marketplace.demo.bulk import Bulk
from marketplace.festival.models import Offer
from marketplace.festival.policy import entries_for
from marketplace.ledger.chart import GATEWAY_CLEARING, store_held
from marketplace.ledger.transfers import Posting
from marketplace.orders.models import (
    HygieneKit,
    Order,
    OrderLine,
    OrderPayment,
    OrderState,
    StockState,
    StoreOrder,
    StoreOrderState,
)
from marketplace.payments.models import Payment, PaymentState
from marketplace.policy.defaults import TARIFFS
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import Policy

FREE_ABOVE = 100_000
TARIFF = TARIFFS[ShippingMethod.pishtaz][0][0]
"""Of the first kilogram within the province, where these parcels stay."""


@dataclass(frozen=True, slots=True)
class Sale:
    """Who sold how much of what to whom, when; `draw` makes its numbers its own."""

    store: AnyRow
    offer: Offer
    quantity: int
    shopper: int
    festival: int
    at: datetime
    draw: int

    @property
    def goods(self) -> int:
        return self.offer.festival_toman * self.quantity

    @property
    def borne(self) -> int:
        return TARIFF if self.goods > FREE_ABOVE else 0

    @property
    def shipping(self) -> int:
        return TARIFF - self.borne

    @property
    def total(self) -> int:
        return self.goods + self.shipping


def closed_order(bulk: Bulk, sale: Sale) -> list[Posting]:
    """Adds the rows of one order of one store; gives what is to be posted, for its money to be held."""
    order_id = _order(bulk, sale)
    part_id = _part(bulk, sale, order_id)
    _payment(bulk, sale, order_id)
    held, subject = store_held(sale.store.id), f"store-order:{part_id}"
    return [
        Posting(f"{subject}:{code}", GATEWAY_CLEARING, held, toman, code, subject)
        for code, toman in (("goods", sale.goods), ("shipping", sale.shipping))
        if toman
    ]


def _order(bulk: Bulk, sale: Sale) -> int:
    return bulk.add(
        Order,
        number=f"{880_000_000 + sale.draw * 97 % 9_000_000 + bulk.waiting()}",
        person_id=sale.shopper,
        festival_id=sale.festival,
        submission_key=f"demo-{sale.draw}-{bulk.waiting()}",
        state=OrderState.paid,
        receiver=sale.store.manager_name,
        receiver_mobile="09120000000",
        province_id=sale.store.province_id,
        city=sale.store.city_fa,
        address_line="—",
        postal_code="1111111111",
        goods_toman=sale.goods,
        shipping_toman=sale.shipping,
        total_toman=sale.total,
        placed_at=sale.at,
        hold_until=sale.at + timedelta(minutes=30),
        paid_at=sale.at,
    )


def _part(bulk: Bulk, sale: Sale, order_id: int) -> int:
    at, offer, delivered = sale.at, sale.offer, sale.at + timedelta(days=2)
    part_id = bulk.add(
        StoreOrder,
        order_id=order_id,
        store_id=sale.store.id,
        state=StoreOrderState.closed,
        stock=StockState.sold,
        goods_toman=sale.goods,
        reference_goods_toman=max(offer.reference_toman, offer.festival_toman) * sale.quantity,
        weight_grams=900,
        shipping_method=ShippingMethod.pishtaz,
        tariff_toman=TARIFF,
        borne_toman=sale.borne,
        shipping_toman=sale.shipping,
        free_above_toman=FREE_ABOVE,
        entries=entries_for(sale.goods, Policy()),
        carrier=ShippingMethod.pishtaz,
        tracking_code=f"RR{order_id:09d}IR",
        paid_at=at,
        accepted_at=at,
        packed_at=at,
        shipped_at=at + timedelta(hours=9),
        delivered_at=delivered,
        delivered_by="shopper",
        withdraw_until_at=delivered,
    )
    bulk.add(HygieneKit, store_order_id=part_id, price_toman=0, ticked_at=at, ticked_by_id=sale.shopper)
    bulk.add(
        OrderLine,
        store_order_id=part_id,
        offer_id=offer.id,
        title_fa=offer.title_fa,
        title_en=offer.title_en,
        picture_key=offer.picture_key,
        quantity=sale.quantity,
        unit_toman=offer.festival_toman,
        reference_toman=offer.reference_toman,
        shipped_count=sale.quantity,
    )
    return part_id


def _payment(bulk: Bulk, sale: Sale, order_id: int) -> None:
    payment_id = bulk.add(
        Payment,
        reference=f"order:{order_id}",
        amount_toman=sale.total,
        gateway="stripe",
        state=PaymentState.captured,
        session_id=f"cs_demo_{order_id}",
        intent_id=f"pi_demo_{order_id}",
        description="—",
        success_url="/",
        cancel_url="/",
        language="fa",
        mobile="09120000000",
        captured_toman=sale.total,
        opened_at=sale.at,
        expires_at=sale.at + timedelta(minutes=30),
        captured_at=sale.at,
        ended_at=sale.at,
    )
    bulk.add(OrderPayment, order_id=order_id, payment_id=payment_id, is_kept=True)
