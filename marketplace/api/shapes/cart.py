"""The cart as a document, store by store."""

from __future__ import annotations

from typing import Any

from marketplace.api.answers import absolute
from marketplace.api.shapes.offers import image_url, reason_documents
from marketplace.storefront.cart_shown import CartLineShown, CartShown, CartStoreShown


def cart_document(cart: CartShown) -> dict[str, Any]:
    """A cart with every sum; sums count the lines that can be paid."""
    return {
        "stores": [_store(store) for store in cart.stores],
        "goods_toman": cart.goods_toman,
        "shipping_toman": cart.shipping_toman,
        "total_toman": cart.total_toman,
        "entries": cart.entries,
        "payable": cart.is_payable,
    }


def _store(store: CartStoreShown) -> dict[str, Any]:
    return {
        "store": {"slug": store.store_slug, "name": store.store_name},
        "lines": [_line(line) for line in store.lines],
        "goods_toman": store.goods_toman,
        "shipping_toman": store.shipping_toman,
        "to_free_shipping_toman": store.to_free_shipping_toman,
        "kit": store.has_kit,
        "entries": store.entries,
        "shipping_methods": [
            {
                "method": m.method,
                "label": m.label,
                "shipping_toman": m.shipping_toman,
                "tariff_toman": m.tariff_toman,
                "chosen": m.is_on,
            }
            for m in store.methods
        ],
        "ships_to": store.province,
    }


def _line(line: CartLineShown) -> dict[str, Any]:
    return {
        "offer_id": line.offer_id,
        "title": line.title,
        "sold_for": line.guest_name,
        "variant": line.variant_label,
        "quantity": line.quantity,
        "max_quantity": line.max_quantity,
        "unit_toman": line.unit_toman,
        "reference_toman": line.reference_toman,
        "line_toman": line.line_toman,
        "seen_toman": line.old_toman,
        "payable": line.is_payable,
        "reasons": reason_documents(line.reasons),
        "url": absolute(line.url),
        "image_url": image_url(line.picture),
    }
