"""One's own second factors: an authenticator app, passkeys, recovery codes."""

from __future__ import annotations

from typing import Any

import pyotp
import segno
from flask import current_app, jsonify, make_response, redirect, render_template, request, url_for

from marketplace.accounts import cookies, limits, passkeys, second, sessions
from marketplace.accounts.access import freshly, signed_in, visitor
from marketplace.accounts.entering import needed_party
from marketplace.accounts.errors import SecondFactorCompulsory, SecondFactorHeld
from marketplace.core import clock
from marketplace.core.bodies import said_object
from marketplace.core.csrf import rename_session
from marketplace.core.errors import Conflict, MarketplaceError
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.storefront.me_views import blueprint


@blueprint.post("/security/app")
@signed_in
@freshly
def create_app_secret() -> Any:
    """Begins an authenticator app and leads to its QR code."""
    person, at = visitor(), clock.now()
    if second.factors_of(person.id).app_since is not None:
        raise SecondFactorHeld()
    with unit_of_work():
        second.begin_app(person.id, at)
    return redirect(url_for(".show_app_secret"), 303)


@blueprint.get("/security/app")
@signed_in
def show_app_secret() -> Any:
    """The QR code of an app that was begun, and the form for its first code."""
    return _app_page() or redirect(url_for(".show_security"))


@blueprint.post("/security/app/confirmation")
@signed_in
@freshly
@limits.second_factor
def confirm_app_secret() -> Any:
    """The first code of the app: it counts from now on. The answer shows the recovery codes, this once."""
    person, at = visitor(), clock.now()
    codes: list[str] = []
    with unit_of_work():
        refusal = second.confirm_app(person.id, request.form.get("code", ""), at)
        if refusal is None:
            codes = second.make_recovery_codes(person.id, at)
            secret = sessions.prove_again(cookies.session_secret() or "", at, with_second=True)
    if refusal is not None:
        return _app_page(refusal) or redirect(url_for(".show_security"), 303)
    return _codes_page(codes, secret)


@blueprint.post("/security/app/removal")
@signed_in
@freshly
def delete_app_secret() -> Any:
    """Takes the authenticator app away. An official keeps at least one second factor."""
    person, at = visitor(), clock.now()
    with unit_of_work():
        second.remove_app(person.id, at)
        _ensure_one_stays()
    put_notice("app_removed")
    return redirect(url_for(".show_security"), 303)


@blueprint.post("/security/recovery-codes")
@signed_in
@freshly
def create_recovery_codes() -> Any:
    """Ten new recovery codes, shown this once; the old ones end."""
    person, at = visitor(), clock.now()
    with unit_of_work():
        if not second.factors_of(person.id).has_any:
            raise Conflict("second_factor_first")
        codes = second.make_recovery_codes(person.id, at)
    return _codes_page(codes, None)


@blueprint.post("/security/passkeys/options")
@signed_in
@freshly
@limits.second_factor
def create_passkey_options() -> Any:
    """What the browser needs to make a passkey."""
    at = clock.now()
    with unit_of_work():
        options = passkeys.ask_for_new(visitor().id, cookies.session_secret() or "", needed_party(), at)
    return jsonify(options)


@blueprint.post("/security/passkeys")
@signed_in
@freshly
@limits.second_factor
def create_passkey() -> Any:
    """Keeps a passkey; the session has its second factor from now on and another name."""
    person, at = visitor(), clock.now()
    said = said_object(passkeys.LONGEST_BODY)
    answer = said.get("answer")
    name, answer = str(said.get("name") or ""), answer if isinstance(answer, dict) else {}
    with unit_of_work():
        passkeys.add(person.id, cookies.session_secret() or "", needed_party(), name, answer, at)
        secret = sessions.prove_again(cookies.session_secret() or "", at, with_second=True)
    put_notice("passkey_kept")
    response = jsonify(next=url_for(".show_security"))
    cookies.set_session(response, secret, int(sessions.session_length(person.id).total_seconds()))
    return response


@blueprint.post("/security/passkeys/<int:passkey_id>/removal")
@signed_in
@freshly
def delete_passkey(passkey_id: int) -> Any:
    """Takes a passkey away. An official keeps at least one second factor."""
    at = clock.now()
    with unit_of_work():
        passkeys.remove(visitor().id, passkey_id, at)
        _ensure_one_stays()
    put_notice("passkey_removed")
    return redirect(url_for(".show_security"), 303)


def _ensure_one_stays() -> None:
    """Inside the unit, which is undone by the refusal."""
    person = visitor()
    is_compulsory = person.is_official and current_app.config["SETTINGS"].second_factor_compulsory
    if is_compulsory and not second.factors_of(person.id).has_any:
        raise SecondFactorCompulsory()


def _app_page(refusal: MarketplaceError | None = None) -> Any:
    person = visitor()
    secret = second.begun_app(person.id)
    if secret is None:
        return None
    address = pyotp.TOTP(secret).provisioning_uri(name=person.mobile, issuer_name=t("site.name", lang="en"))
    body = render_template(
        "storefront/me_app.html",
        qr=segno.make(address, error="m", micro=False).svg_data_uri(scale=5, border=4, light="#ffffff"),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        address=address,
        error=t(f"error.{refusal.code}", **refusal.params) if refusal else None,
    )
    response = make_response(body, refusal.status if refusal else 200)
    response.headers["Cache-Control"] = "no-store"
    if refusal is not None and refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def _codes_page(codes: list[str], secret: str | None) -> Any:
    """The codes, and where the session got another name its cookie."""
    person = visitor()
    if secret is not None:
        rename_session(secret)
    body = render_template("storefront/me_recovery.html", codes=codes, is_official=person.is_official)
    response = make_response(body, 201)
    response.headers["Cache-Control"] = "no-store"
    if secret is not None:
        cookies.set_session(response, secret, int(sessions.session_length(person.id).total_seconds()))
    return response
