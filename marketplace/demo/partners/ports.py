"""The services, one class each: a request in, an answer out, with a memory. No socket and no clock of their own."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote

import orjson

from marketplace.lottery.sources import CHAIN_HASH
from marketplace.stores.signed import is_signed, sign

A_BEACON = {
    "round": 1000,
    "randomness": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "signature": "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
}
"""A published round of quicknet; nobody can make up another."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its path without the query, headers by lower-case name."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and what is to be posted elsewhere afterwards: (address, body, headers)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    afterwards: tuple[str, bytes, Mapping[str, str]] | None = None


class Partner(Protocol):
    """A service outside."""

    def answer(self, asked: Asked, at: datetime) -> Said:
        """What it says to a request."""

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Takes facts that it is to know from now on."""

    def seen(self) -> Any:
        """What it remembers, for whoever looks."""


class Registry:
    """Seals and union licences: signed answers about the codes that it was told of."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.books: dict[str, dict[str, Any]] = {
            "seals": {"DEMO-1": {"code": "DEMO-1", "state": "active", "stars": 4, "domain": "shop.example"}},
            "licences": {"L-1": {"code": "L-1", "state": "active", "valid_until": "2027-01-01T00:00:00Z"}},
        }

    def answer(self, asked: Asked, at: datetime) -> Said:
        """200 with the facts, or 404, each signed; nothing but GET."""
        book, _, code = asked.path.removeprefix("/").partition("/")
        if asked.method != "GET" or book not in self.books:
            return _json(404, {"problem": "ask GET /seals/<code> or /licences/<number>"})
        facts = self.books[book].get(unquote(code))
        body = orjson.dumps(facts or {"code": unquote(code), "state": "unknown"})
        return Said(200 if facts else 404, body, {**JSON, "Registry-Signature": sign(self.key, body, at)})

    def tell(self, facts: Mapping[str, Any]) -> None:
        """`{"seals": {code: {...}}, "licences": {...}}`"""
        for book in self.books:
            self.books[book].update(facts.get(book, {}))

    def seen(self) -> Any:
        return self.books


class Inquiry:
    """The police inquiry: takes signed questions once for each reference, and calls back with a signed answer."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.taken: dict[str, dict[str, Any]] = {}
        self.outcomes: dict[str, dict[str, str]] = {}

    def answer(self, asked: Asked, at: datetime) -> Said:
        """202, and the call back: clear unless it was told another outcome for the national id."""
        if (asked.method, asked.path) != ("POST", "/inquiries"):
            return _json(404, {"problem": "ask POST /inquiries"})
        if not is_signed(self.key, asked.body, asked.headers.get("inquiry-signature", ""), at):
            return _json(403, {"problem": "Inquiry-Signature"})
        told = orjson.loads(asked.body)
        reference = str(told["reference"])
        is_new = reference not in self.taken
        self.taken[reference] = told
        if not is_new:
            return _json(202, {"reference": reference})
        outcome = self.outcomes.get(str(told.get("national_id")), {"outcome": "clear"})
        body = orjson.dumps({"id": f"answer-{reference}", "reference": reference, **outcome})
        headers = {**JSON, "Inquiry-Signature": sign(self.key, body, at)}
        said = _json(202, {"reference": reference})
        return Said(said.status, said.body, said.headers, (str(told["callback"]), body, headers))

    def tell(self, facts: Mapping[str, Any]) -> None:
        """`{"outcomes": {national id: {"outcome": ..., "category": ...}}}`"""
        self.outcomes.update(facts.get("outcomes", {}))

    def seen(self) -> Any:
        return self.taken


class Phones:
    """Short messages in both forms that we speak: our own plain one, and Kavenegar's."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.messages: dict[str, dict[str, str]] = {}

    def answer(self, asked: Asked, at: datetime) -> Said:
        """Takes each message once by its number; a second call with it is told the same."""
        if asked.method != "POST":
            return _json(404, {"problem": "ask POST"})
        if asked.path.startswith("/v1/"):
            return self._kavenegar(asked)
        if not _has_key(asked, self.key):
            return _json(401, {"problem": "Authorization"})
        told = orjson.loads(asked.body)
        number = asked.headers.get("idempotency-key", "")
        if not number or number != told.get("id") or not told.get("to") or not told.get("text"):
            return _json(422, {"problem": "Idempotency-Key, id, to, text"})
        self.messages.setdefault(number, {"to": told["to"], "text": told["text"]})
        return _json(202, {"id": number})

    def _kavenegar(self, asked: Asked) -> Said:
        if asked.path != f"/v1/{self.key}/sms/send.json":
            return _kavenegar(403)
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        receptor, words, number = (form.get(name, "") for name in ("receptor", "message", "localid"))
        if not receptor or not words:
            return _kavenegar(411 if words else 413)
        self.messages.setdefault(number, {"to": receptor, "text": words})
        return _kavenegar(200, [{"messageid": number, "receptor": receptor}])

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Nothing to be told."""

    def seen(self) -> Any:
        return self.messages


class Matching:
    """Whose mobile, whose account: yes, but for what it was told belongs to another."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.foreign: set[str] = set()
        self.asked = 0

    def answer(self, asked: Asked, at: datetime) -> Said:
        """`{"match": true|false}` to `POST /mobile` and `POST /account`."""
        if asked.method != "POST" or asked.path not in ("/mobile", "/account"):
            return _json(404, {"problem": "ask POST /mobile or /account"})
        if not _has_key(asked, self.key):
            return _json(401, {"problem": "Authorization"})
        told = orjson.loads(asked.body)
        self.asked += 1
        return _json(200, {"match": str(told.get("mobile") or told.get("sheba")) not in self.foreign})

    def tell(self, facts: Mapping[str, Any]) -> None:
        """`{"foreign": [mobiles and Shebas]}`"""
        self.foreign.update(facts.get("foreign", ()))

    def seen(self) -> Any:
        return {"asked": self.asked, "foreign": sorted(self.foreign)}


class Beacon:
    """A relay of drand's quicknet that knows the rounds it was told of; it cannot make one up, and neither can we."""

    def __init__(self, key: str) -> None:
        self.rounds: dict[str, dict[str, Any]] = {str(A_BEACON["round"]): dict(A_BEACON)}

    def answer(self, asked: Asked, at: datetime) -> Said:
        """The round of the path, 404 for any other and for another chain."""
        head, _, number = asked.path.rpartition("/")
        found = self.rounds.get(number) if head == f"/{CHAIN_HASH}/public" else None
        return _json(200, found) if found and asked.method == "GET" else _json(404, {})

    def tell(self, facts: Mapping[str, Any]) -> None:
        """`{"rounds": {number: {"round", "randomness", "signature"}}}`"""
        self.rounds.update(facts.get("rounds", {}))

    def seen(self) -> Any:
        return sorted(self.rounds)


JSON = {"Content-Type": "application/json"}
PARTNERS: dict[str, Callable[[str], Partner]] = {
    "registry": Registry,
    "inquiry": Inquiry,
    "sms": Phones,
    "matching": Matching,
    "drand": Beacon,
}


def _json(status: int, told: Any) -> Said:
    return Said(status, orjson.dumps(told), JSON)


def _kavenegar(status: int, entries: list[dict[str, str]] | None = None) -> Said:
    return _json(status, {"return": {"status": status, "message": ""}, "entries": entries})


def _has_key(asked: Asked, key: str) -> bool:
    return hmac.compare_digest(asked.headers.get("authorization", "").encode(), f"Bearer {key}".encode())
