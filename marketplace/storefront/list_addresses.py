"""Addresses of lists: of a filter, and of the many that differ from it in one choice."""

from __future__ import annotations

from typing import NamedTuple

from marketplace.storefront.filters import Filters, written
from marketplace.storefront.kept_addresses import address

PLACES = {name: place for place, name in enumerate(Filters._fields)}
"""Filters stand in an address in this order."""


class Place(NamedTuple):
    """Where a filter stands in a list's address: what is before it, what behind, and the address without it."""

    before: str
    behind: str
    without: str

    def with_(self, *pairs: tuple[str, str | int | None]) -> str:
        """The address with these values there; those that are None are left out."""
        said = "&".join([written(name, str(value)) for name, value in pairs if value is not None])
        return f"{self.before}{said}{self.behind}" if said else self.without


class Addresses:
    """What a list's own address is made of, put together anew for each of its choices."""

    def __init__(self, filters: Filters) -> None:
        pairs = filters.pairs(without=("category",))
        self._pairs = [(PLACES[name], written(name, value)) for name, value in pairs]
        self._query = "&".join([text for _, text in self._pairs])
        self._base = _base(filters.category)

    @property
    def own(self) -> str:
        """The list as it is."""
        return _with_query(self._base, self._query)

    def of_category(self, slug: str | None) -> str:
        """The same list in another category, or in none."""
        return _with_query(_base(slug), self._query)

    def place(self, name: str, last: str = "") -> Place:
        """Where a filter stands, or all from `name` to `last`."""
        first, end = PLACES[name], PLACES[last or name]
        before = [text for place, text in self._pairs if place < first]
        behind = [text for place, text in self._pairs if place > end]
        return Place(
            before=f"{self._base}?{'&'.join([*before, ''])}",
            behind="&".join(["", *behind]),
            without=_with_query(self._base, "&".join([*before, *behind])),
        )


def list_address(filters: Filters) -> str:
    """The page of a filter: a category's own, or the search."""
    return Addresses(filters).own


def _base(category: str | None) -> str:
    if category:
        return address("storefront.show_category", slug=category)
    return address("storefront.search_offers")


def _with_query(base: str, query: str) -> str:
    return f"{base}?{query}" if query else base
