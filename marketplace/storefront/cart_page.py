"""The cart and the checkout as shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask import url_for

from marketplace.core.language import t
from marketplace.festival.policy import ships_free
from marketplace.orders.cart import CartOwner
from marketplace.orders.queries import cart_rows
from marketplace.orders.quoting import Destination, QuotedLine, QuotedStore, quote_cart
from marketplace.orders.rules import Quote, StoreQuote
from marketplace.policy.models import ShippingMethod
from marketplace.policy.policy import Policy, policy_at
from marketplace.policy.tariffs import ProvinceShown
from marketplace.storefront.cards import offer_url
from marketplace.storefront.cart_shown import CartLineShown, CartShown, CartStoreShown, ShippingChoice
from marketplace.storefront.shown import Picture, words
from marketplace.storefront.wording import word_reasons


def show_cart(
    owner: CartOwner,
    destination: Destination | None,
    province: ProvinceShown | None,
    wanted: Mapping[str, ShippingMethod],
    at: datetime,
) -> tuple[CartShown, list[QuotedStore]]:
    """The cart by store with every sum, and the quotes behind it."""
    rows = cart_rows(owner.person_id, owner.guest_hash)
    stores = quote_cart(rows, owner.person_id, destination, wanted, at)
    policy = policy_at(at)
    label = words(province.name_fa, province.name_en) if province else None
    shown = tuple(_store(store, policy, label) for store in stores)
    quotes = [store.quote for store in stores if store.quote]
    goods = sum(q.goods_toman for q in quotes)
    reference = sum(q.reference_goods_toman for q in quotes)
    shipping = sum(q.chosen.shipping_toman for q in quotes)
    lines = [line for store in shown for line in store.lines]
    return CartShown(
        stores=shown,
        line_count=len(lines),
        item_count=sum(line.quantity for line in lines),
        goods_toman=goods,
        reference_goods_toman=reference,
        discount_toman=reference - goods,
        shipping_toman=shipping,
        total_toman=goods + shipping,
        entries=min(sum(q.entries for q in quotes), policy.entries_cap),
        entries_cap=policy.entries_cap,
        is_payable=bool(quotes),
        hold_minutes=policy.hold_minutes,
        has_changes=any(line.old_toman is not None for line in lines),
    ), stores


def _store(store: QuotedStore, policy: Policy, province: str | None) -> CartStoreShown:
    row, quote = store.row, store.quote
    goods = quote.goods_toman if quote else 0
    return CartStoreShown(
        store_slug=row.store_slug,
        store_name=words(row.name_fa, row.name_en),
        store_url=_store_url(row.store_slug),
        store_city=words(row.city_fa, row.city_en),
        stars=row.stars or 0,
        lines=tuple(_line(line) for line in store.lines),
        goods_toman=goods,
        reference_goods_toman=quote.reference_goods_toman if quote else 0,
        shipping_toman=quote.chosen.shipping_toman if quote else 0,
        borne_toman=quote.chosen.borne_toman if quote else 0,
        ships_free=bool(quote and quote.is_free),
        to_free_shipping_toman=quote.to_free_shipping_toman
        if quote
        else policy.free_shipping_above_toman + 1,
        free_above_toman=policy.free_shipping_above_toman,
        meter_percent=meter_percent(goods, policy),
        has_kit=quote is not None,
        entries=quote.entries if quote else 0,
        methods=_methods(quote),
        province=province,
    )


def meter_percent(goods: int, policy: Policy) -> int:
    """How full the meter is: 100 only when free shipping is reached."""
    if ships_free(goods, policy):
        return 100
    return min(99, goods * 100 // (policy.free_shipping_above_toman + 1))


def _methods(quote: StoreQuote | None) -> tuple[ShippingChoice, ...]:
    return tuple(_choice(q, quote) for q in quote.quotes) if quote else ()


def _choice(q: Quote, quote: StoreQuote) -> ShippingChoice:
    return ShippingChoice(
        q.method.value,
        t(f"method.{q.method.value}"),
        q.shipping_toman,
        q.tariff_toman,
        q.method is quote.chosen.method,
    )


def _line(line: QuotedLine) -> CartLineShown:
    row = line.row
    has_changed = line.is_payable and row.seen_toman != row.festival_toman
    title = words(row.title_fa, row.title_en)
    return CartLineShown(
        offer_id=row.offer_id,
        url=offer_url(row.offer_id, row.slug),
        title=title,
        variant_label=words(row.label_fa, row.label_en),
        picture=Picture(row.picture_key, title) if row.picture_key else None,
        quantity=row.quantity,
        max_quantity=line.max_quantity,
        unit_toman=row.festival_toman,
        reference_toman=row.reference_toman,
        discount_percent=row.discount_percent,
        line_toman=row.festival_toman * row.quantity,
        old_toman=row.seen_toman if has_changed else None,
        is_payable=line.is_payable,
        is_perishable=row.is_perishable,
        reasons=word_reasons(line.reasons),
        guest_name=words(row.guest_fa, row.guest_en) if row.guest_fa else None,
    )


def _store_url(slug: str) -> str:
    return url_for("storefront.show_store", slug=slug)
