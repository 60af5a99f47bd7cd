"""Object storage by the S3 API: four calls over our own HTTP session, signed by AWS Signature Version 4.

A whole SDK would bring fifteen megabytes for these four. The address is `https://host[:port]/bucket[/prefix]`, by path
as every S3-compatible server understands it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from urllib.parse import quote, urlsplit

import requests

from marketplace.core import clock
from marketplace.core.http import client

ALGORITHM = "AWS4-HMAC-SHA256"
NOTHING = hashlib.sha256(b"").hexdigest()
AT_ONCE = 1000
"""Names in one answer."""
_KEY = re.compile(rb"<Key>([^<]*)</Key>")
_NEXT = re.compile(rb"<NextContinuationToken>([^<]*)</NextContinuationToken>")


class BucketAway(Exception):
    """The storage could not be reached, or refused us; what was asked of it is not done."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are at the storage."""

    key: str
    secret: str
    region: str = "us-east-1"


@dataclass(frozen=True)
class Bucket:
    """A bucket, or the part of one under a prefix. Raises BucketAway from every call that could not be done."""

    address: str
    identity: Identity
    http: requests.Session = field(default_factory=lambda: client(read_seconds=20), compare=False, repr=False)

    def put(self, name: str, content: bytes, mimetype: str) -> None:
        """Writes an object, whole or not at all; once more is the same."""
        digest = hashlib.sha256(content).hexdigest()
        answer = self._ask("PUT", self._path(name), {}, digest, content, {"content-type": mimetype})
        self._ensure(answer, 200)

    def get(self, name: str) -> bytes | None:
        """The object, None when there is none."""
        answer = self._ask("GET", self._path(name), {}, NOTHING)
        if answer.status_code == 404:
            return None
        self._ensure(answer, 200)
        return answer.content

    def delete(self, name: str) -> None:
        """Removes an object; one that is not there is removed."""
        self._ensure(self._ask("DELETE", self._path(name), {}, NOTHING), 200, 204, 404)

    def names(self) -> Iterator[str]:
        """The names of all objects."""
        bucket, prefix = self._place()
        query = {"list-type": "2", "max-keys": str(AT_ONCE), "prefix": prefix}
        while True:
            answer = self._ask("GET", f"/{bucket}", query, NOTHING)
            self._ensure(answer, 200)
            for key in _KEY.findall(answer.content):
                yield unescape(key.decode()).removeprefix(prefix)
            following = _NEXT.search(answer.content)
            if following is None:
                return
            query["continuation-token"] = unescape(following.group(1).decode())

    def is_there(self) -> bool:
        """Whether the bucket answers and knows us."""
        bucket, prefix = self._place()
        try:
            query = {"list-type": "2", "max-keys": "1", "prefix": prefix}
            return self._ask("GET", f"/{bucket}", query, NOTHING).status_code == 200
        except BucketAway:
            return False

    def _place(self) -> tuple[str, str]:
        bucket, _, prefix = urlsplit(self.address).path.strip("/").partition("/")
        return bucket, f"{prefix}/" if prefix else ""

    def _path(self, name: str) -> str:
        bucket, prefix = self._place()
        return f"/{bucket}/{prefix}{name}"

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        digest: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        parts = urlsplit(self.address)
        sent = sign(
            self.identity, method, parts.netloc, path, query, {**(headers or {})}, digest, clock.real_now()
        )
        url = f"{parts.scheme}://{parts.netloc}{quote(path)}"
        asked = f"?{_query(query)}" if query else ""
        try:
            return self.http.request(method, url + asked, data=content, headers=sent)
        except requests.RequestException as error:
            raise BucketAway(type(error).__name__) from error

    def _ensure(self, answer: requests.Response, *fine: int) -> None:
        if answer.status_code not in fine:
            code = re.search(rb"<Code>(\w+)</Code>", answer.content)
            raise BucketAway(f"{answer.status_code} {code.group(1).decode() if code else ''}".strip())


def sign(
    identity: Identity,
    method: str,
    host: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    digest: str,
    at: datetime,
) -> dict[str, str]:
    """The headers of a request with its signature (Signature Version 4, service `s3`)."""
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{identity.region}/s3/aws4_request"
    told = {**headers, "host": host, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(sorted(told))
    lines = "".join(f"{name}:{told[name].strip()}\n" for name in sorted(told))
    canonical = "\n".join((method, quote(path), _query(query), lines, names, digest))
    text = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{identity.secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    seal = hmac.digest(key, text.encode(), "sha256").hex()
    given = f"{ALGORITHM} Credential={identity.key}/{scope},SignedHeaders={names},Signature={seal}"
    return {**told, "authorization": given}


def _query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))
