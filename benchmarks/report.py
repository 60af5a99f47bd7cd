"""What was measured as a table and as JSON; the table can be kept in `docs/reference/performance.md`."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from statistics import median

from benchmarks.machine import describe
from benchmarks.measure import Measured
from benchmarks.servers import ROOT

RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGE = ROOT / "docs" / "reference" / "performance.md"
HELLO = "hello"
HEAD = (
    "| | CPU ms | × H | goal, × H | a second | p50 ms | p99 ms | KB | wrong |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"
)


@dataclass(frozen=True)
class Run:
    """All rounds over one database at one scale; memory in MiB by part, load of the machine before."""

    kind: str
    scale: str
    offers: int
    rounds: list[list[Measured]]
    memory: dict[str, float]
    load: float
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.scale}"


def typical(run: Run) -> list[tuple[Measured, float]]:
    """Each case by the median of its rounds, with the median of its ratio to the hello of the same round."""
    found = []
    for place, first in enumerate(run.rounds[0]):
        rows = [each[place] for each in run.rounds if len(each) > place]
        ratios = [row.cpu_ms / _hello(each) for row, each in zip(rows, run.rounds, strict=False)]
        middle = sorted(rows, key=lambda row: row.cpu_ms)[len(rows) // 2]
        found.append(
            (
                Measured(**{**asdict(middle), "name": first.name, "wrong": sum(row.wrong for row in rows)}),
                median(ratios),
            )
        )
    return found


def _hello(rows: list[Measured]) -> float:
    return next(row.cpu_ms for row in rows if row.name == HELLO)


def table(run: Run) -> str:
    """The run as a Markdown table under a line that says where and when."""
    where = (
        f"{run.kind}, {run.offers:,} offers, {run.at:%Y-%m-%d %H:%M} UTC. {describe()}; load {run.load:.1f}."
    )
    lines = [
        f"{where} Memory in MiB: {_parts(run.memory, 0)}.",
        "",
        HEAD.rstrip("\n"),
    ]
    for row, ratio in typical(run):
        split = f" ({_parts(row.cpu, 1)}; {row.requests:.0f} requests)" if len(row.cpu) > 2 else ""
        goal = f"≤ {row.goal}" if row.goal else ""
        lines.append(
            f"| {row.name}{split} | {row.cpu_ms:.2f} | {ratio:.2f} | {goal} | {row.rate:.0f} | {row.p50:.1f} "
            f"| {row.p99:.1f} | {row.body_bytes / 1024:.0f} | {row.wrong or ''} |"
        )
    return "\n".join(lines) + "\n"


def _parts(parts: dict[str, float], digits: int) -> str:
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in parts.items())


def write(runs: list[Run]) -> None:
    """Writes `benchmarks/results/latest.json`."""
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps(
            {
                "machine": describe(),
                "runs": [
                    {
                        "database": run.kind,
                        "scale": run.scale,
                        "offers": run.offers,
                        "at": run.at.isoformat(),
                        "load": run.load,
                        "memory_mib": run.memory,
                        "cases": [
                            {**asdict(row), "cpu_ms": row.cpu_ms, "ratio_to_hello": ratio}
                            for row, ratio in typical(run)
                        ],
                    }
                    for run in runs
                ],
            },
            indent=1,
            ensure_ascii=False,
        )
        + "\n",
        encoding="utf-8",
    )


def keep(run: Run) -> None:
    """Puts the table in its place in the reference page."""
    keep_text(run.name, table(run))


def keep_text(name: str, text: str) -> None:
    """Puts a text in its place in the reference page."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    block = f"{begin}\n\n{text}\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    page = pattern.sub(lambda _: block, page) if pattern.search(page) else f"{page.rstrip()}\n\n{block}\n"
    PAGE.write_text(page, encoding="utf-8")
