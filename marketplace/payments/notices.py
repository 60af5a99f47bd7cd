"""Messages about payouts: to the owners of the store."""

from __future__ import annotations

from typing import Any

from marketplace.messages.outbox import tell
from marketplace.payments.events import PayoutAccountChanged, PayoutFailed, PayoutPaid
from marketplace.stores.queries import owners_of

PAGE = "/panel/settlement"


def tell_payout_paid(news: PayoutPaid) -> None:
    """The owners read that the bank paid."""
    params = {"amount_toman": news.amount_toman, "sheba_end": news.sheba_end}
    _tell_owners(news, "payout_paid", f"payout:{news.payout_id}:paid", params)


def tell_payout_failed(news: PayoutFailed) -> None:
    """The owners read that the bank refused, and what to look at."""
    params = {"amount_toman": news.amount_toman, "reason": news.reason}
    _tell_owners(news, "payout_failed", f"payout:{news.payout_id}:failed:{news.at.isoformat()}", params)


def tell_account_changed(news: PayoutAccountChanged) -> None:
    """The owners read that another Sheba was entered, in case it was none of them."""
    params = {"sheba": news.masked_sheba, "from_at": news.usable_from.isoformat()}
    _tell_owners(news, "payout_account", f"store:{news.store_id}:sheba:{news.at.isoformat()}", params)


def _tell_owners(news: Any, template: str, key: str, params: dict[str, Any]) -> None:
    for person in owners_of(news.store_id):
        tell(
            key=f"{key}:{person}",
            person=person,
            template=template,
            params={**params, "path": PAGE},
            subject=f"store:{news.store_id}",
            at=news.at,
        )
