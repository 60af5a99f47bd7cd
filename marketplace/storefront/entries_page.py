"""A person's lottery entries with their reasons."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.festival.queries import present_edition
from marketplace.lottery.entries import weight_of
from marketplace.lottery.models import EntryGrant
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.storefront.shown import EntriesShown, EntryRow, words
from marketplace.stores.models import Store


def show_entries(person_id: int, at: datetime) -> EntriesShown:
    """All grants of a person in the present edition, the newest first; one statement for the rows."""
    edition = present_edition(at)
    policy = policy_at(at)
    if edition is None:
        return EntriesShown((), 0, policy.entries_cap, None)
    rows = db.session.execute(
        select(EntryGrant, StoreOrder.goods_toman, Order.number, Store.name_fa, Store.name_en)
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id).join(Store, Store.id == StoreOrder.store_id)
        .where(EntryGrant.person_id == person_id, EntryGrant.festival_id == edition.id)
        .order_by(EntryGrant.id.desc())
    ).all()
    shown = tuple(
        EntryRow(row.number, url_for("storefront.show_order", number=row.number), words(row.name_fa, row.name_en),
                 row.goods_toman, row.EntryGrant.earned, row.EntryGrant.weight, row.EntryGrant.state.value,
                 t(f"entry_reason.{row.EntryGrant.reason}"), row.EntryGrant.granted_at)
        for row in rows
    )
    return EntriesShown(shown, weight_of(edition.id, person_id), policy.entries_cap, edition.draw_at)
