"""A thin client of the Bazargah API: the standard library alone.

    market = Bazargah("https://bazargah.example", token="bzg_…")
    for offer in market.items("/offers", category="carpet"):
        market.put(f"/cart/lines/{offer['id']}", {"quantity": 1})

Paths are those of the document at `/api/v1/openapi.json` without `/api/v1`. Each unsafe call carries an
`Idempotency-Key`, so that it can be sent again after a lost answer and is done once.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

__all__ = ["Bazargah", "Problem", "Unreachable"]
PREFIX = "/api/v1"
WAITING = (429, 503)
RUNNING = "idempotency_key_running"
LONGEST_WAIT = 60.0


class Unreachable(Exception):
    """No answer came, however often it was asked. An unsafe call may have been done: its key tells (`key`)."""

    def __init__(self, message: str, key: str | None) -> None:
        super().__init__(message)
        self.key = key


class Problem(Exception):
    """A refusal (RFC 9457): `code` is the name of the fact, `reasons` are all facts against the call, `fields` what is
    wrong by its path in the body."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status = status
        self.code: str = document.get("code", "unknown")
        self.title: str = document.get("title", "")
        self.reasons: list[dict[str, Any]] = document.get("reasons", [])
        self.fields: dict[str, dict[str, Any]] = document.get("fields", {})
        super().__init__(f"{status} {self.code}: {self.title}")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return {}


class Bazargah:
    """One platform, spoken to with one token (or none, for what is public). Not for several threads at once.

    `language`: of titles and messages, "fa" or "en". `tries`: how often a call is sent at most. `wait`: sleeps so many
    seconds. `etag`: the tag of what was read last.
    """

    def __init__(
        self,
        address: str,
        token: str | None = None,
        *,
        language: str = "fa",
        tries: int = 4,
        seconds: float = 30,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        if urlsplit(address).scheme not in ("http", "https"):
            raise ValueError("the address begins with http:// or https://")
        self.address = address.rstrip("/")
        self.token, self.language, self.tries, self.seconds = token, language, tries, seconds
        self.etag: str | None = None
        self._wait = wait

    def get(self, path: str, **query: Any) -> Any:
        """Reads. Raises Problem, Unreachable."""
        return self._call("GET", path, query=query)

    def items(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every item of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(
        self, path: str, body: Any = None, *, key: str | None = None, if_match: str | None = None
    ) -> Any:
        """Does something, once for each key. Raises Problem, Unreachable."""
        return self._call("POST", path, body, key=key, if_match=if_match)

    def put(self, path: str, body: Any = None, *, key: str | None = None, if_match: str | None = None) -> Any:
        """Sets something. Raises as `post`."""
        return self._call("PUT", path, body, key=key, if_match=if_match)

    def patch(
        self, path: str, body: Any = None, *, key: str | None = None, if_match: str | None = None
    ) -> Any:
        """Changes parts of something. Raises as `post`."""
        return self._call("PATCH", path, body, key=key, if_match=if_match)

    def delete(self, path: str, *, key: str | None = None, if_match: str | None = None) -> Any:
        """Takes something away. Raises as `post`."""
        return self._call("DELETE", path, key=key, if_match=if_match)

    def send_file(
        self, path: str, content: bytes, kind: str = "text/csv", *, key: str | None = None, **query: Any
    ) -> Any:
        """Sends a file as it is, such as offers or a registry. Raises as `post`."""
        return self._call("POST", path, content, query=query, key=key, kind=kind)

    def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        if_match: str | None = None,
        kind: str = "application/json",
    ) -> Any:
        said = {name: str(value) for name, value in (query or {}).items() if value is not None}
        address = f"{self.address}{PREFIX}{path}{'?' + urlencode(said) if said else ''}"
        headers = {"Accept-Language": self.language, "Accept": "application/json, application/problem+json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if method != "GET":
            key = key or str(uuid.uuid4())
            headers["Idempotency-Key"] = key
        if if_match:
            headers["If-Match"] = if_match
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
            headers["Content-Type"] = kind
        request = urllib.request.Request(address, data, headers, method=method)  # noqa: S310
        answer = self._answer(request, key)
        document = answer.document()
        if answer.status >= 400:
            raise Problem(answer.status, document if isinstance(document, dict) else {})
        if method == "GET":
            self.etag = answer.headers.get("ETag")
        return document

    def _answer(self, request: urllib.request.Request, key: str | None) -> _Answer:
        """The answer of a call, asked for again while it is worth it."""
        for number in range(1, self.tries + 1):
            pause = min(2.0**number / 2, LONGEST_WAIT)
            try:
                answer = self._once(request)
            except (urllib.error.URLError, http.client.HTTPException, OSError) as lost:
                if number == self.tries:
                    raise Unreachable(str(lost), key) from lost
            else:
                if number == self.tries or not _is_for_later(answer):
                    return answer
                said = answer.headers.get("Retry-After", "")
                pause = min(float(said), LONGEST_WAIT) if said.isdecimal() else pause
            self._wait(pause)
        raise AssertionError("unreachable")

    def _once(self, request: urllib.request.Request) -> _Answer:
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as response:  # noqa: S310
                return _Answer(response.status, dict(response.headers.items()), response.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return _Answer(refused.code, dict(refused.headers.items()), refused.read())


def _is_for_later(answer: _Answer) -> bool:
    """Whether the same call may be answered otherwise soon."""
    if answer.status == 409:
        document = answer.document()
        return isinstance(document, dict) and document.get("code") == RUNNING
    return answer.status in WAITING
