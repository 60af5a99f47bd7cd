"""The store's seal: `/panel/seal`. Applying is the owner's; looking is every member's."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock, errands
from marketplace.core.audit import Actor
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import ACCEPT, keep_evidence, take_uploads
from marketplace.panel.seal_page import show_seal_page
from marketplace.stores.clearances import add_information, object_to_clearance, renew_clearance
from marketplace.stores.inputs import Information, SealWish, proof_method_of
from marketplace.stores.proof import ask_proof
from marketplace.stores.queries import is_owner
from marketplace.stores.seal_applications import apply_for_seal, withdraw_application

blueprint = Blueprint("panel_seal", __name__, url_prefix="/panel/seal")
TYPED = ("domain", "national_id", "note", "consent", "method", "information")


@blueprint.get("")
@store_member
def show_own_seal() -> str:
    """The seal, its application, and what is missing."""
    return _page()


@blueprint.post("/application")
@store_member
def create_seal_application() -> Response | tuple[str, int]:
    """The owner asks for a seal; the inquiry on the person is queued with it."""
    actor, at = _owner(), clock.now()
    try:
        wish = SealWish.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            application = apply_for_seal(g.store_id, visitor().id, wish, actor, at)
            for file in files:
                keep_evidence(file, f"seal-application:{application.id}", actor, at)
    except Invalid as error:
        return _page(error), error.status
    return _done("seal_applied")


@blueprint.post("/proof")
@store_member
def create_proof() -> Response | tuple[str, int]:
    """The domain is looked at now; the page shows what was found."""
    try:
        method = proof_method_of(request.form)
    except Invalid as error:
        return _page(error), error.status
    _owner()
    with unit_of_work():
        job_id = ask_proof(g.store_id, method, clock.now())
    errands.run(job_id)
    return _done("proof_looked_at")


@blueprint.post("/files")
@store_member
def create_seal_files() -> Response | tuple[str, int]:
    """More documents for the open application."""
    actor, at = _owner(), clock.now()
    application = show_seal_page(g.store_id, visitor().id, at).application
    try:
        files = take_uploads(request.files.getlist("files"))
        if not files or application is None:
            raise Invalid("bad_seal_application", fields={"files": "required"})
        with unit_of_work():
            for file in files:
                keep_evidence(file, f"seal-application:{application.id}", actor, at)
    except Invalid as error:
        return _page(error), error.status
    return _done("seal_files_added")


@blueprint.post("/withdrawal")
@store_member
def create_seal_withdrawal() -> Response:
    """The owner takes the application back."""
    actor = _owner()
    with unit_of_work():
        withdraw_application(g.store_id, actor, clock.now())
    return _done("seal_withdrawn")


@blueprint.post("/objection")
@store_member
def create_objection() -> Response:
    """The owner objects to the inquiry's outcome; a second officer looks."""
    actor = _owner()
    with unit_of_work():
        object_to_clearance(g.store_id, actor, clock.now())
    return _done("clearance_objected")


@blueprint.post("/information")
@store_member
def create_information() -> Response | tuple[str, int]:
    """The owner gives what the inquiry lacked, in words and files."""
    actor, at = _owner(), clock.now()
    try:
        given = Information.parse(request.form)
        files = take_uploads(request.files.getlist("proofs"), field="proofs")
        with unit_of_work():
            clearance = add_information(g.store_id, given.words, actor, at)
            for file in files:
                keep_evidence(file, f"clearance:{clearance.id}", actor, at)
    except Invalid as error:
        return _page(error), error.status
    return _done("clearance_information")


@blueprint.post("/clearance")
@store_member
def create_clearance_renewal() -> Response:
    """The owner has the inquiry made anew before or after its end."""
    actor = _owner()
    with unit_of_work():
        renew_clearance(g.store_id, visitor().id, actor, clock.now())
    return _done("clearance_renewed")


def _page(error: Invalid | None = None) -> str:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    return render_template(
        "panel/seal.html",
        page=show_seal_page(g.store_id, visitor().id, clock.now()),
        is_owner=is_owner(visitor().id, g.store_id),
        accept=ACCEPT,
        errors=fields,
        typed={name: request.form.get(name, "")[:1000] for name in TYPED} if error else {},
    )


def _owner() -> Actor:
    """Raises Forbidden for a member who is no owner."""
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")
    return visitor().actor("store")


def _done(notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_own_seal"), 303)
