"""The page of one offer: price honesty, seller, shipping, entries, coverage, and why it can or cannot be bought."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import Integer, bindparam, select

from marketplace.catalog.models import Category, Product, Variant
from marketplace.core.db import AnyRow
from marketplace.core.errors import NotFound
from marketplace.core.ready import Ready
from marketplace.core.stamps import depend_on, stock_topic
from marketplace.festival.admission import EDITION, FESTIVAL, VISIBLE, facts_of_offers
from marketplace.festival.guest_offers import join_guest
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.policy import coverage_for, to_free_shipping
from marketplace.festival.price_story import price_story
from marketplace.festival.rules import reasons_against_offer
from marketplace.files.models import Picture as PictureRow
from marketplace.policy.policy import Policy
from marketplace.storefront.admitted import admitted_stores, rows_of_admitted, shelf_select
from marketplace.storefront.cards import CARD_COLUMNS, LEFT, card_of, card_select, cards_of, offer_url
from marketplace.storefront.offer_shown import OfferShown, VariantChoice
from marketplace.storefront.rule_words import policy_now
from marketplace.storefront.sellers import seller_of, seller_row
from marketplace.storefront.shown import CategoryShown, OfferCard, Picture, words
from marketplace.storefront.wording import word_conditions, word_objections
from marketplace.stores.models import Seal, Store

PUBLIC_STATES = (OfferState.approved, OfferState.live, OfferState.frozen, OfferState.ended)
RELATED = 4

_OFFER = Ready(
    join_guest(
        select(
            *CARD_COLUMNS,
            Offer.festival_id,
            Offer.store_id,
            Offer.product_id,
            Offer.variant_id,
            Offer.category_id,
            Offer.limit_per_buyer,
            Offer.reduced_at,
            Product.description_fa,
            Product.description_en,
            Product.attributes,
            Product.picture_keys,
            Product.permit_number,
            Product.health_code,
            Variant.label_fa,
            Variant.label_en,
            Variant.weight_grams,
            Category.slug.label("category_slug"),
            Category.name_fa.label("category_fa"),
            Category.name_en.label("category_en"),
            Category.icon,
            Category.is_perishable,
        )
        .select_from(Offer)
        .join(Product, Product.id == Offer.product_id)
        .join(Variant, Variant.id == Offer.variant_id)
        .join(Category, Category.id == Offer.category_id)
        .join(Store, Store.id == Offer.store_id)
        .outerjoin(Seal, Seal.store_id == Offer.store_id)
        .outerjoin(PictureRow, PictureRow.key == Offer.picture_key)
        .where(Offer.state.in_(PUBLIC_STATES), Offer.id == bindparam("offer"))
    )
)
_VARIANTS = Ready(
    select(Offer.id, Offer.slug, LEFT.label("left"), Variant.label_fa, Variant.label_en, Variant.swatch)
    .join(Variant, Variant.id == Offer.variant_id)
    .where(
        Offer.product_id == bindparam("product"),
        EDITION == FESTIVAL,
        Offer.state.in_((OfferState.approved, OfferState.live)),
    )
    .order_by(Variant.id)
)
_PICTURES = Ready(
    select(PictureRow.key, PictureRow.alt_fa, PictureRow.alt_en).where(
        PictureRow.key.in_(bindparam("keys", expanding=True, type_=PictureRow.key.type))
    )
)


def offer_row(offer_id: int) -> AnyRow:
    """A published offer. Raises NotFound for drafts and unknown ids alike."""
    row: AnyRow | None = _OFFER.first(offer=offer_id)
    if row is None:
        raise NotFound("unknown_offer")
    return row


def show_offer(offer_id: int, at: datetime) -> OfferShown:
    """Everything of an offer's page, also when it cannot be bought: then with all public reasons."""
    row = offer_row(offer_id)
    policy = policy_now(at)
    facts = facts_of_offers([offer_id], at)[offer_id]
    objections = reasons_against_offer(facts, at)
    card = card_of(row, policy)
    depend_on(stock_topic(row.id))
    return OfferShown(
        card=card,
        is_perishable=row.is_perishable,
        product_id=row.product_id,
        category=CategoryShown(
            row.category_slug,
            words(row.category_fa, row.category_en),
            row.icon,
            url_for("storefront.show_category", slug=row.category_slug),
            0,
            None,
        ),
        description=words(row.description_fa, row.description_en),
        attributes=tuple(
            (words(a["label_fa"], a["label_en"]), words(a["value_fa"], a["value_en"])) for a in row.attributes
        ),
        variant_label=words(row.label_fa, row.label_en),
        variants=_variants(row),
        pictures=_pictures(row.picture_keys),
        story=price_story(row, at),
        seller=seller_of(seller_row(store_id=row.store_id), at),
        limit_per_buyer=row.limit_per_buyer,
        max_quantity=max(0, min(row.limit_per_buyer, row.left)),
        saved_toman=max(0, row.reference_toman - row.festival_toman),
        to_free_shipping_toman=to_free_shipping(row.festival_toman, policy),
        free_above_toman=policy.free_shipping_above_toman,
        entries_explained=_entries_parts(card, policy),
        coverage_toman=coverage_for(row.festival_toman, policy),
        coverage_percent=policy.fund_coverage_percent,
        weight_grams=row.weight_grams,
        permit_number=row.permit_number,
        health_code=row.health_code,
        is_on_sale=not objections,
        reasons=word_objections(objections),
        conditions=() if objections else word_conditions(facts, facts.live_until),
        live_until=facts.live_until,
        related=_related(row, policy, at),
    )


def _entries_parts(card: OfferCard, policy: Policy) -> tuple[int, int]:
    first = min(policy.entries_per_order, card.entries)
    return first, card.entries - first


def _variants(row: AnyRow) -> tuple[VariantChoice, ...]:
    rows = _VARIANTS.all(product=row.product_id, festival=row.festival_id)
    if len(rows) < 2:
        return ()
    return tuple(
        VariantChoice(
            words(v.label_fa, v.label_en), v.swatch, offer_url(v.id, v.slug), v.id == row.id, v.left > 0
        )
        for v in rows
    )


def _pictures(keys: list[str]) -> tuple[Picture, ...]:
    rows = _PICTURES.all(keys=list(keys)) if keys else []
    found = {r.key: Picture(r.key, words(r.alt_fa, r.alt_en)) for r in rows}
    return tuple(found[key] for key in keys if key in found)


def _related(row: AnyRow, policy: Policy, at: datetime) -> tuple[OfferCard, ...]:
    """The most bought offers of other goods of the row that are in stock."""
    asked = {"festival": row.festival_id, "category": row.category_id, "product": row.product_id}
    stores = admitted_stores(row.festival_id, at)
    if stores is None:
        rows = _RELATED_JOINED.all(**asked, at=at)
    else:
        rows = rows_of_admitted(_RELATED, asked, RELATED, stores)
    return tuple(cards_of(rows, policy))


_OTHERS = (Offer.category_id == bindparam("category"), Offer.product_id != bindparam("product"), LEFT > 0)
_ENDS = (Offer.popularity.desc(), Offer.id.desc())
_RELATED = Ready(shelf_select().where(*_OTHERS).order_by(*_ENDS).limit(bindparam("most", type_=Integer())))
_RELATED_JOINED = Ready(card_select().where(VISIBLE, *_OTHERS).order_by(*_ENDS).limit(RELATED))
