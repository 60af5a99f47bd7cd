"""For operators: is the process up, may it be sent visitors, how much was done.

`/healthz` says that the process serves and asks nothing of anybody. `/readyz` says whether visitors are to be sent
here: the database answers and knows what this code needs, and the process has made its main pages once, which it does
now should the database have been away before. What the house can do without (Redis, much room) is told
beside, and takes nothing away. `/metrics` is for this machine alone, or for who shows `METRICS_TOKEN`.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hmac import compare_digest
from math import inf
from pathlib import Path
from typing import Any

import orjson
import redis
from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.core import clock, watch
from marketplace.core.bucket_settings import BucketPlace
from marketplace.core.buckets import Bucket, Identity
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.http import client
from marketplace.core.models import Job, JobState
from marketplace.core.replica import MOST_LAG_SECONDS, Replica
from marketplace.core.settings import Settings

blueprint = Blueprint("health", __name__)
LEAST_FREE_BYTES = 64 * 1024 * 1024
HINT_SECONDS = 0.5
"""Redis gives hints alone: nobody waits longer for it than this."""
REDIS_PROBE = "bazargah:probe"
Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge that is read when somebody asks: its name after `bazargah_`, what it tells, its samples by label."""

    name: str
    told: str
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed`: without it no visitor can be served."""

    name: str
    is_fine: bool
    told: str
    needed: bool = False


@blueprint.get("/healthz")
def show_health() -> Response:
    """200 while the process serves."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def show_readiness() -> Response:
    """200 while visitors can be served, 503 while not; each thing looked at in one word, no more than that."""
    found = list(findings())
    is_ready = all(one.is_fine for one in found if one.needed)
    state = "ready" if all(one.is_fine for one in found) else "degraded" if is_ready else "not ready"
    body = {"state": state, "checks": {one.name: "fine" if one.is_fine else "wanting" for one in found}}
    return Response(orjson.dumps(body), status=200 if is_ready else 503, mimetype="application/json")


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Figures in Prometheus' text form; 404 for strangers, and through a proxy for all without the token."""
    if not _may_see_figures():
        raise NotFound()
    watch.tell()
    told = generate_latest(counts_of_all()) + generate_latest(_Told(all_figures()))
    return Response(told, content_type=CONTENT_TYPE_LATEST)


def _may_see_figures() -> bool:
    wanted = current_app.config["SETTINGS"].metrics_token
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if wanted and scheme.lower() == "bearer" and compare_digest(shown.encode(), wanted.encode()):
        return True
    return request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers


def counts_of_all() -> CollectorRegistry:
    """What the processes of this web server counted together; what this one counted where it is alone."""
    folder: Path | None = current_app.config["SETTINGS"].metrics_folder
    if folder is None:
        return REGISTRY
    for file in folder.glob("gauge_live*_*.db"):
        if not Path("/proc", file.stem.rpartition("_")[2]).exists():
            file.unlink(missing_ok=True)  # of a process that was killed: what it had under way is over
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return registry


@dataclass
class _Told:
    """A registry of figures read for one answer."""

    figures: Iterable[Figure]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in self.figures:
            names = sorted(figure.samples[0][0]) if figure.samples else []
            family = GaugeMetricFamily(f"bazargah_{figure.name}", figure.told, labels=names)
            for labels, value in figure.samples:
                family.add_metric([labels[name] for name in names], value)
            yield family


def all_figures() -> Iterator[Figure]:
    """Every gauge of the house, core's own and those of the wiring. A database that is away leaves its own out."""
    figures: list[Figure] = []
    try:
        figures += _database_figures()
        for tell in current_app.extensions["bazargah"].figures:
            figures += tell(clock.now())
    except SQLAlchemyError:
        db.session.rollback()
        figures = []
    yield from figures
    yield one("database_up", "1 while the database answers", bool(figures))
    settings: Settings = current_app.config["SETTINGS"]
    if settings.redis_url:
        yield one(
            "redis_up", "1 while Redis answers and takes what is written", is_redis_up(settings.redis_url)
        )
    if (replica := _replica()) is not None:
        lag = replica.lag()
        yield one("replica_up", "1 while the replica answers", lag < inf)
        yield one("replica_lag_seconds", "How far the replica is behind the primary", lag)
    yield one("disk_free_bytes", "Room left for data", shutil.disk_usage(_present(settings.instance)).free)
    if settings.database_url.startswith("sqlite:///"):
        path = settings.database_url.removeprefix("sqlite:///")
        for name, file in (("database_bytes", path), ("database_wal_bytes", f"{path}-wal")):
            with suppress(OSError):
                yield one(
                    name, f"Size of {Path(file).suffix[1:]} file of the database", Path(file).stat().st_size
                )


def one(name: str, told: str, value: float) -> Figure:
    """A figure without labels."""
    return Figure(name, told, (({}, float(value)),))


def _database_figures() -> Iterator[Figure]:
    counts: dict[JobState, int] = dict.fromkeys(JobState, 0)
    for state, count in db.session.execute(select(Job.state, func.count()).group_by(Job.state)):
        counts[state] = count
    yield Figure("jobs", "Jobs by state", tuple(({"state": s.value}, float(n)) for s, n in counts.items()))
    waits = db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.queued))
    late = (clock.now() - waits).total_seconds() if waits else 0.0
    yield one("jobs_lag_seconds", "How long the longest waiting job is due", max(late, 0.0))


def needed_findings() -> Iterator[Finding]:
    """What no visitor can be served without."""
    try:
        version = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        yield Finding("database", True, "answers", needed=True)
        is_known = version is not None and version >= newest_migration()
        yield Finding("migrations", is_known, f"{version}, this code wants {newest_migration()}", needed=True)
    except SQLAlchemyError as error:
        yield Finding("database", False, type(error).__name__, needed=True)
    finally:
        with suppress(SQLAlchemyError):
            db.session.rollback()


def findings() -> Iterator[Finding]:
    """What a doctor looks at first, the needed ones before the others."""
    settings: Settings = current_app.config["SETTINGS"]
    needed = list(needed_findings())
    yield from needed
    warm: Callable[[], bool] | None = current_app.extensions.get("bazargah_warming")
    if warm is not None and all(one.is_fine for one in needed):
        yield Finding("warm", warm(), "has shown its pages", needed=True)
    free = shutil.disk_usage(_present(settings.instance)).free
    yield Finding("room", free >= LEAST_FREE_BYTES, f"{free // 1024 // 1024} MiB free")
    if settings.bucket:
        is_there = _is_bucket_there(settings.bucket)
        yield Finding(
            "bucket", is_there, "answers" if is_there else "away or refuses us: no picture can be added"
        )
    if (replica := _replica()) is not None:
        lag = replica.lag()
        told = "away" if lag == inf else f"{lag:.1f} s behind"
        yield Finding("replica", lag <= MOST_LAG_SECONDS, f"{told}; pages come from the primary without it")
    if settings.redis_url:
        is_up = is_redis_up(settings.redis_url)
        yield Finding("redis", is_up, "answers" if is_up else "away or full: each process counts for itself")


def _replica() -> Replica | None:
    found: Replica | None = current_app.extensions.get("bazargah_replica")
    return found


def _is_bucket_there(place: BucketPlace) -> bool:
    """Whether the bucket answers soon, and knows us."""
    http = client(connect_seconds=2, read_seconds=2, retries=0)
    return Bucket(place.address, Identity(place.key, place.secret, place.region), http).is_there()


@cache
def newest_migration() -> str:
    """The revision that this code was written for."""
    folder = Path(current_app.extensions["migrate"].directory) / "versions"
    return max(found[1] for path in folder.glob("*.py") if (found := re.match(r"(\d{4})_", path.name)))


def is_redis_up(url: str) -> bool:
    """Whether Redis answers soon and takes what is written: one that is full, or copies another, counts nothing."""
    connection = redis.Redis.from_url(url, **hint_options())
    try:
        return bool(connection.set(REDIS_PROBE, 1, ex=60))
    except redis.RedisError:
        return False
    finally:
        connection.close()


def hint_options() -> dict[str, Any]:
    """How Redis is asked: once, and not for long."""
    return {
        "socket_timeout": HINT_SECONDS,
        "socket_connect_timeout": HINT_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }


def _present(folder: Path) -> Path:
    """The folder, or the first above it that exists."""
    return next(one for one in (folder, *folder.parents) if one.exists())
