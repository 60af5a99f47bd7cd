"""After the purchase for a shopper's programs: another try to pay, pickup, returns, complaints, claims."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, files_in, reading
from marketplace.api.schemas import after as schemas
from marketplace.api.schemas import made
from marketplace.complaints.answering import decide_offer
from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.evidence import keep_files as keep_complaint_files
from marketplace.complaints.filing import file_outside_complaint, withdraw_complaint
from marketplace.complaints.inputs import ComplaintWish
from marketplace.complaints.lists import list_of_person as complaints_of_person
from marketplace.complaints.queries import complaint_of_person, sealed_store
from marketplace.core import clock
from marketplace.guarantee.answering import add_words_of_shopper, ask_for_inspection, extend_request
from marketplace.guarantee.appealing import appeal_as_shopper
from marketplace.guarantee.claim_evidence import keep_files as keep_claim_files
from marketplace.guarantee.claim_inputs import AccountWish, Words
from marketplace.guarantee.claim_lists import list_of_person as claims_of_person
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_queries import claim_of_person
from marketplace.guarantee.filing import name_account, withdraw_claim
from marketplace.orders.after_inputs import Shipment
from marketplace.orders.kit_reports import report_missing_kit
from marketplace.orders.payment import try_payment_again
from marketplace.orders.pickup import renew_pickup_code
from marketplace.orders.queries import order_of_person, store_order_of_person
from marketplace.orders.returns import send_return, withdraw_return
from marketplace.payments.payments import ask_about
from marketplace.payments.queries import alive_payment
from marketplace.storefront.after_page import show_return as return_shown
from marketplace.storefront.visitors import buyer

READ, WRITE = "orders:read", "orders:write"


@act("/orders/<number>/payment", "orders", WRITE)
def create_order_payment(number: str) -> Verb:
    """Another try to pay: a new page is asked for at the gateway, and its address stands at the order then."""
    order_id = order_of_person(number, visitor().id).id
    return lambda at: _tried(order_id, at)


@act("/orders/<number>/payment-check", "orders", WRITE)
def create_payment_check(number: str) -> Verb:
    """Has the gateway asked what became of the payment; its word stands at the order then."""
    order_id = order_of_person(number, visitor().id).id

    def verb(at: datetime) -> None:
        alive = alive_payment(f"order:{order_id}")
        if alive is not None:
            ask_about(alive.id, f"shopper-{int(at.timestamp()) // 5}", at)

    return verb


@act("/store-orders/<int:store_order_id>/kit-report", "orders", WRITE)
def create_kit_report(store_order_id: int) -> Verb:
    """The parcel is here, and there was no hygiene kit in it."""
    person_id = visitor().id
    store_order_of_person(store_order_id, person_id)
    return lambda at: report_missing_kit(store_order_id, person_id, at)


@act("/store-orders/<int:store_order_id>/pickup-code", "orders", WRITE)
def create_pickup_code(store_order_id: int) -> Verb:
    """Another pickup code; the old one opens nothing any more. The new one stands on the order's page alone."""
    person_id = visitor().id
    store_order_of_person(store_order_id, person_id)
    return lambda at: _renewed(store_order_id, person_id, at)


@reading("/returns/<number>", "orders", READ, gives=schemas.RETURN.schema)
def show_return(number: str) -> Any:
    """An own return: what the store decided, what goes back."""
    return schemas.RETURN(return_shown(number, visitor().id))


@act("/returns/<number>/shipment", "orders", WRITE, says=schemas.ShipmentBody)
def create_return_shipment(said: Said, number: str) -> Verb:
    """The goods are on their way to the store."""
    shipment, person = Shipment.parse(said.body), visitor()
    return lambda at: send_return(number, person.id, shipment, person.actor(), at)


@act("/returns/<number>/withdrawal", "orders", WRITE)
def create_return_withdrawal(number: str) -> Verb:
    """The shopper keeps the goods after all."""
    person = visitor()
    return lambda at: withdraw_return(number, person.id, person.actor(), at)


@reading("/complaints", "complaints", READ, gives=schemas.CASE.listed, asks=schemas.CursorQuery)
def list_complaints() -> Any:
    """The person's complaints, the newest first."""
    page = complaints_of_person(visitor().id, request.args.get("cursor"), clock.now())
    return {**schemas.CASE.many(page.rows), "next_cursor": page.next_cursor}


@act(
    "/seals/<code>/complaints",
    "complaints",
    WRITE,
    says=schemas.OutsideBody,
    carries_files=True,
    status=201,
    makes=made.COMPLAINT,
)
def create_outside_complaint(said: Said, code: str) -> Verb:
    """A complaint about a purchase on a sealed store's own site; with what proves the purchase."""
    store_id, wish, kept = sealed_store(code).id, ComplaintWish.parse(said), files_in(said)
    if not kept:
        raise BadComplaint(fields={"files": "proof_needed"})

    def verb(at: datetime) -> str:
        filed = file_outside_complaint(store_id, visitor().id, wish, at).number
        keep_complaint_files(kept, filed, visitor().actor(), at)
        return filed

    return verb


@act(
    "/complaints/<number>/files",
    "complaints",
    WRITE,
    says=schemas.FilesBody,
    carries_files=True,
    status=201,
    makes=made.FILES,
)
def create_own_complaint_files(said: Said, number: str) -> Verb:
    """Puts files into an own complaint."""
    complaint_of_person(number, visitor().id)
    kept = files_in(said)

    def verb(at: datetime) -> int:
        keep_complaint_files(kept, number, visitor().actor(), at)
        return len(kept)

    return verb


@act("/complaints/<number>/offer", "complaints", WRITE, says=schemas.OfferBody)
def create_decision_on_offer(said: Said, number: str) -> Verb:
    """Takes the store's offer, or declines it."""
    is_accepted = said.body["accepted"]
    return lambda at: decide_offer(number, visitor().id, is_accepted, at)


@act("/complaints/<number>/withdrawal", "complaints", WRITE)
def create_complaint_withdrawal(number: str) -> Verb:
    """Takes a complaint back within 48 hours."""
    return lambda at: withdraw_complaint(number, visitor().id, at)


@reading("/claims", "claims", READ, gives=schemas.CLAIM.listed, asks=schemas.CursorQuery)
def list_claims() -> Any:
    """The person's claims on the fund, the newest first."""
    page = claims_of_person(visitor().id, request.args.get("cursor"), clock.now())
    return {**schemas.CLAIM.many(page.rows), "next_cursor": page.next_cursor}


@act("/claims/<number>/messages", "claims", WRITE, says=schemas.SaidWithFiles, carries_files=True)
def create_claim_message(said: Said, number: str) -> Verb:
    """More words or files in an own claim; they also answer what was asked."""
    person = visitor()
    claim_of_person(number, person.id)
    words, kept = Words.parse(said, least=3), files_in(said)

    def verb(at: datetime) -> None:
        add_words_of_shopper(number, person.id, words.text, person.actor(), at)
        keep_claim_files(kept, number, person.actor(), at)

    return verb


@act("/claims/<number>/extension", "claims", WRITE)
def create_claim_extension(number: str) -> Verb:
    """More time for what was asked, once."""
    person_id = visitor().id
    return lambda at: extend_request(claim_of_person(number, person_id), Party.shopper, at)


@act("/claims/<number>/inspection", "claims", WRITE)
def create_claim_inspection(number: str) -> Verb:
    """Has somebody independent look at the goods."""
    version = claim_of_person(number, visitor().id).version
    return lambda at: ask_for_inspection(number, Party.shopper, version, visitor().actor(), at)


@act("/claims/<number>/account", "claims", WRITE, says=schemas.AccountBody, moves_money=True)
def create_claim_account(said: Said, number: str) -> Verb:
    """Says where a transfer of the fund shall go."""
    wish, person_id = AccountWish.parse(said), visitor().id
    return lambda at: name_account(number, person_id, wish, at)


@act("/claims/<number>/appeal", "claims", WRITE, says=schemas.WordsBody)
def create_claim_appeal(said: Said, number: str) -> Verb:
    """The shopper does not accept the decision."""
    words, person = Words.parse(said), visitor()
    return lambda at: appeal_as_shopper(number, person.id, words.text, person.actor(), at)


@act("/claims/<number>/withdrawal", "claims", WRITE)
def create_claim_withdrawal(number: str) -> Verb:
    """Takes a claim back before it is decided."""
    return lambda at: withdraw_claim(number, visitor().id, at)


def _tried(order_id: int, at: datetime) -> None:
    try_payment_again(order_id, buyer(), at)


def _renewed(store_order_id: int, person_id: int, at: datetime) -> None:
    renew_pickup_code(store_order_id, person_id, at)
