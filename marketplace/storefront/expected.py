"""What is known of the hits of words before they are looked for; for the rest of a request."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g


def expect_many(words: Sequence[str]) -> None:
    """These words have many hits: the order of a list is the same for few."""
    g.setdefault("many_hits", set()).add(tuple(words))


def is_many(words: Sequence[str]) -> bool:
    return tuple(words) in g.get("many_hits", ())


def expect_among(words: Sequence[str], offers: Sequence[int]) -> None:
    """All hits of these words are among these offers."""
    g.setdefault("hits_among", {})[tuple(words)] = offers


def known_among(words: Sequence[str]) -> Sequence[int] | None:
    """The offers that all hits are among, where they are known."""
    found: Sequence[int] | None = g.get("hits_among", {}).get(tuple(words))
    return found
