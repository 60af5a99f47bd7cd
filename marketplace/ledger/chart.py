"""The chart of accounts: names, the side on which each grows, and which may never go below zero."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.ledger.models import Side


@dataclass(frozen=True, slots=True)
class Account:
    """A name of the chart with what the book must know to open it."""

    name: str
    side: Side
    is_limited: bool


GATEWAY_CLEARING = Account("gateway_clearing", Side.debit, is_limited=True)
"""Money that the gateway took for us and has not paid out."""

SHOPPER_REFUNDABLE = Account("shopper_refundable", Side.credit, is_limited=True)
"""Money that goes back to shoppers and has not left yet."""


def store_held(store_id: int) -> Account:
    """Money of paid store orders, kept until they are settled."""
    return Account(f"store_held:{store_id}", Side.credit, is_limited=True)
