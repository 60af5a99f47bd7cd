"""The first look at what somebody wrote: insults in any spelling, personal data, adverts. A person decides after it."""

from __future__ import annotations

from functools import cache

from persian_text_guard import ProfanityFilter, WordList

from marketplace.core.text import ascii_digits
from marketplace.reviews.rules import looks_personal


def found_in(words: str) -> str | None:
    """`insult`, `personal_data` or `advert`; None when nothing was found."""
    if _filter().contains_profanity(words):
        return "insult"
    return looks_personal(ascii_digits(words))


@cache
def _filter() -> ProfanityFilter:
    return ProfanityFilter(WordList.persian_default())
