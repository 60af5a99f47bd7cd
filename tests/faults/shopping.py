"""A shopper with a browser over real HTTP: cart, checkout, the gateway's page and back; notes what was promised."""

from __future__ import annotations

import html
import re
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import requests
from sqlalchemy import select

from marketplace.core.csrf import token_for
from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.load import load_festival
from marketplace.demo.plan.scale import Scale
from marketplace.festival.admission import ON_SALE
from marketplace.festival.models import Festival, Offer
from tests.factories import a_person, a_session, a_token
from tests.fakes.sandbox import RunningSandbox
from tests.faults.buying import ADDRESS

HIDDEN = re.compile(r'<input type="hidden" name="(seen_total|seen_lines|submission_key)" value="([^"]*)"')
ORDER = re.compile(r"/orders/([0-9]{9})")


@dataclass(frozen=True)
class Bazaar:
    """What shoppers may buy, and who they are: session cookies with their CSRF tokens, and bearer tokens."""

    offers: tuple[int, ...]
    sessions: tuple[tuple[str, str], ...]
    tokens: tuple[str, ...]


def open_bazaar(at: datetime, *, shoppers: int, stock: int, offers: int = 6) -> Bazaar:
    """The small demo festival; a few cheap offers of different stores with so much stock, and people signed in."""
    load_festival(Scale.SMALL, at)
    festival = db.session.scalars(select(Festival)).one()
    rows = db.session.execute(
        select(Offer.id, Offer.store_id).where(ON_SALE).order_by(Offer.festival_toman),
        {"festival": festival.id, "at": at},
    ).all()
    by_store = {row.store_id: row.id for row in reversed(rows)}
    chosen = tuple(sorted(by_store.values())[:offers])
    with unit_of_work():
        for offer in db.session.scalars(select(Offer).where(Offer.id.in_(chosen))):
            offer.stocked_count, offer.limit_per_buyer = stock, 900
        people = [a_person(at=at, mobile=f"0990{number:07d}") for number in range(shoppers)]
        cookies = [a_session(person, at=at - timedelta(minutes=1)) for person in people]
        tokens = [a_token(person, "cart", "orders:read", "orders:write", at=at) for person in people]
    return Bazaar(chosen, tuple((cookie, token_for(cookie)) for cookie in cookies), tuple(tokens))


def hidden_of(page: requests.Response) -> dict[str, str]:
    """What a checkout page remembers between its showing and its sending."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}


@dataclass
class Purchase:
    """What a shopper was told in the course of one purchase."""

    key: str = ""
    number: str | None = None
    pay_url: str | None = None
    was_paid: bool = False
    refusal: int | None = None
    seconds: float = 0.0


@dataclass
class Shopper:
    """One signed-in browser. `broken` counts requests that got no answer, or one of a broken server."""

    base: str
    sandbox: RunningSandbox
    cookie: tuple[str, str]
    purchases: list[Purchase] = field(default_factory=list)
    answered: int = 0
    broken: int = 0

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Cookie"] = f"sid={self.cookie[0]}"

    def close(self) -> None:
        self.http.close()

    # --- single steps ---------------------------------------------------------------------------------------------

    def get(self, path: str, timeout: float = 30) -> requests.Response:
        return self.http.get(self.base + path, timeout=timeout, allow_redirects=False)

    def post(self, path: str, **fields: str) -> requests.Response:
        data = {"csrf_token": self.cookie[1], **fields}
        return self.http.post(self.base + path, data=data, timeout=30, allow_redirects=False)

    def fill(self, *offers: int) -> None:
        """Puts one piece of each into the cart."""
        for offer in offers:
            self._ensure(self.post(f"/cart/lines/{offer}", quantity="1"))

    def open_checkout(self) -> dict[str, str]:
        """The hidden fields of the checkout page with the sum for the address; empty when there is nothing to pay."""
        return hidden_of(self._ensure(self.post("/checkout", preview="1", **ADDRESS)))

    def submit(self, hidden: dict[str, str]) -> Purchase:
        """Sends the checkout form and notes what was promised."""
        begun = time.monotonic()
        answer = self._ensure(self.post("/checkout", **{**ADDRESS, **hidden}))
        purchase = Purchase(hidden["submission_key"], seconds=time.monotonic() - begun)
        if answer.status_code != 303:
            purchase.refusal = answer.status_code
        else:
            self._note(purchase, answer.headers["Location"])
        return purchase

    def try_again(self, purchase: Purchase) -> None:
        """The button "try again" of an order whose page could not be opened."""
        begun = time.monotonic()
        answer = self._ensure(self.post(f"/orders/{purchase.number}/payment"))
        purchase.seconds = time.monotonic() - begun
        if answer.status_code == 303:
            self._note(purchase, answer.headers["Location"])

    def pay(self, purchase: Purchase, outcome: str = "pay") -> None:
        """Chooses on the gateway's page, and lets the browser go back to the order."""
        if purchase.pay_url is None:
            raise AssertionError("there is no page to pay on")
        answer = self.sandbox.pay(purchase.pay_url, outcome)
        back = answer.headers.get("Location", "")
        number = ORDER.search(back)
        purchase.number = number.group(1) if number else purchase.number
        purchase.was_paid = purchase.was_paid or (answer.status_code == 303 and "from=gateway" in back)
        if purchase.was_paid:
            parts = urlsplit(back)
            self._ensure(self.get(f"{parts.path}?{parts.query}"))

    def _note(self, purchase: Purchase, location: str) -> None:
        number = ORDER.search(location)
        if number:
            purchase.number = number.group(1)
        elif location.startswith(self.sandbox.base):
            purchase.pay_url = location

    def _ensure(self, answer: requests.Response) -> requests.Response:
        if answer.status_code >= 500:
            raise requests.RequestException(
                f"{answer.status_code} of {answer.request.path_url}", response=answer
            )
        self.answered += 1
        return answer


@dataclass
class Program(Shopper):
    """The same by API: a token for the cookie, an `Idempotency-Key` for the form's hidden key."""

    token: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        del self.http.headers["Cookie"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def fill(self, *offers: int) -> None:
        for offer in offers:
            self._ensure(self._call("PUT", f"/cart/lines/{offer}", {"quantity": 1}))

    def open_checkout(self) -> dict[str, str]:
        return {"submission_key": uuid4().hex}

    def submit(self, hidden: dict[str, str]) -> Purchase:
        key = hidden["submission_key"]
        answer = self._ensure(self._call("POST", "/orders", {"address": ADDRESS}, key))
        purchase = Purchase(key)
        if answer.status_code == 201:
            self._read(purchase, answer)
        elif answer.json()["code"] == "idempotency_key_running":
            raise requests.RequestException("the first call with this key is not over", response=answer)
        else:
            purchase.refusal = answer.status_code
        return purchase

    def try_again(self, purchase: Purchase) -> None:
        self._read(purchase, self._ensure(self._call("GET", f"/orders/{purchase.number}")))

    def pay(self, purchase: Purchase, outcome: str = "pay") -> None:
        if purchase.pay_url is None:
            raise AssertionError("there is no page to pay on")
        answer = self.sandbox.pay(purchase.pay_url, outcome)
        purchase.was_paid = purchase.was_paid or "from=gateway" in answer.headers.get("Location", "")
        self._ensure(self._call("GET", f"/orders/{purchase.number}"))

    def _read(self, purchase: Purchase, answer: requests.Response) -> None:
        order = answer.json()
        purchase.number, purchase.pay_url = order["number"], order["payment"]["url"]

    def _call(self, method: str, path: str, body: object = None, key: str = "") -> requests.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.request(method, f"{self.base}/api/v1{path}", json=body, headers=headers, timeout=30)
