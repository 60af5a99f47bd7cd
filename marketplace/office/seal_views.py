"""The seal centre's desk: `/office/seals`."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock, errands
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import evidence_of
from marketplace.office.seal_pages import show_application, show_desk, show_seal
from marketplace.office.seal_registry import registry_rows
from marketplace.stores.inputs import REFUSAL_REASONS, SEAL_REASONS, Stated, stars_of
from marketplace.stores.registry import ask_registry
from marketplace.stores.seal_applications import grant_application, refuse_application
from marketplace.stores.seals import (
    change_stars,
    overturn_revocation,
    reinstate_seal,
    renew_seal,
    revoke_seal,
    suspend_seal,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
blueprint = Blueprint("seals", __name__, url_prefix="/office/seals")
ACTS = {
    "suspension": suspend_seal,
    "reinstatement": reinstate_seal,
    "revocation": revoke_seal,
    "overturning": overturn_revocation,
}
ACTS_OF = {
    "active": ("suspension", "stars", "renewal"),
    "suspended": ("reinstatement", "revocation", "stars"),
    "expired": ("renewal",),
    "revoked": ("overturning",),
}
"""What the desk offers for a seal of each state."""


@blueprint.get("")
@official(Role.seal_officer, Role.auditor)
def list_seals() -> str:
    """The queue of applications, the registry with its search, or what an outside registry says otherwise."""
    view = request.args.get("view", "")
    view = view if view in ("registry", "differences") else "queue"
    after = request.args.get("after", "")
    desk = show_desk(
        view,
        request.args.get("q", "")[:100],
        request.args.get("state", ""),
        int(after) if after.isdecimal() and len(after) < 15 else 0,
        clock.now(),
    )
    return render_template("office/seals.html", desk=desk, view=view)


@blueprint.get("/registry.<any(csv, xlsx):kind>")
@official(Role.seal_officer, Role.auditor)
def download_registry(kind: str) -> Response:
    """The whole registry as a file."""
    if kind == "xlsx":
        book = write_xlsx(registry_rows(), t("seals.registry"), right_to_left=current_language() == "fa")
        return send_file(book, mimetype=XLSX, as_attachment=True, download_name="seals.xlsx", etag=False)
    response = make_response(b"".join(write_csv(registry_rows())))
    response.mimetype = "text/csv"
    response.headers["Content-Disposition"] = 'attachment; filename="seals.csv"'
    return response


@blueprint.get("/applications/<int:application_id>")
@official(Role.seal_officer, Role.auditor)
def show_seal_application(application_id: int) -> str:
    """One application with all that its decision needs."""
    return _application(application_id)


@blueprint.post("/applications/<int:application_id>/grant")
@official(Role.seal_officer)
def create_grant(application_id: int) -> Response | tuple[str, int]:
    """The seal is issued or renewed."""
    try:
        stars = stars_of(request.form)
        with unit_of_work():
            seal = grant_application(application_id, stars, _actor(), clock.now())
            code = seal.code
    except Invalid as error:
        return _application(application_id, error, "grant"), error.status
    put_notice("seal_granted")
    return redirect(url_for(".show_seal_file", code=code), 303)


@blueprint.post("/applications/<int:application_id>/refusal")
@official(Role.seal_officer)
def create_seal_refusal(application_id: int) -> Response | tuple[str, int]:
    """The seal centre says no, with its reason."""
    try:
        reason = Stated.parse(request.form, REFUSAL_REASONS)
        with unit_of_work():
            refuse_application(application_id, reason, _actor(), clock.now())
    except Invalid as error:
        return _application(application_id, error, "refusal"), error.status
    put_notice("seal_refused")
    return redirect(url_for(".show_seal_application", application_id=application_id), 303)


@blueprint.get("/<code>")
@official(Role.seal_officer, Role.auditor)
def show_seal_file(code: str) -> str:
    """One seal with its history."""
    return _seal(code)


@blueprint.post("/<code>/<act>")
@official(Role.seal_officer)
def create_seal_act(code: str, act: str) -> Response | tuple[str, int]:
    """Suspends, reinstates, revokes or renews a seal, undoes a wrong revocation, changes its stars; with a reason."""
    store_id = show_seal(code, visitor().id).seal.store_id
    actor, at = _actor(), clock.now()
    try:
        if act == "renewal":
            with unit_of_work():
                renew_seal(store_id, actor, at)
        elif act == "stars":
            stars, reason = stars_of(request.form), Stated.parse(request.form, SEAL_REASONS)
            with unit_of_work():
                change_stars(store_id, stars, reason.code, actor, at, reason.text)
        elif act in ACTS:
            reason = Stated.parse(request.form, SEAL_REASONS)
            with unit_of_work():
                ACTS[act](store_id, reason.code, actor, at, reason.text)
        else:
            raise NotFound()
    except Invalid as error:
        return _seal(code, error, act), error.status
    put_notice("seal_changed")
    return redirect(url_for(".show_seal_file", code=code), 303)


@blueprint.post("/<code>/question")
@official(Role.seal_officer)
def create_registry_question(code: str) -> Response:
    """The outside registry is asked now; the page shows what it last said."""
    show_seal(code, visitor().id)
    with unit_of_work():
        job_id = ask_registry(code, clock.now())
    errands.run(job_id)
    put_notice("registry_asked")
    return redirect(url_for(".show_seal_file", code=code), 303)


def _application(application_id: int, error: Invalid | None = None, form: str = "") -> str:
    shown = show_application(application_id, visitor().id, clock.now())
    subject = f"seal-application:{application_id}"
    return render_template(
        "office/seal_application.html",
        page=shown,
        files=evidence_of([subject])[subject],
        errors=_sentences(error),
        form=form,
        reasons=[(code, t(f"seal_reason.{code}")) for code in REFUSAL_REASONS],
        may_act=Role.seal_officer in visitor().roles,
    )


def _seal(code: str, error: Invalid | None = None, form: str = "") -> str:
    shown = show_seal(code, visitor().id)
    return render_template(
        "office/seal.html",
        page=shown,
        now=clock.now(),
        acts=ACTS_OF.get(shown.seal.state.value, ()),
        errors=_sentences(error),
        form=form,
        reasons=[(code_, t(f"seal_reason.{code_}")) for code_ in SEAL_REASONS],
        may_act=Role.seal_officer in visitor().roles and not shown.is_own,
    )


def _sentences(error: Invalid | None) -> dict[str, str]:
    if error is None:
        return {}
    return {name: t(f"field.{code}") for name, code in error.fields.items()}


def _actor() -> Actor:
    return visitor().actor(Role.seal_officer.value)
