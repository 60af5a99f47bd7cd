"""The two questions to the outside: does a mobile belong to a national id (shahkar), does a Sheba belong to the owner
of this name and this id, who is the applicant or the company (the bank's inquiry). An embedded adapter for demo and
tests, an HTTP one by setting.

An answer is True or False; whatever is no answer raises `TryLater` and never counts as yes.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Protocol

import requests
from flask import current_app

from marketplace.core.circuits import Guard, Open
from marketplace.core.http import client
from marketplace.core.jobs import TryLater

SILENT, FOREIGN = "888", "999"
"""In the demo: digits 4 to 6 of a national id, or the last three of a Sheba, for which nobody answers, or which are
another person's. `docs/reference/admission.md` tells them to whoever tries."""


class Matcher(Protocol):
    """What is asked of the outside. Raises TryLater where there is no answer."""

    def has_mobile(self, national_id: str, mobile: str, patience: float) -> bool:
        """Whether the mobile is registered to this national id."""

    def has_account(self, sheba: str, owner: str, holder_id: str, patience: float) -> bool:
        """Whether the account belongs to the owner of this name and this national or legal id."""


class DemoMatcher:
    """Knows no persons: says yes, but for the marked numbers."""

    def has_mobile(self, national_id: str, mobile: str, patience: float) -> bool:
        """Yes, but for marked digits."""
        return _marked(national_id[3:6])

    def has_account(self, sheba: str, owner: str, holder_id: str, patience: float) -> bool:
        """Yes, but for marked digits."""
        return _marked(sheba[-3:])


class HttpMatcher:
    """Asks by `POST <address>` with the numbers as JSON; `{"match": true|false}` with 200 answers, else none."""

    def __init__(self, identity_url: str | None, account_url: str | None, key: str) -> None:
        self._identity_url, self._account_url, self._key = identity_url, account_url, key

    def has_mobile(self, national_id: str, mobile: str, patience: float) -> bool:
        """Asks the service of the mobile operators."""
        return self._ask(self._identity_url, {"national_id": national_id, "mobile": mobile}, patience)

    def has_account(self, sheba: str, owner: str, holder_id: str, patience: float) -> bool:
        """Asks the bank's inquiry."""
        return self._ask(
            self._account_url, {"sheba": sheba, "owner": owner, "holder_id": holder_id}, patience
        )

    def _ask(self, url: str | None, body: dict[str, str], patience: float) -> bool:
        if not url:
            raise TryLater("no service is set for this question")
        try:
            with Guard(f"matching {url}") as guard:
                answer = client(read_seconds=patience, retries=1).post(
                    url, json=body, headers={"Authorization": f"Bearer {self._key}"}, allow_redirects=False
                )
                if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    guard.silent()
            said = answer.json().get("match") if answer.status_code == 200 else None
        except (
            requests.exceptions.RequestException,
            Open,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
            raise TryLater(type(error).__name__) from error
        if not isinstance(said, bool):
            raise TryLater(f"status {answer.status_code} is no answer")
        return said


def matcher() -> Matcher:
    """The adapter of this process: HTTP where an address is set or in production, else the embedded one."""
    settings = current_app.config["SETTINGS"]
    has_service = settings.shahkar_url or settings.bank_inquiry_url
    if has_service or settings.mode == "production":
        return HttpMatcher(settings.shahkar_url, settings.bank_inquiry_url, settings.matching_key or "")
    return DemoMatcher()


def _marked(digits: str) -> bool:
    if digits == SILENT:
        raise TryLater("the demo's service is silent for this number")
    return digits != FOREIGN
