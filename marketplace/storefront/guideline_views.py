"""The health guidelines on one page, as sheets to print and as PDFs, in every version; a store's health."""

from __future__ import annotations

import re

from flask import Response, render_template, request

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.language import current_language
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.guideline_page import Sheet, print_guidelines, sheet_of, sheets_at
from marketplace.storefront.health_page import public_health


@blueprint.get("/guidelines")
@public
def list_guidelines() -> str:
    """The guidelines in force."""
    return render_template("storefront/guidelines.html", sheets=sheets_at(clock.now()))


@blueprint.get("/guidelines.pdf")
@public
def print_all_guidelines() -> Response:
    """All of them as one PDF."""
    return _pdf(print_guidelines(sheets_at(clock.now()), clock.now()), "guidelines")


@blueprint.get("/guidelines/<key>")
@public
def show_guideline(key: str) -> str:
    """One guideline as a sheet to print; `version` shows an earlier one."""
    return render_template("storefront/guideline.html", sheet=_asked(key))


@blueprint.get("/guidelines/<key>.pdf")
@public
def print_guideline(key: str) -> Response:
    """The same as a PDF."""
    sheet = _asked(key)
    return _pdf(print_guidelines([sheet], sheet.since), f"{key}-{sheet.version}")


@blueprint.get("/stores/<slug>/health")
@public
def show_store_health(slug: str) -> str:
    """What inspections found at a store, and which guidelines it acknowledged."""
    return render_template("storefront/health.html", page=public_health(slug, clock.now()))


def _asked(key: str) -> Sheet:
    version = request.args.get("version", "")
    number = int(version) if re.fullmatch(r"[0-9]{1,6}", version) else None
    return sheet_of(key, number, clock.now())


def _pdf(data: bytes, name: str) -> Response:
    response = Response(data, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{current_language()}.pdf"'
    return response
