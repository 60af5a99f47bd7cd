"""Stores and seals as the public sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import bindparam, exists, func, or_, select

from marketplace.core.db import AnyRow, db
from marketplace.core.errors import NotFound
from marketplace.core.paging import Page, decode_cursor, page_of
from marketplace.core.ready import Ready
from marketplace.core.text import fold
from marketplace.festival.admission import ADMITTED_STORES, ON_SHELF, explain_store
from marketplace.festival.models import Application, ApplicationState, Offer
from marketplace.policy.models import Province
from marketplace.storefront.offer_shown import SealLine, SealShown, SellerShown, StoreCard
from marketplace.storefront.shown import words
from marketplace.storefront.wording import word_objections
from marketplace.stores.hosting_queries import is_guest
from marketplace.stores.models import Seal, SealState, Store
from marketplace.stores.paper_queries import history_of_seal

_SELLER = (
    select(
        Store.id,
        Store.slug,
        Store.kind,
        Store.name_fa,
        Store.name_en,
        Store.slogan_fa,
        Store.slogan_en,
        Store.manager_name,
        Store.city_fa,
        Store.city_en,
        Store.address,
        Store.phone,
        Store.founded_on,
        Province.name_fa.label("province_fa"),
        Province.name_en.label("province_en"),
        Seal.id.label("seal_id"),
        Seal.code.label("seal_code"),
        Seal.state.label("seal_state"),
        Seal.valid_from,
        Seal.valid_until,
        Seal.suspended_until,
        Seal.stars,
        Seal.domain,
    )
    .join(Province, Province.id == Store.province_id)
    .outerjoin(Seal, Seal.store_id == Store.id)
)


_IS_KNOWN = or_(
    Seal.state != SealState.applied,
    exists().where(
        Application.store_id == Store.id,
        Application.state.in_((ApplicationState.approved, ApplicationState.suspended)),
    ),
)
"""A store that only began an application is seen by nobody."""


_BY_ID = Ready(_SELLER.where(Store.id == bindparam("store")))
_BY_SLUG = Ready(_SELLER.where(Store.slug == bindparam("slug"), _IS_KNOWN))
_BY_SEAL = Ready(_SELLER.where(Seal.code == bindparam("code"), _IS_KNOWN))


def seller_row(
    *, slug: str | None = None, store_id: int | None = None, seal_code: str | None = None
) -> AnyRow:
    """One store by its slug, id or seal. Raises NotFound, also for a guest, which has no page of its own."""
    if store_id is not None:
        row = _BY_ID.first(store=store_id)
    else:
        row = _BY_SLUG.first(slug=slug) if slug is not None else _BY_SEAL.first(code=seal_code)
    if row is None or (store_id is None and is_guest(row.id)):
        raise NotFound("unknown_store")
    found: AnyRow = row
    return found


def seller_of(row: AnyRow, at: datetime) -> SellerShown:
    """A store's public identity; nothing of persons but the manager's name, as the law asks."""
    return SellerShown(
        slug=row.slug,
        name=words(row.name_fa, row.name_en),
        url=url_for("storefront.show_store", slug=row.slug),
        manager=row.manager_name,
        city=words(row.city_fa, row.city_en),
        province=words(row.province_fa, row.province_en),
        address=row.address,
        phone=row.phone,
        kind=str(row.kind),
        founded_on=row.founded_on,
        seal_code=row.seal_code or "",
        seal_url=url_for("storefront.show_seal", code=row.seal_code) if row.seal_code else "",
        seal_state=effective_seal_state(row, at),
        seal_until=row.valid_until,
        stars=row.stars or 0,
    )


def effective_seal_state(row: AnyRow, at: datetime) -> str:
    """The seal's state; an active one past its date reads expired."""
    if row.seal_state is None:
        return "none"
    if row.seal_state == SealState.active and at >= row.valid_until:
        return str(SealState.expired)
    return str(row.seal_state)


def seal_of(code: str, at: datetime) -> SealShown:
    """Where a badge leads. Raises NotFound for a code never issued."""
    row = seller_row(seal_code=code)
    state = effective_seal_state(row, at)
    return SealShown(
        code=row.seal_code,
        state=state,
        stars=row.stars,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        suspended_until=row.suspended_until if row.suspended_until and at < row.suspended_until else None,
        domain=row.domain,
        seller=seller_of(row, at),
        is_valid=state == SealState.active and row.valid_from <= at,
        history=tuple(
            SealLine(
                line.at,
                line.state_before,
                line.state_after,
                line.stars_before,
                line.stars_after,
                line.valid_until,
                line.reason_code,
            )
            for line in history_of_seal(row.seal_id)
        ),
    )


def why_not_admitted(store_id: int, festival_id: int, at: datetime) -> tuple[Any, ...]:
    """Public reasons against a store; empty when it is admitted."""
    return word_objections(explain_store(store_id, festival_id, at))


def list_stores(
    festival_id: int, at: datetime, *, query: str = "", cursor: str | None = None, limit: int = 24
) -> Page[StoreCard]:
    """Admitted stores in the order of the Persian alphabet, with the number of their offers."""
    offers = (
        select(func.count())
        .select_from(Offer)
        .where(Offer.store_id == Store.id, ON_SHELF)
        .correlate(Store)
        .scalar_subquery()
    )
    listed = (
        _SELLER.add_columns(Store.sort_key, offers.label("offers"))
        .where(Store.id.in_(ADMITTED_STORES), *_named(query))
        .order_by(Store.sort_key, Store.id)
        .limit(limit + 1)
    )
    after = decode_cursor(cursor, (str, int))
    if after is not None:
        listed = listed.where(
            (Store.sort_key > after[0]) | ((Store.sort_key == after[0]) & (Store.id > after[1]))
        )
    rows = db.session.execute(listed, {"festival": festival_id, "at": at}).all()
    page = page_of(rows, limit, lambda row: (row.sort_key, row.id))
    cards = [
        StoreCard(
            row.slug,
            words(row.name_fa, row.name_en),
            url_for("storefront.show_store", slug=row.slug),
            words(row.city_fa, row.city_en),
            words(row.province_fa, row.province_en),
            words(row.slogan_fa, row.slogan_en),
            row.stars,
            row.seal_code,
            row.offers,
        )
        for row in page.items
    ]
    return Page(cards, page.next_cursor)


def count_stores(festival_id: int, at: datetime, query: str = "") -> int:
    """The number of admitted stores."""
    statement = (
        select(func.count())
        .select_from(Store)
        .join(Seal, Seal.store_id == Store.id)
        .where(Store.id.in_(ADMITTED_STORES), *_named(query))
    )
    return db.session.scalar(statement, {"festival": festival_id, "at": at}) or 0


def _named(query: str) -> list[Any]:
    wanted = fold(query)[:80]
    if not wanted:
        return []
    pattern = f"%{wanted.replace('%', '').replace('_', ' ')}%"
    return [func.lower(Store.name_fa + " " + Store.name_en + " " + Store.city_fa).like(pattern)]
