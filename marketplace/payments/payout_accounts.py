"""Where stores are paid: one living Sheba each; a changed one rests before money goes there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from marketplace.core import text
from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.events import publish
from marketplace.payments.events import PayoutAccountChanged
from marketplace.payments.payout_files import masked_sheba
from marketplace.payments.payout_models import Payout, PayoutAccount, PayoutState
from marketplace.payments.payout_queries import payout_account
from marketplace.policy.policy import policy_at


@dataclass(frozen=True, slots=True)
class AccountWish:
    """A Sheba with the name in which the bank keeps it."""

    sheba: str
    owner_name: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> AccountWish:
        """From a form. Raises Invalid with the code of each wrong field."""
        fields: dict[str, str] = {}
        sheba = text.sheba(str(values.get("sheba") or "")[:60])
        owner = " ".join(str(values.get("owner_name") or "").split())
        if sheba is None:
            fields["sheba"] = "bad_sheba"
        if not 3 <= len(owner) <= 80 or not owner.replace("\u200c", " ").isprintable():
            fields["owner_name"] = "bad_owner_name"
        if fields or sheba is None:
            raise Invalid("bad_payout_account", fields=fields)
        return cls(sheba, owner)


def enter_payout_account(store_id: int, wish: AccountWish, actor: Actor, at: datetime) -> PayoutAccount:
    """Makes a Sheba the store's. The first can be paid to at once; another one rests for the policy's hours.

    The same again changes nothing. Payouts that the bank refused are cleared for another try.
    """
    before = payout_account(store_id)
    if before is not None and (before.sheba, before.owner_name) == (wish.sheba, wish.owner_name):
        return before
    if before is not None:
        before.ended_at = at
        db.session.flush()
    rest = timedelta(hours=policy_at(at).payout_account_rest_hours if before is not None else 0)
    account = PayoutAccount(
        store_id=store_id,
        sheba=wish.sheba,
        owner_name=wish.owner_name,
        entered_by_id=actor.id,
        entered_at=at,
        usable_from=at + rest,
    )
    db.session.add(account)
    db.session.execute(
        update(Payout)
        .where(Payout.store_id == store_id, Payout.state == PayoutState.failed)
        .values(state=PayoutState.retried)
        .execution_options(synchronize_session=False)
    )
    db.session.flush()
    record(actor, "enter_payout_account", f"store:{store_id}", at, sheba=masked_sheba(wish.sheba))
    publish(PayoutAccountChanged(store_id, masked_sheba(wish.sheba), account.usable_from, at))
    return account
