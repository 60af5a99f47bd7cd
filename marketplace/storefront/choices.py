"""Categories and provinces that a list may be narrowed to, and which of them is on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.catalog.models import Category
from marketplace.core.db import AnyRow, db
from marketplace.core.remembered import remembered
from marketplace.policy.models import Province
from marketplace.storefront.filters import Filters

UNKNOWN = -1
"""A category or province that is not there: no offer has it."""
_CATEGORIES = select(Category.id, Category.slug, Category.name_fa, Category.name_en).order_by(
    Category.position
)
_PROVINCES = select(Province.id, Province.name_fa, Province.name_en).order_by(Province.sort_key)


def category_rows() -> Sequence[AnyRow]:
    """All categories in their order."""
    return remembered(lambda: db.session.execute(_CATEGORIES).all(), "facet categories")


def province_rows() -> Sequence[AnyRow]:
    """All provinces in their order."""
    return remembered(lambda: db.session.execute(_PROVINCES).all(), "facet provinces")


def chosen_category(filters: Filters) -> int | None:
    """The number of the category that is on, `UNKNOWN` where there is none of that name."""
    if not filters.category:
        return None
    return next((row.id for row in category_rows() if row.slug == filters.category), UNKNOWN)


def chosen_province(filters: Filters) -> int | None:
    """The number of the province that is on, `UNKNOWN` where there is none of that name."""
    if not filters.province:
        return None
    named = (row.id for row in province_rows() if filters.province in (row.name_fa, row.name_en))
    return next(named, UNKNOWN)
