"""Passkeys (WebAuthn level 2): a key in a person's device signs our challenge; we keep its public half.

Each challenge stands in the session's row, is good for five minutes and once: the conditional UPDATE that takes it away
decides. A passkey belongs to the host of `BASE_URL`; browsers make none for a bare address, so that at
`http://127.0.0.1` there are none and at `http://localhost` there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.accounts import queries, second
from marketplace.accounts.errors import PasskeyRefused
from marketplace.accounts.events import SecondFactorChanged
from marketplace.accounts.models import SignInSession
from marketplace.accounts.second_models import Passkey
from marketplace.accounts.secrets import keyed_hash, secret_hash
from marketplace.core.db import changed_count, db
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.events import publish
from marketplace.core.unit_of_work import on_violation

VALID = timedelta(minutes=5)
MOST_PASSKEYS = 10
LONGEST_NAME = 60
LONGEST_BODY = 16_384
NO_ANSWER = (
    WebAuthnException,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading an answer ends in that no browser writes."""

on_violation("uq_passkeys_credential", PasskeyRefused)


@dataclass(frozen=True, slots=True)
class Party:
    """For whom a passkey is made: the host's name and the origin of its pages."""

    host: str
    origin: str


def party(base_url: str, seen_at: str) -> Party | None:
    """This site as browsers know it, by its setting, or as localhost; None at a bare address."""
    host = urlsplit(base_url).hostname or ""
    if base_url.startswith("https://") and not _is_address(host):
        return Party(host, base_url)
    origin = seen_at.rstrip("/")
    host = urlsplit(origin).hostname or ""
    return Party(host, origin) if host == "localhost" else None


def passkeys_of(person_id: int) -> list[Passkey]:
    """A person's live passkeys, the newest first."""
    found = select(Passkey).where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
    return list(db.session.scalars(found.order_by(Passkey.id.desc())))


def ask_for_new(person_id: int, session_secret: str, here: Party, at: datetime) -> dict[str, Any]:
    """What the browser needs to make a passkey. Raises Conflict beyond ten, NotFound without a session."""
    person = queries.person(person_id)
    if person is None:
        raise NotFound()
    kept = passkeys_of(person_id)
    if len(kept) >= MOST_PASSKEYS:
        raise Conflict("passkeys_full", params={"most": MOST_PASSKEYS})
    options = webauthn.generate_registration_options(
        rp_id=here.host,
        rp_name="Bazargah",
        user_id=keyed_hash("passkey-owner", str(person_id)).encode()[:32],
        user_name=person.mobile,
        user_display_name=person.display_name,
        challenge=_put_challenge(session_secret, at),
        exclude_credentials=_descriptors(kept),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return dict(options_to_json_dict(options))


def add(
    person_id: int, session_secret: str, here: Party, name: str, answer: Mapping[str, Any], at: datetime
) -> None:
    """Keeps a new passkey. Raises PasskeyRefused when it does not fit the challenge, Invalid for the name."""
    words = " ".join(name.split())
    if not words or len(words) > LONGEST_NAME or "\0" in words:
        raise Invalid(fields={"name": "passkey_name"})
    try:
        made = webauthn.verify_registration_response(
            credential=dict(answer),
            expected_challenge=base64url_to_bytes(_take_challenge(session_secret, at)),
            expected_rp_id=here.host,
            expected_origin=here.origin,
        )
    except NO_ANSWER as wrong:
        raise PasskeyRefused() from wrong
    row = Passkey(
        person_id=person_id,
        credential=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=words,
        made_at=at,
    )
    db.session.add(row)
    db.session.flush()
    publish(SecondFactorChanged(person_id, "passkey_added", f"{row.id}", at))


def remove(person_id: int, passkey_id: int, at: datetime) -> None:
    """Takes one of a person's own passkeys away. Raises NotFound for any other."""
    if not changed_count(
        update(Passkey)
        .where(Passkey.id == passkey_id, Passkey.person_id == person_id, Passkey.ended_at.is_(None))
        .values(ended_at=at)
    ):
        raise NotFound()
    publish(SecondFactorChanged(person_id, "passkey_removed", f"{passkey_id}", at))
    second.end_codes_without_factor(person_id, at)


def ask_for_proof(person_id: int, session_secret: str, here: Party, at: datetime) -> dict[str, Any]:
    """What the browser needs to sign with one of this person's passkeys. Raises NotFound without any."""
    kept = passkeys_of(person_id)
    if not kept:
        raise NotFound()
    options = webauthn.generate_authentication_options(
        rp_id=here.host,
        challenge=_put_challenge(session_secret, at),
        allow_credentials=_descriptors(kept),
    )
    return dict(options_to_json_dict(options))


def use(person_id: int, session_secret: str, here: Party, answer: Mapping[str, Any], at: datetime) -> None:
    """Checks what a passkey signed. Raises PasskeyRefused; the challenge is used up only by an answer that is taken.

    A count that does not grow tells of a copied key and is refused; keys that always say 0 do not count.
    """
    named = str(answer.get("id", ""))[:2_000]
    row = next((key for key in passkeys_of(person_id) if key.credential == named), None)
    if row is None:
        raise PasskeyRefused()
    try:
        signed = webauthn.verify_authentication_response(
            credential=dict(answer),
            expected_challenge=base64url_to_bytes(_take_challenge(session_secret, at)),
            expected_rp_id=here.host,
            expected_origin=here.origin,
            credential_public_key=base64url_to_bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
        )
    except NO_ANSWER as wrong:
        raise PasskeyRefused() from wrong
    if not changed_count(
        update(Passkey)
        .where(Passkey.id == row.id, Passkey.sign_count == row.sign_count, Passkey.ended_at.is_(None))
        .values(sign_count=signed.new_sign_count, last_used_at=at)
    ):
        raise PasskeyRefused()


def _put_challenge(session_secret: str, at: datetime) -> bytes:
    challenge = generate_challenge()
    if not changed_count(
        update(SignInSession)
        .where(
            SignInSession.token_hash == secret_hash(session_secret),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > at,
        )
        .values(challenge=bytes_to_base64url(challenge), challenge_at=at)
    ):
        raise NotFound()
    return challenge


def _take_challenge(session_secret: str, at: datetime) -> str:
    """The challenge of this session, taken away: it is good once."""
    kept = db.session.scalar(
        select(SignInSession.challenge).where(
            SignInSession.token_hash == secret_hash(session_secret),
            SignInSession.challenge.is_not(None),
            SignInSession.challenge_at > at - VALID,
            SignInSession.ended_at.is_(None),
        )
    )
    if kept is None or not changed_count(
        update(SignInSession)
        .where(SignInSession.token_hash == secret_hash(session_secret), SignInSession.challenge == kept)
        .values(challenge=None, challenge_at=None)
    ):
        raise PasskeyRefused("passkey_late")
    return kept


def _descriptors(keys: list[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential)) for key in keys]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
