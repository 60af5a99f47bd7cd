"""Many threads at once over one app, for tests of what happens when everybody comes together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from marketplace.core.again import Collided
from marketplace.core.db import db
from marketplace.core.errors import MarketplaceError, Unavailable

VISITS = 3


def at_once(app: Flask, count: int, work: Callable[[int], Any], *, patience: float = 60) -> list[Any]:
    """Runs `work(index)` in threads that begin together, each in an app context of its own.

    Gives what they returned, in the order of their indices; a refusal of the house is given as its class. Who is told
    that the database is busy comes again, as people do: `work` may be repeated, for a unit that was told so wrote
    nothing. A deadlock is no reason to come again: it is given as the refusal that it is. Any other error, and a thread
    that does not end, is an error of the test.
    """
    start = threading.Barrier(count)
    outcomes: list[Any] = [None] * count
    crashes: list[BaseException] = []

    def run(index: int) -> None:
        with app.app_context():
            try:
                start.wait(20)
                outcomes[index] = _in_the_end(work, index)
            except MarketplaceError as refusal:
                outcomes[index] = type(refusal)
            except BaseException as error:
                crashes.append(error)
            finally:
                db.session.remove()

    db.session.rollback()
    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    if crashes:
        raise crashes[0]
    assert not any(thread.is_alive() for thread in threads), "a thread did not end"
    return outcomes


def _in_the_end(work: Callable[[int], Any], index: int) -> Any:
    for _ in range(VISITS - 1):
        try:
            return work(index)
        except Unavailable as busy:
            if busy.code != "busy" or isinstance(busy, Collided):
                raise
            db.session.rollback()
    return work(index)
