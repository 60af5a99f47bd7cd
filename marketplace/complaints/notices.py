"""Messages about complaints and seals, put in the outbox with the news they tell. A store is told on two channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.complaints.models import (
    Complaint,
    Evaluation,
    OfferOfStoreState,
    RevocationCase,
    Said,
    StoreOffer,
)
from marketplace.core.db import db
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.stores.models import Store, StoreMember

TWO = (Channel.app, Channel.sms)


def tell_filed(complaint: Complaint, at: datetime) -> None:
    """Both sides read that the clock runs, and until when."""
    facts = {"number": complaint.number, "due_at": complaint.answer_due_at.isoformat()}
    _tell_shopper(complaint, "complaint_filed", facts, at)
    _tell_store(complaint, "complaint_received", facts, at)


def tell_reminder(complaint: Complaint, hours: int, at: datetime) -> None:
    """The store reads how many hours are left."""
    facts = {"number": complaint.number, "hours": hours, "due_at": complaint.answer_due_at.isoformat()}
    _tell_store(complaint, "complaint_reminder", facts, at, f"reminder-{hours}")


def tell_overdue(complaint: Complaint, at: datetime) -> None:
    """Both sides read that the deadline passed and the seal centre has the case."""
    facts = {"number": complaint.number}
    _tell_shopper(complaint, "complaint_overdue", facts, at)
    _tell_store(complaint, "complaint_overdue_store", facts, at)


def tell_answered(complaint: Complaint, said: Said, at: datetime) -> None:
    """The shopper reads that there is an answer, and that his word is asked for."""
    _tell_shopper(
        complaint, "complaint_answered", {"number": complaint.number}, at, f"answered-{at.isoformat()}"
    )


def tell_offer_decided(complaint: Complaint, offer: StoreOffer, at: datetime) -> None:
    """The store reads what became of its offer."""
    template = (
        "complaint_offer_accepted"
        if offer.state is OfferOfStoreState.accepted
        else "complaint_offer_declined"
    )
    _tell_store(complaint, template, {"number": complaint.number}, at, f"offer-{offer.id}")


def tell_evaluated(complaint: Complaint, at: datetime) -> None:
    """The store reads whether the shopper is content."""
    template = "complaint_solved" if complaint.evaluation is Evaluation.solved else "complaint_not_solved"
    _tell_store(complaint, template, {"number": complaint.number}, at)


def tell_ruled(complaint: Complaint, at: datetime) -> None:
    """Both sides read that the seal centre decided; the grounds stand in the case."""
    key = f"ruled-{at.isoformat()}"
    _tell_shopper(complaint, "complaint_ruled", {"number": complaint.number}, at, key)
    _tell_store(complaint, "complaint_ruled", {"number": complaint.number}, at, key)


def tell_due_moved(complaint: Complaint, pause_key: str, at: datetime) -> None:
    """The shopper reads that a crisis pause moved the deadline."""
    facts = {"number": complaint.number, "due_at": complaint.answer_due_at.isoformat()}
    _tell_shopper(complaint, "complaint_paused", facts, at, pause_key)


def tell_warning(store_id: int, level: int, cause: str, at: datetime) -> None:
    """The store reads that 5, 6 or 7 complaints count against its seal."""
    tell_store(
        store_id,
        "seal_warning",
        {"counted": level, "path": "/panel/complaints"},
        f"warning-{level}-{cause}",
        at,
    )


def tell_star(store_id: int, complaint: str, stars: int, is_back: bool, at: datetime) -> None:
    """The store reads that a star was lost to lateness, or came back."""
    template = "seal_star_back" if is_back else "seal_star_lost"
    facts = {"stars": stars, "path": "/panel/complaints/record"}
    tell_store(
        store_id, template, facts, f"star-{complaint}-{'back' if is_back else 'lost'}-{at.isoformat()}", at
    )


def tell_case(case: RevocationCase, template: str, facts: Mapping[str, Any], at: datetime) -> None:
    """The store reads a step of its revocation case."""
    tell_store(
        case.store_id,
        template,
        {**facts, "path": "/panel/complaints/revocation"},
        f"revocation-{case.id}-{template}",
        at,
    )


def tell_store(store_id: int, template: str, facts: Mapping[str, Any], key: str, at: datetime) -> None:
    """Every member of a store reads it, in the centre and by SMS."""
    _put(_members(store_id), template, facts, f"store:{store_id}:{key}", f"store:{store_id}", at)


def _tell_shopper(
    complaint: Complaint, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    store = db.session.get_one(Store, complaint.store_id)
    subject = f"complaint:{complaint.number}"
    whole = {**facts, "store": store.name_fa, "path": f"/complaints/{complaint.number}"}
    _put((complaint.person_id,), template, whole, f"{subject}:{key or template}", subject, at)


def _tell_store(
    complaint: Complaint, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    subject = f"complaint:{complaint.number}"
    whole = {**facts, "path": f"/panel/complaints/{complaint.number}"}
    _put(_members(complaint.store_id), template, whole, f"{subject}:store:{key or template}", subject, at)


def _members(store_id: int) -> list[int]:
    return list(
        db.session.scalars(
            select(StoreMember.person_id).where(
                StoreMember.store_id == store_id, StoreMember.ended_at.is_(None)
            )
        )
    )


def _put(
    people: Iterable[int], template: str, facts: Mapping[str, Any], key: str, subject: str, at: datetime
) -> None:
    for person_id in people:
        for channel in TWO:
            put_message(
                key=f"{key}:{person_id}:{channel.value}",
                person=person_id,
                channel=channel,
                template=template,
                params=facts,
                subject=subject,
                at=at,
            )
