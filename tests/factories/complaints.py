"""Complaints, through the verbs themselves; and the rows of the record for histories of any kind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from marketplace.complaints.filing import file_complaint, file_outside_complaint
from marketplace.complaints.inputs import ComplaintWish
from marketplace.complaints.models import Complaint
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.models import Store
from marketplace.stores.record_models import Mark
from marketplace.stores.record_rows import Filing, add_fact, add_mark, file_in_record
from marketplace.stores.standing import Category, Fact
from tests.factories.rows import AT, number

WISH = ComplaintWish(Category.not_delivered, "کالا نرسیده و پاسخی نگرفته‌ام.")


def a_complaint(part: Any, person: Any, at: datetime = AT, wish: ComplaintWish = WISH) -> str:
    """A complaint about a store order; gives its number."""
    with unit_of_work():
        return file_complaint(part.id, person.id, wish, at).number


def an_outside_complaint(store: Any, person: Any, at: datetime = AT) -> str:
    """A complaint about a purchase elsewhere; gives its number."""
    with unit_of_work():
        return file_outside_complaint(store.id, person.id, WISH, at).number


def complaint(number: str) -> Complaint:
    """A complaint as the database has it now."""
    db.session.rollback()
    return db.session.scalars(
        select(Complaint).where(Complaint.number == number).execution_options(populate_existing=True)
    ).one()


def unanswered(store: Store, count: int, *, at: datetime = AT, days_ago: int = 30) -> list[str]:
    """Rows of the record alone: complaints whose deadlines passed unanswered before `at`."""
    names = []
    with unit_of_work():
        for _ in range(count):
            name = f"T{number()}"
            filing = Filing(name, store.id, Category.defective, 168, f"store-order:9{number()}")
            file_in_record(filing, at - timedelta(days=days_ago))
            names.append(name)
    return names


def add_record_rows(store: Store, at: datetime = AT) -> None:
    """A row in each table of the record that is written once."""
    with unit_of_work():
        name = f"T{number()}"
        file_in_record(Filing(name, store.id, Category.other, 168), at)
        add_fact(name, Fact.answered, at + timedelta(hours=1))
        add_mark(store.id, Mark.fund_payment, f"claim:{name}", at)
