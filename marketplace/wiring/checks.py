"""What is watched and what is published of it: invariants, figures for operators, parts of the black box."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from marketplace.catalog.prices import broken_prices
from marketplace.core.audit_digests import CHECKS as AUDIT_CHECKS
from marketplace.core.box import BoxFolder, BoxPart
from marketplace.guarantee.book_invariants import CHECKS as FUND_BOOK_CHECKS
from marketplace.guarantee.claim_invariants import CHECKS as CLAIM_CHECKS
from marketplace.ledger.invariants import CHART_CHECKS
from marketplace.ledger.invariants import CHECKS as LEDGER_CHECKS
from marketplace.lottery.invariants import CHECKS as LOTTERY_CHECKS
from marketplace.orders.invariants import CHECKS as ORDER_CHECKS
from marketplace.orders.settlement_invariants import CHECKS as SETTLEMENT_CHECKS
from marketplace.oversight.box_parts import PARTS as BOX_PARTS
from marketplace.oversight.telling import tell_figures
from marketplace.payments.invariants import CHECKS as PAYMENT_CHECKS
from marketplace.reviews.ratings import CHECKS as REVIEW_CHECKS
from marketplace.stats.box_parts import PARTS as STATS_BOX_PARTS
from marketplace.stats.rollups import CHECKS as STATS_CHECKS

INVARIANTS: dict[str, Callable[[], Iterator[Any]]] = {
    **LEDGER_CHECKS,
    **CHART_CHECKS,
    **ORDER_CHECKS,
    **SETTLEMENT_CHECKS,
    **PAYMENT_CHECKS,
    **LOTTERY_CHECKS,
    **REVIEW_CHECKS,
    **CLAIM_CHECKS,
    **FUND_BOOK_CHECKS,
    **STATS_CHECKS,
    **AUDIT_CHECKS,
    "price_history_is_whole": broken_prices,
}

FIGURES = (tell_figures,)

BLACK_BOX_PARTS: tuple[BoxPart | BoxFolder, ...] = (*BOX_PARTS, *STATS_BOX_PARTS)
