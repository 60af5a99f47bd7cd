"""The second step of signing in, and proving oneself again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for

from marketplace.accounts import (
    cookies,
    limits,
    passkeys,
    passwords,
    people,
    proof,
    queries,
    second,
    sessions,
)
from marketplace.accounts.access import public, signed_in, visitor
from marketplace.accounts.entering import Entry, enter_wholly, needed_party, party, welcome
from marketplace.accounts.errors import SecondFactorWrong, SignInWrong
from marketplace.accounts.next_page import in_language, next_page, safe_next
from marketplace.core import clock
from marketplace.core.bodies import said_object
from marketplace.core.csrf import rename_session, token_for
from marketplace.core.errors import MarketplaceError, NotFound
from marketplace.core.language import t
from marketplace.core.unit_of_work import unit_of_work

log = structlog.get_logger(__name__)
blueprint = Blueprint("second", __name__)


@blueprint.get("/sign-in/second")
@public
def new_second_step() -> Any:
    """The form for the second factor, after the first was right."""
    person_id = _waiting(clock.now())
    if person_id is None:
        return redirect(url_for("accounts.new_sign_in", next=safe_next(request.args.get("next"), "") or None))
    return _step_page(person_id)


@blueprint.post("/sign-in/second")
@public
@limits.second_factor
def create_second_step() -> Any:
    """Signs in by a code of the app or a recovery code. A wrong try is counted, whatever else comes of the request."""
    at = clock.now()
    person_id, secret = _waiting(at), cookies.second_step_secret()
    if person_id is None or secret is None:
        return redirect(url_for("accounts.new_sign_in"), 303)
    entry = None
    with unit_of_work():
        refusal = second.use_factor(person_id, request.form.get("code", ""), at)
        if refusal is None:
            entry = _enter_from(secret, person_id, at)
    if entry is None:
        log.warning("second_factor_refused", person=person_id, network=limits.told_network())
        return _step_page(person_id, refusal or SecondFactorWrong())
    return welcome(entry, next_page())


@blueprint.post("/sign-in/second/passkey/options")
@public
@limits.second_factor
def create_step_challenge() -> Any:
    """What the browser needs to sign in with a passkey."""
    at = clock.now()
    person_id, secret = _waiting(at), cookies.second_step_secret()
    if person_id is None or secret is None:
        raise NotFound()
    with unit_of_work():
        options = passkeys.ask_for_proof(person_id, secret, needed_party(), at)
    return jsonify(options)


@blueprint.post("/sign-in/second/passkey")
@public
@limits.second_factor
def create_step_by_passkey() -> Any:
    """Signs in by what a passkey signed; says where to go."""
    at = clock.now()
    person_id, secret = _waiting(at), cookies.second_step_secret()
    if person_id is None or secret is None:
        raise NotFound()
    said = _json()
    with unit_of_work():
        passkeys.use(person_id, secret, needed_party(), _answer(said), at)
        entry = _enter_from(secret, person_id, at)
    response = jsonify(next=in_language(safe_next(str(said.get("next") or ""))))
    cookies.set_session(response, entry.secret, entry.seconds)
    cookies.drop_second_step(response)
    return response


@blueprint.get("/confirm")
@signed_in
def new_proof() -> Any:
    """The form to prove oneself again, and then to go where `next` says."""
    return proof.page(visitor().id, next_path=next_page())


@blueprint.post("/confirm")
@signed_in
@limits.second_factor
def create_proof() -> Any:
    """Takes the second factor, or the password of who has none; the session goes on under another name."""
    person, at = visitor(), clock.now()
    carried = proof.carried_from(request.form.get("carried", ""))
    with_second = second.factors_of(person.id).has_any
    refusal: MarketplaceError | None = None
    known = queries.sign_in_facts(person.mobile)
    if not with_second:
        typed = request.form.get("password", "")[:1_000]
        is_right, _ = passwords.check_password(typed, known.password_hash if known else None)
        refusal = None if is_right else SignInWrong("password_wrong")
    entry = None
    if refusal is None:
        with unit_of_work():
            if with_second:
                refusal = second.use_factor(person.id, request.form.get("code", ""), at)
            else:
                people.confirm_password(person.id, (known.password_hash if known else "") or "", None)
            if refusal is None:
                entry = _renew(at, with_second=with_second)
    if entry is None:
        log.warning("proof_refused", person=person.id, network=limits.told_network())
        return proof.page(
            person.id, carried=carried, next_path=next_page(), error=refusal or SecondFactorWrong()
        )
    return _go_on(entry, carried)


@blueprint.post("/confirm/passkey/options")
@signed_in
@limits.second_factor
def create_proof_challenge() -> Any:
    """What the browser needs to prove oneself with a passkey."""
    at = clock.now()
    with unit_of_work():
        options = passkeys.ask_for_proof(visitor().id, cookies.session_secret() or "", needed_party(), at)
    return jsonify(options)


@blueprint.post("/confirm/passkey")
@signed_in
@limits.second_factor
def create_proof_by_passkey() -> Any:
    """Takes what a passkey signed; the page sends its own form on with the new token."""
    at, said = clock.now(), _json()
    with unit_of_work():
        passkeys.use(visitor().id, cookies.session_secret() or "", needed_party(), _answer(said), at)
        entry = _renew(at, with_second=True)
    response = jsonify(csrf_token=token_for(entry.secret))
    cookies.set_session(response, entry.secret, entry.seconds)
    return response


@blueprint.post("/confirm/carried")
@signed_in
def show_carried() -> Any:
    """After a proof by passkey: the request that waited, or the page one came from."""
    carried = proof.carried_from(request.form.get("carried", ""))
    return _carried_page(carried, None) if carried else redirect(next_page(), 303)


@blueprint.post("/confirm/sign-in")
@signed_in
def delete_for_proof() -> Any:
    """Ends the session of somebody without password and second factor, and leads to a new sign-in."""
    secret, at = cookies.session_secret() or "", clock.now()
    with unit_of_work():
        sessions.end_session(secret, at)
    path = safe_next(request.form.get("next"), "/me/security")
    response = make_response(redirect(url_for("accounts.new_sign_in", next=path), 303))
    cookies.drop_session(response)
    return response


def _waiting(at: datetime) -> int | None:
    secret = cookies.second_step_secret()
    return queries.person_of_second_step(secret, at) if secret else None


def _enter_from(secret: str, person_id: int, at: datetime) -> Entry:
    """Uses the waiting row up. Raises NotFound for the second of two at once."""
    if not sessions.end_session(secret, at):
        raise NotFound()
    return enter_wholly(person_id, at, with_second=True)


def _renew(at: datetime, *, with_second: bool) -> Entry:
    secret = sessions.prove_again(cookies.session_secret() or "", at, with_second=with_second)
    return Entry(secret, int(sessions.session_length(visitor().id).total_seconds()))


def _go_on(entry: Entry, carried: proof.Carried | None) -> Response:
    if carried is None:
        return welcome(entry, next_page())
    response = _carried_page(carried, entry.secret)
    cookies.set_session(response, entry.secret, entry.seconds)
    return response


def _carried_page(carried: proof.Carried, secret: str | None) -> Response:
    if secret is not None:
        rename_session(secret)
    body = render_template("accounts/proof_done.html", carried=carried)
    response = make_response(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _step_page(person_id: int, error: MarketplaceError | None = None) -> Response:
    factors = second.factors_of(person_id)
    body = render_template(
        "accounts/second.html",
        factors=factors,
        may_use_passkey=factors.passkeys > 0 and party() is not None,
        next=safe_next(request.values.get("next"), ""),
        error=t(f"error.{error.code}", **error.params) if error else None,
    )
    response = make_response(body, error.status if error else 200)
    response.headers["Cache-Control"] = "no-store"
    if error is not None and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _json() -> dict[str, Any]:
    """The body as an object; an empty one for anything else."""
    return said_object(passkeys.LONGEST_BODY)


def _answer(said: dict[str, Any]) -> dict[str, Any]:
    answer = said.get("answer")
    return answer if isinstance(answer, dict) else {}
