"""What no browser writes where a passkey is made or used: refused, and no passkey is there afterwards."""

from __future__ import annotations

import base64
import json

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import SignInSession
from marketplace.accounts.second_models import Passkey
from marketplace.core.db import db
from tests.factories.people import a_person
from tests.pages import Client

pytestmark = pytest.mark.databases("sqlite")
NO_NAME, REFUSED = (422, "invalid"), (400, "passkey_refused")
AUTH_DATA = b"h" * 32 + b"\x45" + b"\0" * 4 + b"\0" * 16 + b"\0\x01i"
"""A host, what was checked, a count, a maker, and the name of a key; the key follows."""


def _coded(said: bytes) -> str:
    return base64.urlsafe_b64encode(said).decode().rstrip("=")


def _answer(challenge: str, key: bytes = b"", client_data: bytes | None = None) -> dict[str, object]:
    told = {"type": "webauthn.create", "challenge": challenge, "origin": "http://localhost"}
    data = AUTH_DATA + key
    made = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58" + bytes([len(data)]) + data
    response = {
        "clientDataJSON": _coded(json.dumps(told).encode() if client_data is None else client_data),
        "attestationObject": _coded(made),
    }
    return {"id": _coded(b"i"), "rawId": _coded(b"i"), "type": "public-key", "response": response}


@pytest.fixture
def member(ctx, at, client: Client) -> Client:
    person = a_person()
    client.sign_in(person)
    return client


def _send(client: Client, path: str, body: bytes) -> tuple[int, str]:
    headers = {"X-CSRF-Token": client.csrf_token(), "Accept": "application/json"}
    answer = client.browser.post(
        path, base_url="http://localhost", data=body, content_type="application/json", headers=headers
    )
    db.session.rollback()
    return answer.status_code, str((answer.json or {}).get("code", ""))


def _challenge(client: Client) -> str:
    assert _send(client, "/me/security/passkeys/options", b"{}")[0] == 200
    kept = db.session.scalar(select(SignInSession.challenge))
    db.session.rollback()
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"7",
        b"null",
        b"[" * 10_000,
        b'{"a":' * 2_500,
        b"\xff\xfe",
        b'{"name": "\\ud800", "answer": {}}',
        b'{"name": "a\\u0000b", "answer": {}}',
        b'{"name": {"a": 1}, "answer": []}',
        b'{"name": "a", "answer": {"id": 7, "rawId": [], "response": 7, "type": null}}',
        b'{"name": "a", "answer": {"response": {"clientDataJSON": 7, "attestationObject": {}}}}',
    ],
)
def test_whatever_a_body_holds_it_is_refused(member: Client, body: bytes) -> None:
    _challenge(member)
    assert _send(member, "/me/security/passkeys", body) in (NO_NAME, REFUSED)
    assert _send(member, "/confirm/passkey", body) == REFUSED
    assert db.session.scalar(select(func.count(Passkey.id))) == 0


@pytest.mark.parametrize("key", [b"\x80", b"\x60", b"\xa0", b"\x07", b"", b"\x81" * 150, b"\x9f\x9f"])
def test_an_answer_to_our_challenge_with_a_key_that_is_none_is_refused(member: Client, key: bytes) -> None:
    said = {"name": "a", "answer": _answer(_challenge(member), key)}
    assert _send(member, "/me/security/passkeys", json.dumps(said).encode()) == REFUSED
    assert db.session.scalar(select(func.count(Passkey.id))) == 0


@pytest.mark.parametrize("data", [b"[" * 8_000, b"null", b"{}", b'{"type": 7}', b"\xff"])
def test_an_answer_that_says_nothing_of_its_challenge_is_refused(member: Client, data: bytes) -> None:
    said = {"name": "a", "answer": _answer(_challenge(member), b"\xa0", data)}
    assert _send(member, "/me/security/passkeys", json.dumps(said).encode()) == REFUSED
    assert db.session.scalar(select(func.count(Passkey.id))) == 0
