"""Complaints and claims for the programs of those who decide them."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer, paging
from marketplace.api.blueprint import answers, call, reads, refuses, takes
from marketplace.api.once import once
from marketplace.api.schemas import office_cases as schemas
from marketplace.api.shapes.claims import claim_document
from marketplace.api.shapes.complaints import complaint_document
from marketplace.api.shapes.office import bench_document, case_row_document, claim_row_document
from marketplace.complaints.case_page import show_case
from marketplace.complaints.deciding import decide_contest, review_complaint, rule_on_complaint
from marketplace.complaints.inputs import Ruling, Verdict
from marketplace.complaints.lists import list_queue as list_complaints
from marketplace.complaints.models import Side
from marketplace.complaints.queries import complaint_by_number
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.guarantee.answering import ask_for_more
from marketplace.guarantee.claim_desk_page import bench_of
from marketplace.guarantee.claim_facts import most_loss
from marketplace.guarantee.claim_inputs import Choice, RequestWish
from marketplace.guarantee.claim_lists import list_queue as list_claims
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_by_number
from marketplace.guarantee.deciding import choose, step_aside
from marketplace.guarantee.errors import BadClaim


@call("GET", "/office/complaints", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@takes(schemas.ComplaintQuery)
@answers(200, schemas.ComplaintPage)
def list_office_complaints() -> Response:
    """What waits for the seal centre, by kind: escalated ones, those not solved, contests, purchases elsewhere."""
    cursor, limit = paging()
    page = list_complaints(request.args.get("tab", ""), cursor, clock.now(), limit)
    return answer({"items": [case_row_document(row) for row in page.rows], "next_cursor": page.next_cursor})


@call("GET", "/office/complaints/<number>", "office")
@scoped("office:read", Role.seal_officer, Role.auditor)
@answers(200, schemas.OfficeComplaint)
@refuses(404)
def show_office_complaint(number: str) -> Response:
    """One complaint as the seal centre reads it, and how it counts against the seal."""
    return answer(_case(number))


@call("POST", "/office/complaints/<number>/ruling", "office")
@scoped("office:complaints", Role.seal_officer)
@reads(schemas.RulingWish)
@answers(200, schemas.OfficeComplaint)
@refuses(404)
def create_office_ruling(wish: dict[str, Any], number: str) -> Response:
    """Says of a complaint that it is admissible, a duplicate, unfounded, or referred to an authority by letter."""
    ruling = Ruling.parse(wish)
    return once(lambda at: rule_on_complaint(number, ruling, _seal_officer(), at), lambda: _case(number))


@call("POST", "/office/complaints/<number>/review", "office")
@scoped("office:complaints", Role.seal_officer)
@reads(schemas.ReviewWish)
@answers(200, schemas.OfficeComplaint)
@refuses(404)
def create_office_review(wish: dict[str, Any], number: str) -> Response:
    """The expert's review of one that its shopper calls not solved. 409 in every other state."""
    verdict = Verdict.parse(wish)
    return once(lambda at: review_complaint(number, verdict, _seal_officer(), at), lambda: _case(number))


@call("POST", "/office/complaints/<number>/contest", "office")
@scoped("office:complaints", Role.seal_officer)
@reads(schemas.ContestWish)
@answers(200, schemas.OfficeComplaint)
@refuses(404)
def create_office_contest_decision(wish: dict[str, Any], number: str) -> Response:
    """Another officer's word on a store's contest; 409 for the officer who decided before."""
    verdict = Verdict.parse(wish, "won", "lost")
    return once(lambda at: decide_contest(number, verdict, _seal_officer(), at), lambda: _case(number))


@call("GET", "/office/claims", "office")
@scoped("office:read", Role.adjudicator, Role.office, Role.auditor)
@takes(schemas.ClaimQuery)
@answers(200, schemas.ClaimPage)
def list_office_claims() -> Response:
    """Claims on the fund by kind, what is due first at the head; for an adjudicator the own ones unless told."""
    cursor, limit = paging()
    usual = "mine" if Role.adjudicator in visitor().roles else "open"
    page = list_claims(visitor().id, request.args.get("tab", usual), cursor, clock.now(), limit)
    return answer({"items": [claim_row_document(row) for row in page.rows], "next_cursor": page.next_cursor})


@call("GET", "/office/claims/<number>", "office")
@scoped("office:read", Role.adjudicator, Role.office, Role.auditor)
@answers(200, schemas.OfficeClaim)
@refuses(404)
def show_office_claim(number: str) -> Response:
    """One claim with its bench. What another chose is hidden from whoever still has to choose."""
    return answer(_claim(number))


@call("POST", "/office/claims/<number>/choice", "office")
@scoped("office:claims", Role.adjudicator)
@reads(schemas.ChoiceWish)
@answers(200, schemas.OfficeClaim)
@refuses(404)
def create_office_choice(wish: dict[str, Any], number: str) -> Response:
    """An adjudicator who sits at the claim chooses; the last choice makes the decision.

    409 for a `version` that is no longer the claim's, and for whoever does not sit there or has an interest.
    """
    choice = Choice.parse(wish, most_loss(claim_by_number(number)))
    return once(lambda at: choose(number, choice, _adjudicator(), at), lambda: _claim(number))


@call("POST", "/office/claims/<number>/request", "office")
@scoped("office:claims", Role.adjudicator)
@reads(schemas.RequestWish)
@answers(200, schemas.OfficeClaim)
@refuses(404)
def create_office_request(wish: dict[str, Any], number: str) -> Response:
    """Asks one side for more; it has the policy's hours to bring it."""
    asked, version = RequestWish.parse(wish), _version(wish)
    return once(lambda at: ask_for_more(number, asked, version, _adjudicator(), at), lambda: _claim(number))


@call("POST", "/office/claims/<number>/stepping-aside", "office")
@scoped("office:claims", Role.adjudicator)
@answers(200, schemas.OfficeClaim)
@refuses(404)
def create_office_stepping_aside(number: str) -> Response:
    """An adjudicator leaves a claim because of an interest that no rule finds; another takes the seat."""
    return once(lambda at: step_aside(number, _adjudicator(), at), lambda: _claim(number))


def _case(number: str) -> dict[str, Any]:
    shown = show_case(complaint_by_number(number), clock.now(), reader=Side.office)
    return {
        **complaint_document(shown),
        "count_status": shown.status,
        "drops_out_at": shown.drops_out_at,
        "contest": shown.contest_text,
    }


def _claim(number: str) -> dict[str, Any]:
    claim = claim_by_number(number)
    shown = claim_shown(claim, clock.now(), reader=Party.office)
    return {
        **claim_document(shown),
        "version": claim.version,
        "bench": bench_document(bench_of(claim, visitor())),
    }


def _version(wish: dict[str, Any]) -> int:
    version = wish.get("version")
    if type(version) is not int or not 0 <= version < 10**9:
        raise BadClaim(fields={"version": "required"})
    return version


def _seal_officer() -> Actor:
    return visitor().actor(Role.seal_officer.value)


def _adjudicator() -> Actor:
    return visitor().actor(Role.adjudicator.value)
