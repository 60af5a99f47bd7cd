"""Texts that a store keeps: templates for its answers, and an answer that it has begun."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

from marketplace.complaints.inputs import LONGEST
from marketplace.complaints.models import AnswerDraft, AnswerTemplate
from marketplace.complaints.queries import complaint_of_store
from marketplace.core.db import db, is_sqlite


def save_template(store_id: int, title: str, body: str, at: datetime) -> int:
    """Keeps a text under its title and gives its id; the one with the same title is replaced."""
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    return db.session.scalars(
        insert(AnswerTemplate)
        .values(store_id=store_id, title=title, body=body, saved_at=at)
        .on_conflict_do_update(
            index_elements=[AnswerTemplate.store_id, AnswerTemplate.title],
            set_={"body": body, "saved_at": at},
        )
        .returning(AnswerTemplate.id)
    ).one()


def forget_template(store_id: int, template_id: int) -> None:
    """Forgets a store's own text; another store's stays untouched."""
    db.session.execute(
        delete(AnswerTemplate).where(AnswerTemplate.id == template_id, AnswerTemplate.store_id == store_id)
    )


def save_draft(number: str, store_id: int, body: str, at: datetime) -> None:
    """Keeps an answer that was begun; an empty one is forgotten. Raises UnknownComplaint for another store's."""
    complaint_id = complaint_of_store(number, store_id).id
    text = body.replace("\r\n", "\n").strip()[:LONGEST]
    if not text:
        db.session.execute(delete(AnswerDraft).where(AnswerDraft.complaint_id == complaint_id))
        return
    insert = insert_sqlite if is_sqlite() else insert_postgresql
    db.session.execute(
        insert(AnswerDraft)
        .values(complaint_id=complaint_id, body=text, saved_at=at)
        .on_conflict_do_update(index_elements=[AnswerDraft.complaint_id], set_={"body": text, "saved_at": at})
    )
