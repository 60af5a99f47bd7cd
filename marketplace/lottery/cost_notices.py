"""Messages about the cost of the prizes, to the owners of the stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from marketplace.lottery.cost_models import CostPlan
from marketplace.lottery.models import Draw
from marketplace.messages.outbox import tell
from marketplace.stores.queries import owners_of

PAGE = "/panel/lottery-share"


def tell_missing(draw: Draw, plan: CostPlan, stores: Sequence[int], at: datetime) -> None:
    """The sponsors left something open: the stores will share it after the festival."""
    for store in stores:
        for person in owners_of(store):
            tell(
                key=f"cost-plan:{plan.id}:{store}:{person}",
                person=person,
                template="prizes_to_share",
                params={"missing_toman": plan.missing_toman, "store_count": len(stores), "path": PAGE},
                subject=f"store:{store}",
                at=at,
            )


def tell_share(draw: Draw, store: int, number: int, toman: int, at: datetime) -> None:
    """A store's share is booked; it is taken from what the store is due."""
    for person in owners_of(store):
        tell(
            key=f"cost-share:{draw.id}:{store}:{number}:{person}",
            person=person,
            template="prize_share_booked",
            params={"amount_toman": toman, "path": PAGE},
            subject=f"store:{store}",
            at=at,
        )
