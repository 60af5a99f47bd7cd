"""Claims on the guarantee fund: may I ask, asking, and the case."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, reads, refuses
from marketplace.api.once import once
from marketplace.api.schemas import claims as schemas
from marketplace.api.shapes.claims import claim_document, eligibility_document
from marketplace.complaints.queries import complaint_of_person
from marketplace.core import clock
from marketplace.guarantee.claim_inputs import ClaimWish
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_by_number, claim_of_person
from marketplace.guarantee.eligibility_page import show_eligibility
from marketplace.guarantee.errors import UnknownClaim
from marketplace.guarantee.filing import file_claim


@call("GET", "/complaints/<number>/claim", "claims")
@scoped("orders:read")
@answers(200, schemas.ClaimEligibility)
@refuses(404)
def show_claim_eligibility(number: str) -> Response:
    """Every condition of a claim about an own complaint, with its clock, before anything is filed."""
    complaint = complaint_of_person(number, visitor().id)
    return answer(eligibility_document(show_eligibility(complaint, clock.now())))


@call("POST", "/complaints/<number>/claim", "claims")
@scoped("orders:write")
@reads(schemas.ClaimWish)
@answers(201, schemas.Claim)
@refuses(404)
def create_claim(wish: dict[str, Any], number: str) -> Response:
    """Asks the fund about an own complaint that led to nothing; the store has 72 hours to answer.

    409 with every reason while a condition is not met, and where there is a claim already.
    """
    parsed = ClaimWish.parse(wish)
    person_id = visitor().id
    filed: list[str] = []
    return once(
        lambda at: filed.append(file_claim(number, person_id, parsed, at).number), lambda: _own(filed[0]), 201
    )


@call("GET", "/claims/<number>", "claims")
@scoped("orders:read")
@answers(200, schemas.Claim)
@refuses(404)
def show_claim(number: str) -> Response:
    """An own claim, or one about an order of the store that the caller works for."""
    person = visitor()
    claim = claim_by_number(number)
    if claim.person_id == person.id:
        return answer(_own(number))
    if claim.store_id not in person.store_ids:
        raise UnknownClaim()
    return answer(claim_document(claim_shown(claim, clock.now(), reader=Party.store)))


def _own(number: str) -> dict[str, Any]:
    claim = claim_of_person(number, visitor().id)
    return claim_document(claim_shown(claim, clock.now(), reader=Party.shopper))
