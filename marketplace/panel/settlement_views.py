"""The store's money pages: the owner's alone. `g.store_id` is the store of the member who acts."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as BaseResponse

from marketplace.accounts.access import freshly, store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Forbidden, Invalid
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.panel.settlement import (
    MOST_LINES,
    lines_shown,
    own_statement,
    show_settlement,
    statement_shown,
)
from marketplace.panel.statement_papers import statement_pdf, statement_rows, sums_of
from marketplace.payments.payout_accounts import AccountWish, enter_payout_account
from marketplace.stores.queries import is_owner

blueprint = Blueprint("settlement", __name__, url_prefix="/panel/settlement")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def ensure_owner() -> None:
    """Raises Forbidden for staff: a store's money is its owner's business."""
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")


@blueprint.get("")
@store_member
def show_account() -> str:
    """What the store is due, its statements and payouts."""
    ensure_owner()
    return _page()


@blueprint.post("/account")
@store_member
@freshly
def create_payout_account() -> BaseResponse | tuple[str, int]:
    """Enters the Sheba to which the store is paid."""
    ensure_owner()
    try:
        wish = AccountWish.parse(request.form)
    except Invalid as error:
        return _page({name: t(f"field.{code}") for name, code in error.fields.items()}), error.status
    with unit_of_work():
        enter_payout_account(g.store_id, wish, visitor().actor("store"), clock.now())
    put_notice("payout_account_entered")
    return redirect(url_for(".show_account"), 303)


@blueprint.get("/<int:number>")
@store_member
def show_statement(number: int) -> str:
    """One statement with its store orders."""
    ensure_owner()
    found = own_statement(g.store_id, number)
    shown = statement_shown(found)
    return render_template(
        "panel/statement.html",
        statement=shown,
        sums=sums_of(shown),
        lines=list(lines_shown(found, MOST_LINES)),
    )


@blueprint.get("/<int:number>.csv")
@store_member
def show_statement_csv(number: int) -> Response:
    """The statement with all its lines as CSV."""
    ensure_owner()
    found = own_statement(g.store_id, number)
    rows = statement_rows(statement_shown(found), lines_shown(found))
    answer = Response(b"".join(write_csv(rows)), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"statement-{number}.csv")
    return answer


@blueprint.get("/<int:number>.xlsx")
@store_member
def show_statement_xlsx(number: int) -> BaseResponse:
    """The statement with all its lines as a workbook."""
    ensure_owner()
    found = own_statement(g.store_id, number)
    rows = statement_rows(statement_shown(found), lines_shown(found))
    title = t("settlement.short", number=number)
    file = write_xlsx(rows, title, right_to_left=current_language() == "fa")
    return send_file(file, mimetype=XLSX, as_attachment=True, download_name=f"statement-{number}.xlsx")


@blueprint.get("/<int:number>.pdf")
@store_member
def show_statement_pdf(number: int) -> Response:
    """The statement on paper; of very many store orders the first, the rest stands in the other files."""
    ensure_owner()
    found = own_statement(g.store_id, number)
    name = show_settlement(g.store_id, clock.now()).store_name
    body = statement_pdf(name, statement_shown(found), list(lines_shown(found, 2 * MOST_LINES)))
    answer = Response(body, content_type="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"statement-{number}.pdf")
    return answer


def _page(errors: dict[str, str] | None = None) -> str:
    values = {name: request.form.get(name, "")[:80] for name in ("sheba", "owner_name")}
    shown = show_settlement(g.store_id, clock.now())
    return render_template("panel/settlement.html", page=shown, errors=errors or {}, entered=values)
