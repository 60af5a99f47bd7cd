"""The words under which offers are found: how they are kept, and which ones there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, text, update

from marketplace.core.db import AnySelect, db
from marketplace.core.text import search_words
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Offer
from marketplace.festival.shelf_models import SearchWord, ShelfChange

LEAST_LETTERS = 4
"""Shorter words are never mended."""
LONGEST = 40
BATCH = 5_000
LATEST = 2_000
"""So many changes stay when their words were collected, for readers of what was read before them."""

_COUNT = text(
    "INSERT INTO search_words (word, head, tail, size, n) VALUES (:word, :head, :tail, :size, :n) "
    "ON CONFLICT (word) DO UPDATE SET n = search_words.n + excluded.n"
)


def found_by(title: str, store: str, rest: str) -> str:
    """`offers.search_text`: folded words in three lines: of its title, of its store, of what else is said of it."""
    return "\n".join(search_words(part) for part in (title, store, rest))


def collect_words(at: datetime) -> int:
    """Keeps the words of the offers that changed first; gives how many changes. All but the latest are taken away."""
    with unit_of_work():
        changes = db.session.execute(_UNCOLLECTED).all()
        if not changes:
            return 0
        texts = db.session.scalars(
            select(Offer.search_text).where(Offer.id.in_({c.offer_id for c in changes}))
        )
        counted = _words_of(texts)
        if counted:
            db.session.execute(
                _COUNT,
                [
                    {"word": word, "head": word[:2], "tail": word[-2:], "size": len(word), "n": n}
                    for word, n in sorted(counted.items())
                ],
            )
        _put_away([c.id for c in changes])
        return len(changes)


_UNCOLLECTED = (
    select(ShelfChange.id, ShelfChange.offer_id)
    .where(ShelfChange.is_collected.is_(False))
    .order_by(ShelfChange.id)
    .limit(BATCH)
)


def _put_away(collected: list[int]) -> None:
    """The oldest go first: the log is whole from any of its rows on, or that row is gone."""
    newest = db.session.scalar(select(func.max(ShelfChange.id))) or 0
    is_old = ShelfChange.id <= newest - LATEST
    db.session.execute(
        update(ShelfChange).where(ShelfChange.id.in_(collected), ~is_old).values(is_collected=True)
    )
    db.session.execute(
        delete(ShelfChange).where(is_old, or_(ShelfChange.is_collected, ShelfChange.id.in_(collected)))
    )


def _words_of(texts: Iterable[str]) -> Counter[str]:
    """Words of titles and stores; the rest says the same of whole categories."""
    return Counter(
        word
        for kept in texts
        for word in " ".join(kept.split("\n")[:2]).split()
        if LEAST_LETTERS <= len(word) <= LONGEST and not word.isdecimal()
    )


def nearest(typed: str) -> str | None:
    """The word that was most likely meant: one letter wrong, missing, too many, or two neighbours swapped.

    None for short words and where there is none. One error leaves the first or the last two letters as they were.
    """
    size = len(typed)
    if size < LEAST_LETTERS or size > LONGEST or typed.isdecimal():
        return None
    near = SearchWord.size.in_((size - 1, size, size + 1))
    ends = (SearchWord.head == typed[:2], SearchWord.tail == typed[-2:])
    found = {row.word: row.n for end in ends for row in db.session.execute(_candidates(end, near))}
    meant = [word for word in found if max(len(word), size) > LEAST_LETTERS and is_one_off(typed, word)]
    return min(meant, key=lambda word: (-found[word], word), default=None)


def _candidates(end: ColumnElement[bool], near: ColumnElement[bool]) -> AnySelect:
    return select(SearchWord.word, SearchWord.n).where(end, near).order_by(SearchWord.n.desc()).limit(2_000)


def is_one_off(one: str, other: str) -> bool:
    """Whether one change of a letter (another, one more, one less, two neighbours swapped) makes one word the other."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    place = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[place:], other[place:]
    if len(a) != len(b):
        return a[1:] == b or a == b[1:]
    return a[1:] == b[1:] or (len(a) > 1 and a[:2] == b[1::-1] and a[2:] == b[2:])
