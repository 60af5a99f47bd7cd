"""Processor time and memory of processes with all their children, read from /proc."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

from marketplace.cli.job_processes import NAME as JOBS

TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it; the job processes of a web server are measured by themselves."""
    found = [pid]
    for parent in found:
        found += [child for child in children(parent) if name(child) != JOBS]
    return found


def web_workers(pid: int) -> list[int]:
    """The web processes that a web server has begun; not who keeps its job processes."""
    return [one for one in family(pid)[1:] if JOBS not in map(name, children(one))]


def children(pid: int) -> list[int]:
    """Those that a process has begun."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def name(pid: int) -> str:
    """What a process calls itself."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def cpu_seconds(pid: int) -> float:
    """User and system time of a family so far; the time of children that ended is with their parents."""
    ticks = 0
    for member in family(pid):
        with suppress(OSError):
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def memory_mib(pid: int) -> float:
    """Memory of a family, shared pages shared out among those who share them."""
    kib = 0
    for member in family(pid):
        with suppress(OSError):
            for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kib += int(line.split()[1])
    return kib / 1024


def load_average() -> float:
    """How many processes wanted a processor in the last minute."""
    return os.getloadavg()[0]


def describe() -> str:
    """The machine in a line."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{name}, {os.cpu_count()} cores, {pages / 2**30:.0f} GiB, Python {platform.python_version()}"
