"""A store writes an offer: product, sort, price and stock. Every price it tells is kept, and proves nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.catalog.models import Category, Product, Variant
from marketplace.catalog.prices import tell_price
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.money import percent_off
from marketplace.core.text import fold, slug
from marketplace.festival.errors import SkuTaken, StaleOffer, WindowOver
from marketplace.festival.models import Festival, Offer, OfferState
from marketplace.festival.offer_inputs import OfferWish
from marketplace.festival.offer_queries import lock_own_offer
from marketplace.festival.offer_rules import EDITABLE
from marketplace.festival.offer_steps import begin, note_change, take_step
from marketplace.festival.shelf_words import found_by
from marketplace.stores.models import Store


def draft_offer(store_id: int, festival: Festival, wish: OfferWish, actor: Actor, at: datetime) -> Offer:
    """A new offer as a draft; goods of the same title and row become sorts of one product.

    Goods of an earlier edition come back under their code, with their history. Raises WindowOver, SkuTaken,
    Invalid `same_goods` for a sort that the product has already.
    """
    if at >= festival.live_until:
        raise WindowOver()
    variant = _variant_of_old(store_id, festival.id, wish)
    if variant is None:
        product = _product_for(store_id, wish, at)
        variant = Variant(product_id=product.id, store_id=store_id)
    else:
        product = db.session.get_one(Product, variant.product_id)
        _change_product(product, variant, wish)
    _ensure_new_sort(product.id, wish, variant.id)
    _fill_variant(variant, wish)
    db.session.add(variant)
    db.session.flush()
    tell_price(variant.id, wish.regular_toman, at)
    offer = Offer(
        festival_id=festival.id,
        store_id=store_id,
        product_id=product.id,
        variant_id=variant.id,
        state=OfferState.draft,
        reduced_at=max(at, festival.live_from),
        created_at=at,
        sold_count=0,
        held_count=0,
        version=1,
    )
    _fill_offer(offer, product, wish)
    db.session.add(offer)
    db.session.flush()
    begin(offer, actor, at)
    return offer


def update_draft(
    offer_id: int, store_id: int, wish: OfferWish, version: int | None, actor: Actor, at: datetime
) -> Offer:
    """The same offer in other words and figures; a rejected one becomes a draft again.

    Nothing is written when nothing differs. Raises NotFound, StaleOffer (also for a page of another `version`),
    SkuTaken, Invalid `same_goods`, `product_shared` (the words of a product with several sorts stand in one place).
    """
    offer = lock_own_offer(offer_id, store_id)
    if version is not None and version != offer.version:
        raise StaleOffer(params={"state": offer.state.value})
    if offer.state not in EDITABLE:
        raise StaleOffer(params={"state": offer.state.value})
    product = db.session.get_one(Product, offer.product_id)
    variant = db.session.get_one(Variant, offer.variant_id)
    if not differs(offer, product, variant, wish):
        return offer
    _ensure_sku_free(store_id, wish.sku, variant.id)
    _change_product(product, variant, wish)
    _ensure_new_sort(product.id, wish, variant.id)
    _fill_variant(variant, wish)
    tell_price(variant.id, wish.regular_toman, at)
    _fill_offer(offer, product, wish)
    offer.findings, offer.evidence_toman = None, None
    if offer.state is OfferState.rejected:
        take_step(offer, OfferState.draft, "mend_offer", actor, at)
    else:
        note_change(offer, "update_offer", actor, at)
    return offer


def differs(offer: Offer, product: Product, variant: Variant, wish: OfferWish) -> bool:
    """Whether a wish says anything that does not stand already."""
    return wish != wish_of(offer, product, variant)


def wish_of(offer: Offer, product: Product, variant: Variant) -> OfferWish:
    """What stands, in the words of a wish."""
    return OfferWish(
        sku=variant.sku or "",
        title_fa=product.title_fa,
        title_en=product.title_en,
        category_id=product.category_id,
        description_fa=product.description_fa,
        description_en=product.description_en,
        variant_fa=variant.label_fa,
        variant_en=variant.label_en,
        weight_grams=variant.weight_grams,
        regular_toman=offer.regular_toman,
        festival_toman=offer.festival_toman,
        stocked_count=offer.stocked_count,
        limit_per_buyer=offer.limit_per_buyer,
        permit_number=product.permit_number,
        health_code=product.health_code,
        evidence_url=offer.evidence_url,
    )


def discard_draft(offer_id: int, store_id: int, actor: Actor, at: datetime) -> Offer:
    """A draft that is given up; its code stays taken, its prices stay in the history."""
    offer = lock_own_offer(offer_id, store_id)
    if offer.state not in EDITABLE:
        raise StaleOffer(params={"state": offer.state.value})
    take_step(offer, OfferState.ended, "discard_offer", actor, at)
    return offer


def _variant_of_old(store_id: int, festival_id: int, wish: OfferWish) -> Variant | None:
    """The sort with this code, if this edition has no offer of it yet. Raises SkuTaken where it has."""
    known = db.session.scalar(select(Variant).where(Variant.store_id == store_id, Variant.sku == wish.sku))
    if known is not None and db.session.scalar(
        select(Offer.id).where(Offer.variant_id == known.id, Offer.festival_id == festival_id)
    ):
        raise SkuTaken()
    return known


def _product_for(store_id: int, wish: OfferWish, at: datetime) -> Product:
    key = fold(wish.title_fa)
    known = db.session.scalar(
        select(Product).where(
            Product.store_id == store_id, Product.category_id == wish.category_id, Product.title_key == key
        )
    )
    if known is not None:
        return known
    product = Product(
        store_id=store_id,
        slug=slug(wish.title_en if wish.title_en.isascii() else wish.title_fa),
        title_key=key,
        attributes=[],
        picture_keys=[],
        created_at=at,
    )
    _fill_product(product, wish)
    db.session.add(product)
    db.session.flush()
    return product


def _change_product(product: Product, variant: Variant, wish: OfferWish) -> None:
    same = (
        product.title_fa == wish.title_fa
        and product.title_en == wish.title_en
        and product.category_id == wish.category_id
        and product.description_fa == wish.description_fa
        and product.description_en == wish.description_en
        and product.permit_number == wish.permit_number
        and product.health_code == wish.health_code
    )
    if same:
        return
    sorts = db.session.scalar(
        select(Variant.id).where(Variant.product_id == product.id, Variant.id != variant.id).limit(1)
    )
    if sorts is not None:
        raise Invalid("bad_offer", fields={"title_fa": "product_shared"})
    key = fold(wish.title_fa)
    twin = db.session.scalar(
        select(Product.id).where(
            Product.store_id == product.store_id,
            Product.category_id == wish.category_id,
            Product.title_key == key,
            Product.id != product.id,
        )
    )
    if twin is not None:
        raise Invalid("bad_offer", fields={"title_fa": "same_goods"})
    product.title_key = key
    _fill_product(product, wish)


def _fill_product(product: Product, wish: OfferWish) -> None:
    product.category_id = wish.category_id
    product.title_fa, product.title_en = wish.title_fa, wish.title_en
    product.description_fa, product.description_en = wish.description_fa, wish.description_en
    product.permit_number, product.health_code = wish.permit_number, wish.health_code


def _fill_variant(variant: Variant, wish: OfferWish) -> None:
    variant.sku = wish.sku
    variant.label_fa, variant.label_en = wish.variant_fa, wish.variant_en
    variant.weight_grams = wish.weight_grams


def _fill_offer(offer: Offer, product: Product, wish: OfferWish) -> None:
    offer.category_id, offer.slug = product.category_id, product.slug
    offer.title_fa, offer.title_en = product.title_fa, product.title_en
    offer.search_text = _search_text(product, offer.store_id, wish)
    offer.picture_key = product.picture_keys[0] if product.picture_keys else None
    offer.regular_toman, offer.festival_toman = wish.regular_toman, wish.festival_toman
    offer.reference_toman = wish.regular_toman
    offer.discount_percent = percent_off(wish.festival_toman, wish.regular_toman)
    offer.stocked_count, offer.limit_per_buyer = wish.stocked_count, wish.limit_per_buyer
    offer.evidence_url = wish.evidence_url
    offer.popularity = offer.popularity or 0


def _search_text(product: Product, store_id: int, wish: OfferWish) -> str:
    """The words under which shoppers find it: its own, its row's and its store's, folded."""
    store = db.session.get_one(Store, store_id)
    category = db.session.get_one(Category, product.category_id)
    return found_by(
        f"{product.title_fa} {product.title_en} {wish.variant_fa} {wish.variant_en}",
        f"{store.name_fa} {store.name_en}",
        f"{category.name_fa} {category.name_en}",
    )


def _ensure_sku_free(store_id: int, sku: str, variant_id: int | None) -> None:
    taken = db.session.scalar(select(Variant.id).where(Variant.store_id == store_id, Variant.sku == sku))
    if taken is not None and taken != variant_id:
        raise SkuTaken()


def _ensure_new_sort(product_id: int, wish: OfferWish, variant_id: int | None) -> None:
    """Two sorts of one product with one name are the same goods twice."""
    for known_id, label in db.session.execute(
        select(Variant.id, Variant.label_fa).where(Variant.product_id == product_id)
    ):
        if known_id != variant_id and fold(label) == fold(wish.variant_fa):
            raise Invalid("bad_offer", fields={"variant_fa": "same_goods"})
