"""Acts on the cost of prizes that need two officers of the office."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import ApprovalKind, propose
from marketplace.accounts.models import Role
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.web import number
from marketplace.lottery.cost_share import bill_of, book_shares, pay_prizes, release_share
from marketplace.lottery.errors import CostsOpen
from marketplace.lottery.models import Draw
from marketplace.lottery.pages import word
from marketplace.stores.models import Store

BOOK, RELEASE, PAY = "book_shares", "release_share", "pay_prizes"
OFFICE = frozenset({Role.office})


def propose_booking(draw: Draw, actor: Actor, at: datetime) -> int:
    """Puts the shares as they are now before a second officer. Raises CostsOpen, ApprovalWaits."""
    bill = bill_of(draw, at)
    if not bill.is_final:
        raise CostsOpen(params={"count": bill.unsettled_count})
    content = {
        "draw_id": draw.id,
        "digest": bill.digest,
        "missing_toman": bill.missing_toman,
        "store_count": len(bill.shares),
    }
    return propose(BOOK, f"draw:{draw.slug}", content, actor, at)


def propose_release(draw: Draw, store_id: int, reason: str, actor: Actor, at: datetime) -> int:
    """Puts the end of a store's share before a second officer. Raises Invalid without a reason, ApprovalWaits."""
    words = " ".join(reason.split())[:500]
    if not words:
        raise Invalid(fields={"reason": "required"})
    content = {"draw_id": draw.id, "store_id": store_id, "reason": words}
    return propose(RELEASE, f"draw:{draw.slug}", content, actor, at)


def propose_payment(draw: Draw, amount_toman: int | None, note: str, actor: Actor, at: datetime) -> int:
    """Puts a payment for prizes before a second officer. Raises Invalid, ApprovalWaits."""
    words = " ".join(note.split())[:200]
    fields = {} if amount_toman else {"amount_toman": "bad_amount"}
    fields |= {} if words else {"note": "required"}
    if fields:
        raise Invalid("bad_payment", fields=fields)
    content = {"draw_id": draw.id, "amount_toman": amount_toman, "note": words}
    return propose(PAY, f"draw:{draw.slug}", content, actor, at)


def _book(agreed: Approval, actor: Actor, at: datetime) -> object:
    return book_shares(agreed.content["draw_id"], agreed.content["digest"], actor, at)


def _release(agreed: Approval, actor: Actor, at: datetime) -> object:
    content = agreed.content
    return release_share(content["draw_id"], content["store_id"], content["reason"], actor, at)


def _pay(agreed: Approval, actor: Actor, at: datetime) -> object:
    content = agreed.content
    pay_prizes(content["draw_id"], content["amount_toman"], content["note"], agreed.id, actor, at)
    return None


def _tell_booking(content: Mapping[str, Any]) -> list[Change]:
    return [
        Change(t("cost.missing"), "", f"{number(content['missing_toman'])} {t('ui.toman')}"),
        Change(t("cost.stores"), "", number(content["store_count"])),
    ]


def _tell_release(content: Mapping[str, Any]) -> list[Change]:
    row = db.session.execute(
        select(Store.name_fa, Store.name_en).where(Store.id == content["store_id"])
    ).one()
    return [
        Change(t("cost.store"), "", word(row.name_fa, row.name_en)),
        Change(t("cost.reason"), "", str(content["reason"])),
    ]


def _tell_payment(content: Mapping[str, Any]) -> list[Change]:
    return [
        Change(t("cost.amount"), "", f"{number(content['amount_toman'])} {t('ui.toman')}"),
        Change(t("cost.note"), "", str(content["note"])),
    ]


KINDS = (
    ApprovalKind(BOOK, OFFICE, _book, describe=_tell_booking),
    ApprovalKind(RELEASE, OFFICE, _release, describe=_tell_release),
    ApprovalKind(PAY, OFFICE, _pay, describe=_tell_payment),
)
