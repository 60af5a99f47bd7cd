"""Who may do what. Every route declares its access by one of these decorators; a test walks them.

Rights are read from the database in each request. What one may not know of is answered 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, url_for
from flask_login import current_user

from marketplace.accounts.errors import ProofNeeded, SecondFactorNeeded
from marketplace.accounts.models import Role
from marketplace.accounts.proof import ask_for_proof
from marketplace.core.audit import Actor
from marketplace.core.errors import Forbidden, NotFound, Unauthenticated
from marketplace.core.notices import put_notice
from marketplace.core.web import wants_problem

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller: nobody in particular, anyone signed in, a store's member, a role, a scope."""

    kind: str
    roles: frozenset[Role] = frozenset()
    scope: str | None = None
    is_for_store: bool = False


@dataclass(frozen=True)
class Visitor:
    """The person behind a request, as Flask-Login's current user.

    `has_second`: this session passed a second factor; `is_fresh`: whoever sits there proved themselves lately.
    """

    id: int
    mobile: str
    display_name: str
    language: str
    roles: frozenset[Role]
    store_ids: tuple[int, ...]
    via_token: bool = False
    scopes: frozenset[str] = frozenset()
    token_id: int | None = None
    session_id: int | None = None
    has_second: bool = False
    is_fresh: bool = False
    is_use_to_note: bool = False
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return str(self.id)

    @property
    def is_store_member(self) -> bool:
        return bool(self.store_ids)

    @property
    def is_official(self) -> bool:
        return bool(self.roles)

    @property
    def has_desk(self) -> bool:
        """Whether there are office pages for this person's roles: every official may be a second person."""
        return self.is_official

    def actor(self, role: str = "shopper") -> Actor:
        return Actor(self.id, role, self.display_name)


def visitor() -> Visitor:
    """The signed-in person. Raises Unauthenticated."""
    if not current_user.is_authenticated:
        raise Unauthenticated()
    return current_user._get_current_object()  # type: ignore[no-any-return]


def _declare(access: Access, check: Callable[[], Any]) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            answer = check()
            return answer if answer is not None else view(*args, **kwargs)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def public(view: View) -> View:
    """Anybody."""
    return _declare(Access("public"), lambda: None)(view)


def signed_in(view: View) -> View:
    """Anyone who signed in; pages send others to sign in and back."""
    return _declare(Access("signed_in"), _ask_to_sign_in)(view)


def store_member(view: View) -> View:
    """A member of a store; `g.store_id` is the store acted for. Others meet 404."""

    def check() -> Any:
        answer = _ask_to_sign_in()
        if answer is not None:
            return answer
        if not visitor().store_ids:
            raise NotFound()
        g.store_id = visitor().store_ids[0]
        return None

    return _declare(Access("store_member"), check)(view)


def official(*roles: Role) -> Callable[[View], View]:
    """An official holding one of the roles."""

    def check() -> Any:
        answer = _ask_to_sign_in()
        if answer is not None:
            return answer
        if not visitor().roles & set(roles):
            raise Forbidden("role_needed")
        return _ask_for_second()

    return _declare(Access("official", frozenset(roles)), check)


def freshly(view: View) -> View:
    """An act of money, of the draw or of one's own security: who does it proved themselves in the last half hour.

    Stands below the access decorator. What was typed is carried through the page that asks for the proof. The mark
    `asks_for_proof` is walked by a test.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if visitor().is_fresh:
            return view(*args, **kwargs)
        if wants_problem():
            raise ProofNeeded()
        return ask_for_proof(visitor().id)

    guarded.asks_for_proof = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def scoped(scope: str, *roles: Role, store: bool = False) -> Callable[[View], View]:
    """An API call by a token that carries the scope; with `store`, of a member of a store; with roles, of somebody who
    holds one of them now."""

    def check() -> None:
        if not current_user.is_authenticated or not visitor().via_token:
            raise Unauthenticated("token_needed")
        if scope not in visitor().scopes:
            raise Forbidden("scope_needed", params={"scope": scope})
        if roles and not visitor().roles & set(roles):
            raise Forbidden("role_needed")
        if store:
            if not visitor().store_ids:
                raise NotFound()
            g.store_id = visitor().store_ids[0]

    return _declare(Access("token", frozenset(roles), scope, store), check)


def ensure_second_factor() -> None:
    """For what opens desks. Raises SecondFactorNeeded where the installation asks for one and this session has none."""
    if current_app.config["SETTINGS"].second_factor_compulsory and not visitor().has_second:
        raise SecondFactorNeeded()


def _ask_for_second() -> Any:
    """Officials without a second factor are led to set one up, where the installation asks for one."""
    try:
        ensure_second_factor()
    except SecondFactorNeeded:
        if wants_problem() or request.method != "GET":
            raise
    else:
        return None
    put_notice("second_factor_needed", "warn")
    return redirect(url_for("me.show_security"))


def _ask_to_sign_in() -> Any:
    if current_user.is_authenticated:
        return None
    if wants_problem() or request.method != "GET":
        raise Unauthenticated()
    return redirect(url_for("accounts.new_sign_in", next=request.full_path.rstrip("?")))
