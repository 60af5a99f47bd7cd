"""The shopper's pages: may I ask, the form, the case, the letter; and the public library of decisions."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.accounts.models import Role
from marketplace.complaints.queries import complaint_of_person
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid, MarketplaceError, NotFound
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.evidence import take_uploads
from marketplace.guarantee.answering import add_words_of_shopper, ask_for_inspection, extend_request
from marketplace.guarantee.appealing import appeal_as_shopper
from marketplace.guarantee.claim_evidence import keep_files
from marketplace.guarantee.claim_inputs import AccountWish, ClaimWish, Words
from marketplace.guarantee.claim_lists import list_of_person
from marketplace.guarantee.claim_models import Claim, Party
from marketplace.guarantee.claim_page import show_claim as claim_shown
from marketplace.guarantee.claim_queries import claim_by_number, claim_of_complaint, claim_of_person
from marketplace.guarantee.eligibility_page import show_eligibility
from marketplace.guarantee.errors import UnknownClaim
from marketplace.guarantee.filing import file_claim, name_account, withdraw_claim
from marketplace.guarantee.letter import letter_pdf
from marketplace.guarantee.library import find_decisions
from marketplace.policy.policy import policy_at
from marketplace.stores.standing import Category

blueprint = Blueprint("claims", __name__)
LETTER_READERS = frozenset({Role.adjudicator, Role.office, Role.auditor})


@blueprint.get("/claims")
@signed_in
def list_claims() -> str:
    """A person's own claims."""
    page = list_of_person(visitor().id, request.args.get("cursor"), clock.now())
    return render_template("guarantee/claims.html", page=page)


@blueprint.get("/complaints/<number>/claim")
@signed_in
def new_claim(number: str) -> str | AnyResponse:
    """Every condition with its clock, then the form; a claim that exists is shown in its place."""
    complaint = complaint_of_person(number, visitor().id)
    known = claim_of_complaint(complaint.id)
    if known is not None:
        return redirect(url_for(".show_claim", number=known.number), 302)
    return _form(number)


@blueprint.post("/complaints/<number>/claim")
@signed_in
def create_claim(number: str) -> AnyResponse | tuple[str, int]:
    """Files the claim with its evidence in one unit."""
    person = visitor()
    complaint_of_person(number, person.id)
    try:
        wish = ClaimWish.parse(request.form)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            claim = file_claim(number, person.id, wish, clock.now())
            keep_files(files, claim.number, person.actor(), clock.now())
            filed = claim.number
    except (Invalid, Conflict) as error:
        return _form(number, error), error.status
    put_notice("claim_filed")
    return redirect(url_for(".show_claim", number=filed), 303)


@blueprint.get("/claims/<number>")
@signed_in
def show_claim(number: str) -> str:
    """An own claim: whose turn it is, what was said, decided and paid."""
    return _case(number)


@blueprint.post("/claims/<number>/messages")
@signed_in
def create_message(number: str) -> AnyResponse | tuple[str, int]:
    """More words or files; they also answer what was asked."""
    person = visitor()
    try:
        words = Words.parse(request.form, least=3)
        files = take_uploads(request.files.getlist("files"))
        with unit_of_work():
            add_words_of_shopper(number, person.id, words.text, person.actor(), clock.now())
            keep_files(files, number, person.actor(), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_said")


@blueprint.post("/claims/<number>/extension")
@signed_in
def create_extension(number: str) -> AnyResponse:
    """More time for what was asked, once."""
    with unit_of_work():
        extend_request(claim_of_person(number, visitor().id), Party.shopper, clock.now())
    return _done(number, "claim_extended")


@blueprint.post("/claims/<number>/inspection")
@signed_in
def create_inspection(number: str) -> AnyResponse:
    """Somebody independent shall look at the goods."""
    with unit_of_work():
        claim = claim_of_person(number, visitor().id)
        ask_for_inspection(number, Party.shopper, claim.version, visitor().actor(), clock.now())
    return _done(number, "claim_inspection")


@blueprint.post("/claims/<number>/account")
@signed_in
def create_account(number: str) -> AnyResponse | tuple[str, int]:
    """Where a transfer shall go."""
    try:
        wish = AccountWish.parse(request.form)
        with unit_of_work():
            name_account(number, visitor().id, wish, clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_account")


@blueprint.post("/claims/<number>/appeal")
@signed_in
def create_appeal(number: str) -> AnyResponse | tuple[str, int]:
    """The shopper does not accept the decision."""
    person = visitor()
    try:
        words = Words.parse(request.form)
        with unit_of_work():
            appeal_as_shopper(number, person.id, words.text, person.actor(), clock.now())
    except Invalid as error:
        return _case(number, error), error.status
    return _done(number, "claim_appealed")


@blueprint.post("/claims/<number>/withdrawal")
@signed_in
def create_withdrawal(number: str) -> AnyResponse:
    """Takes a claim back before it is decided."""
    with unit_of_work():
        withdraw_claim(number, visitor().id, clock.now())
    return _done(number, "claim_withdrawn")


@blueprint.get("/claims/<number>/letter")
@signed_in
def show_letter(number: str) -> str:
    """The written decision, for both sides; the last one where there are two."""
    claim = _readable(number)
    shown = claim_shown(claim, clock.now(), reader=Party.office)
    if not shown.decisions:
        raise NotFound()
    return render_template("guarantee/letter.html", case=shown, decision=shown.decisions[-1])


@blueprint.get("/claims/<number>/letter.pdf")
@signed_in
def download_letter(number: str) -> Response:
    """The same on paper."""
    claim = _readable(number)
    shown = claim_shown(claim, clock.now(), reader=Party.office)
    if not shown.decisions:
        raise NotFound()
    language = "en" if current_language() == "en" else "fa"
    body = letter_pdf(shown, shown.decisions[-1], language)
    headers = {"Content-Disposition": f'attachment; filename="{number}.pdf"'}
    return Response(body, mimetype="application/pdf", headers=headers)


@blueprint.get("/fund/decisions")
@public
def list_decisions() -> str:
    """Decisions without persons, searchable by everybody."""
    asked = request.args
    raw = asked.get("page", "1")
    page = int(raw) if raw.isdecimal() and 0 < int(raw) < 1_000 else 1
    words = asked.get("q", "")[:80]
    found = find_decisions(words, asked.get("category", ""), asked.get("outcome", ""), page)
    return render_template(
        "guarantee/library.html",
        found=found,
        page=page,
        asked={"q": words, "category": asked.get("category", ""), "outcome": asked.get("outcome", "")},
        categories=[(c.value, t(f"complaint_category.{c.value}")) for c in Category],
    )


def _readable(number: str) -> Claim:
    """The letter is for both sides, the fund's officials and the auditor. Raises UnknownClaim for everybody else."""
    claim, reader = claim_by_number(number), visitor()
    is_side = claim.person_id == reader.id or claim.store_id in reader.store_ids
    if not is_side and not reader.roles & LETTER_READERS:
        raise UnknownClaim()
    return claim


def _done(number: str, notice: str) -> AnyResponse:
    put_notice(notice)
    return redirect(url_for(".show_claim", number=number), 303)


def _case(number: str, error: MarketplaceError | None = None) -> str:
    claim = claim_of_person(number, visitor().id)
    shown = claim_shown(claim, clock.now(), reader=Party.shopper)
    return render_template("guarantee/case.html", case=shown, **again(error))


def _form(number: str, error: MarketplaceError | None = None) -> str:
    at = clock.now()
    complaint = complaint_of_person(number, visitor().id)
    policy = policy_at(at)
    return render_template(
        "guarantee/new_claim.html",
        found=show_eligibility(complaint, at),
        number=number,
        policy=policy,
        **again(error),
    )


def again(error: MarketplaceError | None) -> dict[str, Any]:
    """What a form shows after it was refused: a sentence for each field, and what was written."""
    if error is None:
        return {"errors": {}, "values": {}}
    sentences = {name: t(f"field.{code}") for name, code in error.fields.items()}
    return {
        "errors": sentences or {"": t(f"error.{error.code}")},
        "values": {name: value[:4_000] for name, value in request.form.items() if name != "csrf_token"},
    }
