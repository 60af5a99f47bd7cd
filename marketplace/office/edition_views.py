"""Editions and their windows: `/office/festivals`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival import editions
from marketplace.festival.editions import EditionWish

blueprint = Blueprint("editions", __name__, url_prefix="/office/festivals")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_editions() -> str:
    """Every edition with its windows."""
    return render_template("office/editions.html", editions=editions.list_editions(), now=clock.now())


@blueprint.get("/new")
@official(Role.office)
def new_edition() -> str:
    """The form of a new edition."""
    return _form(None)


@blueprint.post("")
@official(Role.office)
def create_edition() -> Response | tuple[str, int]:
    """Announces an edition."""
    try:
        wish = EditionWish.parse(request.form)
        with unit_of_work():
            edition_id = editions.create_edition(wish, visitor().actor(Role.office), clock.now())
    except (Invalid, Conflict) as error:
        return _form(None, error), error.status
    put_notice("edition_saved")
    return redirect(url_for(".edit_edition", edition_id=edition_id), 303)


@blueprint.get("/<int:edition_id>")
@official(Role.office, Role.auditor)
def edit_edition(edition_id: int) -> str:
    """One edition with its form; the auditor reads it."""
    return _form(edition_id)


@blueprint.post("/<int:edition_id>")
@official(Role.office)
def update_edition(edition_id: int) -> Response | tuple[str, int]:
    """Changes texts and windows."""
    try:
        wish = EditionWish.parse(request.form)
        with unit_of_work():
            editions.change_edition(
                edition_id, wish, request.form.get("seen", ""), visitor().actor(Role.office), clock.now()
            )
    except (Invalid, Conflict) as error:
        return _form(edition_id, error), error.status
    put_notice("edition_saved")
    return redirect(url_for(".edit_edition", edition_id=edition_id), 303)


def _form(edition_id: int | None, error: Invalid | Conflict | None = None) -> str:
    found = editions.edition(edition_id) if edition_id is not None else None
    values: dict[str, Any] = editions.as_typed(found) if found else {"draw_time": "20:00"}
    is_stale = isinstance(error, Conflict)
    if error is not None and not is_stale:
        values = {name: value[:4000] for name, value in request.form.items()}
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = (
        {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
        if error and not fields
        else None
    )
    return render_template(
        "office/edition.html",
        edition=found,
        seen=editions.fingerprint(found) if found else "",
        values=values,
        errors=fields,
        refusal=refusal,
        may_change=Role.office in visitor().roles,
    )
