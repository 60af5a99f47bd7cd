"""Who may see the pictures of findings and of their mending: the store concerned, inspectors, office and auditors."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.accounts.access import Visitor
from marketplace.accounts.models import Role
from marketplace.core.db import AnySelect, db
from marketplace.inspections.models import CorrectiveAction, Finding

READERS = frozenset({Role.health_inspector, Role.office, Role.auditor})


def may_see_finding(reader: Visitor, subject: str) -> bool:
    """Of `finding:17`."""
    number = _number(subject)
    return number is not None and _may_see(reader, select(Finding.store_id).where(Finding.id == number))


def may_see_action(reader: Visitor, subject: str) -> bool:
    """Of `corrective-action:17`."""
    number = _number(subject)
    query = (
        select(Finding.store_id)
        .join(CorrectiveAction, CorrectiveAction.finding_id == Finding.id)
        .where(CorrectiveAction.id == number)
    )
    return number is not None and _may_see(reader, query)


def _number(subject: str) -> int | None:
    told = subject.partition(":")[2]
    return int(told) if told.isdigit() else None


def _may_see(reader: Visitor, query: AnySelect) -> bool:
    store_id = db.session.scalar(query)
    return store_id is not None and (store_id in reader.store_ids or bool(reader.roles & READERS))
