"""The policy editor of the office: `/office/policy`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import freshly, official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.policy import editing, editor, tariff_editing
from marketplace.policy.inputs import NumberChange, TariffChange, parse_reason, parse_seen
from marketplace.policy.models import ShippingMethod
from marketplace.policy.wording import title_of

blueprint = Blueprint("policy", __name__, url_prefix="/office/policy")
KEPT = ("value", "effective_on", "reason", "first_kg_toman", "next_kg_toman")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_numbers() -> str:
    """Every number by its part."""
    return render_template("policy/numbers.html", parts=editor.list_numbers(clock.now()))


@blueprint.get("/history")
@official(Role.office, Role.auditor)
def list_history() -> str:
    """What was changed lately, by whom and why."""
    return render_template("policy/history.html", rows=editor.list_history(clock.now()))


@blueprint.get("/numbers/<name>")
@official(Role.office, Role.auditor)
def show_number(name: str) -> str:
    """One number with its history and the form to plan another value."""
    return _number_page(name)


@blueprint.get("/numbers/<name>/preview")
@official(Role.office)
def show_number_preview(name: str) -> str | tuple[str, int]:
    """What a change would do, before anything is written."""
    at = clock.now()
    try:
        change = NumberChange.parse(name, request.args, at)
    except Invalid as error:
        return _number_page(name, error, request.args), error.status
    changes, quarrels = editor.preview_number(change, at)
    return render_template(
        "policy/preview.html",
        page=editor.show_number(name, at),
        change=change,
        changes=changes,
        quarrels=[title_of(other) for other in quarrels],
    )


@blueprint.post("/numbers/<name>/values")
@official(Role.office)
@freshly
def create_value(name: str) -> Response | tuple[str, int]:
    """Plans another value, or proposes it where two persons are needed."""
    at = clock.now()
    try:
        change = NumberChange.parse(name, request.form, at)
        with unit_of_work():
            proposal = editing.change_number(change, visitor().actor(Role.office), at)
    except (Invalid, Conflict) as error:
        return _number_page(name, error, request.form), error.status
    put_notice("policy_planned" if proposal is None else "policy_proposed")
    return redirect(url_for(".show_number", name=name), 303)


@blueprint.post("/numbers/<name>/planned-removal")
@official(Role.office)
@freshly
def create_planned_removal(name: str) -> Response | tuple[str, int]:
    """What holds now goes on where something else was planned."""
    errors: dict[str, str] = {}
    reason = parse_reason(request.form, errors)
    try:
        if errors:
            raise Invalid(fields={"removal_reason": errors["reason"]})
        with unit_of_work():
            editing.take_back_planned(
                name, parse_seen(request.form), reason, visitor().actor(Role.office), clock.now()
            )
    except (Invalid, Conflict) as error:
        return _number_page(name, error, {}), error.status
    put_notice("policy_taken_back")
    return redirect(url_for(".show_number", name=name), 303)


@blueprint.get("/tariffs")
@official(Role.office, Role.auditor)
def list_tariffs() -> str:
    """Every tariff by method and zone."""
    return render_template("policy/tariffs.html", grid=editor.list_tariffs(clock.now()))


@blueprint.get("/tariffs/<method>/<int:zone>")
@official(Role.office, Role.auditor)
def show_tariff(method: str, zone: int) -> str:
    """One tariff with its history and the form to propose another price."""
    return _tariff_page(method, zone)


@blueprint.get("/tariffs/<method>/<int:zone>/preview")
@official(Role.office)
def show_tariff_preview(method: str, zone: int) -> str | tuple[str, int]:
    """What a change would do, before anything is written."""
    at = clock.now()
    try:
        change = TariffChange.parse(method, zone, request.args, at)
    except Invalid as error:
        return _tariff_page(method, zone, error, request.args), error.status
    page = editor.show_tariff(method, zone, at)
    return render_template(
        "policy/tariff_preview.html", page=page, change=change, changes=editor.preview_tariff(change, at)
    )


@blueprint.post("/tariffs/<method>/<int:zone>/prices")
@official(Role.office)
@freshly
def create_tariff(method: str, zone: int) -> Response | tuple[str, int]:
    """Proposes another price; a second person agrees at the desk of second signatures."""
    at = clock.now()
    try:
        change = TariffChange.parse(method, zone, request.form, at)
        with unit_of_work():
            tariff_editing.change_tariff(change, visitor().actor(Role.office), at)
    except (Invalid, Conflict) as error:
        return _tariff_page(method, zone, error, request.form), error.status
    put_notice("policy_proposed")
    return redirect(url_for(".show_tariff", method=method, zone=zone), 303)


def _number_page(name: str, error: Invalid | Conflict | None = None, values: Any = None) -> str:
    return render_template(
        "policy/number.html",
        page=editor.show_number(name, clock.now()),
        may_change=Role.office in visitor().roles,
        **_told(error, values),
    )


def _tariff_page(method: str, zone: int, error: Invalid | Conflict | None = None, values: Any = None) -> str:
    return render_template(
        "policy/tariff.html",
        page=editor.show_tariff(method, zone, clock.now()),
        may_change=Role.office in visitor().roles,
        methods=ShippingMethod,
        **_told(error, values),
    )


def _told(error: Invalid | Conflict | None, values: Any) -> dict[str, Any]:
    """What a page says about a refusal: a sentence for each field, or one for the whole; what was typed stays."""
    kept = {name: str((values or {}).get(name, ""))[:600] for name in KEPT}
    if error is None:
        return {"errors": {}, "values": kept, "refusal": None}
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()}
    if error.reasons and "value" in fields:
        pairs = {name for reason in error.reasons for name in reason.params.values()}
        fields["value"] = t(
            "policy.quarrel", names=f"{t('ui.comma')} ".join(title_of(n) for n in sorted(pairs))
        )
    refusal = None
    if not fields:
        refusal = {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
    return {"errors": fields, "values": kept, "refusal": refusal}
