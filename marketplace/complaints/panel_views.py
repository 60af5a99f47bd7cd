"""The store's pages: inbox by deadline, the case with its answer, texts kept for answers, the seal's own case."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import store_member, visitor
from marketplace.complaints.answering import answer_complaint
from marketplace.complaints.case_page import show_case as case_shown
from marketplace.complaints.deciding import contest_complaint
from marketplace.complaints.drafts import forget_template, save_draft, save_template
from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.evidence import UPLOAD_BYTES, keep_files
from marketplace.complaints.foresight import show_foresight
from marketplace.complaints.inputs import Answer, free_text
from marketplace.complaints.lists import list_inbox as inbox_shown
from marketplace.complaints.models import Side
from marketplace.complaints.queries import complaint_of_store, draft_of, last_case, templates_of
from marketplace.complaints.remedies import most_refundable, send_replacement
from marketplace.complaints.revocation import appeal_revocation, defend_seal
from marketplace.complaints.seal_effects import seal_of_store
from marketplace.core import clock
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import takes_body
from marketplace.files.evidence import take_uploads
from marketplace.orders.after_inputs import Shipment

blueprint = Blueprint("complaints_panel", __name__, url_prefix="/panel/complaints")


@blueprint.get("")
@store_member
def list_inbox() -> str:
    """Complaints by deadline, with what counts now and what answering would change."""
    at = clock.now()
    page = inbox_shown(g.store_id, request.args.get("tab", ""), request.args.get("cursor"), at)
    return render_template("complaints/inbox.html", page=page, foresight=show_foresight(g.store_id, at))


@blueprint.get("/record")
@store_member
def show_own_record() -> str:
    """The private preview: the record as it is now and as it will be tomorrow if nothing is done."""
    shown = show_foresight(g.store_id, clock.now(), is_whole=True)
    return render_template("complaints/foresight.html", foresight=shown, snippet=_snippet(g.store_id))


@blueprint.get("/templates")
@store_member
def list_templates() -> str:
    """Texts that the store keeps for its answers."""
    return render_template(
        "complaints/templates.html", templates=templates_of(g.store_id), errors={}, values={}
    )


@blueprint.post("/templates")
@store_member
def create_template() -> Response | tuple[str, int]:
    """Keeps a text under a title, in place of the one with the same title."""
    errors: dict[str, str] = {}
    title = free_text(request.form, "title", errors, least=2)[:80]
    body = free_text(request.form, "body", errors)
    if errors:
        sentences = {name: t(f"field.{code}") for name, code in errors.items()}
        page = render_template(
            "complaints/templates.html",
            templates=templates_of(g.store_id),
            errors=sentences,
            values={"title": title, "body": body},
        )
        return page, 422
    with unit_of_work():
        save_template(g.store_id, title, body, clock.now())
    put_notice("template_saved")
    return redirect(url_for(".list_templates"), 303)


@blueprint.post("/templates/<int:template_id>/removal")
@store_member
def delete_template(template_id: int) -> Response:
    """Forgets a text."""
    with unit_of_work():
        forget_template(g.store_id, template_id)
    return redirect(url_for(".list_templates"), 303)


@blueprint.get("/revocation")
@store_member
def show_revocation() -> str:
    """The seal's own case: why, until when the defence, what was decided. 404 where there never was one."""
    case = last_case(g.store_id)
    if case is None:
        raise NotFound("unknown_case")
    return render_template("complaints/revocation.html", case=case, now=clock.now(), errors={}, values={})


@blueprint.post("/revocation/defence")
@store_member
def create_defence() -> Response | tuple[str, int]:
    """The store's defence."""
    return _plead("defence")


@blueprint.post("/revocation/appeal")
@store_member
def create_appeal() -> Response | tuple[str, int]:
    """The store's appeal."""
    return _plead("appeal")


def _snippet(store_id: int) -> dict[str, str] | None:
    """What the store pastes into its own site; None without a seal or a domain."""
    seal = seal_of_store(store_id)
    if seal is None or not seal.domain:
        return None
    base = current_app.config["SETTINGS"].base_url
    address = f"{base}/seal/{seal.code}"
    html = (
        f'<a href="{address}" target="_blank" rel="noopener" referrerpolicy="origin">'
        f'<img src="{address}/badge.svg" width="168" height="72" alt="{t("seal.name")}" '
        'referrerpolicy="origin"></a>'
    )
    return {"html": html, "domain": seal.domain, "src": f"/seal/{seal.code}/badge.svg"}


def _plead(what: str) -> Response | tuple[str, int]:
    errors: dict[str, str] = {}
    text = free_text(request.form, "text", errors)
    if errors:
        sentences = {name: t(f"field.{code}") for name, code in errors.items()}
        page = render_template(
            "complaints/revocation.html",
            case=last_case(g.store_id),
            now=clock.now(),
            errors=sentences,
            values={"text": text},
        )
        return page, 422
    verb = defend_seal if what == "defence" else appeal_revocation
    with unit_of_work():
        verb(g.store_id, text, visitor().actor("store"), clock.now())
    put_notice(f"{what}_sent")
    return redirect(url_for(".show_revocation"), 303)


@blueprint.get("/<number>")
@store_member
def show_case(number: str) -> str:
    """One complaint with the form of its answer."""
    return _case(number)


@blueprint.post("/<number>/answer")
@store_member
@takes_body(UPLOAD_BYTES)
def create_answer(number: str) -> Response | tuple[str, int]:
    """A reply, an offer, an acceptance or a refusal; or the draft of one."""
    at = clock.now()
    try:
        if request.form.get("save") == "draft":
            with unit_of_work():
                save_draft(number, g.store_id, request.form.get("text", ""), at)
            return _done(number, "draft_saved")
        answer = Answer.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            answer_complaint(number, g.store_id, answer, visitor().actor("store"), at)
            keep_files(files, number, visitor().actor("store"), at)
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "complaint_answered" if answer.said.value != "reply" else "message_added")


@blueprint.post("/<number>/replacement")
@store_member
def create_replacement(number: str) -> Response | tuple[str, int]:
    """The goods were sent once more."""
    try:
        shipment = Shipment.parse(request.form)
        said = t(
            "complaint.replacement_sent", code=shipment.tracking_code, carrier=t(f"method.{shipment.carrier}")
        )
        with unit_of_work():
            send_replacement(number, g.store_id, shipment, visitor().actor("store"), said, clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "replacement_sent")


@blueprint.post("/<number>/contest")
@store_member
def create_contest(number: str) -> Response | tuple[str, int]:
    """The store says why it should not count."""
    errors: dict[str, str] = {}
    text = free_text(request.form, "contest", errors)
    try:
        if errors:
            raise BadComplaint(fields=errors)
        with unit_of_work():
            contest_complaint(number, g.store_id, text, visitor().actor("store"), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "contest_sent")


def _done(number: str, notice: str) -> Response:
    put_notice(notice)
    return redirect(url_for(".show_case", number=number), 303)


def _case(number: str, error: Invalid | None = None) -> str:
    complaint = complaint_of_store(number, g.store_id)
    draft = draft_of(complaint.id)
    values: dict[str, Any] = {"text": draft.body if draft else ""}
    errors: dict[str, str] = {}
    if error is not None:
        errors = {name: t(f"field.{code}") for name, code in error.fields.items()}
        errors = errors or {"": t(f"error.{error.code}")}
        values = {name: value[:4_000] for name, value in request.form.items() if name != "csrf_token"}
    chosen = request.args.get("template", "")
    templates = templates_of(g.store_id)
    if chosen and error is None:
        values["text"] = next((one.body for one in templates if str(one.id) == chosen), values["text"])
    offers = case_shown(complaint, clock.now(), reader=Side.store)
    return render_template(
        "complaints/panel_case.html",
        case=offers,
        templates=templates,
        draft=draft,
        most_toman=most_refundable(complaint),
        needs_replacement=any(o.remedy == "replacement" and o.is_due for o in offers.offers),
        errors=errors,
        values=values,
    )
