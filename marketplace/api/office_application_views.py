"""The review desk for programs: what waits, one file, decisions over many, and taking one back."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer, paging
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses, takes
from marketplace.api.once import once
from marketplace.api.schemas import office_applications as schemas
from marketplace.api.shapes.office import decision_document, file_document, row_document
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.festival.application_decisions import decide, undo_decision
from marketplace.festival.application_models import ApplicationDecision
from marketplace.festival.decision_inputs import MOST_AT_ONCE, Ruling
from marketplace.office.application_filters import DeskFilter
from marketplace.office.application_page import show_file
from marketplace.office.application_views import actor, edition_of
from marketplace.office.applications_list import show_desk

LARGEST_ID = 2**62


@call("GET", "/office/applications", "office")
@scoped("office:read", Role.office, Role.auditor)
@takes(schemas.ApplicationQuery)
@answers(200, schemas.ApplicationPage)
@refuses(404)
def list_office_applications() -> Response:
    """The applications of an edition in one state, with their scores, checks and deadlines.

    Filters that say nothing known are passed over, as on the desk. `version` goes into a decision.
    """
    festival, _ = edition_of(request.args.get("edition", ""))
    cursor, limit = paging()
    wanted = DeskFilter.parse(festival.id, request.args)
    desk = show_desk(wanted, cursor, visitor().id, clock.now(), limit)
    return answer(
        {
            "items": [row_document(row) for row in desk.rows],
            "next_cursor": desk.next_cursor,
            "places": {"taken": desk.taken, "capacity": desk.capacity, "waiting": desk.waiting},
        }
    )


@call("GET", "/office/applications/<int:application_id>", "office")
@scoped("office:read", Role.office, Role.auditor)
@answers(200, schemas.ApplicationFile)
@refuses(404)
def show_office_application(application_id: int) -> Response:
    """One application: its score in parts, every check with its evidence, its history. A draft is not found."""
    return answer(file_document(show_file(application_id, clock.now())))


@call("POST", "/office/applications/decisions", "office")
@scoped("office:applications", Role.office)
@needs_key
@reads(schemas.DecisionWish)
@answers(201, schemas.Decision)
@refuses(404)
def create_office_decision(wish: dict[str, Any]) -> Response:
    """Decides applications alike, all or none, on the versions that were read; stores are told after some minutes.

    409 `stale_decision` when one changed since, `not_decidable` when one cannot be decided so: nothing was, then.
    """
    festival, _ = edition_of(_word(wish, "edition"))
    ruling = Ruling.parse(wish, _reasons(wish))
    chosen = _chosen(wish)
    made: list[ApplicationDecision] = []
    return once(
        lambda at: made.append(decide(festival.id, chosen, ruling, actor(), at)),
        lambda: decision_document(made[0], len(chosen)),
        201,
    )


@call("POST", "/office/applications/decisions/<int:decision_id>/undoing", "office")
@scoped("office:applications", Role.office)
@answers(200, schemas.Decision)
@refuses(404)
def create_office_undoing(decision_id: int) -> Response:
    """Takes a decision back before its stores are told; later: 409. `count`: how many went back."""
    undone: list[tuple[ApplicationDecision, int]] = []
    return once(
        lambda at: undone.append(undo_decision(decision_id, actor(), at)),
        lambda: decision_document(*undone[0]),
    )


def _word(wish: dict[str, Any], name: str) -> str:
    value = wish.get(name)
    return value if isinstance(value, str) else ""


def _reasons(wish: dict[str, Any]) -> list[str]:
    """The codes of the reasons. Raises Invalid."""
    reasons = wish.get("reasons")
    if reasons is None:
        return []
    if not isinstance(reasons, list) or any(not isinstance(code, str) for code in reasons):
        raise Invalid("bad_decision", fields={"reasons": "bad_value"})
    return reasons


def _chosen(wish: dict[str, Any]) -> dict[int, int]:
    """Ids with the versions that were read. Raises Invalid('nothing_chosen', 'too_many_chosen', 'bad_decision')."""
    items = wish.get("items")
    if not isinstance(items, list) or not items:
        raise Invalid("nothing_chosen", fields={"items": "required"})
    if len(items) > MOST_AT_ONCE:
        raise Invalid("too_many_chosen", fields={"items": "bad_value"}, params={"most": MOST_AT_ONCE})
    chosen: dict[int, int] = {}
    for place, item in enumerate(items):
        for name in ("id", "version"):
            number = item.get(name) if isinstance(item, dict) else None
            if type(number) is not int or not 0 <= number <= LARGEST_ID:
                raise Invalid("bad_decision", fields={f"items.{place}.{name}": "bad_value"})
        chosen[item["id"]] = item["version"]
    return chosen
