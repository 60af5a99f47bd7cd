"""What `make load` writes: docs/reference/load.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.machine import describe, load_average
from benchmarks.open_model import AWAY, BOUNDS_MS, CHECKOUT, PAGE, PAID

if TYPE_CHECKING:
    from benchmarks.load import Part, Report

HEAD = """# Under load

Made by `make load` ({date}; {machine}; all of it in {minutes:g} minutes; load average before the end {load:.1f}).
House, database, gateway and generator share these cores. Visitors come by an open model, from a process of its own,
and a time counts from the moment at which somebody came: whoever waits because others wait is counted. A checkout is
a cart line, the order and the wait for its payment page; afterwards it is paid at the sandbox, whose news the house
takes in beside.

What is promised (P1): p95 at most 300 ms a page and 500 ms a checkout, p99 at most 1 s, errors under 0.1 %. P2: who
is not let in hears it within 200 ms, nothing accepted is lost, back to P1 within 30 s. P3: no growth. P4 (alerts by
burn rate) is tested with `promtool` in `tests/operations/test_deploy_monitoring.py`; P5 (a million entries) is
`python -m benchmarks.big_draw`, figures in [draw.md](draw.md).
"""


def write_report(reports: list[Report], minutes: float) -> str:
    """The page."""
    head = HEAD.format(
        date=datetime.now(UTC).date(), machine=describe(), minutes=minutes, load=load_average()
    )
    return "\n".join([head, *(_one(report) for report in reports)])


def _one(report: Report) -> str:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL and Redis"}[report.database]
    lines = [f"## {name}", ""]
    for part in report.parts:
        lines += _part(part)
    lines += [f"Afterwards: {report.lost} acknowledged orders lost; invariants: {report.broken}.", ""]
    return "\n".join(lines)


def _part(part: Part) -> list[str]:
    kinds = [kind for kind in (PAGE, CHECKOUT, PAID, AWAY) if kind in part.seen.times]
    lines = [f"### {part.name}", "", f"{part.asked}.", ""]
    lines += ["| ms | count | p50 | p95 | p99 | p99.9 | most |", "|---|--:|--:|--:|--:|--:|--:|"]
    for kind in kinds:
        one = part.seen.times[kind]
        figures = " | ".join(f"{one[name]:.0f}" for name in ("p50", "p95", "p99", "p99.9", "most"))
        lines.append(f"| {kind} | {one['count']:,.0f} | {figures} |")
    bounds = [*(f"≤ {bound:,}" for bound in BOUNDS_MS), "more"]
    lines += ["", f"| how many took (ms) | {' | '.join(bounds)} |", f"|---|{'--:|' * len(bounds)}"]
    lines += [
        f"| {kind} | {' | '.join(f'{count:,}' for count in part.seen.histogram[kind])} |" for kind in kinds
    ]
    wrong = ", ".join(f"{count} × {name}" for name, count in sorted(part.seen.wrong.items())) or "none"
    asked = sum(one["count"] for one in part.seen.times.values()) + sum(part.seen.wrong.values())
    share = sum(part.seen.wrong.values()) / max(1, asked)
    lines += [
        "",
        f"Errors: {wrong} ({share:.2%}).",
        *(f"{name}: {told}." for name, told in part.said.items()),
        "",
    ]
    return lines
