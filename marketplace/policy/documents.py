"""Public texts in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.policy.models import Document


def documents_in_force(groups: Sequence[str], at: datetime) -> Sequence[Document]:
    """The newest version of every text of some groups, in the order in which they were first written."""
    newest = (
        select(
            Document.key, func.max(Document.version).label("version"), func.min(Document.id).label("place")
        )
        .where(Document.group.in_(groups), Document.effective_from <= at)
        .group_by(Document.key)
        .subquery()
    )
    return db.session.scalars(
        select(Document)
        .join(newest, (Document.key == newest.c.key) & (Document.version == newest.c.version))
        .order_by(newest.c.place)
    ).all()
