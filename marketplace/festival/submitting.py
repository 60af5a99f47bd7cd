"""An application on its way to the office and out of it: pledges, submission, withdrawal."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.festival.admission import facts_of_stores
from marketplace.festival.application_drafts import editable_form
from marketplace.festival.application_errors import ApplicationIncomplete, ApplicationLocked, PledgeChanged
from marketplace.festival.application_inputs import Step
from marketplace.festival.application_models import (
    AppealState,
    ApplicationAppeal,
    ApplicationForm,
    MatchKind,
    MatchState,
)
from marketplace.festival.application_queries import lock_application, pledge_texts_in_force
from marketplace.festival.application_steps import move
from marketplace.festival.matching import ask_matches, match_states
from marketplace.festival.models import Application, ApplicationState, Pledge, PledgeAcceptance
from marketplace.festival.waiting_list import open_vacancy
from marketplace.policy.policy import policy_at
from marketplace.stores.clearances import ask_for_clearance
from marketplace.stores.models import StoreHolder


def accept_pledge(application_id: int, pledge: Pledge, version: int, actor: Actor, at: datetime) -> None:
    """The store takes one pledge in the wording that was shown; its version, moment and person are kept for good.

    Twice is once. Raises PledgeChanged when another wording is in force now, ApplicationLocked after the end.
    """
    application = lock_application(application_id)
    if application.state in (ApplicationState.withdrawn, ApplicationState.rejected):
        raise ApplicationLocked()
    text = pledge_texts_in_force(at).get(pledge)
    if text is None or text.version != version:
        raise PledgeChanged()
    known = db.session.scalar(
        select(PledgeAcceptance.id).where(
            PledgeAcceptance.festival_id == application.festival_id,
            PledgeAcceptance.store_id == application.store_id,
            PledgeAcceptance.pledge == pledge,
            PledgeAcceptance.version == version,
        )
    )
    if known is None:
        db.session.add(
            PledgeAcceptance(
                festival_id=application.festival_id,
                store_id=application.store_id,
                pledge=pledge,
                version=version,
                accepted_by_id=actor.id,
                accepted_at=at,
            )
        )


def submit_application(application_id: int, actor: Actor, at: datetime) -> Application:
    """Hands a whole draft, or what was revised, to the office; queues the clearance where there is none.

    Raises ApplicationsClosed, ApplicationIncomplete (steps with what is wrong), ApplicationLocked.
    """
    form = editable_form(application_id, at)
    application = lock_application(application_id)
    wrong = missing_steps(application, form, at)
    if wrong:
        raise ApplicationIncomplete(fields={step.value: code for step, code in wrong.items()})
    ask_matches(form, at)
    days = policy_at(at).application_answer_days
    move(application, ApplicationState.submitted, "submit", actor, at, due_at=at + timedelta(days=days))
    application.submitted_at, application.decided_at = at, None
    if actor.id is not None:
        ask_for_clearance(application.store_id, actor.id, actor, at)
    _keep_holder(application.store_id, form)
    record(actor, "submit_application", f"application:{application.id}", at, version=application.version)
    return application


def missing_steps(application: Application, form: ApplicationForm, at: datetime) -> dict[Step, str]:
    """The steps that keep an application from being submitted, each with a code: empty when it is whole."""
    moments = {step: getattr(form, f"{step.value}_at") for step in Step if step is not Step.pledges}
    wrong: dict[Step, str] = {step: "step_missing" for step, moment in moments.items() if moment is None}
    if Step.who not in wrong:
        states = match_states(form)
        if states.get(MatchKind.identity) is MatchState.mismatch:
            wrong[Step.who] = "identity_mismatch"
        elif states.get(MatchKind.account) is MatchState.mismatch:
            wrong[Step.who] = "account_mismatch"
    if form.licence_until_on is not None and form.licence_until_on < tehran(at).date():
        wrong[Step.licence] = "licence_expired"
    facts = facts_of_stores([application.store_id], application.festival_id, at)[application.store_id]
    if facts.missing_pledges:
        wrong[Step.pledges] = "pledges_missing"
    return {step: wrong[step] for step in Step if step in wrong}


def withdraw_application(application_id: int, actor: Actor, at: datetime) -> Application:
    """The store steps back, for good in this edition; an approved one leaves a place. Raises WrongApplicationStep."""
    application = lock_application(application_id)
    held_a_place = application.state in (ApplicationState.approved, ApplicationState.suspended)
    move(application, ApplicationState.withdrawn, "withdraw", actor, at)
    if held_a_place:
        open_vacancy(application, at)
    db.session.execute(
        update(ApplicationAppeal)
        .where(
            ApplicationAppeal.application_id == application.id, ApplicationAppeal.state == AppealState.filed
        )
        .values(state=AppealState.dismissed, decided_at=at, answer="")
    )
    record(actor, "withdraw_application", f"application:{application.id}", at)
    return application


def _keep_holder(store_id: int, form: ApplicationForm) -> None:
    """Who stands behind the store, as the office now has it on file."""
    holder = db.session.scalar(select(StoreHolder).where(StoreHolder.store_id == store_id))
    if holder is None:
        holder = StoreHolder(store_id=store_id)
        db.session.add(holder)
    holder.legal_form, holder.national_id, holder.legal_id = form.legal_form, form.national_id, form.legal_id
    holder.sheba, holder.sheba_owner = form.sheba, form.sheba_owner
