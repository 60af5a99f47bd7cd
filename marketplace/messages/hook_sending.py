"""Sends what waits for stores' addresses: outside any unit, a few at once, so that a slow one delays only itself."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial

from marketplace.core.outward import OutwardClient, OutwardFailed, outward
from marketplace.core.public_addresses import OutwardRefused
from marketplace.core.unit_of_work import in_unit
from marketplace.messages.hook_queue import Outcome, Parcel, claim, is_any_due, record
from marketplace.messages.hook_rules import signature

AT_ONCE = 8
SECONDS = 8.0
LARGEST_ANSWER_BYTES = 16 * 1024


class HookSender:
    """Eight slots, at most one of them for an address. A slot is filled again as soon as its call ended: nobody waits
    for the slowest of a round. Lives in one thread with an app context.
    """

    def __init__(self, client: OutwardClient) -> None:
        self._client = client
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="hook")
        self._running: dict[Future[Outcome], Parcel] = {}

    def step(self, at: datetime) -> int:
        """Records what ended and starts what is due; gives how much that was."""
        ended = [call for call in self._running if call.done()]
        for call in ended:
            in_unit(partial(record, self._running.pop(call), call.result(), at))
        free = AT_ONCE - len(self._running)
        busy = [parcel.target_id for parcel in self._running.values()]
        if not free or not is_any_due(at, busy):
            return len(ended)
        parcels = in_unit(lambda: claim(at, free, busy))
        for parcel in parcels:
            self._running[self._pool.submit(_call, self._client, parcel, at)] = parcel
        return len(ended) + len(parcels)

    def rest(self, seconds: float) -> None:
        """Waits for the end of any call, at most so long."""
        if self._running:
            wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        else:
            time.sleep(seconds)

    def close(self, at: datetime) -> None:
        """Waits for what is under way and records it."""
        wait(self._running)
        for call, parcel in self._running.items():
            in_unit(partial(record, parcel, call.result(), at))
        self._running.clear()
        self._pool.shutdown()


def send_hooks(at: datetime) -> int:
    """Sends what is due now, at most one delivery of an address and eight in all; gives how many were tried."""
    if not is_any_due(at):
        return 0
    sender = HookSender(outward())
    try:
        return sender.step(at)
    finally:
        sender.close(at)


def _call(client: OutwardClient, parcel: Parcel, at: datetime) -> Outcome:
    """One POST, no redirect followed, eight seconds and 16 KiB at most."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Bazargah-Event": parcel.event,
        "Bazargah-Delivery": str(parcel.id),
        "Bazargah-Signature": signature(parcel.body, parcel.secrets, at),
    }
    try:
        answer = client.request(
            "POST",
            parcel.url,
            headers=headers,
            body=parcel.body.encode(),
            seconds=SECONDS,
            most_bytes=LARGEST_ANSWER_BYTES,
        )
    except OutwardFailed as error:
        return Outcome(None, error.code)
    except OutwardRefused:
        return Outcome(None, "address_not_public")
    return Outcome(answer.status, None)
