"""The Sheba that an approved store gave with its application becomes the first to which it is paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import exists, select

from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.festival.models import Application, ApplicationState
from marketplace.payments.payout_accounts import AccountWish, enter_payout_account
from marketplace.payments.payout_models import PayoutAccount
from marketplace.policy.policy import policy_at
from marketplace.stores.models import StoreHolder

BATCH = 50


def hand_over_accounts(at: datetime) -> int:
    """Sweep: approved stores that never had a payout account get the one of their application, which the bank matched.

    Not before the decision stands for good, so that nobody reads of it too early. Gives how many; run in a unit.
    """
    stands = at - timedelta(minutes=policy_at(at).decision_undo_minutes)
    rows = db.session.execute(
        select(StoreHolder.store_id, StoreHolder.sheba, StoreHolder.sheba_owner)
        .join(Application, Application.store_id == StoreHolder.store_id)
        .where(
            Application.state == ApplicationState.approved,
            Application.decided_at <= stands,
            StoreHolder.sheba.is_not(None),
            StoreHolder.sheba_owner.is_not(None),
            ~exists().where(PayoutAccount.store_id == StoreHolder.store_id),
        )
        .distinct()
        .order_by(StoreHolder.store_id)
        .limit(BATCH)
    ).all()
    for row in rows:
        enter_payout_account(row.store_id, AccountWish(row.sheba, row.sheba_owner), SYSTEM, at)
    return len(rows)
