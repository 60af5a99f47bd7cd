"""Messages about payouts: to the owners of the store."""

from __future__ import annotations

from typing import Any

from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.payments.events import PayoutAccountChanged, PayoutFailed, PayoutPaid
from marketplace.stores.queries import owners_of

PAGE = "/panel/settlement"


def tell_payout_paid(news: PayoutPaid) -> None:
    """The owners read that the bank paid."""
    params = {"amount_toman": news.amount_toman, "reference": news.bank_reference, "path": PAGE}
    _tell(news, "payout_paid", f"payout:{news.payout_id}:paid", params, (Channel.app,))


def tell_payout_failed(news: PayoutFailed) -> None:
    """The owners read that the bank refused, and what to look at."""
    params = {"amount_toman": news.amount_toman, "reason": news.reason, "path": PAGE}
    key = f"payout:{news.payout_id}:failed:{news.at.isoformat()}"
    _tell(news, "payout_failed", key, params, (Channel.app, Channel.sms))


def tell_account_changed(news: PayoutAccountChanged) -> None:
    """The owners read that another Sheba was entered, in case it was none of them."""
    params = {"sheba": news.masked_sheba, "from_at": news.usable_from.isoformat(), "path": PAGE}
    key = f"store:{news.store_id}:sheba:{news.at.isoformat()}"
    _tell(news, "payout_account", key, params, (Channel.app, Channel.sms))


def _tell(news: Any, template: str, key: str, params: dict[str, Any], channels: tuple[Channel, ...]) -> None:
    for person in owners_of(news.store_id):
        for channel in channels:
            put_message(
                key=f"{key}:{person}:{channel}",
                person=person,
                channel=channel,
                template=template,
                params=params,
                subject=f"store:{news.store_id}",
                at=news.at,
            )
