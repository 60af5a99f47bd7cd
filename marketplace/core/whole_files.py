"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

LEFT_SECONDS = 3_600.0
"""What a writer that was killed left lies no longer than until the next one after so long."""


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """It is on the disk before it has its name, and each writer has a file of its own."""
    for left in path.parent.glob(f"{path.name}-*.new"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                left.unlink()
    beside = path.with_name(f"{path.name}-{token_hex(8)}.new")
    try:
        with beside.open("wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
