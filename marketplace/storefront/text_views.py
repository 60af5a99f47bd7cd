"""Public texts: the rules."""

from __future__ import annotations

from flask import render_template

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
