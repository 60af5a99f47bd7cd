"""The next edition of the demo: it takes applications now, and some stores of the spring have sent theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace

from sqlalchemy import select

from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.demo.applications import add_form, add_steps
from marketplace.demo.bulk import Bulk
from marketplace.demo.plan.source import data, stream
from marketplace.demo.plan.stores import StorePlan
from marketplace.festival.application_models import ApplicationForm, ApplicationMatch, ApplicationStep
from marketplace.festival.models import Application, ApplicationState, Festival, Pledge, PledgeAcceptance
from marketplace.festival.waiting_list import refresh_scores
from marketplace.policy.models import PolicyRow
from marketplace.stores.models import StoreMember

NEXT_APPLICANTS = 60
CAPACITY = 360
DAY = timedelta(days=1)


def load_next_edition(
    stores: Sequence[StorePlan],
    store_ids: Mapping[str, int],
    categories: Mapping[str, int],
    seed: int,
    now: datetime,
) -> None:
    """The summer edition, taking applications now; some stores of the spring have sent theirs."""
    bulk = Bulk(
        PolicyRow, Festival, Application, PledgeAcceptance, ApplicationForm, ApplicationMatch, ApplicationStep
    )
    festival_id = _add_edition(bulk, now)
    owners = dict(db.session.execute(select(StoreMember.store_id, StoreMember.person_id)).all())
    hard_hit = {row["slug"] for row in data("categories") if row["hard_hit"]}
    for plan in [plan for plan in stores if plan.was_approved][1 : NEXT_APPLICANTS + 1]:
        rng = stream(seed, "next", plan.slug)
        store_id = store_ids[plan.key]
        sent_at = now - timedelta(hours=rng.randint(2, 230))
        application_id = bulk.add(
            Application,
            festival_id=festival_id,
            store_id=store_id,
            category_id=categories[plan.category_slug],
            state=ApplicationState.submitted,
            reasons=[],
            version=1,
            score=0,
            check_result="wait",
            submitted_at=sent_at,
            due_at=sent_at + 10 * DAY,
        )
        for pledge in Pledge:
            bulk.add(
                PledgeAcceptance,
                festival_id=festival_id,
                store_id=store_id,
                pledge=pledge,
                version=1,
                accepted_by_id=owners[store_id],
                accepted_at=sent_at - timedelta(minutes=9),
            )
        row = SimpleNamespace(
            id=application_id,
            store_id=store_id,
            state=ApplicationState.submitted,
            submitted_at=sent_at,
            decided_at=None,
            reasons=[],
            person_id=owners[store_id],
        )
        add_form(bulk, plan, row, categories[plan.category_slug], plan.category_slug in hard_hit, rng)
        add_steps(bulk, row, rng)
    bulk.finish()
    refresh_scores(now)


def _add_edition(bulk: Bulk, now: datetime) -> int:
    """The edition itself, and how many stores the office takes."""
    today = tehran(now).replace(hour=0, minute=0, second=0, microsecond=0)
    text = data("applications")["next_edition"]
    festival_id = bulk.add(
        Festival,
        slug="tabestan-1405",
        title_fa=text["fa"],
        title_en=text["en"],
        story_fa=text["story_fa"],
        story_en=text["story_en"],
        applications_from=today - 12 * DAY,
        applications_until=today + 18 * DAY,
        live_from=today + 75 * DAY,
        live_until=today + 96 * DAY,
        draw_at=today + 99 * DAY,
    )
    bulk.add(
        PolicyRow,
        name="capacity_stores",
        value=CAPACITY,
        effective_from=now - 30 * DAY,
        entered_at=now - 30 * DAY,
        reason=text["capacity_reason"],
    )
    return festival_id
