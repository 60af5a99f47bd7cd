"""Messages about disputes, to the shopper and to the stores of the order."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.messages.outbox import tell
from marketplace.orders.models import Order, StoreOrder
from marketplace.payments.events import DisputeLost, DisputeWon, PaymentDisputed
from marketplace.stores.models import StoreMember


def tell_dispute(
    what: str, order_id: int, parts: Sequence[StoreOrder], news: PaymentDisputed | DisputeWon | DisputeLost
) -> None:
    """The shopper reads that their bank asked, or how it ended; the members of each store what it means for them."""
    order = db.session.get_one(Order, order_id)
    params = {"number": order.number, "amount_toman": news.amount_toman, "path": f"/orders/{order.number}"}
    subject = f"dispute:{news.dispute_id}"
    key = f"{subject}:{what}"
    tell(key=key, person=order.person_id, template=what, params=params, subject=subject, at=news.at)
    for part in parts:
        for person_id in db.session.scalars(
            select(StoreMember.person_id).where(
                StoreMember.store_id == part.store_id, StoreMember.ended_at.is_(None)
            )
        ):
            tell(
                key=f"{key}:store-order:{part.id}:{person_id}",
                person=person_id,
                template=f"store_{what}",
                params={"number": order.number, "path": f"/panel/orders/{part.id}"},
                subject=subject,
                at=news.at,
            )
