"""Pages made once for many readers: where something of one reader would stand, such a page has a hole.

While a page is made so, nobody's name, cart or session is known to it. What differs between readers of one `Shape` is
marked (`hole`, `either`) and put in for each reader by who answers. Whatever asks for more of the reader raises
`Personal`, and the page is made for this reader alone: what nobody thought of is slow, never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, NamedTuple

from flask import has_request_context, request
from markupsafe import escape

ENVIRON = "bazargah.shape"
CHOICES = "bazargah.choices"
_MARK = "hole" + token_hex(16)
"""Not to be guessed: a word in somebody's text must not become a hole."""
_FIND = re.compile(rf"{_MARK}([a-z]+|[0-9]+)z".encode())


class Personal(BaseException):
    """Asked for something of the reader that has no hole. No `Exception`, so that no handler takes it for a failure."""


class Shape(NamedTuple):
    """What the readers of one kept page have in common; by default no account, with or without a cart."""

    is_signed_in: bool = False
    is_store_member: bool = False
    has_desk: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only who answers can know of the reader, such as whether they wish for an offer."""

    about: str
    id: int = 0

    def __bool__(self) -> bool:
        raise Personal


HAS_SESSION, HAS_CART = Question("session"), Question("cart")
Choice = tuple[Question, "Text", "Text"]


@dataclass(frozen=True, slots=True)
class Text:
    """Bytes with holes between them: one piece more than holes."""

    pieces: tuple[bytes, ...]
    holes: tuple[str | Choice, ...]

    @property
    def size(self) -> int:
        inner = sum(choice[1].size + choice[2].size for choice in self.holes if not isinstance(choice, str))
        return sum(map(len, self.pieces)) + inner

    def questions(self) -> frozenset[Question]:
        """What must be known of a reader besides the words of the holes."""
        choices = [hole for hole in self.holes if not isinstance(hole, str)]
        inner = [text.questions() for _, yes, no in choices for text in (yes, no)]
        return frozenset(choice[0] for choice in choices).union(*inner)

    def fill(self, words: Mapping[str, bytes], answers: Mapping[Question, bool]) -> bytes:
        """The page of one reader."""
        parts = [self.pieces[0]]
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            if isinstance(hole, str):
                parts.append(words[hole])
            else:
                parts.append((hole[1] if answers[hole[0]] else hole[2]).fill(words, answers))
            parts.append(piece)
        return b"".join(parts)


def shape() -> Shape | None:
    """For whom this page is made, if for many."""
    found: Shape | None = request.environ.get(ENVIRON) if has_request_context() else None
    return found


def ensure_of_one() -> None:
    """Opens what asks for the reader. Raises Personal while a page is made for many."""
    if shape() is not None:
        raise Personal


def hole(name: str) -> str:
    """A word of the reader, escaped by who puts it in; `name` in small letters."""
    return f"{_MARK}{name}z"


def either(answer: bool | Question, yes: Any, no: Any = "") -> Any:
    """One of two texts, chosen for each reader where the answer is not known yet. What is no markup is escaped."""
    if not isinstance(answer, Question):
        return yes if answer else no
    choices = request.environ.setdefault(CHOICES, [])
    choices.append((answer, str(escape(yes)), str(escape(no))))
    return f"{_MARK}{len(choices) - 1}z"


def text_of(body: bytes, choices: list[tuple[Question, str, str]]) -> Text:
    """A page as it was made, taken apart at its holes."""
    pieces = _FIND.split(body)
    holes: list[str | Choice] = []
    for name in pieces[1::2]:
        if name.isdigit():
            question, yes, no = choices[int(name)]
            holes.append((question, text_of(yes.encode(), choices), text_of(no.encode(), choices)))
        else:
            holes.append(name.decode())
    return Text(tuple(pieces[::2]), tuple(holes))
