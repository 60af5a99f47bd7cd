"""What a store that sells here for the first time does next; gone once a first parcel has arrived."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, select

from marketplace.core.db import db
from marketplace.festival.models import Application, ApplicationState, Offer
from marketplace.inspections.models import Acknowledgement
from marketplace.orders.models import StoreOrder, StoreOrderState
from marketplace.payments.payout_models import PayoutAccount

ON_ITS_WAY = (StoreOrderState.part_shipped, StoreOrderState.shipped)
ARRIVED = (
    StoreOrderState.delivered,
    StoreOrderState.closed,
    StoreOrderState.part_returned,
    StoreOrderState.returned,
)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """`key` names its words (`first_days.<key>`); state is done, now (the first that is left) or todo."""

    key: str
    path: str
    state: str


def first_days(store_id: int) -> list[FirstStep]:
    """The five steps from the admission to the first parcel; none for a store that has delivered before."""
    orders = StoreOrder.store_id == store_id
    if db.session.scalar(select(exists().where(orders, StoreOrder.state.in_(ARRIVED)))):
        return []
    admitted = (Application.store_id == store_id, Application.state == ApplicationState.approved)
    account = (PayoutAccount.store_id == store_id, PayoutAccount.ended_at.is_(None))
    facts = {
        ("application", "/panel/application"): exists().where(*admitted),
        ("offers", "/panel/offers"): exists().where(Offer.store_id == store_id),
        ("account", "/panel/settlement"): exists().where(*account),
        ("guidelines", "/panel/health"): exists().where(Acknowledgement.store_id == store_id),
        ("parcel", "/panel/orders"): exists().where(orders, StoreOrder.state.in_(ON_ITS_WAY)),
    }
    done = db.session.execute(select(*facts.values())).one()
    steps: list[FirstStep] = []
    for (key, path), is_done in zip(facts, done, strict=True):
        is_next = not is_done and all(step.state == "done" for step in steps)
        steps.append(FirstStep(key, path, "done" if is_done else "now" if is_next else "todo"))
    return steps
