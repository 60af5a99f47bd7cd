"""The office's desk of chores: jobs and sweeps. Messages have a desk of their own."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.models import JobState
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.models import MessageState
from marketplace.messages.queries import desk_counts
from marketplace.oversight.chores import job_counts, list_jobs, list_sweeps, retry_job

blueprint = Blueprint("chores", __name__, url_prefix="/office/jobs")
STATES = (JobState.dead, JobState.queued, JobState.running)


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_chores() -> str:
    """Jobs of one state, those given up first of all; every sweep with its last run and how late it is."""
    at = clock.now()
    asked = request.args.get("state")
    state = next((one for one in STATES if one.value == asked), JobState.dead)
    page = list_jobs(state, request.args.get("cursor"), at)
    messages = desk_counts()
    return render_template(
        "oversight/chores.html",
        jobs=page.items,
        state=state.value,
        counts=job_counts(),
        messages={one.value: messages.get(one, 0) for one in MessageState},
        sweeps=list_sweeps(at),
        next_url=url_for(".list_chores", state=state.value, cursor=page.next_cursor)
        if page.next_cursor
        else None,
        may_write=Role.office in visitor().roles,
    )


@blueprint.post("/<int:job_id>/retry")
@official(Role.office)
def create_retry(job_id: int) -> Any:
    """Puts one dead job back in the queue."""
    at = clock.now()
    with unit_of_work():
        retry_job(job_id, visitor().actor("office"), at)
    put_notice("job_queued")
    return redirect(url_for(".list_chores"), 303)
