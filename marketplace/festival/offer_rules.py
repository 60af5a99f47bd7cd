"""The lawful steps of an offer, and what a store may still change in each state, as pure functions."""

from __future__ import annotations

from marketplace.festival.models import OfferState

S = OfferState
TRANSITIONS: dict[OfferState, frozenset[OfferState]] = {
    S.draft: frozenset({S.checked, S.ended}),
    S.checked: frozenset({S.approved, S.rejected, S.draft}),
    S.rejected: frozenset({S.draft, S.ended}),
    S.approved: frozenset({S.live, S.frozen, S.ended}),
    S.live: frozenset({S.frozen, S.ended}),
    S.frozen: frozenset({S.approved, S.live, S.ended}),
    S.ended: frozenset(),
}
"""Lawful steps; anything else is refused as a stale page. A rejected offer becomes a draft by being mended."""

EDITABLE = frozenset({S.draft, S.rejected})
"""Everything may be changed."""
SELLING = frozenset({S.approved, S.live, S.frozen})
"""The price may fall and the stock may change, nothing else."""

REJECT_CODES = (
    "price_not_proven",
    "evidence_unclear",
    "wrong_category",
    "words_or_picture",
    "permit_not_valid",
    "counterfeit",
    "same_goods",
    "other",
)
"""Reasons of the office against an offer; worded as `offer_reason.<code>`."""
FREEZE_CODES = ("price_complaint", "counterfeit", "health", "permit_not_valid", "kit_reports", "other")
"""Reasons for which a running offer is stopped."""
PRICE_OR_KIT = frozenset({"price_complaint", "kit_reports"})
"""Those of them that the store's performance record tells of."""


def may_become(state: OfferState, following: OfferState) -> bool:
    """Whether an offer may go from one state to the other."""
    return following in TRANSITIONS[state]
