"""Tokens with which a person's programs act for them: made, shown once, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import make_response, redirect, render_template, request, url_for

from marketplace.accounts import tokens
from marketplace.accounts.access import Visitor, ensure_second_factor, freshly, signed_in, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number
from marketplace.messages.outbox import tell
from marketplace.storefront.me_views import blueprint

DAYS = (1, 30, 90, 365)
USUAL_DAYS = 90


@blueprint.get("/tokens")
@signed_in
def list_tokens() -> str:
    """One's live tokens, and a form for another."""
    return _page()


@blueprint.post("/tokens")
@signed_in
@freshly
def create_token() -> Any:
    """A new token; the answer shows its secret, this once."""
    person, at = visitor(), clock.now()
    name, asked = request.form.get("name", "")[:200], request.form.getlist("scopes")[:20]
    try:
        days = _days()
        if tokens.STORE_SCOPES & set(asked) and not person.store_ids:
            raise Invalid(fields={"scopes": "scopes"})
        if tokens.OFFICE_SCOPES.keys() & set(asked):
            ensure_second_factor()
        with unit_of_work():
            secret = tokens.create_token(person.id, name, asked, at, at + timedelta(days=days))
            tell(
                key=f"token:{tokens.live_tokens_of(person.id, at)[0].id}",
                person=person.id,
                template="token_made",
                params={"name": name.strip(), "path": "/me/tokens"},
                subject=f"person:{person.id}",
                at=at,
            )
    except Invalid as wrong:
        return _page(errors=wrong.fields), 422
    response = make_response(_page(secret=secret), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/tokens/<int:token_id>/revocation")
@signed_in
def delete_token(token_id: int) -> Any:
    """Ends one of one's own tokens: the next call with it is refused."""
    at = clock.now()
    with unit_of_work():
        tokens.revoke_token(visitor().id, token_id, at)
    put_notice("token_ended")
    return redirect(url_for(".list_tokens"), 303)


def _days() -> int:
    typed = ascii_digits(request.form.get("days", str(USUAL_DAYS))[:10])
    if not typed.isdecimal() or int(typed) not in DAYS:
        raise Invalid(fields={"days": "unknown_choice"})
    return int(typed)


def _scopes(person: Visitor) -> list[str]:
    """What somebody's programs may be given: for stores their members alone, for desks those who sit there."""
    store = tokens.STORE_SCOPES if person.store_ids else frozenset[str]()
    open_to = {*store, *tokens.desk_scopes(person.roles)}
    closed = tokens.STORE_SCOPES | tokens.OFFICE_SCOPES.keys()
    return [scope for scope in tokens.SCOPES if scope in open_to or scope not in closed]


def _page(secret: str | None = None, errors: dict[str, str] | None = None) -> str:
    person, at = visitor(), clock.now()
    failed = errors is not None
    return render_template(
        "storefront/me_tokens.html",
        tokens=tokens.live_tokens_of(person.id, at),
        scopes=_scopes(person),
        secret=secret,
        errors=errors or {},
        name=request.form.get("name", "")[:200] if failed else "",
        chosen=request.form.getlist("scopes") if failed else [],
        days=[(n, t("token.for_days", n=n, count=number(n))) for n in DAYS],
        usual_days=USUAL_DAYS,
        base_url=request.host_url.rstrip("/"),
    )
