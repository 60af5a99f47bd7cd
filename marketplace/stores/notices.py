"""Messages about a store's papers, put in the outbox with the news they tell. None says why an inquiry was adverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from marketplace.accounts.models import Role
from marketplace.accounts.queries import people_with_role
from marketplace.messages.models import Channel
from marketplace.messages.outbox import put_message
from marketplace.stores.models import Clearance, Seal
from marketplace.stores.paper_queries import members_of

LOUD = frozenset({"seal_issued", "seal_suspended", "seal_revoked", "seal_expired", "seal_reinstated"})
SEAL_PAGE = "/panel/seal"


def tell_seal(seal: Seal, template: str, at: datetime) -> None:
    """The store's members read what became of their seal; the owners of what matters most also by SMS."""
    params = {"code": seal.code, "stars": seal.stars, "path": SEAL_PAGE}
    if seal.valid_until is not None:
        params["valid_at"] = seal.valid_until.isoformat()
    channels = (Channel.app, Channel.sms) if template in LOUD else (Channel.app,)
    key = f"{template}:{seal.id}:{at.isoformat()}"
    _tell(members_of(seal.store_id), channels, template, params, f"store:{seal.store_id}", key, at)


def tell_expiry(
    kind: str, store_id: int, paper_id: int, valid_until: datetime, days: int, at: datetime
) -> None:
    """The store's members are reminded of an end; once for each of the three distances and each end."""
    params = {"days": days, "valid_at": valid_until.isoformat(), "path": SEAL_PAGE}
    key = f"{kind}_expiry:{paper_id}:{days}:{valid_until.isoformat()}"
    channels = (Channel.app, Channel.sms)
    _tell(members_of(store_id), channels, f"{kind}_expiry", params, f"store:{store_id}", key, at)


def tell_clearance(clearance: Clearance, template: str, at: datetime) -> None:
    """The applicant reads the outcome alone."""
    people = [clearance.person_id] if clearance.person_id is not None else members_of(clearance.store_id)
    key = f"{template}:{clearance.id}:{at.isoformat()}"
    params = {"path": SEAL_PAGE}
    channels = (Channel.app, Channel.sms)
    _tell(people, channels, template, params, f"clearance:{clearance.id}", key, at)


def tell_clearance_officers(clearance: Clearance, colour: str, at: datetime) -> None:
    """Each clearance officer is reminded once of an inquiry that became amber, red or a breach."""
    begun = clearance.clock_from.isoformat() if clearance.clock_from else ""
    key = f"clearance_{colour}:{clearance.id}:{begun}"
    params = {"number": clearance.id, "path": f"/office/clearances/{clearance.id}"}
    people = people_with_role(Role.clearance_officer)
    _tell(people, (Channel.app,), f"clearance_{colour}", params, f"clearance:{clearance.id}", key, at)


def tell_application(store_id: int, template: str, params: Mapping[str, Any], key: str, at: datetime) -> None:
    """The store's members read what became of their application for a seal."""
    told = {**params, "path": SEAL_PAGE}
    channels = (Channel.app, Channel.sms)
    _tell(members_of(store_id), channels, template, told, f"store:{store_id}", f"{template}:{key}", at)


def _tell(
    people: Iterable[int],
    channels: Iterable[Channel],
    template: str,
    params: Mapping[str, Any],
    subject: str,
    key: str,
    at: datetime,
) -> None:
    for person_id in people:
        for channel in channels:
            put_message(
                key=f"{key}:{person_id}:{channel}",
                person=person_id,
                channel=channel,
                template=template,
                params=params,
                subject=subject,
                at=at,
            )
