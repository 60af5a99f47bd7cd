"""The one place where an application changes its state: guarded by the table, counted, written into the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.festival.application_errors import WrongApplicationStep
from marketplace.festival.application_models import ApplicationStep
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.rules import UNDONE_TRANSITIONS, may_become


def move(
    application: Application,
    following: ApplicationState,
    cause: str,
    actor: Actor,
    at: datetime,
    *,
    reasons: Sequence[Any] = (),
    note: str = "",
    due_at: datetime | None = None,
) -> None:
    """One locked application goes over to a state, with its history. Raises WrongApplicationStep."""
    move_all([application], following, cause, actor, at, reasons=reasons, note=note, due_at=due_at)


def move_all(
    applications: Iterable[Application],
    following: ApplicationState,
    cause: str,
    actor: Actor,
    at: datetime,
    *,
    reasons: Sequence[Any] = (),
    note: str = "",
    due_at: datetime | None = None,
    decision_id: int | None = None,
    is_undone: bool = False,
) -> None:
    """Locked applications go over to one state, all or none; their history in one statement.

    Raises WrongApplicationStep when the table (or, with `is_undone`, the table of ways back) has no such way.
    """
    rows = []
    for application in applications:
        allowed = (
            following in UNDONE_TRANSITIONS[application.state]
            if is_undone
            else may_become(application.state, following)
        )
        if not allowed:
            raise WrongApplicationStep(params={"state": application.state.value})
        rows.append(
            {
                "application_id": application.id,
                "version": application.version + 1,
                "cause": cause,
                "from_state": application.state,
                "to_state": following,
                "reasons": list(reasons),
                "note": note,
                "decision_id": decision_id,
                "actor_id": actor.id,
                "actor_label": actor.label,
                "at": at,
            }
        )
        application.state = following
        application.version += 1
        application.reasons = list(reasons)
        application.due_at = due_at
        if decision_id is not None:
            application.decided_at = at
    if rows:
        db.session.execute(insert(ApplicationStep), rows)
