"""From a request to the person behind it: a session cookie, or a bearer token.

Flask and Flask-Login keep signed cookies of their own, which nothing here uses: opening, naming and closing them for
each request took as long as finding its view.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin
from flask_login import LoginManager
from sqlalchemy import and_, bindparam, exists, func, not_, or_, select

from marketplace.accounts.access import Visitor
from marketplace.accounts.anyone import Anyone
from marketplace.accounts.models import ApiToken, Person, Role, RoleGrant, SignInSession
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.sessions import FRESH
from marketplace.accounts.tokens import LAST_USE as TOKEN_LAST_USE
from marketplace.core import clock
from marketplace.core.csrf import session_cookie
from marketplace.core.db import Moment
from marketplace.core.holes import shape
from marketplace.core.idle import DESK_LAST_USE, LAST_USE
from marketplace.core.ready import Ready

USED_AT = func.coalesce(SignInSession.last_used_at, SignInSession.created_at, type_=Moment())
IS_OFFICIAL = exists().where(RoleGrant.person_id == Person.id, RoleGrant.ended_at.is_(None))
_PERSON = (Person.id, Person.mobile, Person.given_name, Person.surname, Person.language)
SIGNED_IN = (
    SignInSession.token_hash == bindparam("hash"),
    SignInSession.ended_at.is_(None),
    SignInSession.waits_for_second.is_(False),
    SignInSession.expires_at > bindparam("at"),
    Person.disabled_at.is_(None),
    or_(
        bindparam("desk_idle_from", type_=Moment()) < USED_AT,
        and_(bindparam("idle_from", type_=Moment()) < USED_AT, not_(IS_OFFICIAL)),
    ),
)
"""When the session of a hash stands for a person: not ended, not over, not left alone for too long (`Idle.edges`)."""
_BY_SESSION = Ready(
    select(
        *_PERSON,
        SignInSession.id.label("via"),
        SignInSession.second_at,
        SignInSession.proven_at,
        USED_AT.label("used_at"),
    )
    .join(SignInSession, SignInSession.person_id == Person.id)
    .where(*SIGNED_IN)
)
_BY_TOKEN = Ready(
    select(*_PERSON, ApiToken.scopes.label("via"), ApiToken.id.label("token_id"), ApiToken.last_used_at)
    .join(ApiToken, ApiToken.person_id == Person.id)
    .where(
        ApiToken.token_hash == bindparam("hash"),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("at")),
        Person.disabled_at.is_(None),
    )
)
_ROLES = Ready(
    select(RoleGrant.role).where(RoleGrant.person_id == bindparam("person"), RoleGrant.ended_at.is_(None))
)


class NoCookie(SessionInterface):
    """What Flask calls a session: empty for each request, and forgotten with it."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        return SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is saved; each answer may depend on our own cookies."""
        response.vary.add("Cookie")


class OurSessions(LoginManager):  # type: ignore[misc]
    """`current_user` is whom `load_visitor` finds, or nobody."""

    def init_app(self, app: Flask, add_context_processor: bool = True) -> None:
        app.login_manager = self  # type: ignore[attr-defined]

    def _load_user(self) -> None:
        self._update_request_context_with_user(load_visitor(request))


def fit(app: Flask) -> None:
    """Lets the app ask for the person so."""
    app.session_interface = NoCookie()
    OurSessions().init_app(app)


def load_visitor(request: Request) -> Visitor | Anyone | None:
    """The person of the bearer token (API alone) or of the session cookie; None for anybody else.

    For a page made for many, whoever has its shape.
    """
    made_for = shape()
    if made_for is not None:
        return Anyone(made_for) if made_for.is_signed_in else None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if request.path.startswith("/api/"):
        if scheme.lower() == "bearer" and token:
            return _visitor(_BY_TOKEN, token.strip(), clock.now(), via_token=True)
        return None
    name = request.cookies.get(session_cookie())
    return _visitor(_BY_SESSION, name, clock.now(), via_token=False) if name else None


def display_name(given_name: str, surname: str, mobile: str) -> str:
    """What a page calls a person."""
    return f"{given_name} {surname}".strip() or mobile


def _visitor(statement: Ready, secret: str, at: datetime, *, via_token: bool) -> Visitor | None:
    edges = {} if via_token else current_app.config["SETTINGS"].idle.edges(at)
    row = statement.first(hash=secret_hash(secret), at=at, **edges)
    if row is None:
        return None
    roles = frozenset(Role(granted.role) for granted in _ROLES.all(person=row.id))
    stores_of = current_app.extensions["bazargah"].stores_of
    if via_token:
        noted = row.last_used_at
        told: dict[str, Any] = {
            "token_id": row.token_id,
            "scopes": frozenset(row.via),
            "is_use_to_note": noted is None or noted <= at - TOKEN_LAST_USE,
        }
    else:
        told = {
            "session_id": row.via,
            "has_second": row.second_at is not None,
            "is_fresh": row.proven_at is not None and row.proven_at > at - FRESH,
            "is_use_to_note": row.used_at <= at - (DESK_LAST_USE if roles else LAST_USE),
        }
    return Visitor(
        **told,
        id=row.id,
        mobile=row.mobile,
        display_name=display_name(row.given_name, row.surname, row.mobile),
        language=row.language,
        roles=roles,
        store_ids=tuple(stores_of(row.id)),
        via_token=via_token,
    )
