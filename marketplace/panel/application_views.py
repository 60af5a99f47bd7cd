"""The application wizard: `/panel/application`, for everybody who signed in, with or without a store."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, has_request_context, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import signed_in, visitor
from marketplace.core import clock, errands
from marketplace.core.audit import Actor
from marketplace.core.clock import tehran
from marketplace.core.errors import Invalid, Malformed, NotFound
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body
from marketplace.festival.appeals import file_appeal
from marketplace.festival.application_errors import ApplicationIncomplete, PledgeChanged
from marketplace.festival.application_inputs import NewStore, Step, block
from marketplace.festival.application_models import MatchState
from marketplace.festival.application_queries import (
    application_of_store,
    applications_of_store,
    edition_to_apply,
    form_of,
    is_open,
    owned_store,
)
from marketplace.festival.founding import start_application
from marketplace.festival.matching import match_states
from marketplace.festival.models import Application, Festival, Pledge
from marketplace.festival.submitting import accept_pledge, submit_application, withdraw_application
from marketplace.files.evidence import LARGEST_FILE, keep_evidence, take_uploads
from marketplace.panel.application_page import show_application as application_shown
from marketplace.panel.application_steps import FIELDS, save_step, step_values
from marketplace.panel.own_application import chosen_application, ensure_papers_open
from marketplace.policy.tariffs import provinces

MOST_FILES = 6
blueprint = Blueprint("application", __name__, url_prefix="/panel/application")


@blueprint.url_defaults
def keep_edition(endpoint: str, values: dict[str, Any]) -> None:
    """Whoever looks at the application to one edition stays with it, on every link and in every form."""
    if has_request_context() and request.blueprint == blueprint.name and "edition" in request.args:
        values.setdefault("edition", request.args["edition"][:80])


@blueprint.get("")
@signed_in
def show_application() -> str:
    """Where the application stands, the newest unless `edition` names another; before it, how to begin."""
    application = _chosen()
    return _summary(application) if application is not None else _start_page()


@blueprint.post("")
@signed_in
def create_application() -> Response | tuple[str, int]:
    """Begins the draft, and the store where there is none yet."""
    at = clock.now()
    ensure_papers_open(visitor())
    edition = edition_to_apply(at)
    if edition is None:
        raise NotFound()
    try:
        has_store = owned_store(visitor().id) is not None
        new = None if has_store else NewStore.parse(request.form, tehran(at).date())
        with unit_of_work():
            start_application(edition.id, new, _actor(), at)
    except Invalid as error:
        return _start_page(error), error.status
    return redirect(url_for(".show_step", step=Step.who.value), 303)


@blueprint.get("/<any(who, address, categories, seal, licence, clearance, hard_hit, health, pledges):step>")
@signed_in
def show_step(step: str) -> str:
    """One step with what was saved."""
    return _step_page(_mine(), Step(step))


@blueprint.post("/<any(who, address, categories, seal, licence, clearance, health):step>")
@signed_in
def update_step(step: str) -> Response | tuple[str, int]:
    """Keeps one step of the draft and goes on to the next."""
    return _keep(Step(step))


@blueprint.post("/hard_hit")
@signed_in
@takes_body(MOST_FILES * LARGEST_FILE + 65_536)
def update_hard_hit() -> Response | tuple[str, int]:
    """The declared fall in sales with its files."""
    return _keep(Step.hard_hit)


def _keep(step: Step) -> Response | tuple[str, int]:
    application, at, actor = _mine(), clock.now(), _actor()
    try:
        files = take_uploads(request.files.getlist("files"), most=MOST_FILES) if request.files else ()
        verb = save_step(step, application.id, request.form, visitor().mobile, actor, at)
        with unit_of_work():
            jobs = verb()
            for one in files:
                keep_evidence(one, f"application:{application.id}", actor, at, most=MOST_FILES)
    except Invalid as error:
        return _step_page(_mine(), step, error), error.status
    for job_id in jobs:
        errands.run(job_id, patience=4.0, at=at)
    if step is Step.who and MatchState.mismatch in match_states(form_of(application.id)).values():
        return redirect(url_for(".show_step", step=step.value), 303)
    put_notice("step_saved")
    following = list(Step)[list(Step).index(step) + 1]
    return redirect(url_for(".show_step", step=following.value), 303)


@blueprint.post("/pledges/<any(free_shipping, hygiene_kit, lottery_share):pledge>")
@signed_in
def create_pledge_acceptance(pledge: str) -> Response | tuple[str, int]:
    """One pledge, in the wording that the page showed."""
    version = request.form.get("version", "")
    if not version.isdecimal():
        raise Malformed("malformed")
    application = _mine()
    try:
        with unit_of_work():
            accept_pledge(application.id, Pledge(pledge), int(version), _actor(), clock.now())
    except PledgeChanged as error:
        return _step_page(_mine(), Step.pledges, error), error.status
    put_notice("pledge_accepted")
    return redirect(url_for(".show_step", step=Step.pledges.value), 303)


@blueprint.post("/submission")
@signed_in
def create_submission() -> Response | tuple[str, int]:
    """Hands the application to the office."""
    application = _mine()
    try:
        with unit_of_work():
            submit_application(application.id, _actor(), clock.now())
    except ApplicationIncomplete as error:
        return _summary(_mine(), refused=t(f"error.{error.code}")), error.status
    put_notice("application_submitted")
    return redirect(url_for(".show_application"), 303)


@blueprint.get("/withdrawal")
@signed_in
def new_withdrawal() -> str:
    """Asks before the store steps back."""
    return render_template("panel/application_withdrawal.html", page=application_shown(_mine(), clock.now()))


@blueprint.post("/withdrawal")
@signed_in
def create_withdrawal() -> Response:
    """The store steps back for this edition."""
    application = _mine()
    with unit_of_work():
        withdraw_application(application.id, _actor(), clock.now())
    put_notice("application_withdrawn")
    return redirect(url_for(".show_application"), 303)


@blueprint.post("/appeal")
@signed_in
def create_appeal() -> Response | tuple[str, int]:
    """Asks another officer to look again."""
    application, at = _mine(), clock.now()
    errors: dict[str, str] = {}
    text = block(request.form, "text", errors, 20, 2000)
    if errors:
        wrong = t(f"field.{errors['text']}")
        return _summary(application, appeal_error=wrong, appeal_text=text), 422
    with unit_of_work():
        file_appeal(application.id, text, _actor(), at)
    put_notice("appeal_filed")
    return redirect(url_for(".show_application"), 303)


def _actor() -> Actor:
    return visitor().actor("store")


def _chosen() -> Application | None:
    """The application to the edition that the address names, else the newest. Raises NotFound for none there."""
    return chosen_application(visitor(), request.args.get("edition"), clock.now())


def _summary(application: Application, **said: Any) -> str:
    """The page of one application, with the ways to those of other editions."""
    at = clock.now()
    mine = applications_of_store(application.store_id)
    others = [
        (_title(edition), url_for(".show_application", edition=edition.slug))
        for one, edition in mine
        if one.id != application.id
    ]
    edition = edition_to_apply(at)
    is_new = edition is not None and is_open(edition, at) and edition.id not in {e.id for _, e in mine}
    return render_template(
        "panel/application.html",
        page=application_shown(application, at),
        others=others,
        begin=_title(edition) if edition is not None and is_new else None,
        **said,
    )


def _title(edition: Festival) -> str:
    return edition.title_en if current_language() == "en" else edition.title_fa


def _mine() -> Application:
    """The application that this person's pages are about. Raises NotFound before there is one."""
    application = _chosen()
    if application is None:
        raise NotFound()
    return application


def _start_page(error: Invalid | None = None) -> str:
    at = clock.now()
    edition = edition_to_apply(at)
    store_id = owned_store(visitor().id)
    is_english = current_language() == "en"
    title = (edition.title_en if is_english else edition.title_fa) if edition else ""
    return render_template(
        "panel/application_start.html",
        title=title,
        edition=edition,
        is_open=edition is not None and is_open(edition, at),
        is_ahead=edition is not None and at < edition.applications_from,
        has_store=store_id is not None,
        has_applied=store_id is not None
        and edition is not None
        and application_of_store(store_id, edition.id) is not None,
        provinces=[(name, name) for name in (p.name_en if is_english else p.name_fa for p in provinces())],
        **_sent(error),
    )


def _step_page(application: Application, step: Step, error: Any = None) -> str:
    at = clock.now()
    steps = list(Step)
    place = steps.index(step)
    return render_template(
        "panel/application_step.html",
        page=application_shown(application, at),
        step=step.value,
        place=place + 1,
        step_count=len(steps),
        back=url_for(".show_step", step=steps[place - 1].value) if place else url_for(".show_application"),
        known=step_values(application, step, at),
        refused=t(f"error.{error.code}") if error is not None and not error.fields else "",
        **_sent(error),
    )


def _sent(error: Any) -> dict[str, Any]:
    """What was typed and what is wrong with it, for the form that is shown again."""
    if error is None:
        return {"values": {}, "errors": {}}
    values = {name: request.form.get(name, "")[:1000] for name in FIELDS if name in request.form}
    return {"values": values, "errors": {name: t(f"field.{code}") for name, code in error.fields.items()}}
