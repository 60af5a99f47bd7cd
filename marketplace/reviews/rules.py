"""Who may review what and for how long, what a first look finds, how stars are summed: pure functions.

Sources: docs/reference/rules.md, "Reviews, questions, wishes".
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from marketplace.orders.models import StoreOrderState
from marketplace.reviews.models import SaidState

S = SaidState
TRANSITIONS: dict[SaidState, frozenset[SaidState]] = {
    S.published: frozenset({S.held, S.removed}),
    S.held: frozenset({S.published, S.removed}),
    S.removed: frozenset({S.published, S.held}),
}
"""A decision of the office moves between all three; an author's change of removed words is held for it."""

ARRIVED = frozenset(
    {
        StoreOrderState.delivered,
        StoreOrderState.closed,
        StoreOrderState.part_returned,
        StoreOrderState.returned,
    }
)
"""States of a store order whose goods have been in the buyer's hands."""
_LONG_NUMBER = re.compile(r"(?:[0-9][\s\-.\u200c]?){10,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:ir|com|net|org|shop)\b|t\.me/|@[a-z]\w{3,}", re.I)


def may_review(state: StoreOrderState) -> bool:
    """Only goods that arrived are reviewed."""
    return state in ARRIVED


def may_change(written_at: datetime, days: int, at: datetime) -> bool:
    """Whether an author may still change a review: `days` from writing, the last moment excluded."""
    return at < written_at + timedelta(days=days)


def looks_personal(words: str) -> str | None:
    """`personal_data` for a long number or a mail address, `advert` for an address of a site or a channel.

    `words` in ASCII digits.
    """
    if _LONG_NUMBER.search(words) or _MAIL.search(words):
        return "personal_data"
    return "advert" if _LINK.search(words) else None


def state_after(found: str | None, before: SaidState | None = None) -> SaidState:
    """The state of words just written: held when something was found, or earlier words were removed or are held."""
    return S.held if found or before in (S.removed, S.held) else S.published


def average_tenths(stars_sum: int, count: int) -> int | None:
    """The mean of stars in tenths, halves up; None without a review: 9 stars in 2 reviews -> 45."""
    return (20 * stars_sum + count) // (2 * count) if count else None
