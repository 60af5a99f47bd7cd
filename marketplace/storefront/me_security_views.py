"""The security of one's own account: the password, the second factor, and where one is signed in."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for

from marketplace.accounts import cookies, limits, passkeys, passwords, people, queries, second, sessions
from marketplace.accounts.access import freshly, signed_in, visitor
from marketplace.accounts.entering import party
from marketplace.core import clock
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.outbox import tell
from marketplace.storefront.me_views import blueprint, has_password


@blueprint.get("/security")
@signed_in
def show_security() -> str:
    """The password and the browsers that are signed in."""
    return _security_page()


@blueprint.post("/security/password")
@signed_in
@freshly
@limits.sign_in
def update_password() -> Any:
    """Sets a password; who has one gives it once more. All other browsers are signed out."""
    person = visitor()
    known = queries.sign_in_facts(person.mobile)
    typed = request.form.get("password", "")[:1_000]
    wrong = {}
    if known is not None and known.password_hash is not None:
        is_right, _ = passwords.check_password(request.form.get("current", "")[:1_000], known.password_hash)
        if not is_right:
            wrong["current"] = "password_wrong"
    found = passwords.wrong_with(typed, person.mobile)
    if found is not None:
        wrong["password"] = found
    if wrong:
        return _security_page(wrong), 422
    fresh, at = passwords.password_hash(typed), clock.now()
    with unit_of_work():
        people.set_password(person.id, fresh, at, keep=cookies.session_secret())
        tell(
            key=f"password:{person.id}:{at.isoformat()}",
            person=person.id,
            template="password_changed",
            params={"path": "/me/security"},
            subject=f"person:{person.id}",
            at=at,
        )
    put_notice("password_kept")
    return redirect(url_for(".show_security"), 303)


@blueprint.post("/security/sessions/<int:session_id>/end")
@signed_in
@freshly
def delete_session(session_id: int) -> Any:
    """Ends one of one's own sessions."""
    at = clock.now()
    with unit_of_work():
        sessions.end_session_of(visitor().id, session_id, at)
    put_notice("session_ended")
    return redirect(url_for(".show_security"), 303)


@blueprint.post("/security/sessions/end")
@signed_in
@freshly
def delete_sessions() -> Any:
    """Ends all sessions but this one."""
    at = clock.now()
    with unit_of_work():
        sessions.end_all_sessions(visitor().id, at, but=cookies.session_secret())
    put_notice("sessions_ended")
    return redirect(url_for(".show_security"), 303)


def _security_page(wrong: dict[str, str] | None = None) -> str:
    person, at = visitor(), clock.now()
    settings = current_app.config["SETTINGS"]
    return render_template(
        "storefront/me_security.html",
        has_password=has_password(),
        errors={name: t(f"field.{code}") for name, code in (wrong or {}).items()},
        sessions=queries.sessions_of(person.id, at, cookies.session_secret()),
        factors=second.factors_of(person.id),
        passkeys=passkeys.passkeys_of(person.id),
        makes_passkeys=party() is not None,
        is_official=person.is_official,
        is_compulsory=person.is_official and settings.second_factor_compulsory,
        is_demo=settings.is_demo,
    )
