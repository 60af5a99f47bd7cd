"""Public texts in versions: a new wording is a new row from a day on; older ones stay to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import func, select

from marketplace.core.audit import Actor, record
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.unit_of_work import on_violation
from marketplace.policy.inputs import parse_effective_day
from marketplace.policy.models import Document

MOST = {"title_fa": 160, "title_en": 160, "body_fa": 20_000, "body_en": 20_000}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class TextChanged(Conflict):
    """Somebody wrote a newer version since the page was made."""

    code = "text_changed"


on_violation("uq_documents_key_version", TextChanged)


@dataclass(frozen=True, slots=True)
class Wording:
    """A text in both languages from a day on. Paragraphs are parted by an empty line."""

    title_fa: str
    title_en: str
    body_fa: str
    body_en: str
    effective_on: date

    @classmethod
    def parse(cls, values: Mapping[str, Any], at: datetime) -> Wording:
        """Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        texts = {name: _text(values, name, most, errors) for name, most in MOST.items()}
        day = parse_effective_day(values, errors, at)
        if errors or day is None:
            raise Invalid(fields=errors)
        return cls(**texts, effective_on=day)

    def texts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in MOST}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A paragraph that stayed (`same`), went (`gone`) or came (`new`)."""

    kind: str
    text: str


def differences(before: str, after: str) -> list[DiffLine]:
    """Two wordings paragraph by paragraph."""
    old, new = _paragraphs(before), _paragraphs(after)
    lines: list[DiffLine] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            lines += [DiffLine("same", text) for text in old[a:b]]
            continue
        lines += [DiffLine("gone", text) for text in old[a:b]]
        lines += [DiffLine("new", text) for text in new[c:d]]
    return lines


def write_version(key: str, wording: Wording, seen: int, actor: Actor, at: datetime) -> int:
    """Adds the next version of a text and gives its number; `seen` is the newest that the page showed.

    Raises NotFound for a text that nobody wrote yet, TextChanged, Conflict('text_same').
    """
    last = db.session.scalar(
        select(Document).where(Document.key == key).order_by(Document.version.desc()).limit(1)
    )
    if last is None:
        raise NotFound()
    if last.version != seen:
        raise TextChanged()
    if all(getattr(last, name) == text for name, text in wording.texts().items()):
        raise Conflict("text_same")
    made = Document(
        key=key,
        group=last.group,
        version=last.version + 1,
        effective_from=max(day_begins(wording.effective_on), at),
        **wording.texts(),
    )
    db.session.add(made)
    db.session.flush()
    record(
        actor, "write_text", f"text:{key}", at, version=made.version, since=made.effective_from.isoformat()
    )
    return made.version


def publish_text(group: str, wording: Wording, actor: Actor, at: datetime) -> str:
    """Publishes a text of a group that is new, as version 1, and gives its key. Raises TextChanged when somebody
    published another one of the group at the same time."""
    count = db.session.scalar(select(func.count(Document.key.distinct())).where(Document.group == group))
    key = f"{group}_{(count or 0) + 1}"
    since = max(day_begins(wording.effective_on), at)
    db.session.add(Document(key=key, group=group, version=1, effective_from=since, **wording.texts()))
    db.session.flush()
    record(actor, "publish_text", f"text:{key}", at, version=1, since=since.isoformat())
    return key


def versions_of(key: str) -> Sequence[Document]:
    """Every version of a text, the newest first. Raises NotFound."""
    found = db.session.scalars(
        select(Document).where(Document.key == key).order_by(Document.version.desc())
    ).all()
    if not found:
        raise NotFound()
    return found


def newest_texts() -> Sequence[Document]:
    """The newest version of every text, planned ones included, by group and key."""
    newest = (
        select(Document.key, func.max(Document.version).label("version")).group_by(Document.key).subquery()
    )
    return db.session.scalars(
        select(Document)
        .join(newest, (Document.key == newest.c.key) & (Document.version == newest.c.version))
        .order_by(Document.group, Document.key)
    ).all()


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _text(values: Mapping[str, Any], name: str, most: int, errors: dict[str, str]) -> str:
    text = _CONTROL.sub(" ", str(values.get(name) or "")).replace("\r\n", "\n").strip()
    if not text:
        errors[name] = "required"
    elif len(text) > most:
        errors[name] = "too_long"
    return text
