"""One's own data: copies to take along, deletion with its days to think again, and who looked."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, send_file, url_for

from marketplace.accounts import personal_data
from marketplace.accounts.access import signed_in, visitor
from marketplace.accounts.readings import readings_of
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import word_reasons
from marketplace.messages.outbox import tell
from marketplace.storefront.data_copies import copy_path
from marketplace.storefront.me_views import blueprint
from marketplace.storefront.my_data import reasons_against_deletion, touches_of


@blueprint.get("/data")
@signed_in
def show_data() -> str:
    """Copies, deletion, and who looked."""
    person_id, at = visitor().id, clock.now()
    return render_template(
        "storefront/me_data.html",
        copies=personal_data.copies_of(person_id),
        deletion=personal_data.waiting_deletion(person_id),
        reasons=[
            r["message"] for r in word_reasons(Conflict(reasons=reasons_against_deletion(person_id, at)))
        ],
        touches=touches_of(person_id),
        readings=readings_of(person_id),
        now=at,
    )


@blueprint.post("/data/copies")
@signed_in
def create_copy() -> Any:
    """Orders a copy."""
    at = clock.now()
    with unit_of_work():
        personal_data.ask_for_copy(visitor().id, at)
    put_notice("copy_asked")
    return redirect(url_for(".show_data"), 303)


@blueprint.get("/data/copies/<key>")
@signed_in
def show_copy(key: str) -> Any:
    """Hands an own copy over, as long as it lives."""
    copy = personal_data.copy_of_person(key, visitor().id, clock.now())
    response = make_response(
        send_file(copy_path(copy.key), "application/zip", as_attachment=True, download_name="bazargah.zip")
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/data/deletion")
@signed_in
def create_deletion() -> Any:
    """Asks for deletion in seven days. Raises Conflict with everything that is still open."""
    person_id, at = visitor().id, clock.now()
    if request.form.get("sure") != "1":
        raise Invalid("deletion_not_sure")
    with unit_of_work():
        reasons = reasons_against_deletion(person_id, at)
        if reasons:
            raise Conflict("deletion_refused", reasons=reasons)
        wish = personal_data.ask_for_deletion(person_id, at)
        tell(
            key=f"deletion:{wish.id}",
            person=person_id,
            template="deletion_asked",
            params={"until_on": wish.due_at.date().isoformat(), "path": "/me/data"},
            subject=f"deletion:{wish.id}",
            at=at,
        )
    put_notice("deletion_asked", "warn")
    return redirect(url_for(".show_data"), 303)


@blueprint.post("/data/deletion/undo")
@signed_in
def delete_deletion() -> Any:
    """Takes the wish back."""
    at = clock.now()
    with unit_of_work():
        personal_data.undo_deletion(visitor().id, at)
    put_notice("deletion_undone")
    return redirect(url_for(".show_data"), 303)
