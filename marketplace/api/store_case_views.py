"""After the sale for a store's programs: returns, complaints, claims, its seal's case, pledges."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, request

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, files_in, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import store_cases as schemas
from marketplace.api.schemas.office_offers import PLEDGES
from marketplace.complaints.deciding import contest_complaint
from marketplace.complaints.drafts import forget_template, save_draft, save_template
from marketplace.complaints.errors import BadComplaint
from marketplace.complaints.evidence import keep_files as keep_complaint_files
from marketplace.complaints.inputs import free_text
from marketplace.complaints.lists import list_inbox
from marketplace.complaints.queries import complaint_of_store, last_case, templates_of
from marketplace.complaints.remedies import send_replacement
from marketplace.complaints.revocation import appeal_revocation, defend_seal
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import NotFound
from marketplace.core.language import t
from marketplace.guarantee.answering import (
    add_words_of_store,
    answer_claim,
    ask_for_inspection,
    extend_request,
)
from marketplace.guarantee.appealing import appeal_as_store
from marketplace.guarantee.claim_evidence import keep_files as keep_claim_files
from marketplace.guarantee.claim_inputs import Words as ClaimWords
from marketplace.guarantee.claim_lists import list_of_store
from marketplace.guarantee.claim_models import Party
from marketplace.guarantee.claim_queries import claim_of_store
from marketplace.inspections.inputs import parse_words
from marketplace.orders.after_inputs import ReturnDecision, Shipment
from marketplace.orders.return_check import decide_return
from marketplace.oversight.kit_cases import explain_kits
from marketplace.oversight.pledge_page import show_store
from marketplace.panel.after import list_returns, show_return

TAG, SCOPE = "store", "store:orders"


@reading("/store/returns", TAG, SCOPE, store=True, gives=schemas.RETURN_LINE.listed)
def list_store_returns() -> Any:
    """Returns of the store's goods."""
    return schemas.RETURN_LINE.many(list_returns(g.store_id))


@reading("/store/returns/<number>", TAG, SCOPE, store=True, gives=schemas.RETURN.schema)
def show_store_return(number: str) -> Any:
    """One return with its goods."""
    return schemas.RETURN(show_return(number, g.store_id))


@act(
    "/store/returns/<number>/decision",
    TAG,
    SCOPE,
    store=True,
    says=schemas.ReturnDecisionBody,
    moves_money=True,
)
def create_return_decision(said: Said, number: str) -> Verb:
    """Takes goods back; what is not named is refused, with the reason in `note`."""
    show_return(number, g.store_id)
    decision, store_id = ReturnDecision.parse(said.body), g.store_id
    return lambda at: decide_return(number, store_id, decision, _actor(), at)


@reading("/store/complaints", TAG, SCOPE, store=True, gives=schemas.CASE.listed, asks=schemas.InboxQuery)
def list_store_complaints() -> Any:
    """Complaints about the store's orders, what is due first at the head."""
    page = list_inbox(g.store_id, request.args.get("tab", ""), request.args.get("cursor"), clock.now())
    return {**schemas.CASE.many(page.rows), "next_cursor": page.next_cursor}


@act("/store/complaints/<number>/draft", TAG, SCOPE, store=True, says=schemas.DraftBody, method="PUT")
def update_answer_draft(said: Said, number: str) -> Verb:
    """Keeps the draft of an answer; nobody but the store sees it."""
    text, store_id = said.get("text", ""), g.store_id
    return lambda at: save_draft(number, store_id, text, at)


@act("/store/complaints/<number>/replacement", TAG, SCOPE, store=True, says=schemas.ShipmentBody)
def create_replacement(said: Said, number: str) -> Verb:
    """The goods were sent once more."""
    complaint_of_store(number, g.store_id)
    shipment, store_id = Shipment.parse(said.body), g.store_id
    words = t(
        "complaint.replacement_sent", code=shipment.tracking_code, carrier=t(f"method.{shipment.carrier}")
    )
    return lambda at: send_replacement(number, store_id, shipment, _actor(), words, at)


@act("/store/complaints/<number>/contest", TAG, SCOPE, store=True, says=schemas.WordsBody)
def create_complaint_contest(said: Said, number: str) -> Verb:
    """Says why a complaint should not count."""
    complaint_of_store(number, g.store_id)
    text, store_id = _words(said), g.store_id
    return lambda at: contest_complaint(number, store_id, text, _actor(), at)


@act(
    "/store/complaints/<number>/files",
    TAG,
    SCOPE,
    store=True,
    says=schemas.FilesBody,
    carries_files=True,
    status=201,
    makes=made.FILES,
)
def create_complaint_files(said: Said, number: str) -> Verb:
    """Puts files into a complaint's case."""
    complaint_of_store(number, g.store_id)
    kept = files_in(said)

    def verb(at: datetime) -> int:
        keep_complaint_files(kept, number, _actor(), at)
        return len(kept)

    return verb


@reading("/store/answer-templates", TAG, SCOPE, store=True, gives=schemas.TEMPLATE.listed)
def list_answer_templates() -> Any:
    """Texts that the store keeps for its answers."""
    return schemas.TEMPLATE.many(templates_of(g.store_id))


@act(
    "/store/answer-templates",
    TAG,
    SCOPE,
    store=True,
    says=schemas.TemplateBody,
    status=201,
    makes=made.TEMPLATE,
)
def create_answer_template(said: Said) -> Verb:
    """Keeps a text under a title, in place of the one with the same title."""
    errors: dict[str, str] = {}
    title, body = free_text(said, "title", errors, least=2)[:80], free_text(said, "body", errors)
    if errors:
        raise BadComplaint(fields=errors)
    store_id = g.store_id
    return lambda at: save_template(store_id, title, body, at)


@act("/store/answer-templates/<int:template_id>", TAG, SCOPE, store=True, method="DELETE")
def delete_answer_template(template_id: int) -> Verb:
    """Forgets a text."""
    store_id = g.store_id
    if template_id not in {one.id for one in templates_of(store_id)}:
        raise NotFound()
    return lambda at: forget_template(store_id, template_id)


@reading("/store/seal/case", TAG, SCOPE, store=True, gives=schemas.CASE_OF_SEAL.schema)
def show_own_case() -> Any:
    """The case against the store's seal: why, until when the defence, what was decided; 404 without one."""
    case = last_case(g.store_id)
    if case is None:
        raise NotFound("unknown_case")
    return schemas.CASE_OF_SEAL(case)


@act("/store/seal/case/defence", TAG, SCOPE, store=True, says=schemas.WordsBody)
def create_seal_defence(said: Said) -> Verb:
    """The store's defence of its seal."""
    text, store_id = _words(said), g.store_id
    return lambda at: defend_seal(store_id, text, _actor(), at)


@act("/store/seal/case/appeal", TAG, SCOPE, store=True, says=schemas.WordsBody)
def create_seal_appeal(said: Said) -> Verb:
    """The store's appeal against a revocation."""
    text, store_id = _words(said), g.store_id
    return lambda at: appeal_revocation(store_id, text, _actor(), at)


@reading("/store/claims", TAG, SCOPE, store=True, gives=schemas.CLAIM.listed, asks=schemas.CursorQuery)
def list_store_claims() -> Any:
    """Claims on the fund about the store's orders, the newest first."""
    page = list_of_store(g.store_id, request.args.get("cursor"), clock.now())
    return {**schemas.CLAIM.many(page.rows), "next_cursor": page.next_cursor}


@act("/store/claims/<number>/answer", TAG, SCOPE, store=True, says=schemas.SaidWithFiles, carries_files=True)
def create_claim_answer(said: Said, number: str) -> Verb:
    """The store's answer to a claim with its evidence, once."""
    claim_of_store(number, g.store_id)
    words, kept, store_id = ClaimWords.parse(said), files_in(said), g.store_id

    def verb(at: datetime) -> None:
        answer_claim(number, store_id, words.text, _actor(), at)
        keep_claim_files(kept, number, _actor(), at)

    return verb


@act(
    "/store/claims/<number>/messages", TAG, SCOPE, store=True, says=schemas.SaidWithFiles, carries_files=True
)
def create_claim_message_of_store(said: Said, number: str) -> Verb:
    """More words or files of the store in a claim."""
    claim_of_store(number, g.store_id)
    words, kept, store_id = ClaimWords.parse(said, least=3), files_in(said), g.store_id

    def verb(at: datetime) -> None:
        add_words_of_store(number, store_id, words.text, _actor(), at)
        keep_claim_files(kept, number, _actor(), at)

    return verb


@act("/store/claims/<number>/extension", TAG, SCOPE, store=True)
def create_claim_extension_of_store(number: str) -> Verb:
    """More time for what was asked of the store, once."""
    store_id = g.store_id
    return lambda at: extend_request(claim_of_store(number, store_id), Party.store, at)


@act("/store/claims/<number>/inspection", TAG, SCOPE, store=True)
def create_claim_inspection_of_store(number: str) -> Verb:
    """Has somebody independent look at the goods, as the store wishes."""
    version = claim_of_store(number, g.store_id).version
    return lambda at: ask_for_inspection(number, Party.store, version, _actor(), at)


@act("/store/claims/<number>/appeal", TAG, SCOPE, store=True, says=schemas.WordsBody)
def create_claim_appeal_of_store(said: Said, number: str) -> Verb:
    """The store does not accept the decision over a claim."""
    claim_of_store(number, g.store_id)
    words, store_id = ClaimWords.parse(said), g.store_id
    return lambda at: appeal_as_store(number, store_id, words.text, _actor(), at)


@reading("/store/pledges", TAG, SCOPE, store=True, gives=PLEDGES.schema)
def show_store_pledges() -> Any:
    """How the own store keeps its pledges, and its case of missing kits."""
    return PLEDGES(show_store(g.store_id, clock.now()))


@act("/store/pledges/statement", TAG, SCOPE, store=True, says=schemas.StatementBody)
def create_kit_statement(said: Said) -> Verb:
    """The store explains missing kits."""
    words, store_id = parse_words(said, "statement", 2_000), g.store_id
    return lambda at: explain_kits(store_id, words, _actor(), at)


def _words(said: Said) -> str:
    """Compulsory words. Raises BadComplaint."""
    errors: dict[str, str] = {}
    text = free_text(said, "text", errors)
    if errors:
        raise BadComplaint(fields=errors)
    return text


def _actor() -> Actor:
    return visitor().actor("store")
