"""The gateway in memory as one that lives in another process: what it was told stays when its caller is killed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

from tests.fakes.gateway import MemoryGateway


class FarGateway:
    """Calls a gateway at an address, one connection a call; its errors are raised here."""

    name = "stripe"

    def __init__(self, address: Any) -> None:
        self._address = address

    def with_patience(self, seconds: float) -> FarGateway:
        return self

    def __getattr__(self, method: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            with Client(self._address) as there:
                there.send((method, args, options))
                is_fine, answer = there.recv()
            if not is_fine:
                raise answer
            return answer

        return call


@contextmanager
def served(gateway: MemoryGateway) -> Iterator[FarGateway]:
    """Serves a gateway of this process until the block ends."""
    with Listener(family="AF_UNIX") as door:
        thread = threading.Thread(target=_serve, args=(door, gateway), daemon=True)
        thread.start()
        yield FarGateway(door.address)
        with suppress(OSError), Client(door.address) as last:
            last.send(None)
        thread.join(10)


def _serve(door: Listener, gateway: MemoryGateway) -> None:
    while True:
        with door.accept() as caller, suppress(EOFError, OSError):
            asked = caller.recv()
            if asked is None:
                return
            _answer(caller, gateway, *asked)


def _answer(caller: Connection, gateway: MemoryGateway, method: str, args: Any, options: Any) -> None:
    try:
        found = getattr(gateway, method)(*args, **options)
    except Exception as error:
        caller.send((False, error))
    else:
        caller.send((True, found))
