"""Whole purchases over HTTP in a process of its own: two lines of two stores, paid at the sandbox.

`python -m benchmarks.shoppers` reads a plan as JSON from its input and writes what it saw to its output.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

import requests

CONNECTIONS = 8
HIDDEN = re.compile(r'<input type="hidden" name="(seen_total|seen_lines|submission_key)" value="([^"]*)"')
ADDRESS = {
    "receiver": "سارا نوری",
    "mobile": "09121234567",
    "province": "تهران",
    "city": "تهران",
    "line": "خیابان ولی‌عصر، پلاک ۱۲",
    "postal_code": "1234567890",
}


@dataclass(frozen=True)
class Errand:
    """One purchase: who buys which two offers (id and slug)."""

    cookie: str
    csrf: str
    token: str
    offers: list[tuple[int, str]]


@dataclass(frozen=True)
class Bought:
    """What came of all purchases. `requests` are those to our server, for one purchase."""

    paid: int
    failed: int
    requests: float
    seconds: float
    p50: float
    p99: float


def buy_all(port: int, errands: list[Errand], how: str) -> Bought:
    """Runs all purchases by `forms` or by `api` in another process."""
    plan = {"port": port, "how": how, "errands": [asdict(errand) for errand in errands]}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.shoppers"],
        input=json.dumps(plan),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the shoppers failed: {done.stderr[-2000:]}")
    sys.stderr.write(done.stderr)
    return Bought(**json.loads(done.stdout))


# --- in the process of its own ---------------------------------------------------------------------------------------


class Browser:
    """One shopper's connection; counts what is sent to our server."""

    def __init__(self, base: str, errand: Errand) -> None:
        self.base, self.errand, self.sent = base, errand, 0
        self.http = requests.Session()
        self.http.trust_env = False

    def send(self, method: str, path: str, *, expect: int = 200, **options: Any) -> requests.Response:
        self.sent += 1
        answer = self.http.request(method, self.base + path, timeout=60, allow_redirects=False, **options)
        if answer.status_code != expect:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    def pay(self, url: str) -> None:
        """Looks at the gateway's page and pays; these two requests are the gateway's, not ours."""
        self.http.get(url, timeout=60)
        answer = self.http.post(url, data={"outcome": "pay"}, timeout=60, allow_redirects=False)
        if answer.status_code != 303:
            raise RuntimeError(f"not paid: {answer.status_code}")
        self.back = answer.headers["Location"].removeprefix(self.base)


def _by_forms(browser: Browser) -> None:
    """Offer pages, cart, checkout with the sum for the address, gateway, order page: as a browser does it."""
    errand = browser.errand
    browser.http.headers["Cookie"] = f"sid={errand.cookie}"
    csrf = {"csrf_token": errand.csrf}
    for number, slug in errand.offers:
        browser.send("GET", f"/offers/{number}-{slug}")
        browser.send("POST", f"/cart/lines/{number}", expect=303, data={**csrf, "quantity": "1"})
        browser.send("GET", "/cart")
    browser.send("GET", "/checkout")
    page = browser.send("POST", "/checkout", data={**csrf, **ADDRESS, "preview": "1"})
    hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}
    answer = browser.send("POST", "/checkout", expect=303, data={**csrf, **ADDRESS, **hidden})
    browser.pay(answer.headers["Location"])
    browser.send("GET", browser.back)


def _by_api(browser: Browser) -> None:
    """Two lines, the order, the gateway, the order again: as a program does it."""
    browser.http.headers["Authorization"] = f"Bearer {browser.errand.token}"
    for number, _ in browser.errand.offers:
        browser.send("PUT", f"/api/v1/cart/lines/{number}", json={"quantity": 1})
    order = browser.send(
        "POST",
        "/api/v1/orders",
        expect=201,
        json={"address": ADDRESS},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).json()
    browser.pay(order["payment"]["url"])
    browser.send("GET", f"/api/v1/orders/{order['number']}")


def _run(plan: dict[str, Any]) -> Bought:
    way = {"forms": _by_forms, "api": _by_api}[plan["how"]]
    base = f"http://127.0.0.1:{plan['port']}"

    def one(raw: dict[str, Any]) -> tuple[int, float]:
        browser = Browser(base, Errand(**raw))
        begun = time.perf_counter()
        try:
            way(browser)
        except (RuntimeError, requests.RequestException) as error:
            print(error, file=sys.stderr)
            return 0, 0.0
        finally:
            browser.http.close()
        return browser.sent, time.perf_counter() - begun

    begun = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        told = list(pool.map(one, plan["errands"]))
    seconds = time.perf_counter() - begun
    fine = sorted(taken for sent, taken in told if sent)
    if not fine:
        raise RuntimeError("nothing was bought")
    return Bought(
        len(fine),
        len(told) - len(fine),
        sum(sent for sent, _ in told) / len(fine),
        seconds,
        fine[len(fine) // 2] * 1000,
        fine[min(len(fine) - 1, len(fine) * 99 // 100)] * 1000,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_run(json.load(sys.stdin)))))
