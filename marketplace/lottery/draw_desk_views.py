"""The office's further pages of a draw: typed figures, witnesses, rings among the entries."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, Malformed
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.desk_page import rings_of, waiting_stage
from marketplace.lottery.figures import (
    differing_figures,
    figure_names,
    figures_from,
    read_figures,
    type_figures,
    typed_first,
)
from marketplace.lottery.pages import word
from marketplace.lottery.queries import draw_by_slug
from marketplace.lottery.ring_marks import shown_trait
from marketplace.lottery.rings import decide_ring
from marketplace.lottery.witnesses import enter_witness, witnesses_of

blueprint = Blueprint("draw_acts", __name__, url_prefix="/office/draws/<slug>")
OFFICERS = (Role.office, Role.seal_officer, Role.auditor)


@blueprint.get("/figures")
@official(*OFFICERS)
def show_figures(slug: str) -> str:
    """The figures that the manifest names for the stage that waits, and when they count."""
    return _figures_page(slug)


@blueprint.post("/figures")
@official(*OFFICERS)
def create_figures(slug: str) -> Response | tuple[str, int]:
    """One officer types; the second one's must be the same."""
    draw = draw_by_slug(slug)
    stage = waiting_stage(draw)
    if stage is None:
        raise Malformed("malformed")
    number = stage.number
    try:
        figures = read_figures(stage, request.form)
    except Invalid as error:
        return _figures_page(slug, {name: t(f"field.{code}") for name, code in error.fields.items()}), 422
    with unit_of_work():
        is_kept = type_figures(draw.id, number, figures, _actor(), clock.now())
    differ = differing_figures(draw.id, number)
    if differ:
        return _figures_page(slug, dict.fromkeys(differ, t("figures.differ"))), 409
    put_notice("figures_kept" if is_kept else "figures_typed")
    return redirect(url_for(".show_figures", slug=slug), 303)


@blueprint.post("/witnesses")
@official(Role.office)
@freshly
def create_witness(slug: str) -> Response:
    """Somebody who was there."""
    with unit_of_work():
        draw = draw_by_slug(slug)
        form = request.form
        enter_witness(draw.id, form.get("name", ""), form.get("capacity", ""), _actor(), clock.now())
    put_notice("witness_entered")
    return redirect(url_for("draws.show_draw", slug=slug), 303)


@blueprint.get("/rings")
@official(Role.office, Role.auditor)
def list_rings(slug: str) -> str:
    """Entries that share a trait, those that wait first."""
    draw = draw_by_slug(slug)
    return render_template(
        "lottery/rings.html",
        slug=slug,
        title=word(draw.title_fa, draw.title_en),
        rings=rings_of(draw.festival_id),
        shown_trait=shown_trait,
        can_decide=Role.office in visitor().roles,
    )


@blueprint.post("/rings/<int:ring_id>/decision")
@official(Role.office)
@freshly
def create_ring_decision(slug: str, ring_id: int) -> Response:
    """The entries stand, or earn nothing; with a reason."""
    stands = request.form.get("decision") == "stands"
    with unit_of_work():
        decide_ring(
            ring_id,
            stands=stands,
            reason=request.form.get("reason", "")[:500],
            actor=_actor(),
            at=clock.now(),
        )
    put_notice("ring_decided")
    return redirect(url_for(".list_rings", slug=slug), 303)


def _figures_page(slug: str, errors: dict[str, str] | None = None) -> str:
    draw, at = draw_by_slug(slug), clock.now()
    stage = waiting_stage(draw)
    first = typed_first(draw.id, stage.number) if stage is not None else None
    return render_template(
        "lottery/figures.html",
        slug=slug,
        title=word(draw.title_fa, draw.title_en),
        stage=stage,
        names=figure_names(stage) if stage is not None else [],
        counts_from=figures_from(stage) if stage is not None else None,
        is_time=stage is not None and at >= figures_from(stage),
        typed_by=first.by if first is not None else None,
        is_mine=first is not None and first.person_id == visitor().id,
        witnesses=witnesses_of(draw.id),
        errors=errors or {},
    )


def _actor() -> Actor:
    role = next(role for role in OFFICERS if role in visitor().roles)
    return visitor().actor(role.value)
