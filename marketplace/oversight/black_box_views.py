"""The black box: the office has one built, everybody may have it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, send_file, url_for

from marketplace.accounts.access import official, public, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.notices import put_notice
from marketplace.core.signing import public_key
from marketplace.core.unit_of_work import unit_of_work
from marketplace.oversight.black_box import file_of, list_boxes, order_box

blueprint = Blueprint("black_box", __name__)


@blueprint.get("/office/black-box")
@official(Role.office, Role.auditor)
def list_office_boxes() -> str:
    """The archives so far, and ordering another."""
    return render_template(
        "oversight/black_box_desk.html",
        boxes=list_boxes(),
        key=public_key(),
        may_write=Role.office in visitor().roles,
    )


@blueprint.post("/office/black-box")
@official(Role.office)
def create_box() -> Any:
    """Has a worker build an archive of everything as it stands now."""
    at = clock.now()
    with unit_of_work():
        order_box(visitor().actor("office"), at)
    put_notice("black_box_ordered")
    return redirect(url_for(".list_office_boxes"), 303)


@blueprint.get("/black-box")
@public
def list_public_boxes() -> str:
    """What the black box is, how it is checked, and the archives."""
    return render_template(
        "oversight/black_box.html", boxes=[box for box in list_boxes() if box.sha256], key=public_key()
    )


@blueprint.get("/black-box/<int:box_id>.tar")
@public
def show_box(box_id: int) -> Response:
    """An archive. Raises NotFound."""
    path = file_of(box_id)
    response: Response = send_file(
        path, mimetype="application/x-tar", as_attachment=True, download_name=path.name
    )
    return response
