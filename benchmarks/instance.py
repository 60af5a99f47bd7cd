"""The data under measurement: the demo festival of a scale with signed-in shoppers, made once and kept.

What is kept stands under `instance/bench/<scale>`: an SQLite file and, where PostgreSQL is measured, a dump of it. Each
run works on a copy. The servers' clock is set back to the moment of the making, so that the festival is always live.
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

import psycopg
from flask import Flask
from flask_migrate import upgrade

from benchmarks.servers import ROOT
from marketplace.accounts.people import create_person
from marketplace.accounts.sessions import open_session
from marketplace.accounts.tokens import SCOPES, create_token
from marketplace.app import create_app
from marketplace.core.csrf import token_for
from marketplace.core.db import db
from marketplace.core.settings import read_settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.demo.load import load_festival
from marketplace.demo.plan.scale import Scale
from tests import databases
from tests.needs import have

SHOPPERS = 64
SECRET = "bench-key-bench-key-bench-key-bench-key"
MADE_OF = ("migrations/**/*.py", "marketplace/*/models.py", "marketplace/demo/**/*.py", "benchmarks/instance.py")


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
            "DATABASE_URL": self.url, "INSTANCE_PATH": str(self.folder), "SECRET_KEY": SECRET,
            "STRIPE_WEBHOOK_SECRET": "whsec_bench", "BAZARGAH_MODE": "demo", "LOG_LEVEL": "ERROR",
            "BAZARGAH_CLOCK_SHIFT": str(int((self.at - datetime.now(UTC)).total_seconds())),
        }

    def app(self) -> Flask:
        """The application over this data, in this process."""
        return create_app(read_settings({**os.environ, **self.environment()}))


@contextmanager
def data_of(kind: str, scale: Scale, folder: Path) -> Iterator[Data]:
    """A copy of the kept data in a database of this kind, for one run."""
    shelf = _shelf(scale)
    known: dict[str, Any] = json.loads((shelf / "made.json").read_text())
    people = tuple(Person(**person) for person in known["people"])
    at = datetime.fromisoformat(known["at"])
    if kind == "sqlite":
        shutil.copyfile(shelf / "bazargah.db", folder / "bazargah.db")
        yield Data(f"sqlite:///{folder / 'bazargah.db'}", folder, at, people, None)
        return
    databases.open_run()
    try:
        url = databases.postgres_url("bench")
        _restore(shelf, scale, url)
        pid = int((databases.run_folder() / "pg" / "postmaster.pid").read_text().splitlines()[0])
        yield Data(url, folder, at, people, pid)
    finally:
        databases.close_run()


# --- making ----------------------------------------------------------------------------------------------------------


def _shelf(scale: Scale) -> Path:
    """Where the data of a scale is kept; made anew when what it is made of has changed."""
    shelf = ROOT / "instance" / "bench" / scale.value
    made = shelf / "made.json"
    if not made.exists() or json.loads(made.read_text())["fingerprint"] != _fingerprint():
        shutil.rmtree(shelf, ignore_errors=True)
        shelf.mkdir(parents=True)
        _say(f"making the {scale.value} festival once")
        url = f"sqlite:///{shelf / 'bazargah.db'}"
        at, people = _fill(url, shelf, scale)
        made.write_text(json.dumps({"fingerprint": _fingerprint(), "at": at.isoformat(),
                                    "people": [asdict(person) for person in people]}))
    return shelf


def _fill(url: str, folder: Path, scale: Scale) -> tuple[datetime, list[Person]]:
    """Fills an empty database; the moment and the shoppers it was filled with."""
    at = datetime.now(UTC).replace(microsecond=0)
    app = create_app(read_settings({**os.environ, "DATABASE_URL": url, "INSTANCE_PATH": str(folder),
                                    "SECRET_KEY": SECRET, "LOG_LEVEL": "ERROR"}))
    with app.app_context():
        upgrade()
        begun = time.monotonic()
        load_festival(scale, at)
        _say(f"{scale.counts.offers} offers in {time.monotonic() - begun:.0f} s")
        people = []
        with unit_of_work():
            for number in range(SHOPPERS):
                person = create_person(f"0990{number:07d}", at)
                cookie = open_session(person, "bench", at)
                people.append(Person(cookie, token_for(cookie), create_token(person, "bench", SCOPES, at)))
        with db.engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA query_only=OFF")
            connection.exec_driver_sql("PRAGMA analysis_limit=0")
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        db.session.remove()
        db.engine.dispose()
    return at, people
