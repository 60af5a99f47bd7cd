"""Words looked for in the text of an offer itself: for SQLite, for words without a point, and by no index of words."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, bindparam, func

from marketplace.festival.models import Offer

TITLE, STORE, REST = 1, 2, 3
"""So many lines of a text: its title, the store's name as well, and all of it."""
_END = func.char(10)


def has_words(count: int, lines: int) -> ColumnElement[bool]:
    """Whether each of so many words begins a word of these lines; filled by `asked_of_texts`."""
    said = func.concat(" ", _part(func.replace(Offer.search_text, ".", " "), lines))
    return and_(*(func.instr(said, bindparam(f"word{n}", type_=Text())) > 0 for n in range(count)))


def asked_of_texts(words: list[str]) -> dict[str, str]:
    """What fills `has_words`."""
    return {f"word{n}": " " + word for n, word in enumerate(words)}


def _part(text: Any, lines: int) -> Any:
    if lines == REST:
        return func.replace(text, _END, " ")
    end = func.instr(func.concat(text, _END), _END)
    if lines == TITLE:
        return func.substr(text, 1, end - 1)
    return func.concat(func.substr(text, 1, end - 1), " ", _part(func.substr(text, end + 1), TITLE))
