"""The office's desk of what shoppers say."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts.access import official, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Malformed
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.reviews.desk_queries import cases, waiting_counts
from marketplace.reviews.inputs import Decision
from marketplace.reviews.models import ReportReason, SaidKind, SaidState
from marketplace.reviews.moderation import publish_said, remove_said

blueprint = Blueprint("review_desk", __name__, url_prefix="/office/reviews")


@blueprint.get("")
@official(Role.office, Role.auditor)
def list_cases() -> str:
    """Held and reported words, or the removed ones with their reasons."""
    kind = _kind(request.args.get("kind"))
    is_removed = request.args.get("show") == "removed"
    page = cases(kind, is_removed=is_removed, cursor=request.args.get("cursor"))
    return render_template(
        "reviews/desk.html",
        kind=kind.value,
        is_removed=is_removed,
        cases=page.items,
        counts=waiting_counts(),
        reasons=[reason.value for reason in ReportReason],
        may_write=Role.office in visitor().roles,
        next_url=url_for(
            ".list_cases",
            kind=kind.value,
            show="removed" if is_removed else None,
            cursor=page.next_cursor,
        )
        if page.next_cursor
        else None,
    )


@blueprint.post("/<kind>/<int:said_id>/publication")
@official(Role.office)
def create_publication(kind: str, said_id: int) -> Any:
    """Lets it stand, or brings it back."""
    at = clock.now()
    with unit_of_work():
        publish_said(_kind(kind), said_id, visitor().actor("office"), at, seen=_seen())
    put_notice("said_published")
    return redirect(url_for(".list_cases", kind=kind), 303)


@blueprint.post("/<kind>/<int:said_id>/removal")
@official(Role.office)
def create_removal(kind: str, said_id: int) -> Any:
    """Takes it down with a reason."""
    form = {**request.form.to_dict(), "kind": _kind(kind).value, "said_id": str(said_id)}
    wish = Decision.parse(form)
    at = clock.now()
    with unit_of_work():
        remove_said(wish, visitor().actor("office"), at, seen=_seen())
    put_notice("said_removed")
    return redirect(url_for(".list_cases", kind=kind), 303)


def _kind(value: str | None) -> SaidKind:
    return SaidKind(value) if value in set(SaidKind) else SaidKind.review


def _seen() -> SaidState:
    """The state that the page showed. Raises Malformed."""
    value = request.form.get("seen", "")
    if value not in set(SaidState):
        raise Malformed()
    return SaidState(value)
