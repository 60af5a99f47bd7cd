"""People, their roles, sessions and tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.models import ApiToken, Person, Role, RoleGrant, SignInSession
from marketplace.accounts.secrets import new_secret, secret_hash
from tests.factories.rows import AT, number, put, writing

NAMES = (
    ("مریم", "رضایی"),
    ("علی", "محمدی"),
    ("زهرا", "کریمی"),
    ("حسین", "موسوی"),
    ("نرگس", "احمدی"),
    ("امیر", "جعفری"),
)


def a_person(*, at: datetime = AT, **columns: Any) -> Person:
    """Somebody with a mobile of their own; no password."""
    n = number()
    given, surname = NAMES[n % len(NAMES)]
    return put(
        Person,
        **{
            "mobile": f"0912{n:07d}",
            "given_name": given,
            "surname": surname,
            "created_at": at - timedelta(days=90),
            **columns,
        },
    )


def an_official(*roles: Role | str, at: datetime = AT, **columns: Any) -> Person:
    """A person who holds these roles."""
    with writing():
        person = a_person(at=at, **columns)
        for role in roles:
            a_role(person, role, at=at)
    return person


def a_role(person: Person, role: Role | str, *, at: datetime = AT, **columns: Any) -> RoleGrant:
    return put(
        RoleGrant,
        **{"person_id": person.id, "role": Role(role), "granted_at": at - timedelta(days=30), **columns},
    )


def a_session(person: Person, *, at: datetime = AT, **columns: Any) -> str:
    """Signs a person in, with a second factor and for good; gives the value of the session cookie."""
    secret = new_secret()
    put(
        SignInSession,
        **{
            "token_hash": secret_hash(secret),
            "person_id": person.id,
            "created_at": at,
            "expires_at": at + timedelta(days=3650),
            "user_agent": "test",
            "last_used_at": at + timedelta(days=3650),
            "second_at": at,
            "proven_at": at + timedelta(days=3650),
            **columns,
        },
    )
    return secret


def a_token(person: Person, *scopes: str, at: datetime = AT, **columns: Any) -> str:
    """Gives a bearer token with these scopes."""
    secret = new_secret()
    put(
        ApiToken,
        **{
            "person_id": person.id,
            "name": "test",
            "token_hash": secret_hash(secret),
            "scopes": list(scopes),
            "created_at": at,
            **columns,
        },
    )
    return secret
