"""How much one person says in a while; counted in the database, under a lock on the person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from marketplace.accounts.queries import lock_person
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.reviews.errors import SaidTooOften


def ensure_seldom(
    person_column: Any, at_column: Any, person_id: int, at: datetime, *, most: int, hours: int
) -> None:
    """Raises SaidTooOften when a person wrote `most` rows of a table within `hours`; their own row stays locked."""
    if lock_person(person_id) is None:
        raise NotFound()
    recent: ColumnElement[bool] = (person_column == person_id) & (at_column > at - timedelta(hours=hours))
    if (db.session.scalar(select(func.count()).where(recent)) or 0) >= most:
        raise SaidTooOften(retry_after=hours * 3600)
