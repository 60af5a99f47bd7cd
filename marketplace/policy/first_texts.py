"""The texts with which the house comes: pledges, guidelines, rules, notices. An office publishes them as first versions
and changes them from then on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.policy.models import Document

FILE = Path(__file__).with_name("first_texts.json")


@dataclass(frozen=True, slots=True)
class FirstText:
    """A text as it comes with the house; paragraphs are parted by an empty line."""

    key: str
    group: str
    title_fa: str
    title_en: str
    body_fa: str
    body_en: str


@cache
def first_texts() -> dict[str, FirstText]:
    """All of them by key, in the order in which they are published."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        row["key"]: FirstText(
            row["key"],
            row["group"],
            row["title_fa"],
            row["title_en"],
            "\n\n".join(row["body_fa"]),
            "\n\n".join(row["body_en"]),
        )
        for row in rows
    }


def unpublished_texts() -> list[FirstText]:
    """Those of which no version was ever published."""
    known = set(db.session.scalars(select(Document.key).distinct()))
    return [text for text in first_texts().values() if text.key not in known]


def publish_first_texts(actor: Actor, at: datetime) -> list[str]:
    """Publishes every text that was never published, as its version 1 from now on; gives their keys.

    A text of which there is any version is left alone, so that doing it twice changes nothing.
    """
    texts = unpublished_texts()
    for text in texts:
        db.session.add(
            Document(
                key=text.key,
                group=text.group,
                version=1,
                title_fa=text.title_fa,
                title_en=text.title_en,
                body_fa=text.body_fa,
                body_en=text.body_en,
                effective_from=at,
            )
        )
    db.session.flush()
    for text in texts:
        record(actor, "publish_text", f"text:{text.key}", at, version=1, since=at.isoformat())
    return [text.key for text in texts]
