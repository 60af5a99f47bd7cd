"""The outside inquiry service over HTTP: one signed question, taken or not. Its answer calls back."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from requests import RequestException

from marketplace.core import clock
from marketplace.core.circuits import Guard, Open
from marketplace.core.http import client
from marketplace.core.jobs import TryLater
from marketplace.stores.signed import sign


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What the service is told: the least that an inquiry needs. `key` signs it."""

    url: str
    key: str
    body: bytes


def call_inquiry(inquiry: Inquiry, patience: float) -> bool:
    """True once the service has taken it. Raises TryLater."""
    headers = {
        "Content-Type": "application/json",
        "Inquiry-Signature": sign(inquiry.key, inquiry.body, clock.now()),
    }
    try:
        with Guard("inquiry") as guard, client(read_seconds=patience) as session:
            answer = session.post(inquiry.url, data=inquiry.body, headers=headers, allow_redirects=False)
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                guard.silent()
    except (RequestException, Open) as error:
        raise TryLater(type(error).__name__) from error
    if not 200 <= answer.status_code < 300:
        raise TryLater(f"the service answered {answer.status_code}")
    return True
