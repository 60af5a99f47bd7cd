"""The description of the API: as a document for programs, as a page for people."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template

from marketplace.accounts.access import public
from marketplace.api.answers import answer
from marketplace.api.blueprint import PREFIX
from marketplace.api.docs_page import show_docs as docs_shown
from marketplace.api.document import document_of

blueprint = Blueprint("api_docs", __name__, url_prefix=PREFIX)


@blueprint.get("/openapi.json")
@public
def show_openapi() -> Response:
    """The OpenAPI 3.1 document."""
    return answer(document_of(current_app))


@blueprint.get("/docs")
@public
def show_docs() -> str:
    """The same to read, in the language of the address."""
    return render_template("api/docs.html", page=docs_shown(document_of(current_app)))
