"""Signing in and out: by password, or by a code sent to the mobile; a new mobile signs up the same way."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_login import current_user

from marketplace.accounts import codes, cookies, limits, passwords, people, queries, sessions
from marketplace.accounts.access import public
from marketplace.accounts.challenges import Challenge, Purpose
from marketplace.accounts.cookies import AskedCode
from marketplace.accounts.entering import enter, welcome
from marketplace.accounts.errors import ChallengeNeeded, CodeRefused, SignInWrong
from marketplace.accounts.forms import CodeForm, CodeRequestForm, InputForm, SignInForm, SignUpForm
from marketplace.accounts.limits import CODES, PASSWORDS, offered, refusal
from marketplace.accounts.next_page import in_language, next_page, safe_next
from marketplace.core import clock
from marketplace.core.errors import MarketplaceError, TooMany
from marketplace.core.language import current_language, t
from marketplace.core.notices import put_notice
from marketplace.core.text import masked_mobile
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import wants_problem

log = structlog.get_logger(__name__)
blueprint = Blueprint("accounts", __name__)
SIGN_IN, SIGN_UP = "accounts/sign_in.html", "accounts/sign_up.html"


@blueprint.get("/sign-in")
@public
def new_sign_in() -> Any:
    """The form for mobile and password, or mobile alone for a code."""
    return _ask(SignInForm, SIGN_IN)


@blueprint.post("/sign-in")
@public
@limits.sign_in
def create_sign_in() -> Any:
    """Signs in by password. Unknown mobile and wrong password get the same answer in the same time."""
    form = SignInForm()
    if not form.validate():
        return _form_page(SIGN_IN, form, 422)
    if (first := refusal(Purpose.sign_in, PASSWORDS, clock.now())) is not None:
        return _work_first(SIGN_IN, form, first)
    known = queries.sign_in_facts(form.input.mobile)
    is_right, fresh = passwords.check_password(form.input.password, known.password_hash if known else None)
    if known is None or not is_right:
        log.warning("sign_in_refused", mobile=masked_mobile(form.input.mobile), network=limits.told_network())
        return _form_page(SIGN_IN, form, error=SignInWrong())
    at = clock.now()
    with unit_of_work():
        people.confirm_password(known.person_id, known.password_hash or "", fresh)
        entry = enter(known.person_id, at)
    return welcome(entry, next_page())


@blueprint.post("/sign-in/code")
@public
@limits.code_sending
def create_code() -> Any:
    """Sends a code to a mobile, known or not, and leads to the page that asks for it.

    Somebody who typed a password and pressed Enter is signed in by it: browsers press a form's first button then.
    """
    if request.form.get("password"):
        return create_sign_in()
    form = CodeRequestForm()
    if not form.validate():
        return _form_page(SIGN_IN, _sign_in_form(form), 422)
    if (first := refusal(Purpose.sign_in, CODES, clock.now())) is not None:
        return _work_first(SIGN_IN, _sign_in_form(form), first)
    before = cookies.asked_code()
    if before is not None and before.mobile != form.input.mobile:
        before = None
    return _send_code(
        form, form.input.mobile, before.given_name if before else "", before.surname if before else ""
    )


@blueprint.get("/sign-up")
@public
def new_sign_up() -> Any:
    """The form for name and mobile."""
    return _ask(SignUpForm, SIGN_UP)


@blueprint.post("/sign-up")
@public
@limits.code_sending
def create_sign_up() -> Any:
    """Sends a code; the person is made when it comes back. A known mobile simply signs in."""
    form = SignUpForm()
    if not form.validate():
        return _form_page(SIGN_UP, form, 422)
    if (first := refusal(Purpose.sign_up, CODES, clock.now())) is not None:
        return _work_first(SIGN_UP, form, first)
    return _send_code(form, form.input.mobile, form.input.given_name, form.input.surname)


@blueprint.get("/sign-in/verify")
@public
def new_verification() -> Any:
    """The form for the code that this browser asked for."""
    asked = cookies.asked_code()
    if current_user.is_authenticated:
        return redirect(_after(asked))
    return _code_page(asked) if asked else redirect(url_for("accounts.new_sign_in"))


@blueprint.post("/sign-in/verify")
@public
def create_verification() -> Any:
    """Signs in by code. A wrong try is counted, whatever else comes of the request."""
    asked = cookies.asked_code()
    if asked is None:
        return redirect(url_for("accounts.new_sign_in"))
    form = CodeForm()
    if not form.validate():
        return _code_page(asked, form, status=422)
    at = clock.now()
    entry = None
    with unit_of_work():
        outcome = codes.use_code(asked.secret, form.input.code, at, current_language())
        if outcome.person_id is not None:
            if outcome.is_new:
                people.name_person(outcome.person_id, asked.given_name, asked.surname)
            entry = enter(outcome.person_id, at)
    if entry is None:
        refusal = outcome.refusal or CodeRefused()
        log.warning(
            "code_refused",
            mobile=masked_mobile(asked.mobile),
            code=refusal.code,
            network=limits.told_network(),
        )
        return _code_page(asked, error=refusal, tries_left=outcome.tries_left)
    return welcome(entry, _after(asked))


@blueprint.post("/sign-out")
@public
def delete_sign_in() -> Any:
    """Ends this browser's session, and with it all that pages kept in the browser; harmless without one."""
    secret = cookies.session_secret()
    if secret is not None:
        at = clock.now()
        with unit_of_work():
            sessions.end_session(secret, at)
    response = make_response(redirect(in_language("/"), 303))
    cookies.drop_session(response)
    cookies.drop_asked_code(response)
    response.headers["Clear-Site-Data"] = '"storage"'
    put_notice("signed_out")
    return response


def _ask(kind: type[InputForm], template: str) -> Any:
    if current_user.is_authenticated:
        return redirect(next_page())
    return _form_page(template, kind(formdata=None, data={"next": request.args.get("next")}))


def _form_page(
    template: str, form: InputForm, status: int = 200, error: MarketplaceError | None = None
) -> Response:
    form.next.data = safe_next(form.next.data, "")
    body = render_template(template, form=form, error=_words(error), challenge=_challenge(template))
    return _answer(body, error.status if error else status, error)


def _challenge(template: str) -> Challenge | None:
    """The work that a page asks for beside its form."""
    if template == SIGN_UP:
        return offered(Purpose.sign_up, clock.now(), CODES)
    return offered(Purpose.sign_in, clock.now(), PASSWORDS, CODES)


def _work_first(template: str, form: InputForm, refused: ChallengeNeeded) -> Response:
    """The form again with its work; a program is told the challenge in a problem document."""
    log.info("challenge_needed", reasons=[r.code for r in refused.reasons], network=limits.told_network())
    if wants_problem():
        raise refused
    return _form_page(template, form, error=refused)


def _sign_in_form(form: InputForm) -> SignInForm:
    """The sign-in page's form with what the code form was sent."""
    page_form = SignInForm(formdata=None, data={"mobile": form.mobile.data, "next": form.next.data})
    page_form.mobile.errors = form.mobile.errors
    return page_form


def _send_code(form: InputForm, mobile: str, given_name: str, surname: str) -> Any:
    at = clock.now()
    try:
        with unit_of_work():
            secret = codes.send_code(mobile, at, current_language())
    except TooMany as refused:
        asked = cookies.asked_code()
        if asked is not None and asked.mobile == mobile:
            return _code_page(asked, error=refused)
        if isinstance(form, SignUpForm):
            return _form_page(SIGN_UP, form, error=refused)
        return _form_page(SIGN_IN, _sign_in_form(form), error=refused)
    response = make_response(redirect(url_for("accounts.new_verification"), 303))
    asked = AskedCode(secret, mobile, int(at.timestamp()), safe_next(form.next.data, ""), given_name, surname)
    cookies.set_asked_code(response, asked)
    return response


def _code_page(
    asked: AskedCode,
    form: CodeForm | None = None,
    *,
    status: int = 200,
    tries_left: int = 0,
    error: MarketplaceError | None = None,
) -> Response:
    form = form or CodeForm(formdata=None)
    body = render_template(
        "accounts/code.html",
        form=form,
        mobile=asked.mobile,
        mobile_masked=masked_mobile(asked.mobile),
        next=asked.next,
        tries_left=tries_left,
        error=_words(error),
        resend_in_seconds=cookies.seconds_to_resend(asked, clock.now(), codes.RESEND_SECONDS),
    )
    return _answer(body, error.status if error else status, error)


def _answer(body: str, status: int, error: MarketplaceError | None) -> Response:
    response = make_response(body, status)
    response.headers["Cache-Control"] = "no-store"
    if error is not None and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _words(error: MarketplaceError | None) -> str | None:
    return t(f"error.{error.code}", **error.params) if error else None


def _after(asked: AskedCode | None) -> str:
    """Where the asked-for code leads; the cookie is signed, but a rule is a rule."""
    return in_language(safe_next(asked.next if asked else None))
