"""The review desk: `/office/applications`. The office decides, the auditor reads."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, MarketplaceError, NotFound
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.application_decisions import decide, undo_decision
from marketplace.festival.application_errors import NotDecidable, StaleDecision
from marketplace.festival.application_facts import rooms_of
from marketplace.festival.application_inputs import block
from marketplace.festival.application_models import Verdict
from marketplace.festival.application_queries import editions
from marketplace.festival.capacities import parse_capacities, set_capacities
from marketplace.festival.decision_inputs import MOST_AT_ONCE, Ruling, parse_chosen, parse_verdict
from marketplace.festival.models import Festival
from marketplace.festival.queries import present_edition
from marketplace.office.application_filters import SORTS, DeskFilter
from marketplace.office.application_preview import show_preview
from marketplace.office.applications_list import chosen_by_filter, rooms_shown, show_desk
from marketplace.policy.policy import policy_at
from marketplace.policy.tariffs import provinces

blueprint = Blueprint("applications", __name__, url_prefix="/office/applications")
READERS = (Role.office, Role.auditor)


@blueprint.get("")
@official(*READERS)
def list_applications() -> str:
    """The applications of an edition, by state, filters and order; fifty a page."""
    at = clock.now()
    festival, others = edition_of(request.args.get("edition", ""))
    wanted = DeskFilter.parse(festival.id, request.args)
    base = url_for(".list_applications")
    is_english = current_language() == "en"
    return render_template(
        "office/applications.html",
        desk=show_desk(wanted, request.args.get("cursor"), visitor().id, at),
        wanted=wanted,
        base=base,
        sorts=SORTS,
        provinces=[(p.id, p.name_en if is_english else p.name_fa) for p in provinces()],
        festival=festival,
        editions=others,
        edition=request.args.get("edition", ""),
        may_decide=may_decide(),
        has_cursor=bool(request.args.get("cursor")),
    )


@blueprint.post("/preview")
@official(Role.office)
def preview_decision() -> str:
    """What a decision over the chosen would do; nothing is written."""
    festival, _ = edition_of(request.form.get("edition", ""))
    verdict = parse_verdict(request.form)
    if request.form.get("all") == "1":
        wanted = DeskFilter.parse(festival.id, request.form)
        chosen = chosen_by_filter(wanted, visitor().id, MOST_AT_ONCE)
    else:
        sent = request.form.get("choice") or ",".join(request.form.getlist("chosen"))
        chosen = parse_chosen(sent)
    if not chosen:
        raise Invalid("nothing_chosen")
    return preview_page(festival, chosen, verdict)


@blueprint.post("/decisions")
@official(Role.office)
def create_decision() -> Response | tuple[str, int]:
    """Decides all that the preview showed, or nothing; a changed set is shown as it stands now."""
    festival, _ = edition_of(request.form.get("edition", ""))
    verdict = parse_verdict(request.form)
    chosen = parse_chosen(request.form.get("choice", ""))
    try:
        ruling = Ruling.parse(request.form, request.form.getlist("reason"))
        with unit_of_work():
            decide(festival.id, chosen, ruling, actor(), clock.now())
    except (StaleDecision, NotDecidable, Invalid) as error:
        return preview_page(festival, chosen, verdict, error), error.status
    put_notice("decision_made")
    return redirect(url_for(".list_applications", edition=request.form.get("edition") or None), 303)


@blueprint.post("/decisions/<int:decision_id>/undoing")
@official(Role.office)
def create_undoing(decision_id: int) -> Response:
    """Takes a decision back before its stores are told."""
    with unit_of_work():
        undo_decision(decision_id, actor(), clock.now())
    put_notice("decision_undone")
    return redirect(url_for(".list_applications", edition=request.form.get("edition") or None), 303)


@blueprint.get("/capacity")
@official(*READERS)
def show_capacities() -> str:
    """Places of the edition and of each category."""
    return _capacity_page()


@blueprint.post("/capacity")
@official(Role.office)
def update_capacities() -> Response | tuple[str, int]:
    """Keeps the numbers of the categories."""
    festival, _ = edition_of(request.form.get("edition", ""))
    try:
        wanted = parse_capacities(request.form)
        with unit_of_work():
            set_capacities(festival.id, wanted, actor(), clock.now())
    except Invalid as error:
        return _capacity_page(error), error.status
    put_notice("capacities_kept")
    return redirect(url_for(".show_capacities", edition=request.form.get("edition") or None), 303)


def _capacity_page(error: Invalid | None = None) -> str:
    festival, _ = edition_of(request.values.get("edition", ""))
    policy = policy_at(clock.now())
    rooms = rooms_of(festival.id, policy)
    return render_template(
        "office/application_capacity.html",
        rooms=rooms_shown(rooms),
        edition_room=rooms.edition,
        edition=request.values.get("edition", ""),
        may_decide=may_decide(),
        errors={name: t(f"field.{code}") for name, code in error.fields.items()} if error else {},
        values=request.form if error else {},
    )


def edition_of(slug: str) -> tuple[Festival, list[Festival]]:
    """The edition that the address names, else the present one; with all editions. Raises NotFound."""
    all_of_them = editions()
    present = None if slug else present_edition(clock.now())
    for festival in all_of_them:
        if festival.slug == slug or (present is not None and festival.id == present.id):
            return festival, all_of_them
    raise NotFound()


def actor() -> Actor:
    """The officer, for verbs and the audit log."""
    return visitor().actor(Role.office.value)


def may_decide() -> bool:
    """Whether the visitor decides; the auditor reads alone."""
    return Role.office in visitor().roles


def preview_page(
    festival: Festival, chosen: dict[int, int], verdict: Verdict, error: MarketplaceError | None = None
) -> str:
    """The preview, after a refusal with what was typed and what happened meanwhile."""
    fields = error.fields if error is not None else {}
    return render_template(
        "office/application_preview.html",
        preview=show_preview(festival.id, chosen, verdict, actor(), clock.now()),
        edition=request.form.get("edition", ""),
        refused=t(f"error.{error.code}") if error is not None and not fields else "",
        errors={name: t(f"field.{code}") for name, code in fields.items()},
        values=request.form if error is not None else {},
        picked=request.form.getlist("reason") if error is not None else [],
    )


def note_of(name: str, least: int = 3) -> str:
    """A compulsory note of a form. Raises Invalid."""
    errors: dict[str, str] = {}
    found = block(request.form, name, errors, least, 1000)
    if errors:
        raise Invalid("bad_decision", fields=errors)
    return found
