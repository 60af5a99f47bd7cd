"""Registry files at the seal centre: upload, look at what they would do, write. `/office/seals|licences/imports`."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid, NotFound, TooLarge
from marketplace.core.language import has_text, t
from marketplace.core.notices import put_notice
from marketplace.core.tables import write_csv
from marketplace.core.unit_of_work import unit_of_work
from marketplace.stores.case_models import UploadKind
from marketplace.stores.import_rules import COLUMNS
from marketplace.stores.imports import (
    MOST_BYTES,
    keep_upload,
    plan_import,
    read_upload,
    upload_of,
    uploads_of,
    write_import,
)

blueprint = Blueprint("imports", __name__, url_prefix="/office")
KINDS = {"seals": UploadKind.seal, "licences": UploadKind.licence}
SHOWN_ROWS = 200
EXAMPLES = {
    "seals": ("artin", "12345678", "artin.example", "4", "active", "1405/01/01", "1407/01/01"),
    "licences": ("artin", "0405-123456", "active", "1405/01/01", "1406/01/01"),
}


@blueprint.get("/seals/imports", defaults={"paper": "seals"})
@blueprint.get("/licences/imports", defaults={"paper": "licences"})
@official(Role.seal_officer, Role.auditor)
def list_imports(paper: str) -> str:
    """Earlier uploads, and the form for a new one."""
    return _list(paper)


@blueprint.post("/seals/imports", defaults={"paper": "seals"})
@blueprint.post("/licences/imports", defaults={"paper": "licences"})
@official(Role.seal_officer)
def create_import(paper: str) -> BaseResponse | tuple[str, int]:
    """Reads a file; nothing is written but that it waits."""
    kind, file = KINDS[paper], request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid("file_missing", fields={"file": "required"})
        content = file.stream.read(MOST_BYTES + 1)
        rows = read_upload(kind, content, file.filename)
        with unit_of_work():
            upload_id = keep_upload(kind, content, file.filename, rows, _actor(), clock.now()).id
    except (Invalid, TooLarge) as error:
        return _list(paper, error), error.status
    return redirect(url_for(".show_import", paper=paper, upload_id=upload_id), 303)


@blueprint.get("/seals/imports/<int:upload_id>", defaults={"paper": "seals"})
@blueprint.get("/licences/imports/<int:upload_id>", defaults={"paper": "licences"})
@official(Role.seal_officer, Role.auditor)
def show_import(paper: str, upload_id: int) -> str:
    """The dry run: what each row would do, and what is wrong with it."""
    return _upload(paper, upload_id)


@blueprint.post("/seals/imports/<int:upload_id>/writing", defaults={"paper": "seals"})
@blueprint.post("/licences/imports/<int:upload_id>/writing", defaults={"paper": "licences"})
@official(Role.seal_officer)
def create_import_writing(paper: str, upload_id: int) -> BaseResponse | tuple[str, int]:
    """Writes the rows, once."""
    try:
        with unit_of_work():
            write_import(
                upload_id,
                KINDS[paper],
                _actor(),
                clock.now(),
                is_partial=request.form.get("partial") == "1",
            )
    except Invalid as error:
        return _upload(paper, upload_id, error), error.status
    put_notice("registry_written")
    return redirect(url_for(".show_import", paper=paper, upload_id=upload_id), 303)


@blueprint.get("/seals/imports/template.csv", defaults={"paper": "seals"})
@blueprint.get("/licences/imports/template.csv", defaults={"paper": "licences"})
@official(Role.seal_officer, Role.auditor)
def show_import_template(paper: str) -> Response:
    """An example to fill in."""
    columns = COLUMNS[KINDS[paper].value]
    body = b"".join(write_csv([columns, EXAMPLES[paper]]))
    return _csv(body, f"{paper}.csv")


@blueprint.get("/seals/imports/<int:upload_id>/errors.csv", defaults={"paper": "seals"})
@blueprint.get("/licences/imports/<int:upload_id>/errors.csv", defaults={"paper": "licences"})
@official(Role.seal_officer, Role.auditor)
def show_import_errors(paper: str, upload_id: int) -> Response:
    """The wrong rows with what is wrong, to be mended."""
    upload = upload_of(upload_id, KINDS[paper])
    plan = plan_import(upload, visitor().id)
    columns = COLUMNS[upload.kind.value]
    raw = {row["row"]: row for row in upload.rows}
    wrong = [row for row in plan.rows if row.errors]
    if not wrong:
        raise NotFound()
    lines: list[tuple[str | int, ...]] = [("row", *columns, "errors")]
    lines += [
        (
            row.row,
            *(str(raw[row.row].get(c, "")) for c in columns),
            "; ".join(f"{t('imports.column.' + c)}: {t('field.' + code)}" for c, code in row.errors.items()),
        )
        for row in wrong
    ]
    return _csv(b"".join(write_csv(lines)), f"{paper}-errors.csv")


def _csv(body: bytes, name: str) -> Response:
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _list(paper: str, error: Invalid | TooLarge | None = None) -> str:
    sentence = ""
    if error is not None:
        code = error.fields.get("file", "")
        sentence = (
            t(f"field.{code}")
            if code and has_text(f"field.{code}", "fa")
            else t(f"error.{error.code}", **error.params)
        )
    return render_template(
        "office/imports.html",
        paper=paper,
        uploads=uploads_of(KINDS[paper]),
        columns=COLUMNS[KINDS[paper].value],
        error=sentence,
        may_act=Role.seal_officer in visitor().roles,
    )


def _upload(paper: str, upload_id: int, error: Invalid | None = None) -> str:
    upload = upload_of(upload_id, KINDS[paper])
    plan = plan_import(upload, visitor().id)
    first = sorted(plan.rows, key=lambda row: (row.action != "error", row.action == "same", row.row))
    return render_template(
        "office/import.html",
        paper=paper,
        upload=upload,
        plan=plan,
        rows=first[:SHOWN_ROWS],
        raw={row["row"]: row for row in upload.rows},
        columns=COLUMNS[upload.kind.value],
        error=t(f"field.{next(iter(error.fields.values()))}") if error else "",
        may_act=Role.seal_officer in visitor().roles,
    )


def _actor() -> Actor:
    return visitor().actor(Role.seal_officer.value)
