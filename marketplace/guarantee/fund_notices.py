"""Messages of the fund to the owners of a store: its share of an assessment, and how full its line is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marketplace.guarantee.book_models import AssessmentShare, FundAssessment
from marketplace.guarantee.fund_rules import StoreLine
from marketplace.messages.outbox import tell
from marketplace.stores.queries import owners_of

PAGE = "/panel/cover"


def tell_assessed(made: FundAssessment, share: AssessmentShare, at: datetime) -> None:
    """The stores fill the fund up: what this one gives, and that it is taken from what it is due."""
    facts = {
        "number": made.number,
        "amount_toman": share.amount_toman,
        "missing_toman": made.floor_toman - made.free_toman,
    }
    _tell(share.store_id, "fund_assessed", facts, f"assessment:{made.number}", at)


def tell_share_paid(made: FundAssessment, share: AssessmentShare, at: datetime) -> None:
    """Nothing of a share is left to give."""
    facts = {"number": made.number, "amount_toman": share.amount_toman}
    _tell(share.store_id, "fund_share_paid", facts, f"assessment:{made.number}:paid", at)


def tell_line(store_id: int, line: StoreLine, at: datetime) -> None:
    """A store's line filled up, or has room again; a full one keeps some of its payouts back."""
    facts = {"exposure_toman": line.exposure_toman, "line_toman": line.line_toman}
    _tell(store_id, f"fund_line_{line.state.value}", facts, f"line:{at.isoformat()}", at)


def _tell(store_id: int, template: str, facts: Mapping[str, Any], key: str, at: datetime) -> None:
    for person in owners_of(store_id):
        tell(
            key=f"{key}:{store_id}:{person}",
            person=person,
            template=template,
            params={**facts, "path": PAGE},
            subject=f"store:{store_id}",
            at=at,
        )
