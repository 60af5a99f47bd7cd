"""Public texts: the rules."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, render_template

from marketplace.accounts.access import public
from marketplace.core import clock
from marketplace.core.language import t
from marketplace.policy.documents import documents_in_force
from marketplace.policy.models import Document
from marketplace.storefront.blueprint import blueprint
from marketplace.storefront.offer_shown import TextShown, TextsShown
from marketplace.storefront.shown import words


@blueprint.get("/rules")
@public
def show_rules() -> str:
    """Rules of the festival, the lottery, the fund, complaints and withdrawal, and the pledges' wording."""
    return _page("texts.rules", ("rules", "law", "notice", "pledge"))


@blueprint.get("/.well-known/security.txt")
@public
def show_security_contact() -> Response:
    """Where a hole is told (RFC 9116); good for a year from the first of this month."""
    settings = current_app.config["SETTINGS"]
    month = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.security_contact or settings.base_url + '/me/tickets'}",
        f"Expires: {(month + timedelta(days=365)).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: fa, en",
        f"Canonical: {settings.base_url}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _page(title: str, groups: tuple[str, ...]) -> str:
    return render_template("storefront/texts.html", page=TextsShown(t(title), texts_of(groups)))


def texts_of(groups: tuple[str, ...]) -> tuple[TextShown, ...]:
    """The texts of some groups in the wording now in force."""
    return tuple(_shown(document) for document in documents_in_force(groups, clock.now()))


def _shown(document: Document) -> TextShown:
    body = words(document.body_fa, document.body_en)
    return TextShown(
        document.key,
        words(document.title_fa, document.title_en),
        document.version,
        document.effective_from,
        tuple(body.split("\n\n")),
    )
