"""Short messages by Kavenegar's public interface (https://kavenegar.com/rest.html), `sms/send`.

    kavenegar://API-KEY@api.kavenegar.com?sender=10004346

The answer is `{"return": {"status": 200, "message": ...}, "entries": [...]}`; only a status of 200 inside has been
taken, whatever HTTP says. `localid` is our number of the message: a second call with the same one sends nothing and
tells of the first, so that a try after a lost answer reaches the phone once.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qs, quote, unquote

from marketplace.core import http
from marketplace.messages.parcel import NotHandedOver, Parcel, RefusedForGood

CONNECT_SECONDS = 3
READ_SECONDS = 6
TAKEN = 200
NEVER = frozenset({400, 406, 411, 413, 414, 417, 422, 431, 501})
"""Statuses that a further try cannot change: wrong receptor, empty or forbidden words, too long, wrong parameters.
The account's own troubles (401, 403, 407, 409, 412, 418, 419, 428) are mended by the operator, so they wait."""


class KavenegarWay:
    """Hands short messages to Kavenegar."""

    def __init__(self, parts: SplitResult, scheme: str) -> None:
        key = unquote(parts.username or "")
        place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or "api.kavenegar.com"
        self.url = f"{scheme}://{place}/v1/{quote(key, safe='')}/sms/send.json"
        self.sender = parse_qs(parts.query).get("sender", [""])[0]
        self.client = http.client(connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS, retries=0)

    def hand_over(self, parcel: Parcel) -> None:
        """Raises RefusedForGood where another try is of no use, NotHandedOver otherwise."""
        form = {"receptor": parcel.address, "message": parcel.text, "localid": str(parcel.id)}
        if self.sender:
            form["sender"] = self.sender
        answer = self.client.post(self.url, data=form, allow_redirects=False)
        status = _status_of(answer)
        if status in NEVER:
            raise RefusedForGood(f"kavenegar {status}")
        if status != TAKEN:
            raise NotHandedOver(f"kavenegar {status}")

    def close(self) -> None:
        self.client.close()


def _status_of(answer: Any) -> int:
    """The status inside the answer; that of HTTP where there is no such answer, and never 200 then."""
    try:
        inside = answer.json()["return"]["status"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return int(answer.status_code) if answer.status_code != TAKEN else 0
    return int(inside) if isinstance(inside, int) else 0
