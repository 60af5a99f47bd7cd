"""The wording of the three pledges with which the house comes, so that a new house can open its admission."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.db import db
from marketplace.festival.models import Pledge, PledgeText
from marketplace.policy.document_editing import MOST
from marketplace.policy.first_texts import first_texts


def publish_first_pledges(actor: Actor, at: datetime) -> list[Pledge]:
    """Writes version 1, in force from now, of each pledge that has no wording; gives those pledges.

    A pledge that has any wording is left alone: from then on it takes two persons to change it.
    """
    known = set(db.session.scalars(select(PledgeText.pledge).distinct()))
    new = [pledge for pledge in Pledge if pledge not in known]
    for pledge in new:
        text = first_texts()[f"pledge_{pledge.value}"]
        wording = {name: getattr(text, name) for name in MOST}
        db.session.add(PledgeText(pledge=pledge, version=1, effective_from=at, **wording))
    db.session.flush()
    for pledge in new:
        record(actor, "write_pledge_text", f"pledge:{pledge.value}", at, version=1, since=at.isoformat())
    return new
