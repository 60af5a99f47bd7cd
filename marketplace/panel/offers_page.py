"""What a store sees of its offers: the list, and one offer with all that may be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import func, or_, select

from marketplace.catalog.models import Category, Product, Variant
from marketplace.core import text
from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.core.paging import decode_cursor, encode_cursor
from marketplace.core.web import number
from marketplace.festival.deciding import findings_of
from marketplace.festival.drafting import wish_of
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_inputs import FIELDS
from marketplace.festival.offer_queries import own_offer, steps_of
from marketplace.festival.offer_rules import EDITABLE, SELLING
from marketplace.festival.offer_words import TONES, evidence_files, word_findings, word_steps
from marketplace.festival.price_story import price_story
from marketplace.files.models import Picture
from marketplace.panel.offers_shown import OfferPage, OfferRow, OffersShown
from marketplace.stores.models import Store

PER_PAGE = 40


def show_offers(store_id: int, state: str, query: str, cursor: str | None) -> OffersShown:
    """A page of the store's offers of every edition, the newest first."""
    chosen = state if state in OfferState.__members__ else ""
    counts = {
        row[0].value: row[1]
        for row in db.session.execute(
            select(Offer.state, func.count()).where(Offer.store_id == store_id).group_by(Offer.state)
        )
    }
    select_rows = (
        select(Offer, Variant.sku, Variant.label_fa, Variant.label_en)
        .join(Variant, Variant.id == Offer.variant_id)
        .where(Offer.store_id == store_id)
        .order_by(Offer.id.desc())
        .limit(PER_PAGE + 1)
    )
    if chosen:
        select_rows = select_rows.where(Offer.state == chosen)
    for word in text.fold(query).split()[:6]:
        like = f"%{word.replace('%', '').replace('_', '')}%"
        select_rows = select_rows.where(or_(Offer.search_text.like(like), func.lower(Variant.sku).like(like)))
    after = decode_cursor(cursor, (int,))
    if after:
        select_rows = select_rows.where(Offer.id < after[0])
    found = db.session.execute(select_rows).all()
    rows = tuple(_row(r.Offer, r.sku, r.label_fa, r.label_en) for r in found[:PER_PAGE])
    here: dict[str, Any] = {"state": chosen or None, "q": query or None}
    more = encode_cursor([rows[-1].id]) if len(found) > PER_PAGE else None
    return OffersShown(
        store_name=_store_name(store_id),
        rows=rows,
        segments=_segments(counts, chosen, query),
        state=chosen,
        query=query,
        is_empty=not counts,
        next_url=url_for("panel_offers.list_offers", cursor=more, **here) if more else None,
        first_url=url_for("panel_offers.list_offers", **here) if cursor else None,
    )


def show_new_offer(
    store_id: int, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> OfferPage:
    """The empty form, or what was sent with what is wrong with it."""
    return OfferPage(
        store_name=_store_name(store_id),
        id=None,
        version=None,
        title=t("offers.new"),
        state="draft",
        state_label=t("state.offer_state.draft"),
        tone="plain",
        values=values or {"limit_per_buyer": number(3)},
        errors=errors or {},
        categories=_categories(),
    )


def show_offer(
    offer_id: int,
    store_id: int,
    at: datetime,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    refusal: Mapping[str, Any] | None = None,
) -> OfferPage:
    """One own offer. Raises NotFound for another store's."""
    offer = own_offer(offer_id, store_id)
    product = db.session.get_one(Product, offer.product_id)
    variant = db.session.get_one(Variant, offer.variant_id)
    festival = db.session.get_one(Festival, offer.festival_id)
    steps = steps_of(offer.id)
    decision = next((s for s in steps if s.action in ("reject_offer", "freeze_offer")), None)
    is_stopped = offer.state in (OfferState.rejected, OfferState.frozen)
    row = _row(offer, variant.sku, variant.label_fa, variant.label_en)
    return OfferPage(
        store_name=_store_name(store_id),
        id=offer.id,
        version=offer.version,
        title=row.title,
        state=row.state,
        state_label=row.state_label,
        tone=row.tone,
        values=values or _values(offer, product, variant),
        errors=errors or {},
        categories=_categories(),
        row=row,
        public_url=url_for("storefront.show_offer", offer_id=offer.id, slug=offer.slug)
        if offer.state in (OfferState.approved, OfferState.live)
        else None,
        findings=word_findings(findings_of([offer], at)[offer.id]) if _is_open(offer) else (),
        pictures=_pictures(product),
        files=evidence_files(offer.id),
        history=word_steps(steps),
        decision=tuple(t(f"offer_reason.{code}") for code in decision.reasons)
        if decision and is_stopped
        else (),
        decision_note=decision.note if decision and is_stopped else "",
        story=price_story(offer, at),
        may_edit=offer.state in EDITABLE,
        may_withdraw=offer.state is OfferState.checked,
        may_sell=offer.state in SELLING,
        may_reprice=offer.state in (OfferState.approved, OfferState.live),
        stocked_count=offer.stocked_count,
        taken_count=offer.sold_count + offer.held_count,
        until=festival.live_until,
        refusal=refusal,
    )


def _is_open(offer: Offer) -> bool:
    return offer.state in EDITABLE or offer.state is OfferState.checked


def _row(offer: Offer, sku: str | None, label_fa: str, label_en: str) -> OfferRow:
    return OfferRow(
        id=offer.id,
        url=url_for("panel_offers.show_offer", offer_id=offer.id),
        title=_word(offer.title_fa, offer.title_en),
        sort=_word(label_fa, label_en),
        sku=sku or "",
        picture_src=f"/media/{offer.picture_key}-240.webp" if offer.picture_key else None,
        state=offer.state.value,
        state_label=t(f"state.offer_state.{offer.state.value}"),
        tone=TONES[offer.state.value],
        regular_toman=offer.regular_toman,
        festival_toman=offer.festival_toman,
        discount_percent=offer.discount_percent,
        left_count=offer.left_count,
        sold_count=offer.sold_count,
        is_draft=offer.state is OfferState.draft,
    )


def _segments(counts: Mapping[str, int], chosen: str, query: str) -> tuple[dict[str, Any], ...]:
    states = [("", sum(counts.values()))] + [(s.value, counts.get(s.value, 0)) for s in OfferState]
    return tuple(
        {
            "label": t(f"state.offer_state.{state}") if state else t("offers.all"),
            "url": url_for("panel_offers.list_offers", state=state or None, q=query or None),
            "on": state == chosen,
            "count": count,
        }
        for state, count in states
        if count or state in ("", chosen)
    )


def _values(offer: Offer, product: Product, variant: Variant) -> dict[str, str]:
    wish = wish_of(offer, product, variant)
    category = db.session.get_one(Category, product.category_id)
    found = {}
    for name in FIELDS:
        value = category.slug if name == "category" else getattr(wish, name)
        found[name] = number(value) if isinstance(value, int) else value or ""
    if wish.title_en == wish.title_fa:
        found["title_en"] = ""
    return found


def _pictures(product: Product) -> tuple[dict[str, str], ...]:
    known = set(db.session.scalars(select(Picture.key).where(Picture.key.in_(product.picture_keys))))
    return tuple(
        {"key": key, "src": f"/media/{key}-240.webp"} for key in product.picture_keys if key in known
    )


def _categories() -> tuple[tuple[str, str], ...]:
    rows = db.session.execute(
        select(Category.slug, Category.name_fa, Category.name_en).order_by(Category.position)
    )
    return tuple((r.slug, _word(r.name_fa, r.name_en)) for r in rows)


def _store_name(store_id: int) -> str:
    store = db.session.get_one(Store, store_id)
    return _word(store.name_fa, store.name_en)


def _word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en
