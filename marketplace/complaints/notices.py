"""Messages about complaints and seals, put in the outbox with the news they tell. A store is told on two channels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.complaints.events import Escalated
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
from marketplace.messages.outbox import News, put_messages
from marketplace.stores.models import Store, StoreMember

TWO = (Channel.app, Channel.sms)


def tell_filed(complaint: Complaint, at: datetime) -> None:
    """Both sides read that the clock runs, and until when."""
    facts = {"number": complaint.number, "due_at": complaint.answer_due_at.isoformat()}
    _tell_shopper(complaint, "complaint_filed", facts, at)
    _tell_store(complaint, "complaint_received", facts, at)


def tell_reminders(due: Sequence[tuple[Complaint, int]], at: datetime) -> None:
    """Stores read how many hours are left, each of its complaint."""
    members = _members_of({complaint.store_id for complaint, _ in due})
    news: list[News] = []
    for complaint, hours in due:
        facts = {"number": complaint.number, "hours": hours, "due_at": complaint.answer_due_at.isoformat()}
        readers = members.get(complaint.store_id, ())
        news += _for_store(complaint, readers, "complaint_reminder", facts, f"reminder-{hours}")
    put_messages(news, at)


def tell_overdue(complaints: Sequence[Escalated], at: datetime) -> None:
    """Both sides of each read that the deadline passed and the seal centre has the case."""
    ids = {complaint.store_id for complaint in complaints}
    members, names = _members_of(ids), _names_of(ids)
    news: list[News] = []
    for complaint in complaints:
        facts = {"number": complaint.number}
        readers = members.get(complaint.store_id, ())
        news += _for_shopper(complaint, names[complaint.store_id], "complaint_overdue", facts)
        news += _for_store(complaint, readers, "complaint_overdue_store", facts)
    put_messages(news, at)


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


def tell_due_moved(complaints: Sequence[Complaint], pause_key: str, at: datetime) -> None:
    """Shoppers read that a crisis pause moved the deadlines."""
    names = _names_of({complaint.store_id for complaint in complaints})
    news: list[News] = []
    for complaint in complaints:
        facts = {"number": complaint.number, "due_at": complaint.answer_due_at.isoformat()}
        key = f"{pause_key}-{facts['due_at']}"
        news += _for_shopper(complaint, names[complaint.store_id], "complaint_paused", facts, key)
    put_messages(news, at)


@dataclass(frozen=True, slots=True)
class StoreNews:
    """What every member of a store reads, in the centre and by SMS; each once per `key`."""

    store_id: int
    template: str
    facts: Mapping[str, Any]
    key: str


def warning_news(store_id: int, level: int, cause: str) -> StoreNews:
    """So many complaints count against the seal, 5, 6 or 7; `cause` names the last of them. Each warning once."""
    facts = {"counted": level, "path": "/panel/complaints"}
    return StoreNews(store_id, "seal_warning", facts, f"warning-{level}-{cause}")


def star_news(store_id: int, complaint: str, stars: int, is_back: bool, at: datetime) -> StoreNews:
    """A star was lost to lateness, or came back."""
    facts = {"stars": stars, "path": "/panel/complaints/record"}
    key = f"star-{complaint}-{'back' if is_back else 'lost'}-{at.isoformat()}"
    return StoreNews(store_id, "seal_star_back" if is_back else "seal_star_lost", facts, key)


def case_news(case: RevocationCase, template: str, facts: Mapping[str, Any]) -> StoreNews:
    """A step of the store's revocation case."""
    whole = {**facts, "path": "/panel/complaints/revocation"}
    return StoreNews(case.store_id, template, whole, f"revocation-{case.id}-{template}")


def tell_case(case: RevocationCase, template: str, facts: Mapping[str, Any], at: datetime) -> None:
    """The store reads a step of its revocation case."""
    tell_stores([case_news(case, template, facts)], at)


def tell_stores(many: Sequence[StoreNews], at: datetime) -> None:
    """Stores read what became of their seals, in as many statements for a hundred of them as for one."""
    if not many:
        return
    members = _members_of({one.store_id for one in many})
    news: list[News] = []
    for one in many:
        subject = f"store:{one.store_id}"
        readers = members.get(one.store_id, ())
        news += _news(readers, one.template, one.facts, f"{subject}:{one.key}", subject)
    put_messages(news, at)


def _tell_shopper(
    complaint: Complaint, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    name = _names_of({complaint.store_id})[complaint.store_id]
    put_messages(_for_shopper(complaint, name, template, facts, key), at)


def _tell_store(
    complaint: Complaint, template: str, facts: Mapping[str, Any], at: datetime, key: str | None = None
) -> None:
    readers = _members_of({complaint.store_id}).get(complaint.store_id, ())
    put_messages(_for_store(complaint, readers, template, facts, key), at)


def _for_shopper(
    complaint: Complaint | Escalated,
    store_name: str,
    template: str,
    facts: Mapping[str, Any],
    key: str | None = None,
) -> list[News]:
    subject = f"complaint:{complaint.number}"
    whole = {**facts, "store": store_name, "path": f"/complaints/{complaint.number}"}
    return _news((complaint.person_id,), template, whole, f"{subject}:{key or template}", subject)


def _for_store(
    complaint: Complaint | Escalated,
    members: Iterable[int],
    template: str,
    facts: Mapping[str, Any],
    key: str | None = None,
) -> list[News]:
    subject = f"complaint:{complaint.number}"
    whole = {**facts, "path": f"/panel/complaints/{complaint.number}"}
    return _news(members, template, whole, f"{subject}:store:{key or template}", subject)


def _news(
    people: Iterable[int], template: str, facts: Mapping[str, Any], key: str, subject: str
) -> list[News]:
    return [
        News(f"{key}:{person_id}:{channel.value}", person_id, channel, template, facts, subject)
        for person_id in people
        for channel in TWO
    ]


def _members_of(store_ids: Collection[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    rows = db.session.execute(
        select(StoreMember.store_id, StoreMember.person_id).where(
            StoreMember.store_id.in_(store_ids), StoreMember.ended_at.is_(None)
        )
    )
    for store_id, person_id in rows:
        found.setdefault(store_id, []).append(person_id)
    return found


def _names_of(store_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(select(Store.id, Store.name_fa).where(Store.id.in_(store_ids)))
    return {row.id: row.name_fa for row in rows}
