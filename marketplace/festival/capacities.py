"""How many stores of each category an edition takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import Category
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.text import ascii_digits
from marketplace.festival.application_models import CategoryCapacity
from marketplace.festival.application_queries import lock_edition


def parse_capacities(values: Mapping[str, Any]) -> dict[str, int | None]:
    """`capacity-<slug>` fields: a number up to 9,999, or empty for none. Raises Invalid('bad_number')."""
    found: dict[str, int | None] = {}
    errors = {}
    for name, value in values.items():
        if not name.startswith("capacity-"):
            continue
        digits = ascii_digits(str(value)).strip()
        if digits and not re.fullmatch(r"[0-9]{1,4}", digits):
            errors[name] = "bad_number"
        else:
            found[name.removeprefix("capacity-")] = int(digits) if digits else None
    if errors:
        raise Invalid("bad_capacity", fields=errors)
    return found


def set_capacities(
    festival_id: int, wanted: Mapping[str, int | None], actor: Actor, at: datetime
) -> dict[str, int | None]:
    """Keeps the numbers that changed and gives them; None takes a category's own number away."""
    lock_edition(festival_id)
    ids = {row.slug: row.id for row in db.session.execute(select(Category.slug, Category.id))}
    kept = {
        row.category_id: row
        for row in db.session.scalars(
            select(CategoryCapacity).where(CategoryCapacity.festival_id == festival_id)
        )
    }
    changed = {}
    for slug, count in wanted.items():
        row = kept.get(ids.get(slug, 0))
        before = row.capacity_count if row else None
        if slug not in ids or before == count:
            continue
        changed[slug] = count
        if row is not None and count is None:
            db.session.delete(row)
        elif row is not None and count is not None:
            row.capacity_count = count
        elif count is not None:
            db.session.add(
                CategoryCapacity(festival_id=festival_id, category_id=ids[slug], capacity_count=count)
            )
    if changed:
        record(actor, "set_capacities", f"festival:{festival_id}", at, capacities=changed)
    return changed
