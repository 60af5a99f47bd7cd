"""How much one machine holds: `python -m benchmarks.rates`, a part of `make bench`.

Visitors come by an open model at a fixed rate, and a time counts from the moment at which somebody came. A rate is
*held* when p99 of every kind of visit is at most 300 ms, nobody is refused, and the jobs behind are done soon after.
First, of each kind of visit alone, p50 and p99 at a fixed rate and the highest rate held; then the festival's mix
(2,000 pages kept, 100 signed in, 30 whole checkouts a second), in shares of it, the largest share held for MINUTES, and
whether anything was lost.

DATABASES=sqlite            also postgresql
STEP_SECONDS=15             how long each rate is tried
MINUTES=10                  how long the mix is held in the end
RATES=                      only kinds whose name contains this; `mix` is the mix alone
KEEP=1                      puts the tables into docs/reference/performance.md
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.cases import Sample, sample_of
from benchmarks.instance import Data, data_of
from benchmarks.load import Part, Report, look_after, paths_of, prepare
from benchmarks.machine import cpu_seconds, describe, load_average
from benchmarks.open_model import Plan, Seen, Stage, load
from benchmarks.report import keep_text
from benchmarks.servers import House, house
from marketplace.core.db import db
from marketplace.core.models import Job, JobState
from marketplace.demo.plan.scale import Scale
from marketplace.orders.models import Order, OrderState

STEP_SECONDS = float(os.environ.get("STEP_SECONDS", "15"))
MINUTES = float(os.environ.get("MINUTES", "10"))
ONLY = os.environ.get("RATES", "")
MOST_MS = 300.0
CATCH_UP = 0.35
"""Jobs left at the end of a step may take this part of it."""
PATIENCE = 120.0
MIX = Stage(STEP_SECONDS, 2_000, 30, signed_in=100)
SHARES = (1 / 32, 1 / 16, 1 / 8, 3 / 16, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1.0)


@dataclass(frozen=True)
class Kind:
    """A kind of visit: its paths, the rate at which p50 and p99 are told, and the rates tried."""

    name: str
    stage: Callable[[float], Stage]
    fixed: float
    rates: tuple[float, ...]
    paths: list[str] | None = None


@dataclass
class Step:
    """A rate, what was seen, seconds until no job was left, and processors taken by part."""

    seen: Seen
    seconds: float
    behind: float
    cpu: dict[str, float]

    @property
    def p50(self) -> float:
        return max((each["p50"] for each in self.seen.times.values()), default=0.0)

    @property
    def p99(self) -> float:
        return max((each["p99"] for each in self.seen.times.values()), default=0.0)

    @property
    def is_held(self) -> bool:
        refused = self.seen.wrong or "turned away" in self.seen.times
        return not refused and self.p99 <= MOST_MS and self.behind <= max(3.0, self.seconds * CATCH_UP)

    @property
    def why_not(self) -> str:
        """What limits, in words."""
        told = ", ".join(f"{part} {share:.2f}" for part, share in self.cpu.items())
        wrong = ", ".join(f"{count} × {name}" for name, count in self.seen.wrong.items())
        return f"p99 {self.p99:.0f} ms, jobs {self.behind:.0f} s behind, processors taken: {told}" + (
            f"; {wrong}" if wrong else ""
        )


@dataclass
class Found:
    """What came of everything over one database."""

    rows: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def kinds_of(sample: Sample) -> list[Kind]:
    pages = (50, 100, 200, 400, 800, 1_200, 1_600, 2_000, 3_000, 4_000, 6_000, 8_000)
    few = (5, 10, 20, 40, 60, 80, 120, 160, 240, 320, 480)
    buys = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30)
    anew = ["/search?min_toman={}"]

    def looks(rate: float) -> Stage:
        return Stage(STEP_SECONDS, rate, 0)

    return [
        Kind("pages kept", looks, 400, pages),
        Kind("lists made anew", looks, 40, few, anew),
        Kind("pages, signed in", lambda rate: Stage(STEP_SECONDS, 0, 0, signed_in=rate), 100, pages),
        Kind("cart, signed in", lambda rate: Stage(STEP_SECONDS, 0, 0, signed_in=rate), 40, few, ["/cart"]),
        Kind("whole checkouts", lambda rate: Stage(STEP_SECONDS, 0, rate), 3, buys),
    ]


def rates_of(found: Found, kind: Kind, plan: Plan, running: House, data: Data) -> None:
    """The fixed rate, then upwards until a rate is not held."""
    plan = plan if kind.paths is None else replace(plan, paths=kind.paths)
    fixed = one_step(found, kind.name, kind.stage(kind.fixed), plan, running, data)
    held, limit = 0.0, ""
    for rate in (each for each in kind.rates if each != kind.fixed or not fixed.is_held):
        for _ in range(2):
            step = one_step(found, kind.name, kind.stage(rate), plan, running, data)
            if step.is_held:
                break
        if not step.is_held:
            limit = f"at {rate:g}: {step.why_not}"
            break
        held = rate
    if fixed.is_held:
        held = max(held, kind.fixed)
    found.rows.append(
        f"| {kind.name} | {kind.fixed:g} | {fixed.p50:.1f} | {fixed.p99:.0f} | {held:g} | {limit} |"
    )


def one_step(found: Found, name: str, stage: Stage, plan: Plan, running: House, data: Data) -> Step:
    """One rate for the time of its stage."""
    parts = {"web": running.web.pid, "worker": running.worker.pid, "sandbox": running.sandbox.pid}
    if data.database_pid is not None:
        parts["database"] = data.database_pid
    before = {part: cpu_seconds(pid) for part, pid in parts.items()}
    seen = load(replace(plan, stages=[stage]))
    cpu = {part: (cpu_seconds(pid) - before[part]) / stage.seconds for part, pid in parts.items()}
    cpu["generator"] = seen.generator_cpu / stage.seconds
    step = Step(seen, stage.seconds, seconds_behind(data) if stage.checkouts else 0.0, cpu)
    asked = f"{stage.pages:g} pages, {stage.signed_in:g} signed in, {stage.checkouts:g} checkouts a second"
    found.parts.append(Part(name, asked, replace(seen, seconds=[])))
    mark = "held" if step.is_held else "NOT held"
    print(
        f"{time.strftime('%H:%M:%S')}  {name}: {asked}: {mark}, {step.why_not}", file=sys.stderr, flush=True
    )
    return step


def seconds_behind(data: Data) -> float:
    """How long it takes until no order waits for its payment and no job is left."""
    begun = time.monotonic()
    with data.app().app_context():
        while (passed := time.monotonic() - begun) < PATIENCE:
            jobs = select(func.count()).where(Job.state.in_((JobState.queued, JobState.running)))
            orders = select(func.count()).where(Order.state == OrderState.awaiting_payment)
            left = (db.session.scalar(jobs) or 0) + (db.session.scalar(orders) or 0)
            db.session.rollback()
            if not left:
                break
            time.sleep(0.2)
        db.session.remove()
        db.engine.dispose()
    return passed


def mix(found: Found, plan: Plan, running: House, data: Data) -> Iterator[str]:
    """The largest share of the festival's mix that is held, then held for long."""
    best, limit = 0.0, ""
    for share in SHARES:
        for _ in range(2):
            step = one_step(found, f"mix × {share:.3g}", shared(share, STEP_SECONDS), plan, running, data)
            if step.is_held:
                break
        if not step.is_held:
            limit = f"; at {share:.1%}: {step.why_not}"
            break
        best = share
    if not best:
        yield f"No share of the mix is held{limit}."
        return
    stage = shared(best, MINUTES * 60)
    step = one_step(found, "mix, held", stage, plan, running, data)
    asked = f"{stage.pages:.0f} pages kept, {stage.signed_in:.1f} signed in and {stage.checkouts:.1f} whole checkouts"
    yield (
        f"{best:.1%} of the mix for {MINUTES:g} minutes, {asked} a second: "
        f"{'held' if step.is_held else 'not held'}, {step.why_not}{limit}."
    )
    yield from ("", "| ms | count | p50 | p95 | p99 | most |", "|---|--:|--:|--:|--:|--:|")
    for kind, one in step.seen.times.items():
        figures = " | ".join(f"{one[name]:.0f}" for name in ("p50", "p95", "p99", "most"))
        yield f"| {kind} | {one['count']:,.0f} | {figures} |"


def shared(share: float, seconds: float) -> Stage:
    return Stage(seconds, MIX.pages * share, MIX.checkouts * share, signed_in=MIX.signed_in * share)


def over(kind: str) -> str:
    """Everything over one database, as text."""
    found = Found()
    with ExitStack() as stack:
        place = tempfile.TemporaryDirectory(prefix="bazargah-load-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(place))
        folder.chmod(0o711)
        scale = Scale(os.environ.get("SCALE", Scale.FESTIVAL.value))
        data = stack.enter_context(data_of(kind, scale, folder))
        sample = sample_of(data)
        tokens, offers = prepare(data, sample)
        running = stack.enter_context(house(data.environment()))
        cookies = [f"sid={person.cookie}" for person in data.people]
        plan = Plan(running.web.port, paths_of(sample), [], tokens, offers, cookies=cookies)
        load(replace(plan, stages=[Stage(3, 100, 1, signed_in=10)]))
        for each in kinds_of(sample):
            if ONLY in each.name:
                rates_of(found, each, plan, running, data)
        told = [] if ONLY not in "mix" else list(mix(found, plan, running, data))
        seconds_behind(data)
        report = Report(kind, found.parts)
        lost, broken = look_after(data, report)
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    head = f"{kind}, {scale.counts.offers:,} offers, {when}. {describe()}; load {load_average():.1f}."
    table = [
        "| visits | at a second | p50 ms | p99 ms | highest held | what limits |",
        "|---|--:|--:|--:|--:|---|",
        *found.rows,
    ]
    after = f"Afterwards: {lost} acknowledged orders lost; invariants: {broken}."
    return "\n".join([head, "", *(table if found.rows else []), "", *told, "", after, ""])


def main() -> None:
    for kind in ("sqlite", "postgresql"):
        if kind in os.environ.get("DATABASES", "sqlite"):
            text = over(kind)
            print(text)
            if os.environ.get("KEEP"):
                keep_text(f"rates-{kind}", text)


if __name__ == "__main__":
    main()
