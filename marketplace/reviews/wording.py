"""Names as everybody reads them, titles in the reader's language."""

from __future__ import annotations

from marketplace.core.language import current_language, t


def word(fa: str, en: str) -> str:
    """The form of the page's language."""
    return fa if current_language() == "fa" else en


def writer_name(given_name: str, surname: str) -> str:
    """A first name with an initial: enough among buyers, too little to find somebody. Closed accounts: a buyer."""
    if not given_name:
        return t("reviews.a_buyer")
    return f"{given_name} {surname[:1]}." if surname else given_name


def offer_path(offer_id: int, slug: str) -> str:
    """An offer's page, without the language's prefix."""
    return f"/offers/{offer_id}-{slug}"
