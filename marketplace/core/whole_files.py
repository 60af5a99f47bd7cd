"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_hex

UNFINISHED = ".new"
"""How the name of a file ends while it is being written."""
LEFT_SECONDS = 3_600.0
"""What a writer that was killed left lies until somebody writes the same file anew after so long."""


def write_whole(
    path: Path, parts: Iterable[bytes | memoryview], *, mode: int = 0o666, once: bool = False
) -> None:
    """Whoever reads meanwhile has the file before, or none, and after a loss of power too there is no half of one.

    The content is on the disk before it has its name, and the name when this returns. Each writer has a file of its
    own beside. `mode` as `os.open` takes it: 0o600 for what nobody else may read. `once`: the name is never written
    again, so that nothing is looked for that another left, in a folder that may hold many.
    """
    if not once:
        _tidy(path)
    beside = path.with_name(f"{path.name}-{token_hex(8)}{UNFINISHED}")
    try:
        with open(beside, "wb", opener=partial(os.open, mode=mode)) as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    _keep_names(path.parent)


def is_unfinished(path: Path) -> bool:
    """Whether this is what somebody writes at the moment, or was writing when it was killed."""
    return path.suffix == UNFINISHED


def _tidy(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}-*{UNFINISHED}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink()


def _keep_names(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
