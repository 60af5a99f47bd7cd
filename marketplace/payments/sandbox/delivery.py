"""Sends events to the one webhook address: signed, again and again until it answers 2xx.

The queue is in the state's file, so a restart goes on where it stopped. The same thread expires pages.
"""

from __future__ import annotations

import hmac
import logging
import threading
import time

import requests

from marketplace.payments.sandbox.bank import Bank

log = logging.getLogger(__name__)
PAUSES_SECONDS = (0.2, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600)
MOST_ATTEMPTS = 80  # with the last pause about three days, as at Stripe
REORDER_WINDOW_SECONDS = 0.2
TIMEOUT_SECONDS = (3, 10)


def signature_header(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` of a body sent at `at` (unix seconds)."""
    digest = hmac.new(secret.encode(), str(at).encode() + b"." + body, "sha256").hexdigest()
    return f"t={at},v1={digest}"


class Deliverer:
    """`start()` the thread, `stop()` it; without a thread `deliver()` does one round."""

    def __init__(self, bank: Bank, url: str | None, secret: str) -> None:
        self.url = url
        self._bank = bank
        self._secret = secret
        self._http = requests.Session()
        self._http.trust_env = False
        self._sending = threading.Lock()
        self._news = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-delivery", daemon=True)
        bank.on_event = self._news.set

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._is_stopping = True
        self._news.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)
        self._http.close()

    def _run(self) -> None:
        while not self._is_stopping:
            self._news.wait(timeout=0.2)
            self._news.clear()
            try:
                self._bank.sweep()
                self.deliver()
            except Exception:
                if not self._is_stopping:
                    log.exception("a round failed; the next one tries again")

    def deliver(self, *, at_once: bool = False) -> int:
        """One round over what is due; how many were taken by the other side.

        Waits for a round that another thread has begun. `at_once`: without the pause in which `reorder`
        collects events.
        """
        mode = self._bank.faults.now.webhook
        if self.url is None or mode == "off":
            return 0
        with self._sending:
            now = time.time()
            with self._bank.state.turn():
                due = self._bank.state.due_deliveries(now)
            if mode == "reorder":
                due.reverse()
                if due and not at_once and now - max(row[1] for row in due) < REORDER_WINDOW_SECONDS:
                    return 0
            times = 2 if mode == "duplicate" else 1
            return sum(self._deliver_one(event, attempts, body, times) for event, _, attempts, body in due)

    def _deliver_one(self, event: str, attempts: int, body: str, times: int) -> bool:
        if self._is_stopping:
            return False
        outcomes = [self._post(body.encode()) for _ in range(times)]
        is_taken = any(outcome.startswith("2") for outcome in outcomes)
        pause = PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS) - 1)]
        is_over = is_taken or attempts + 1 >= MOST_ATTEMPTS
        with self._bank.state.turn():
            self._bank.state.end_attempt(event, outcomes[-1], None if is_over else time.time() + pause)
        return is_taken

    def _post(self, body: bytes) -> str:
        moment = self._bank.clock.now() + self._bank.faults.now.signature_skew_s
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature_header(body, self._secret, moment),
            "User-Agent": "Bazargah-sandbox/1.0",
        }
        try:
            answer = self._http.post(
                self.url or "", data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            return type(error).__name__
        return str(answer.status_code)
