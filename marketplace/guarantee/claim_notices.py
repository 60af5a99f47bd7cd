"""Messages about claims, put in the outbox with the news they tell. A store is told on two channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.guarantee.claim_models import Claim, ClaimRequest, Party
from marketplace.guarantee.clawback_models import Clawback
from marketplace.guarantee.decision_models import ClaimDecision
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message, tell
from marketplace.payments.events import ShopperTransferPaid, ShopperTransferRefused
from marketplace.payments.shopper_transfers import transfer_facts
from marketplace.stores.models import Store, StoreMember

TWO = (Channel.app, Channel.sms)


def tell_claim_filed(claim: Claim, at: datetime) -> None:
    """Both sides read until when the store may answer."""
    facts = {"due_at": (claim.answer_due_at or at).isoformat()}
    _tell_shopper(claim, "claim_filed", facts, at)
    _tell_store(claim, "claim_received", facts, at)


def tell_claim_withdrawn(claim: Claim, at: datetime) -> None:
    """The store reads that nothing is left to do."""
    _tell_store(claim, "claim_withdrawn", {}, at)


def tell_claim_answered(claim: Claim, at: datetime) -> None:
    """The shopper reads that there is an answer."""
    _tell_shopper(claim, "claim_answered", {}, at)


def tell_claim_complete(claim: Claim, at: datetime) -> None:
    """The shopper reads until when it will be decided."""
    facts = {"due_at": (claim.decide_by_at or at).isoformat()}
    _tell_shopper(claim, "claim_complete", facts, at, f"complete-{claim.version}")


def tell_claim_asked(claim: Claim, asked: ClaimRequest, at: datetime) -> None:
    """The side concerned reads what is asked for and until when."""
    facts = {"due_at": asked.due_at.isoformat()}
    tell_side = _tell_shopper if asked.of is Party.shopper else _tell_store
    tell_side(claim, "claim_asked", facts, at, f"asked-{claim.version}")


def tell_claim_decided(claim: Claim, decision: ClaimDecision, at: datetime) -> None:
    """Both sides read the outcome; the reasons stand in the letter."""
    if decision.is_for_shopper:
        facts: dict[str, Any] = {"amount_toman": decision.amount_toman}
        _tell_shopper(claim, "claim_approved", facts, at, decision.number)
        _tell_store(claim, "claim_approved_store", facts, at, decision.number)
        return
    _tell_shopper(claim, "claim_rejected", {}, at, decision.number)
    _tell_store(claim, "claim_rejected_store", {}, at, decision.number)


def tell_claim_appealed(claim: Claim, side: Party, at: datetime) -> None:
    """The other side reads that there is an appeal."""
    tell_side = _tell_store if side is Party.shopper else _tell_shopper
    tell_side(claim, "claim_appealed", {}, at, f"appealed-{side.value}")


def tell_sheba_needed(claim: Claim, at: datetime) -> None:
    """The shopper is asked for an account."""
    _tell_shopper(claim, "claim_sheba_needed", {}, at)


def tell_claim_paid(claim: Claim, amount_toman: int, at: datetime) -> None:
    """The shopper reads that the money is on its way."""
    _tell_shopper(claim, "claim_paid", {"amount_toman": amount_toman}, at, f"paid-{claim.paid_toman}")


def tell_transferred(claim: Claim, news: ShopperTransferPaid | ShopperTransferRefused) -> None:
    """The shopper reads that the bank paid the claim to their Sheba, or why it did not."""
    template, key, facts = transfer_facts(news)
    tell(
        key=key,
        person=claim.person_id,
        template=template,
        params={"number": claim.number, "path": f"/claims/{claim.number}", **facts},
        subject=f"claim:{claim.number}",
        at=news.at,
    )


def tell_recourse(claim: Claim, amount_toman: int, due_at: datetime, at: datetime) -> None:
    """The store reads what it owes the fund, and until when."""
    facts = {"amount_toman": amount_toman, "due_at": due_at.isoformat()}
    _tell_store(claim, "claim_recourse", facts, at, f"recourse-{claim.paid_toman}")


def tell_claim_lessened(claim: Claim, at: datetime) -> None:
    """The shopper reads that less of the loss is left."""
    _tell_shopper(claim, "claim_lessened", {}, at, f"lessened-{claim.version}")


def tell_clawback(claim: Claim, owed: Clawback, at: datetime) -> None:
    """The side that owes something to the fund reads how much and why."""
    facts = {"amount_toman": owed.amount_toman}
    tell_side = _tell_store if owed.debtor is Party.store else _tell_shopper
    tell_side(claim, f"clawback_{owed.cause.value}", facts, at, f"clawback-{owed.id}")


def tell_claim_stopped(claim: Claim, at: datetime) -> None:
    """Both sides read that the loss was made good elsewhere."""
    _tell_shopper(claim, "claim_stopped", {}, at)
    _tell_store(claim, "claim_stopped", {}, at)


def _tell_shopper(
    claim: Claim, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    store = db.session.get_one(Store, claim.store_id)
    subject = f"claim:{claim.number}"
    whole = {**facts, "number": claim.number, "store": store.name_fa, "path": f"/claims/{claim.number}"}
    _put((claim.person_id,), template, whole, f"{subject}:{key or template}", subject, at)


def _tell_store(
    claim: Claim, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    store = db.session.get_one(Store, claim.store_id)
    subject = f"claim:{claim.number}"
    whole = {**facts, "number": claim.number, "store": store.name_fa, "path": f"/panel/claims/{claim.number}"}
    members = db.session.scalars(
        select(StoreMember.person_id).where(
            StoreMember.store_id == claim.store_id, StoreMember.ended_at.is_(None)
        )
    ).all()
    _put(members, template, whole, f"{subject}:store:{key or template}", subject, at)


def _put(
    people: Iterable[int], template: str, facts: Mapping[str, Any], key: str, subject: str, at: datetime
) -> None:
    for person in people:
        for channel in TWO:
            put_message(
                key=f"{key}:{person}:{channel.value}",
                person=person,
                channel=channel,
                template=template,
                params=facts,
                subject=subject,
                at=at,
            )
