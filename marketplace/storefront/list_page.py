"""A list of offers as shown: cards, facets, applied filters, sorts."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.language import t
from marketplace.festival.queries import Edition
from marketplace.storefront.facets import (
    chips_of,
    expect_hits,
    facet_counts,
    facets_of,
    total_of,
)
from marketplace.storefront.filters import Filters, Sort, usual_sort
from marketplace.storefront.list_addresses import Addresses, list_address
from marketplace.storefront.mended import mended
from marketplace.storefront.rule_words import policy_now
from marketplace.storefront.shelf import list_cards
from marketplace.storefront.shown import CategoryShown, ListShown, SortChoice


def show_list(
    filters: Filters,
    edition: Edition,
    category: CategoryShown | None,
    title: str,
    cursor: str | None,
    at: datetime,
) -> ListShown:
    """A page of offers with facets, applied filters and sorts, each with its address."""
    policy = policy_now(at)
    asked = filters
    expect_hits(filters, edition.id)
    filters = mended(filters)
    counts = facet_counts(filters, edition.id, policy, at)
    page = list_cards(filters, edition.id, policy, at, cursor=cursor)
    addresses = Addresses(filters)
    facets = facets_of(filters, counts, addresses)
    here = addresses.own
    joint = "&" if "?" in here else "?"
    return ListShown(
        title=title,
        query=asked.q,
        meant=filters.q if filters.q != asked.q else None,
        category=category,
        cards=tuple(page.items),
        count=total_of(counts),
        facets=facets,
        chips=chips_of(filters, facets, addresses),
        sorts=_sorts(filters, addresses),
        min_toman=filters.min_toman,
        max_toman=filters.max_toman,
        hidden=tuple(
            filters.pairs(
                without=("min_toman", "max_toman", "category") if category else ("min_toman", "max_toman")
            )
        ),
        action_url=here.partition("?")[0],
        clear_url=list_address(Filters(q=filters.q, category=filters.category)),
        next_url=f"{here}{joint}cursor={page.next_cursor}" if page.next_cursor else None,
        first_url=here if cursor else None,
    )


def _sorts(filters: Filters, addresses: Addresses) -> tuple[SortChoice, ...]:
    place, usual = addresses.place("sort"), usual_sort(filters.q)
    return tuple(
        SortChoice(
            s.value,
            t(f"sort.{s.value}"),
            s is filters.sort,
            place.without if s is usual else place.with_(("sort", s.value)),
        )
        for s in Sort
        if s is not Sort.best or filters.words
    )
