"""Tokens with which programs act for a person: scoped, shown once, revocable."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, or_, select, update

from marketplace.accounts import queries
from marketplace.accounts.errors import PersonDisabled
from marketplace.accounts.models import ApiToken, Role
from marketplace.accounts.secrets import new_secret, secret_hash
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.ready import Ready

PREFIX = "bzg_"
SCOPES = (
    "cart",
    "orders:read",
    "orders:write",
    "entries:read",
    "me:read",
    "me:write",
    "store:orders",
    "store:offers",
    "store:settlement",
    "store:papers",
    "office:read",
    "office:applications",
    "office:offers",
    "office:seals",
    "office:clearances",
    "office:complaints",
    "office:claims",
    "office:money",
    "office:draws",
    "office:inspections",
    "office:texts",
    "office:policy",
    "office:service",
    "office:suspicions",
    "office:sign",
)
STORE_SCOPES = frozenset(scope for scope in SCOPES if scope.startswith("store:"))
OFFICE_SCOPES: dict[str, frozenset[Role]] = {
    "office:read": frozenset(Role),
    "office:applications": frozenset({Role.office}),
    "office:offers": frozenset({Role.office}),
    "office:seals": frozenset({Role.seal_officer}),
    "office:clearances": frozenset({Role.clearance_officer}),
    "office:complaints": frozenset({Role.seal_officer, Role.office}),
    "office:claims": frozenset({Role.adjudicator, Role.office}),
    "office:money": frozenset({Role.office}),
    "office:draws": frozenset({Role.office, Role.seal_officer}),
    "office:inspections": frozenset({Role.health_inspector, Role.office}),
    "office:texts": frozenset({Role.office}),
    "office:policy": frozenset({Role.office}),
    "office:service": frozenset({Role.office}),
    "office:suspicions": frozenset({Role.office}),
    "office:sign": frozenset(Role),
}
"""Whose programs may do what at which desk. `office:sign` gives signatures, which count as a person's own: first and
second ones of payouts, the agreement to what another proposed, the root of a draw, figures that two persons type."""
OF_A_DAY = frozenset({"office:sign", "office:money", "office:claims", "office:policy", "office:suspicions"})
"""What signs, moves money, decides alone over money of the fund (a claim up to the limit of the second person), or
changes the numbers of the policy, or keeps payouts back and closes accounts."""
LONGEST_OFFICE = timedelta(days=90)
LONGEST_OF_A_DAY = timedelta(days=1)
"""A token for a desk ends, and one of `OF_A_DAY` within a day: whoever pays or signs made it today, with their own
hands."""
LONGEST_NAME = 80
MOST_TOKENS = 20
LAST_USE = timedelta(minutes=10)
"""The last use is written down so exactly."""


def create_token(
    person_id: int, name: str, scopes: Iterable[str], at: datetime, expires_at: datetime | None = None
) -> str:
    """A new token and its secret, which is shown this once; only its hash is kept.

    Raises Invalid naming what is wrong with name, scopes (also those of desks at which the person does not sit) or
    end; NotFound; PersonDisabled; Conflict beyond 20 tokens that live.
    """
    asked = set(scopes)
    at_desks = asked & OFFICE_SCOPES.keys()
    wrong = {}
    if not name.strip() or len(name) > LONGEST_NAME:
        wrong["name"] = "token_name"
    may_sit = desk_scopes(queries.roles_now(person_id)) if at_desks else set[str]()
    if not asked or not asked <= set(SCOPES) or not at_desks <= may_sit:
        wrong["scopes"] = "scopes"
    if expires_at is not None and expires_at <= at:
        wrong["expires_at"] = "not_in_future"
    elif at_desks and (expires_at is None or expires_at > at + longest(at_desks)):
        wrong["expires_at"] = "token_too_long"
    if wrong:
        raise Invalid(fields=wrong)
    person = queries.lock_person(person_id)
    if person is None:
        raise NotFound()
    if person.disabled_at is not None:
        raise PersonDisabled()
    if len(live_tokens_of(person_id, at)) >= MOST_TOKENS:
        raise Conflict("tokens_full", params={"most": MOST_TOKENS})
    secret = PREFIX + new_secret()
    db.session.add(
        ApiToken(
            person_id=person_id,
            name=name.strip(),
            token_hash=secret_hash(secret),
            hint=secret[-4:],
            scopes=[s for s in SCOPES if s in asked],
            created_at=at,
            expires_at=expires_at,
        )
    )
    db.session.flush()
    return secret


def desk_scopes(roles: Collection[Role]) -> set[str]:
    """The scopes of the desks at which somebody with these roles sits."""
    return {scope for scope, of in OFFICE_SCOPES.items() if of & set(roles)}


def longest(scopes: Collection[str]) -> timedelta:
    """How long a token with these scopes of desks may live."""
    return LONGEST_OF_A_DAY if OF_A_DAY & set(scopes) else LONGEST_OFFICE


def revoke_token(person_id: int, token_id: int, at: datetime) -> None:
    """Ends one of a person's own tokens. Raises NotFound for any other, or one ended before."""
    ended = db.session.scalars(
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(ApiToken.id)
    )
    if not ended.all():
        raise NotFound()


def live_tokens_of(person_id: int, at: datetime) -> list[ApiToken]:
    """The tokens with which programs may act for a person now, the newest first."""
    found = db.session.scalars(
        select(ApiToken)
        .where(
            ApiToken.person_id == person_id,
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at),
        )
        .order_by(ApiToken.id.desc())
        .limit(2 * MOST_TOKENS)
    )
    return list(found)


_NOTE = Ready(
    update(cast(Table, ApiToken.__table__))
    .where(ApiToken.id == bindparam("token"))
    .values(last_used_at=bindparam("at", type_=ApiToken.last_used_at.type))
)


def note_use(token_id: int, at: datetime) -> None:
    """Writes down that a token was used; its person sees when."""
    _NOTE.run(token=token_id, at=at)
