"""Letters to the ministry: `/office/letters`. The office and inspectors write, auditors read."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.tables import write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.oversight.counting import advice_on
from marketplace.oversight.letters import (
    letter_by_id,
    letter_pdf,
    letters,
    listed_stores,
    number_of,
    sheet_rows,
    write_letter,
)

blueprint = Blueprint("letters", __name__, url_prefix="/office/letters")
READERS = (Role.office, Role.health_inspector, Role.auditor)
WRITERS = (Role.office, Role.health_inspector)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@official(*READERS)
def list_letters() -> str:
    """The letters so far and the form of the next."""
    return _page()


@blueprint.post("")
@official(*WRITERS)
def create_letter() -> AnyResponse | tuple[str, int]:
    """Numbers a letter and keeps its list of stores as it is now."""
    role = next(role for role in WRITERS if role in visitor().roles)
    try:
        with unit_of_work():
            write_letter(request.form, visitor().actor(role.value), clock.now())
    except (Invalid, Conflict) as error:
        return _page(error), error.status
    put_notice("letter_written")
    return redirect(url_for(".list_letters"), 303)


@blueprint.get("/<int:letter_id>.xlsx")
@official(*READERS)
def download_list(letter_id: int) -> Response:
    """The list of a letter as a spreadsheet in which no cell is a formula."""
    letter = letter_by_id(letter_id)
    book = write_xlsx(sheet_rows(letter), t("letter.sheet"), right_to_left=current_language() == "fa")
    name = f"letter-{number_of(letter).replace('/', '-')}.xlsx"
    return send_file(book, mimetype=XLSX, as_attachment=True, download_name=name)


@blueprint.get("/<int:letter_id>.pdf")
@official(*READERS)
def print_letter(letter_id: int) -> Response:
    """The letter with its list as a PDF."""
    letter = letter_by_id(letter_id)
    response = Response(letter_pdf(letter), mimetype="application/pdf")
    name = f"letter-{number_of(letter).replace('/', '-')}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _page(error: Invalid | Conflict | None = None) -> str:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = {"title": t(f"error.{error.code}", count="۰"), "now": advice_on(error.code)} if error else None
    return render_template(
        "oversight/letters.html",
        letters=[(number_of(letter), letter) for letter in letters()],
        count=len(listed_stores(clock.now())),
        may_write=bool(visitor().roles & set(WRITERS)),
        errors=fields,
        refusal=refusal if not fields else None,
        typed=request.form.to_dict() if error else {},
    )
