"""The wording of the pledges: a contract of every store, so a new version needs two persons.

From its day on every store must accept it again before its offers can be bought.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts.approvals import propose
from marketplace.accounts.shown import Approval, Change
from marketplace.core.audit import Actor, record
from marketplace.core.dates import day_begins
from marketplace.core.db import db
from marketplace.core.errors import Conflict, NotFound
from marketplace.core.language import t
from marketplace.core.unit_of_work import on_violation
from marketplace.core.web import jdate
from marketplace.festival.models import Pledge, PledgeText
from marketplace.policy.document_editing import MOST, TextChanged, Wording

ACTION = "pledge_text"

on_violation("uq_pledge_texts_pledge_version", TextChanged)


def propose_pledge_text(pledge: Pledge, wording: Wording, seen: int, actor: Actor, at: datetime) -> int:
    """Puts a new wording before a second person; gives the proposal's id.

    Raises TextChanged for a stale page, Conflict('text_same'), ApprovalWaits.
    """
    last = versions_of_pledge(pledge)[0]
    if last.version != seen:
        raise TextChanged()
    before = {name: getattr(last, name) for name in MOST}
    if before == wording.texts():
        raise Conflict("text_same")
    return propose(
        ACTION,
        f"pledge:{pledge.value}",
        {
            "pledge": pledge.value,
            "before": before,
            "after": wording.texts(),
            "effective_on": wording.effective_on.isoformat(),
            "seen": seen,
        },
        actor,
        at,
    )


def carry_out_pledge_text(approval: Approval, actor: Actor, at: datetime) -> None:
    """Writes the wording that two persons agreed on. Raises TextChanged."""
    content: Mapping[str, Any] = approval.content
    pledge = Pledge(content["pledge"])
    last = versions_of_pledge(pledge)[0]
    if last.version != content["seen"]:
        raise TextChanged()
    begins = max(day_begins(date.fromisoformat(content["effective_on"])), at)
    db.session.add(
        PledgeText(pledge=pledge, version=last.version + 1, effective_from=begins, **content["after"])
    )
    db.session.flush()
    record(
        actor, "write_pledge_text", approval.subject, at, version=last.version + 1, since=begins.isoformat()
    )


def describe_pledge_text(content: Mapping[str, Any]) -> list[Change]:
    """A proposed wording as rows of a difference."""
    rows = [
        Change(t(f"text_page.{name}"), content["before"][name], content["after"][name])
        for name in MOST
        if content["before"][name] != content["after"][name]
    ]
    day = date.fromisoformat(content["effective_on"])
    return [*rows, Change(t("approval.field.effective_from"), None, jdate(day))]


def versions_of_pledge(pledge: Pledge) -> Sequence[PledgeText]:
    """Every wording of a pledge, the newest first. Raises NotFound."""
    found = db.session.scalars(
        select(PledgeText).where(PledgeText.pledge == pledge).order_by(PledgeText.version.desc())
    ).all()
    if not found:
        raise NotFound()
    return found
