"""A person's lottery entries with their reasons."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import select

from marketplace.core.db import AnyRow, AnySelect, db
from marketplace.core.language import t
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.festival.queries import present_edition
from marketplace.lottery.entries import weight_of
from marketplace.lottery.models import Draw, EntryGrant
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at
from marketplace.storefront.order_shown import EntriesShown, EntryRow
from marketplace.storefront.shown import words
from marketplace.stores.models import Store


def show_entries(person_id: int, at: datetime) -> EntriesShown:
    """All grants of a person in the present edition, the newest first; one statement for the rows."""
    edition = present_edition(at)
    policy = policy_at(at)
    if edition is None:
        return EntriesShown((), 0, policy.entries_cap, None)
    rows = tuple(_entry(row) for row in db.session.execute(_grants(person_id, edition.id)))
    slug = db.session.scalar(select(Draw.slug).where(Draw.festival_id == edition.id))
    return EntriesShown(rows, weight_of(edition.id, person_id), policy.entries_cap, edition.draw_at, slug)


def list_entries(person_id: int, festival_id: int, cursor: str | None, limit: int) -> Page[EntryRow]:
    """One page of a person's grants in an edition, the newest first. Raises Malformed('bad_cursor')."""
    query = _grants(person_id, festival_id).limit(limit + 1)
    after = decode_cursor(cursor, (int,))
    if after is not None:
        query = query.where(EntryGrant.id < after[0])
    page = page_of(db.session.execute(query).all(), limit, lambda row: (row.EntryGrant.id,))
    return Page([_entry(row) for row in page.items], page.next_cursor)


def _grants(person_id: int, festival_id: int) -> AnySelect:
    return (
        select(EntryGrant, StoreOrder.goods_toman, Order.number, Store.name_fa, Store.name_en)
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .join(Store, Store.id == StoreOrder.store_id)
        .where(EntryGrant.person_id == person_id, EntryGrant.festival_id == festival_id)
        .order_by(EntryGrant.id.desc())
    )


def _entry(row: AnyRow) -> EntryRow:
    grant: EntryGrant = row.EntryGrant
    return EntryRow(
        order_number=row.number,
        order_url=url_for("storefront.show_order", number=row.number),
        store_name=words(row.name_fa, row.name_en),
        goods_toman=row.goods_toman,
        earned=grant.earned,
        weight=grant.weight,
        state=grant.state.value,
        reason=t(f"entry_reason.{grant.reason}"),
        granted_at=grant.granted_at,
        reason_code=grant.reason,
    )
