"""One application's file for programs of the office: appeal, referral, stop, return; and the places of an edition."""

from __future__ import annotations

from typing import Any

from flask import request

from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import office_files as schemas
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.festival.appeals import decide_appeal
from marketplace.festival.application_facts import rooms_of
from marketplace.festival.application_inputs import block, line
from marketplace.festival.application_queries import form_of
from marketplace.festival.capacities import parse_capacities, set_capacities
from marketplace.festival.decision_inputs import Letter
from marketplace.festival.matching import ask_matches
from marketplace.festival.tray import (
    answer_referral,
    refer_application,
    reinstate_application,
    suspend_application,
)
from marketplace.office.application_page import show_file
from marketplace.office.application_views import edition_of
from marketplace.office.applications_list import rooms_shown
from marketplace.policy.policy import policy_at

TAG, SCOPE = "office", "office:applications"
ONE = "/office/applications/<int:application_id>"


@act(f"{ONE}/appeal", TAG, SCOPE, Role.office, says=schemas.AppealBody)
def create_office_appeal_decision(said: Said, application_id: int) -> Verb:
    """Another officer's word on the appeal of a store; 403 for the one who decided before."""
    version, is_granted, answer = said.body["version"], said.body["granted"], _note(said, "answer")
    return lambda at: decide_appeal(application_id, version, is_granted, answer, acting(Role.office), at)


@act(f"{ONE}/referral", TAG, SCOPE, Role.office, says=schemas.ReferralBody, status=201, makes=made.REFERRAL)
def create_office_referral(said: Said, application_id: int) -> Verb:
    """Lays the file before a colleague, with a note."""
    errors: dict[str, str] = {}
    note, letter = line(said, "note", errors, 3, 500), Letter.parse(said, errors)
    if errors:
        raise Invalid("bad_referral", fields=errors)
    to = said.body["colleague_id"]
    return lambda at: refer_application(application_id, to, note, letter, acting(Role.office), at)


@act(f"{ONE}/referrals/<int:referral_id>/answer", TAG, SCOPE, Role.office, says=schemas.ReferralAnswerBody)
def create_office_referral_answer(said: Said, application_id: int, referral_id: int) -> Verb:
    """The colleague answers."""
    show_file(application_id, clock.now())
    answer = _note(said, "answer")
    return lambda at: answer_referral(referral_id, answer, acting(Role.office), at)


@act(f"{ONE}/suspension", TAG, SCOPE, Role.office, says=schemas.StopBody)
def create_application_suspension(said: Said, application_id: int) -> Verb:
    """Stops a store that was approved."""
    version, reason = said.body["version"], _note(said, "reason")
    return lambda at: suspend_application(application_id, version, reason, acting(Role.office), at)


@act(f"{ONE}/reinstatement", TAG, SCOPE, Role.office, says=schemas.StopBody)
def create_application_reinstatement(said: Said, application_id: int) -> Verb:
    """Lets a store that was stopped back in."""
    version, reason = said.body["version"], _note(said, "reason")
    return lambda at: reinstate_application(application_id, version, reason, acting(Role.office), at)


@act(f"{ONE}/matching", TAG, SCOPE, Role.office)
def create_application_matching(application_id: int) -> Verb:
    """Has asked once more what no registry answered of mobile and account; the answer comes into the file."""
    show_file(application_id, clock.now())
    return lambda at: _asked(application_id, at)


@reading(
    "/office/capacity",
    TAG,
    "office:read",
    Role.office,
    Role.auditor,
    gives=schemas.EditionPlaces,
    asks=schemas.EditionQuery,
)
def show_capacities() -> Any:
    """Places of an edition and of each category."""
    festival, _ = edition_of(request.args.get("edition", ""))
    rooms = rooms_of(festival.id, policy_at(clock.now()))
    return {
        "edition": festival.slug,
        "taken": rooms.edition.taken,
        "capacity": rooms.edition.capacity,
        "categories": [schemas.ROOM(room) for room in rooms_shown(rooms)],
    }


@act("/office/capacity", TAG, SCOPE, Role.office, says=schemas.PlacesBody, method="PUT")
def update_capacities(said: Said) -> Verb:
    """Keeps the numbers of categories; null takes a category's own number away."""
    festival, _ = edition_of(said.get("edition", ""))
    told = {
        f"capacity-{slug}": "" if count is None else str(count) for slug, count in said.body["places"].items()
    }
    wanted = parse_capacities(told)
    return lambda at: set_capacities(festival.id, wanted, acting(Role.office), at)


def _asked(application_id: int, at: Any) -> None:
    ask_matches(form_of(application_id), at, again=True)


def _note(said: Said, name: str) -> str:
    """Compulsory words. Raises Invalid."""
    errors: dict[str, str] = {}
    found = block(said, name, errors, 3, 1000)
    if errors:
        raise Invalid("bad_decision", fields=errors)
    return found
