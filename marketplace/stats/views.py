"""Figures for everybody: the page, its charts for pages of others, and the files."""

from __future__ import annotations

from html import escape

import orjson
from flask import Blueprint, Response, current_app, render_template, request, url_for

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.errors import NotFound
from marketplace.core.language import t
from marketplace.core.tables import write_csv
from marketplace.stats.drawing import drawing
from marketplace.stats.open_data import FILES, head_of, open_rows, package
from marketplace.stats.page import CHARTS, one_chart, show_stats
from marketplace.stats.queries import rows_of
from marketplace.stats.rules import SEED_YEAR

blueprint = Blueprint("stats", __name__)
CHART_SECONDS = 300


@blueprint.get("/stats")
@public
def show_figures() -> str:
    """Turnover, orders, free shipping, kits, complaints, applicants, clearances and the fund."""
    return render_template(
        "stats/stats.html", page=show_stats(clock.now()), seed=SEED_YEAR, frames=[_frame(n) for n in CHARTS]
    )


def _frame(name: str) -> tuple[str, str, str]:
    """(name of a chart, its address, what a site writes to show it)."""
    path = url_for(".show_chart", name=name)
    address = escape(f"{current_app.config['SETTINGS'].base_url}{path}")
    title = escape(t(f"stats.chart_name.{name}"))
    return name, path, f'<iframe src="{address}" width="100%" height="280" title="{title}"></iframe>'


@blueprint.get("/stats/charts/<name>.svg")
@public
def show_chart(name: str) -> Response:
    """One chart as a drawing that any site may show in a frame or as a picture. Raises NotFound."""
    found = one_chart(name, clock.now())
    if found is None:
        raise NotFound()
    address = f"{current_app.config['SETTINGS'].base_url}/stats"
    response = Response(drawing(found, t("stats.source", address=address)), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={CHART_SECONDS}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors *"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


@blueprint.get("/stats/<name>.csv")
@public
def show_csv(name: str) -> Response:
    """A file of figures for spreadsheets: `trade` or `complaints`. Raises NotFound."""
    head, rows = _rows(name)
    table = [head, *((month, what, *counts) for month, what, counts in rows)]
    response = Response(b"".join(write_csv(table)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="bazargah-{name}.csv"'
    return response


@blueprint.get("/stats/datapackage.json")
@public
def show_package() -> Response:
    """What the files hold, column by column, for machines."""
    body = package(current_app.config["SETTINGS"].base_url)
    return Response(orjson.dumps(body, option=orjson.OPT_INDENT_2), mimetype="application/json")


@blueprint.get("/stats/<name>.json")
@public
def show_json(name: str) -> Response:
    """The same for programs."""
    head, rows = _rows(name)
    told = [dict(zip(head, (month, what, *counts), strict=True)) for month, what, counts in rows]
    return Response(orjson.dumps({"name": name, "rows": told}), mimetype="application/json")


def _rows(name: str):  # type: ignore[no-untyped-def]
    source = FILES.get(name)
    if source is None:
        raise NotFound()
    return head_of(source), open_rows(source, rows_of(source))
