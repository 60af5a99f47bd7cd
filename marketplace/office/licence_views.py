"""The seal centre's register of union licences: `/office/licences`."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.office.licence_pages import licence_lines, licence_of, licence_store
from marketplace.office.seal_pages import word
from marketplace.stores.inputs import LICENCE_REASONS, LicenceEntry, Stated, last_moment_of
from marketplace.stores.interest import has_interest
from marketplace.stores.licences import (
    register_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from marketplace.stores.models import Store
from marketplace.stores.paper_queries import history_of_licence
from marketplace.stores.registry import LICENCE, ask_registry, registry_answer

blueprint = Blueprint("licences", __name__, url_prefix="/office/licences")
ACTS = {"suspension": suspend_licence, "reinstatement": reinstate_licence, "revocation": revoke_licence}
ACTS_OF = {
    "active": ("suspension", "renewal"),
    "suspended": ("reinstatement", "revocation"),
    "expired": ("renewal",),
}


@blueprint.get("")
@official(Role.seal_officer, Role.auditor)
def list_licences() -> str:
    """The register with its search, and the form for a new licence."""
    return _list()


@blueprint.post("")
@official(Role.seal_officer)
def create_licence() -> Response | tuple[str, int]:
    """A store's first licence goes into the register."""
    try:
        entry = LicenceEntry.parse(request.form)
        store_id = licence_store(entry.store)
        with unit_of_work():
            licence_id = register_licence(
                store_id, entry.number, entry.valid_from, entry.valid_until, _actor(), clock.now()
            ).id
    except Invalid as error:
        return _list(error), error.status
    put_notice("licence_registered")
    return redirect(url_for(".show_licence", licence_id=licence_id), 303)


@blueprint.get("/<int:licence_id>")
@official(Role.seal_officer, Role.auditor)
def show_licence(licence_id: int) -> str:
    """One licence with its history."""
    return _licence(licence_id)


@blueprint.post("/<int:licence_id>/question")
@official(Role.seal_officer)
def create_registry_question(licence_id: int) -> Response:
    """The outside registry is asked now; the page shows what it last said."""
    code = LICENCE + licence_of(licence_id).number
    with unit_of_work():
        job_id = ask_registry(code, clock.now())
    errands.run(job_id)
    put_notice("registry_asked")
    return redirect(url_for(".show_licence", licence_id=licence_id), 303)


@blueprint.post("/<int:licence_id>/<act>")
@official(Role.seal_officer)
def create_licence_act(licence_id: int, act: str) -> Response | tuple[str, int]:
    """Suspends, reinstates, revokes or renews a licence."""
    store_id, actor, at = licence_of(licence_id).store_id, _actor(), clock.now()
    try:
        if act == "renewal":
            until = last_moment_of(request.form.get("valid_until", ""))
            if until is None:
                raise Invalid("bad_licence", fields={"valid_until": "bad_date"})
            with unit_of_work():
                renew_licence(store_id, until, actor, at)
        elif act in ACTS:
            reason = Stated.parse(request.form, LICENCE_REASONS)
            with unit_of_work():
                ACTS[act](store_id, reason.code, actor, at, reason.text)
        else:
            raise NotFound()
    except Invalid as error:
        return _licence(licence_id, error, act), error.status
    put_notice("licence_changed")
    return redirect(url_for(".show_licence", licence_id=licence_id), 303)


def _list(error: Invalid | None = None) -> str:
    query, state, after = (
        request.args.get("q", "")[:100],
        request.args.get("state", ""),
        request.args.get("after", ""),
    )
    lines, more = licence_lines(query, state, int(after) if after.isdecimal() and len(after) < 15 else 0)
    return render_template(
        "office/licences.html",
        lines=lines,
        query=query,
        state=state,
        next_after=more,
        errors=_sentences(error),
        values={
            name: request.form.get(name, "")[:60] for name in ("store", "number", "valid_from", "valid_until")
        },
        may_act=Role.seal_officer in visitor().roles,
    )


def _licence(licence_id: int, error: Invalid | None = None, form: str = "") -> str:
    licence = licence_of(licence_id)
    store = db.session.get_one(Store, licence.store_id)
    is_own = has_interest(visitor().id, store.id)
    return render_template(
        "office/licence.html",
        licence=licence,
        store_name=word(store.name_fa, store.name_en),
        store_slug=store.slug,
        history=history_of_licence(licence.id),
        acts=ACTS_OF.get(licence.state.value, ()),
        errors=_sentences(error),
        form=form,
        reasons=[(code, t(f"licence_reason.{code}")) for code in LICENCE_REASONS],
        is_own=is_own,
        outside=registry_answer(LICENCE + licence.number),
        now=clock.now(),
        may_act=Role.seal_officer in visitor().roles and not is_own,
    )


def _sentences(error: Invalid | None) -> dict[str, str]:
    if error is None:
        return {}
    return {name: t(f"field.{code}") for name, code in error.fields.items()}


def _actor() -> Actor:
    return visitor().actor(Role.seal_officer.value)
