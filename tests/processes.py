"""Real processes for tests of what happens between processes: races, and a worker that is killed in the middle."""

from __future__ import annotations

import multiprocessing
import traceback
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import Settings

Work = Callable[[int], Any]


class Crashed(AssertionError):
    """A process ended with an error of its own; its traceback is the message."""


def in_processes(count: int, settings: Settings, work: Work, *, patience: float = 60) -> list[Any]:
    """Runs `work(index)` in `count` processes at once, each with an app of its own; gives what they returned.

    The calling test must not have opened a connection before (it uses `settings`, not `app`). They begin together.
    A process that was killed gives None.
    """
    context = multiprocessing.get_context("fork")
    start = context.Barrier(count)
    running = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for index in range(count):
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_child, args=(theirs, start, settings, work, index), daemon=True)
            process.start()
            theirs.close()
            running.append((process, ours))
    return [_result(process, pipe, patience) for process, pipe in running]


def _child(pipe: Connection, start: Any, settings: Settings, work: Work, index: int) -> None:
    try:
        app = create_app(settings)
        with app.app_context():
            start.wait(30)
            result = work(index)
            db.session.remove()
            db.engine.dispose()
        pipe.send((True, result))
    except BaseException:
        pipe.send((False, traceback.format_exc()))


def _result(process: Any, pipe: Connection, patience: float) -> Any:
    try:
        if not pipe.poll(patience):
            process.kill()
            raise Crashed(f"no answer within {patience} s")
        is_fine, result = pipe.recv()
    except EOFError:
        is_fine, result = True, None
    finally:
        process.join(10)
        process.close()
        pipe.close()
    if not is_fine:
        raise Crashed(result)
    return result
