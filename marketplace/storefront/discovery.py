"""What search engines and other programs are told about a public page: its one address, its other language, its facts.

Facts are schema.org objects. Prices go out in rial, the currency that has a code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import current_app, request

from marketplace.core.assets import asset
from marketplace.core.language import current_language, t
from marketplace.storefront.offer_shown import OfferShown, StoreShown
from marketplace.storefront.shown import CategoryShown, Picture

RIAL_PER_TOMAN = 10
INDEXED = ("/c/", "/draws/", "/offers/", "/seal/", "/stores/")
INDEXED_ALONE = frozenset(
    {"/", "/about-the-seal", "/cart", "/fund", "/guidelines", "/lottery", "/rules", "/stats", "/stores"}
)
SHARED_PICTURE = "img/share.png"
MANIFEST = "/manifest.webmanifest"
"""One for both languages."""
CONTEXT = "https://schema.org"


@dataclass(frozen=True, slots=True)
class Discovery:
    """A page's addresses: its own, and that of each language; absolute."""

    canonical: str
    alternates: tuple[tuple[str, str], ...]
    picture: str


def base_url() -> str:
    """Scheme and host under which the public knows us."""
    return str(current_app.config["SETTINGS"].base_url)


def absolute(path: str) -> str:
    """The public address of one of our paths."""
    return path if path.startswith(("https://", "http://")) else base_url() + path


def address_of(path: str, lang: str) -> str:
    """The address of a page in a language; `path` without the prefix, percent-encoded."""
    return base_url() + ("/en" if lang == "en" else "") + path


def discovery() -> Discovery | None:
    """What is told of the present page; nothing where it is not for search engines."""
    path = request.path
    if path not in INDEXED_ALONE and not path.startswith(INDEXED):
        return None
    quoted = quote(path)
    languages = [(lang, address_of(quoted, lang)) for lang in ("fa", "en")]
    return Discovery(
        canonical=address_of(quoted, current_language()),
        alternates=(*languages, ("x-default", languages[0][1])),
        picture=absolute(asset(SHARED_PICTURE)),
    )


def festival_facts() -> list[dict[str, Any]]:
    """Who we are, and how our search is asked."""
    name = t("site.name")
    return [
        {
            "@context": CONTEXT,
            "@type": "Organization",
            "name": name,
            "url": base_url() + "/",
            "logo": absolute(asset("img/icon-512.png")),
        },
        {
            "@context": CONTEXT,
            "@type": "WebSite",
            "name": name,
            "url": address_of("/", current_language()),
            "inLanguage": current_language(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": address_of("/search", current_language()) + "?q={search_term_string}",
                "query-input": "required name=search_term_string",
            },
        },
    ]


def category_facts(category: CategoryShown) -> list[dict[str, Any]]:
    """Where a category stands."""
    return [_trail((category.name, category.url))]


def store_facts(shown: StoreShown) -> list[dict[str, Any]]:
    """A store: name, address and the code of its seal."""
    seller = shown.seller
    facts: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Store" if seller.kind == "offline" else "OnlineStore",
        "name": seller.name,
        "url": absolute(seller.url),
        "identifier": seller.seal_code,
        "address": {
            "@type": "PostalAddress",
            "addressCountry": "IR",
            "addressRegion": seller.province,
            "addressLocality": seller.city,
        },
    }
    return [facts, _trail((t("stores.title"), _own("/stores")), (seller.name, seller.url))]


def offer_facts(shown: OfferShown) -> list[dict[str, Any]]:
    """The goods with their price, until when it holds, and whether they can be bought."""
    card = shown.card
    can_be_bought = shown.is_on_sale and card.in_stock
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": absolute(card.url),
        "price": str(card.festival_toman * RIAL_PER_TOMAN),
        "priceCurrency": "IRR",
        "priceValidUntil": shown.live_until.date().isoformat(),
        "availability": f"{CONTEXT}/{'InStock' if can_be_bought else 'OutOfStock'}",
        "itemCondition": f"{CONTEXT}/NewCondition",
        "seller": {"@type": "Organization", "name": card.store_name, "url": absolute(card.store_url)},
    }
    goods: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "Product",
        "name": card.title,
        "description": shown.description,
        "sku": str(card.id),
        "category": shown.category.name,
        "offers": offer,
    }
    pictures = [_picture(p) for p in (shown.pictures or ((card.picture,) if card.picture else ()))]
    if pictures:
        goods["image"] = pictures
    return [goods, _trail((shown.category.name, shown.category.url), (card.title, card.url))]


def _picture(picture: Picture) -> str:
    return absolute(picture.src(picture.width))


def _own(path: str) -> str:
    return address_of(path, current_language())


def _trail(*steps: tuple[str, str]) -> dict[str, Any]:
    """The way from the home page."""
    named = [(t("tabs.home"), _own("/")), *steps]
    return {
        "@context": CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": name, "item": absolute(url)}
            for position, (name, url) in enumerate(named, 1)
        ],
    }
