"""The fund's public book: a page and its two files."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, stream_with_context

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.tables import write_csv
from marketplace.guarantee.fund_files import day_rows, line_rows
from marketplace.guarantee.fund_page import show_fund as fund_shown

blueprint = Blueprint("fund", __name__, url_prefix="/fund")
ROWS = {"lines": line_rows, "days": day_rows}


@blueprint.get("")
@public
def show_fund() -> str:
    """The book: what is there, what is put aside, what came and left, and by which rules."""
    raw = request.args.get("before", "")
    before = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 12 else None
    shown = fund_shown(clock.now(), request.args.get("kind", "all"), before)
    return render_template("guarantee/fund.html", page=shown, before=before)


@blueprint.get("/<any(lines, days):name>.csv")
@public
def show_file(name: str) -> Response:
    """All lines with their seals, or all days, as CSV."""
    answer = Response(stream_with_context(write_csv(ROWS[name]())), content_type="text/csv; charset=utf-8")
    answer.headers.set("Content-Disposition", "attachment", filename=f"fund-{name}.csv")
    return answer
