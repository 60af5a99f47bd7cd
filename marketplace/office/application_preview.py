"""A decision over many before it is made: who is in it, which places it takes, what stands against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.language import current_language, has_text, t
from marketplace.festival.application_facts import rooms_of
from marketplace.festival.application_models import Verdict
from marketplace.festival.application_queries import last_steps
from marketplace.festival.decision_inputs import choice_of
from marketplace.festival.models import Application, ApplicationState
from marketplace.festival.obstacles import problems_of
from marketplace.festival.reason_codes import CODES, NEEDS_REASON
from marketplace.office.application_filters import ROWS
from marketplace.policy.policy import policy_at

MOST_NAMED = 60


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """`choice`: all that can be decided, as the form sends it; `blocked` and `changed` say which cannot and why."""

    verdict: str
    count: int
    choice: str
    names: tuple[str, ...]
    more_count: int
    categories: tuple[Mapping[str, Any], ...]
    blocked: tuple[Mapping[str, Any], ...]
    changed: tuple[Mapping[str, Any], ...]
    reasons: tuple[tuple[str, str], ...]
    needs_reason: bool
    undo_minutes: int


def show_preview(
    festival_id: int, chosen: Mapping[int, int], verdict: Verdict, actor: Actor, at: datetime
) -> PreviewShown:
    """What a decision over these would do now. What changed since it was chosen, or stands against it, is left out
    of `choice`, so that the form that follows decides only what can be."""
    rows = {
        row.id: row
        for row in db.session.execute(
            ROWS.where(
                Application.id.in_(list(chosen)),
                Application.festival_id == festival_id,
                Application.state != ApplicationState.draft,
            )
        )
    }
    changed = [row for key, row in rows.items() if row.version != chosen[key]]
    applications = list(
        db.session.scalars(select(Application).where(Application.id.in_(list(rows))).order_by(Application.id))
    )
    policy = policy_at(at)
    rooms = rooms_of(festival_id, policy)
    problems = problems_of(applications, verdict, actor, at, policy, rooms)
    left_out = set(problems) | {row.id for row in changed}
    able = [rows[a.id] for a in applications if a.id not in left_out]
    news = last_steps(row.id for row in changed) if changed else {}
    return PreviewShown(
        verdict=verdict.value,
        count=len(able),
        choice=choice_of({row.id: row.version for row in able}),
        names=tuple(_store(row) for row in able[:MOST_NAMED]),
        more_count=max(0, len(able) - MOST_NAMED),
        categories=tuple(_categories(able, rooms, verdict)),
        blocked=tuple(
            {"id": key, "store": _store(rows[key]), "why": t(f"obstacle.{code}")}
            for key, code in problems.items()
            if rows[key].version == chosen[key]
        ),
        changed=tuple(
            {
                "id": row.id,
                "store": _store(row),
                "state": t(f"state.application_state.{row.state.value}"),
                "what": _news(news.get(row.id)),
            }
            for row in changed
        ),
        reasons=tuple((code, t(f"application_reason.{code}")) for code in CODES[verdict]),
        needs_reason=verdict in NEEDS_REASON,
        undo_minutes=policy.decision_undo_minutes,
    )


def _news(step: Any) -> Mapping[str, Any] | None:
    if step is None:
        return None
    key = f"application.cause.{step.cause}"
    return {
        "title": t(key) if has_text(key, "fa") else step.cause,
        "who": step.actor_label,
        "at": step.at,
    }


def _categories(able: list[Any], rooms: Any, verdict: Verdict) -> list[Mapping[str, Any]]:
    """Places per category before and after; only approvals take any."""
    if verdict is not Verdict.approve:
        return []
    counted = Counter(row.category_id for row in able)
    names = {row.category_id: (_category(row), bool(row.is_hard_hit)) for row in able}
    return [
        {
            "name": names[key][0],
            "is_hard_hit": names[key][1],
            "more": more,
            "taken": rooms.of(key).taken,
            "capacity": rooms.of(key).capacity if key in rooms.categories else None,
        }
        for key, more in counted.most_common()
    ]


def _store(row: Any) -> str:
    return str(row.name_en if current_language() == "en" else row.name_fa)


def _category(row: Any) -> str:
    return str((row.category_en if current_language() == "en" else row.category_fa) or "—")
