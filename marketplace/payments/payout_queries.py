"""Reading payouts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.core.db import AnyRow, db, is_sqlite
from marketplace.ledger.chart import SHOPPER_REFUNDABLE, Account, store_payable
from marketplace.payments.payout_errors import UnknownBatch
from marketplace.payments.payout_models import (
    BankAnswer,
    BatchState,
    Payout,
    PayoutAccount,
    PayoutBatch,
    PayoutState,
    ShopperTransfer,
)
from marketplace.stores.models import Store

OPEN_BATCHES = (BatchState.proposed, BatchState.signed, BatchState.approved)
NOT_ENDED = (PayoutState.proposed, PayoutState.sent, PayoutState.failed)


def lock_batch(batch_id: int) -> PayoutBatch:
    """A batch, locked and read anew. Raises UnknownBatch."""
    query = select(PayoutBatch).where(PayoutBatch.id == batch_id).execution_options(populate_existing=True)
    found = db.session.execute(query if is_sqlite() else query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise UnknownBatch()
    return found


def batch(batch_id: int) -> PayoutBatch:
    """A batch. Raises UnknownBatch."""
    found = db.session.get(PayoutBatch, batch_id)
    if found is None:
        raise UnknownBatch()
    return found


def due_account(payout: Payout) -> Account:
    """Where the money of a payout lies until it is sent, and again when it is refused."""
    return SHOPPER_REFUNDABLE if payout.store_id is None else store_payable(payout.store_id)


def subject_of(payout: Payout) -> str:
    """Whom a payout is for, as the book names it."""
    if payout.store_id is None:
        return f"shopper-transfer:{payout.shopper_transfer_id}"
    return f"store:{payout.store_id}"


def payouts_of(batch_id: int) -> Sequence[Payout]:
    """The payouts of a batch, in the order of their rows, read anew."""
    return db.session.scalars(
        select(Payout)
        .where(Payout.batch_id == batch_id)
        .order_by(Payout.id)
        .execution_options(populate_existing=True)
    ).all()


def has_open_batch() -> bool:
    """Whether a batch waits to be signed or sent."""
    return db.session.scalar(select(PayoutBatch.id).where(PayoutBatch.state.in_(OPEN_BATCHES))) is not None


def last_proposed_at() -> datetime | None:
    """When the newest batch was proposed."""
    return db.session.scalar(select(func.max(PayoutBatch.proposed_at)))


def batches(limit: int = 30) -> Sequence[PayoutBatch]:
    """The newest batches."""
    return db.session.scalars(select(PayoutBatch).order_by(PayoutBatch.id.desc()).limit(limit)).all()


def batch_rows(batch_id: int) -> Sequence[AnyRow]:
    """The payouts of a batch with stores' names or shoppers' subjects, the failed first, then the largest."""
    return db.session.execute(
        select(Payout, Store.name_fa, Store.name_en, Store.slug, ShopperTransfer.subject)
        .outerjoin(Store, Store.id == Payout.store_id)
        .outerjoin(ShopperTransfer, ShopperTransfer.id == Payout.shopper_transfer_id)
        .where(Payout.batch_id == batch_id)
        .order_by((Payout.state == PayoutState.failed).desc(), Payout.amount_toman.desc(), Payout.id)
    ).all()


def failed_payouts(limit: int = 100) -> Sequence[AnyRow]:
    """Payouts that the bank refused and nobody has cleared, the newest first, with stores' names or subjects."""
    return db.session.execute(
        select(Payout, Store.name_fa, Store.name_en, Store.slug, ShopperTransfer.subject)
        .outerjoin(Store, Store.id == Payout.store_id)
        .outerjoin(ShopperTransfer, ShopperTransfer.id == Payout.shopper_transfer_id)
        .where(Payout.state == PayoutState.failed)
        .order_by(Payout.id.desc())
        .limit(limit)
    ).all()


def answers_of(batch_id: int) -> Sequence[BankAnswer]:
    """The bank's files that were read for a batch, the oldest first."""
    return db.session.scalars(
        select(BankAnswer).where(BankAnswer.batch_id == batch_id).order_by(BankAnswer.id)
    ).all()


def payouts_of_store(store_id: int, limit: int = 20) -> Sequence[Payout]:
    """A store's payouts, the newest first; those of dropped batches are not its business."""
    return db.session.scalars(
        select(Payout)
        .where(Payout.store_id == store_id, Payout.state != PayoutState.dropped)
        .order_by(Payout.id.desc())
        .limit(limit)
    ).all()


def payout_account(store_id: int) -> PayoutAccount | None:
    """Where a store is paid."""
    return db.session.scalar(
        select(PayoutAccount).where(PayoutAccount.store_id == store_id, PayoutAccount.ended_at.is_(None))
    )


def payable_accounts(at: datetime) -> Sequence[PayoutAccount]:
    """Accounts of stores that can be paid: rested, and no payout of theirs proposed, sent, or failed and waiting for a
    person."""
    busy = select(Payout.store_id).where(Payout.state.in_(NOT_ENDED), Payout.store_id.is_not(None))
    return db.session.scalars(
        select(PayoutAccount)
        .where(
            PayoutAccount.ended_at.is_(None),
            PayoutAccount.usable_from <= at,
            PayoutAccount.store_id.not_in(busy),
        )
        .order_by(PayoutAccount.store_id)
    ).all()
