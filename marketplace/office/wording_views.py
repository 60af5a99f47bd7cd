"""Public texts and pledges in versions: `/office/texts`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.first_pledges import publish_first_pledges
from marketplace.festival.models import Pledge
from marketplace.festival.pledge_editing import propose_pledge_text, versions_of_pledge
from marketplace.inspections.guidelines import GROUP as GUIDELINES
from marketplace.policy.document_editing import (
    MOST,
    Wording,
    differences,
    newest_texts,
    publish_text,
    versions_of,
    write_version,
)
from marketplace.policy.first_texts import publish_first_texts, unpublished_texts
from marketplace.policy.inputs import parse_seen

blueprint = Blueprint("texts", __name__, url_prefix="/office/texts")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_texts() -> str:
    """Every public text and pledge in its newest version."""
    pledges = [versions_of_pledge(pledge)[0] for pledge in Pledge if _has_text(pledge)]
    return render_template(
        "office/texts.html",
        texts=newest_texts(),
        pledges=pledges,
        unpublished=unpublished_texts(),
        may_change=Role.office in visitor().roles,
        now=clock.now(),
    )


@blueprint.post("/first")
@official(Role.office)
def create_first_texts() -> Response:
    """Publishes the texts and pledges with which the house comes, as far as none of them was published."""
    actor, at = visitor().actor(Role.office), clock.now()
    with unit_of_work():
        publish_first_texts(actor, at)
        publish_first_pledges(actor, at)
    put_notice("texts_published")
    return redirect(url_for(".list_texts"), 303)


@blueprint.get("/new-guideline")
@official(Role.office)
def new_guideline() -> str:
    """The form of a guideline that is new."""
    return _new_guideline()


@blueprint.post("/new-guideline")
@official(Role.office)
def create_guideline() -> Response | tuple[str, int]:
    """Publishes a guideline; every store with a seal is asked to acknowledge it."""
    at = clock.now()
    try:
        wording = Wording.parse(request.form, at)
        with unit_of_work():
            key = publish_text(GUIDELINES, wording, visitor().actor(Role.office), at)
    except (Invalid, Conflict) as error:
        return _new_guideline(error), error.status
    put_notice("text_saved")
    return redirect(url_for(".show_text", kind="document", key=key), 303)


def _new_guideline(error: Invalid | Conflict | None = None) -> str:
    names = (*MOST, "effective_on")
    return render_template(
        "office/new_text.html",
        values={name: request.form.get(name, "")[:20_000] for name in names},
        errors={name: t(f"field.{code}") for name, code in error.fields.items()} if error else {},
        refusal={"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
        if error and not error.fields
        else None,
    )


@blueprint.get("/<kind>/<key>")
@official(Role.office, Role.auditor)
def show_text(kind: str, key: str) -> str:
    """One text with all versions, each as a difference to the one before, and the form of the next."""
    return _page(kind, key)


@blueprint.post("/<kind>/<key>/preview")
@official(Role.office)
def create_preview(kind: str, key: str) -> str | tuple[str, int]:
    """What the new wording changes, before it is saved; nothing is written."""
    try:
        wording = Wording.parse(request.form, clock.now())
    except Invalid as error:
        return _page(kind, key, error), error.status
    return _page(kind, key, preview=wording)


@blueprint.post("/<kind>/<key>")
@official(Role.office)
def create_version(kind: str, key: str) -> Response | tuple[str, int]:
    """Writes the next version, or proposes it where it is a pledge."""
    at, actor = clock.now(), visitor().actor(Role.office)
    seen = parse_seen(request.form)
    try:
        wording = Wording.parse(request.form, at)
        with unit_of_work():
            if kind == "pledge":
                propose_pledge_text(_pledge(key), wording, seen, actor, at)
            else:
                write_version(key, wording, seen, actor, at)
    except (Invalid, Conflict) as error:
        return _page(kind, key, error), error.status
    put_notice("policy_proposed" if kind == "pledge" else "text_saved")
    return redirect(url_for(".show_text", kind=kind, key=key), 303)


def _page(
    kind: str, key: str, error: Invalid | Conflict | None = None, preview: Wording | None = None
) -> str:
    if kind not in ("document", "pledge"):
        raise NotFound()
    versions: Any = versions_of_pledge(_pledge(key)) if kind == "pledge" else versions_of(key)
    newest = versions[0]
    values = {name: getattr(newest, name) for name in MOST}
    if request.method == "POST":
        values = {name: request.form.get(name, "")[:20_000] for name in MOST}
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = (
        {"title": t(f"error.{error.code}"), "now": t(f"advice.{error.code}")}
        if error and not fields
        else None
    )
    steps = [
        (
            one,
            {
                name: differences(getattr(old, name) if old else "", getattr(one, name))
                for name in ("body_fa", "body_en")
            },
        )
        for one, old in zip(versions, [*versions[1:], None], strict=True)
    ]
    changes = (
        {name: differences(getattr(newest, name), getattr(preview, name)) for name in MOST}
        if preview
        else None
    )
    return render_template(
        "office/text.html",
        kind=kind,
        key=key,
        newest=newest,
        steps=steps,
        values={**values, "effective_on": request.form.get("effective_on", "")[:40]},
        errors=fields,
        refusal=refusal,
        preview=preview,
        changes=changes,
        now=clock.now(),
        may_change=Role.office in visitor().roles,
    )


def _pledge(key: str) -> Pledge:
    if key not in Pledge.__members__:
        raise NotFound()
    return Pledge(key)


def _has_text(pledge: Pledge) -> bool:
    try:
        return bool(versions_of_pledge(pledge))
    except NotFound:
        return False
