"""The outside registry of seals and union licences over HTTP: one question, one signed answer. What it means is
`registry.py`'s."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import orjson
from requests import RequestException

from marketplace.core import clock
from marketplace.core.circuits import Guard, Open
from marketplace.core.http import client
from marketplace.stores.models import SealState
from marketplace.stores.signed import is_signed

UNKNOWN = "unknown"
STATES = frozenset({*(state.value for state in SealState), UNKNOWN})


@dataclass(frozen=True, slots=True)
class Told:
    """What the registry said of a code, or why it said nothing (`problem`)."""

    state: str | None = None
    domain: str | None = None
    stars: int | None = None
    valid_until: datetime | None = None
    problem: str | None = None


def fetch(url: str, key: str, book: str, code: str, patience: float) -> Told:
    """Asks a book of the registry, `seals` or `licences`; whatever goes wrong is a problem and no answer."""
    try:
        with Guard("registry") as guard, client(read_seconds=patience) as session:
            answer = session.get(f"{url}/{book}/{code}", headers={"Accept": "application/json"})
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                guard.silent()
    except (RequestException, Open):
        return Told(problem="registry_away")
    if answer.status_code not in (200, 404):
        return Told(problem="registry_away")
    if not is_signed(key, answer.content, answer.headers.get("Registry-Signature", ""), clock.now()):
        return Told(problem="bad_signature")
    if answer.status_code == 404:
        return Told(state=UNKNOWN)
    return read_answer(answer.content, code)


def read_answer(body: bytes, code: str) -> Told:
    """A signed body as what it says; a body that says anything strange is a problem."""
    try:
        told = orjson.loads(body)
        until = datetime.fromisoformat(told["valid_until"]) if told.get("valid_until") else None
        stars = told.get("stars")
        is_sound = (
            told["code"] == code
            and told["state"] in STATES
            and (stars is None or (isinstance(stars, int) and 0 <= stars <= 5))
            and (until is None or until.tzinfo is not None)
        )
    except (orjson.JSONDecodeError, ValueError, TypeError, KeyError, AttributeError):
        return Told(problem="bad_answer")
    if not is_sound:
        return Told(problem="bad_answer")
    domain = str(told["domain"])[:253] if told.get("domain") else None
    return Told(told["state"], domain, stars, until.astimezone(UTC) if until else None)
