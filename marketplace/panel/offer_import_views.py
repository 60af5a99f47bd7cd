"""A store sends its offers in a file: dry run, errors to download, and the decision what to write of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import store_member, visitor
from marketplace.core import clock, errands
from marketplace.core.bodies import takes_upload
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, MarketplaceError, NotFound, TooLarge
from marketplace.core.language import current_language, direction, has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number
from marketplace.festival.imports import (
    MOST_BYTES,
    apply_import,
    drop_import,
    gone_unless_written,
    keep_file,
    start_import,
)
from marketplace.panel.imports_page import error_rows, show_imports, template_rows
from marketplace.panel.imports_page import show_import as import_page

SMALL_BYTES = 256 * 1024
"""A file up to here is read while the store waits; a larger one by the worker."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("panel_imports", __name__, url_prefix="/panel/offers/imports")
Answer = BaseResponse | tuple[str, int]


@blueprint.get("")
@store_member
def list_imports() -> str:
    """The form for a file, its columns, and the files of the past."""
    return render_template("panel/imports.html", page=show_imports(g.store_id))


@blueprint.post("")
@store_member
@takes_upload(MOST_BYTES + 1024 * 1024)
def create_import() -> Answer:
    """Keeps a file and has it read; nothing of it is written yet."""
    upload, at = request.files.get("table"), clock.now()
    try:
        if upload is None or not upload.filename:
            raise Invalid("no_file", fields={"table": "required"})
        key, size = keep_file(upload.stream, upload.filename)
        with gone_unless_written(key), unit_of_work():
            actor = visitor().actor("store")
            import_id, job_id = start_import(g.store_id, key, size, upload.filename, actor, at)
    except (Invalid, TooLarge, Conflict) as error:
        db.session.rollback()
        page = show_imports(g.store_id, _refusal(error))
        return render_template("panel/imports.html", page=page), error.status
    if size <= SMALL_BYTES:
        errands.run(job_id)
    return redirect(url_for(".show_import", import_id=import_id), 303)


@blueprint.get("/<int:import_id>")
@store_member
def show_import(import_id: int) -> str:
    """One file: how far it is, what is wrong, what may be done."""
    return render_template("panel/import.html", page=import_page(import_id, g.store_id))


@blueprint.post("/<int:import_id>/application")
@store_member
def create_application(import_id: int) -> Answer:
    """Writes the rows: all of them, or the good ones alone where the store chose so."""
    try:
        with unit_of_work():
            job_id = apply_import(
                import_id,
                g.store_id,
                clock.now(),
                only_good=request.form.get("only_good") == "1",
                sends_for_check=request.form.get("send") == "1",
            )
    except Conflict as error:
        db.session.rollback()
        page = import_page(import_id, g.store_id, _refusal(error))
        return render_template("panel/import.html", page=page), error.status
    errands.run(job_id)
    put_notice("import_begun")
    return redirect(url_for(".show_import", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/dropping")
@store_member
def create_dropping(import_id: int) -> BaseResponse:
    """Gives a file up."""
    with unit_of_work():
        drop_import(import_id, g.store_id)
    put_notice("import_dropped")
    return redirect(url_for(".list_imports"), 303)


@blueprint.get("/<int:import_id>/errors.<kind>")
@store_member
def download_errors(import_id: int, kind: str) -> Response:
    """The wrong rows with their reasons, as CSV or XLSX."""
    return _table(error_rows(import_id, g.store_id), kind, f"errors-{import_id}")


@blueprint.get("/template.<kind>")
@store_member
def download_template(kind: str) -> Response:
    """An empty file with the right headings."""
    return _table(template_rows(), kind, "offers")


def _table(rows: Any, kind: str, name: str) -> Response:
    if kind == "xlsx":
        is_rtl = direction(current_language()) == "rtl"
        book = write_xlsx(rows, t("panel.offers"), right_to_left=is_rtl)
        return send_file(book, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx", etag=False)
    if kind != "csv":
        raise NotFound()
    body = b"".join(write_csv(rows))
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _refusal(error: MarketplaceError) -> dict[str, Any]:
    words = {key: number(value) if isinstance(value, int) else value for key, value in error.params.items()}
    return {
        "title": t(f"error.{error.code}", **words),
        "reasons": [],
        "now": t(f"advice.{error.code}") if has_text(f"advice.{error.code}", "fa") else None,
    }
