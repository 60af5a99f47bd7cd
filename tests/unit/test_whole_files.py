"""A file is there as a whole or not at all, whoever writes it beside, and however a writer ended."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.core.whole_files import LEFT_SECONDS, is_unfinished, write_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from marketplace.core.whole_files import write_whole

def parts():
    yield b"n" * 100_000
    os.kill(os.getpid(), signal.SIGKILL)

write_whole(Path(sys.argv[1]), parts())
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_threads_of_one_process_do_not_meet_in_one_file(tmp_path: Path):
    """Each part of one content waits for a part of the other: whoever shared a file would mix them."""
    path, turn = tmp_path / "one", threading.Barrier(2, timeout=10)
    failed: list[BaseException] = []

    def parts(sign: bytes) -> Iterator[bytes]:
        for _ in range(20):
            turn.wait()
            yield sign * 5_000

    def write(sign: bytes) -> None:
        try:
            write_whole(path, parts(sign))
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(sign,)) for sign in (b"a", b"b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failed
    assert path.read_bytes() in (b"a" * 100_000, b"b" * 100_000)
    assert names(tmp_path) == ["one"]


@pytest.mark.parametrize("before", [b"old", None])
def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path, before: bytes | None):
    path = tmp_path / "one"
    if before is not None:
        path.write_bytes(before)

    def parts() -> Iterator[bytes]:
        yield b"new" * 1_000
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_whole(path, parts())
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == (
        {} if before is None else {"one": before}
    )


def test_a_writer_that_is_killed_leaves_what_was_there_and_half_a_file_that_says_so(tmp_path: Path):
    path = tmp_path / "one"
    path.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -9
    assert path.read_bytes() == b"old"
    (left,) = [each for each in tmp_path.iterdir() if each != path]
    assert is_unfinished(left)
    assert not is_unfinished(path)


def test_what_a_killed_writer_left_goes_with_the_next_one_but_not_what_is_being_written(tmp_path: Path):
    path = tmp_path / "one"
    left, written, others = (tmp_path / name for name in ("one-a.new", "one-b.new", "two-a.new"))
    for each in (left, written, others):
        each.write_bytes(b"half")
    long_ago = time.time() - LEFT_SECONDS - 60
    for each in (left, others):
        os.utime(each, (long_ago, long_ago))
    write_whole(path, [b"n"], once=True)
    assert names(tmp_path) == ["one", "one-a.new", "one-b.new", "two-a.new"]
    write_whole(path, [b"n"])
    assert names(tmp_path) == ["one", "one-b.new", "two-a.new"]


def test_what_is_private_is_so_from_its_first_byte(tmp_path: Path):
    path = tmp_path / "one"
    seen = []

    def parts() -> Iterator[bytes]:
        (beside,) = tmp_path.iterdir()
        seen.append(stat.S_IMODE(beside.stat().st_mode))
        yield b"n"

    write_whole(path, parts(), mode=0o600)
    assert seen == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
