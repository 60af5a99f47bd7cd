"""A backup brings everything back, and one of which a byte is another brings back nothing."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from flask import Flask
from pysqlite3 import dbapi2 as sqlite

from marketplace.accounts.passwords import password_hash
from marketplace.accounts.people import create_person, set_password
from marketplace.app import create_app
from marketplace.core import clock
from marketplace.core.backups import BackupRefused, make_backup, restore_backup
from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from tests.databases import ROOT, bare_database
from tests.factories import AT, world
from tests.factories.buying import broken_invariants, paid
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.needs import have


def sqlite_alone(test: Any) -> Any:
    """Of the file that SQLite keeps; what holds of both is asked of both."""
    return pytest.mark.of_sqlite(pytest.mark.databases("sqlite")(test))


@pytest.fixture(autouse=True)
def tools(monkeypatch):
    """PostgreSQL's own programs, of the release that the tests' server has."""
    monkeypatch.setenv("PATH", f"{have('postgres')}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def kept(ctx, app: Flask, at, settings: Settings, tmp_path: Path):
    """A backup of a small festival with a paid order, a picture and a private file."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(AT)
    order = paid(gateway, small.shopper, (small.bowl, 1), at=AT)
    folders = {"media": tmp_path / "media", "evidence": tmp_path / "evidence"}
    for name, folder in folders.items():
        (folder / "deep").mkdir(parents=True, exist_ok=True)
        (folder / "deep" / f"{name}.bin").write_bytes(random.Random(name).randbytes(3_000))
    db.session.remove()
    there = tmp_path / "backup"
    make_backup(there, settings.database_url, folders, AT)
    return there, order.number


def elsewhere(tmp_path: Path) -> tuple[str, dict[str, Path]]:
    return f"sqlite:///{tmp_path / 'restored.db'}", {
        name: tmp_path / "restored" / name for name in ("media", "evidence")
    }


@sqlite_alone
def test_everything_comes_back_and_the_books_are_whole(kept, settings, tmp_path):
    there, number = kept
    url, folders = elsewhere(tmp_path)
    assert restore_backup(there, url, folders) == AT.isoformat()
    assert (folders["media"] / "deep" / "media.bin").read_bytes() == random.Random("media").randbytes(3_000)
    other = create_app(dataclasses.replace(settings, database_url=url))
    with other.app_context():
        assert db.session.execute(db.text("SELECT number FROM orders")).scalars().all() == [number]
        assert not broken_invariants()
        db.session.remove()
        db.engine.dispose()


GOES_WHEN_OPENED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from marketplace.core.backups import make_backup

database, folder, there = map(Path, sys.argv[1:])
goes = folder / "goes"

def unlink(event, told):
    if event == "open" and str(told[0]) == str(goes):
        goes.unlink(missing_ok=True)

sys.addaudithook(unlink)
make_backup(there, f"sqlite:///{database}", {"media": folder}, datetime.now(UTC))
"""


@sqlite_alone
def test_a_file_that_goes_while_the_backup_is_made_does_not_end_it_and_half_a_file_is_not_in_it(tmp_path):
    folder, there, database = tmp_path / "media", tmp_path / "there", tmp_path / "empty.db"
    folder.mkdir()
    for name in ("before", "goes", "whole", "whole-0123.new"):
        (folder / name).write_bytes(name.encode())
    with closing(sqlite.connect(str(database))) as connection:
        connection.execute("CREATE TABLE things (id INTEGER)")
    subprocess.run(
        [sys.executable, "-c", GOES_WHEN_OPENED, database, folder, there], check=True, cwd=ROOT, timeout=60
    )
    assert not (folder / "goes").exists()
    url, folders = f"sqlite:///{tmp_path / 'back.db'}", {"media": tmp_path / "back"}
    restore_backup(there, url, folders)
    back = {path.name: path.read_text() for path in folders["media"].iterdir()}
    assert back == {"before": "before", "whole": "whole"}


@sqlite_alone
def test_a_person_signs_in_at_the_restored_house(ctx, app: Flask, at, settings: Settings, tmp_path):
    """The drill: whole rows, no row that points nowhere, and the password of before."""
    mobile, password = "09121112233", "nowruz-bazaar-1405"
    hashed = password_hash(password)
    with unit_of_work():
        set_password(create_person(mobile, at), hashed, at)
    there, (url, folders) = tmp_path / "drill", elsewhere(tmp_path)
    none = {name: tmp_path / f"no-{name}" for name in folders}
    make_backup(there, settings.database_url, none, AT)
    with unit_of_work():
        db.session.execute(db.text("DELETE FROM people WHERE mobile = :m"), {"m": mobile})
    restore_backup(there, url, folders)
    other = create_app(dataclasses.replace(settings, database_url=url))
    sent = {"mobile": mobile, "password": password}
    with other.app_context():
        assert db.session.execute(db.text("PRAGMA integrity_check")).scalar() == "ok"
        assert not db.session.execute(db.text("PRAGMA foreign_key_check")).all()
        assert not broken_invariants()
        db.session.remove()
        for house, status in ((other, 303), (app, 422)):
            answer = house.test_client().post("/sign-in", data=sent, headers={"Origin": "http://localhost"})
            assert answer.status_code == status
        db.session.remove()
        db.engine.dispose()


@sqlite_alone
def test_each_changed_or_missing_byte_is_refused_and_nothing_is_written(kept, tmp_path):
    there, _ = kept
    url, folders = elsewhere(tmp_path)
    dice = random.Random(5)
    for path in sorted(there.iterdir()):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[dice.randrange(len(whole))] ^= 0x10
        for wrong in (bytes(flipped), whole[:-1], b""):
            path.write_bytes(wrong)
            with pytest.raises(BackupRefused):
                restore_backup(there, url, folders)
        path.unlink()
        with pytest.raises(BackupRefused):
            restore_backup(there, url, folders)
        path.write_bytes(whole)
    assert not (tmp_path / "restored.db").exists()
    assert not (tmp_path / "restored").exists()
    restore_backup(there, url, folders)


@sqlite_alone
def test_nothing_is_overwritten(kept, settings, tmp_path):
    there, _ = kept
    url, folders = elsewhere(tmp_path)
    with pytest.raises(BackupRefused, match="not empty"):
        make_backup(there, settings.database_url, folders, AT)
    restore_backup(there, url, folders)
    with pytest.raises(BackupRefused, match="exists"):
        restore_backup(there, url, folders)
    with pytest.raises(BackupRefused, match="backup of sqlite"):
        restore_backup(there, "postgresql+psycopg://nowhere/x", folders)


@sqlite_alone
def test_the_commands(ctx, app: Flask, tmp_path):
    there = str(tmp_path / "by-command")
    done = app.test_cli_runner().invoke(args=["backup", "--to", there])
    assert done.exit_code == 0, done.output
    assert app.test_cli_runner().invoke(args=["backup", "--to", there]).exit_code == 1
    assert app.test_cli_runner().invoke(args=["restore", "--from", there]).exit_code == 1


def test_nothing_is_dumped_through_a_pooler(settings: Settings, tmp_path):
    """Refused before the database is asked: this one is not there at all."""
    away = "postgresql://nobody@127.0.0.1:1/none"
    app = create_app(dataclasses.replace(settings, database_url=away, database_pooler="transaction"))
    there = tmp_path / "through-a-pooler"
    done = app.test_cli_runner().invoke(args=["backup", "--to", str(there)])
    assert done.exit_code == 1
    assert "DATABASE_POOLER=none" in done.output
    assert not there.exists()
    done = app.test_cli_runner().invoke(args=["restore", "--from", str(tmp_path)])
    assert done.exit_code == 1
    assert "DATABASE_POOLER=none" in done.output


def backed_up(app: Flask, there: Path, *more: str) -> None:
    done = app.test_cli_runner().invoke(args=["backup", "--to", str(there), *more])
    assert done.exit_code == 0, done.output


def drilled(app: Flask, there: Path, tmp_path: Path, *more: str):
    """What the drill says of a backup, with an empty database where it needs one."""
    kind = db.engine.dialect.name
    db.session.remove()
    with bare_database(kind, tmp_path) as url:
        given = ("--database", url) if kind == "postgresql" else ()
        return app.test_cli_runner().invoke(args=["drill", "--from", str(there), *given, *more])


def test_the_drill_finds_everything(kept, app: Flask, tmp_path):
    """Both databases, sealed: pages, foreign keys, invariants, the draw, a person who signs in."""
    key = tmp_path / "key"
    public = app.test_cli_runner().invoke(args=["backup-key", "--to", str(key)]).output.strip()
    assert key.stat().st_mode & 0o077 == 0
    assert app.test_cli_runner().invoke(args=["backup-key", "--to", str(key)]).exit_code == 1
    there = tmp_path / "sealed"
    backed_up(app, there, "--seal-to", public)
    assert all(path.suffix == ".sealed" for path in there.iterdir() if path.name != "manifest.json")
    done = drilled(app, there, tmp_path, "--key-file", str(key))
    assert done.exit_code == 0, done.output
    assert "BROKEN" not in done.output
    for named in (
        "age",
        "pages and foreign keys",
        "migrations",
        "invariants",
        "last draw",
        "a person signs in",
    ):
        assert f"fine   {named}:" in done.output


@sqlite_alone
def test_a_sealed_backup_needs_its_own_key(kept, app: Flask, tmp_path):
    keys = [tmp_path / name for name in ("key", "other")]
    public, _ = (
        app.test_cli_runner().invoke(args=["backup-key", "--to", str(key)]).output.strip() for key in keys
    )
    there = tmp_path / "sealed"
    backed_up(app, there, "--seal-to", public)
    for given, said in (((), "is sealed"), (("--key-file", str(keys[1])), "does not open with this key")):
        done = drilled(app, there, tmp_path, *given)
        assert done.exit_code == 1
        assert said in done.output
    assert (
        app.test_cli_runner().invoke(args=["backup", "--to", str(tmp_path / "x"), "--seal-to", "y"]).exit_code
        == 1
    )


def test_a_row_that_points_nowhere_is_found(ctx, app: Flask, settings, tmp_path):
    """As a broken disk or a hurried hand leaves it: SQLite refuses to make the backup, PostgreSQL to restore it."""
    offer_id = world(AT).tea.id
    db.session.remove()
    astray = f"UPDATE offers SET store_id = 987654 WHERE id = {offer_id}"
    there = tmp_path / "broken"
    if db.engine.dialect.name == "sqlite":
        with closing(sqlite.connect(settings.database_url.removeprefix("sqlite:///"))) as file, file:
            file.execute(astray)
        done = app.test_cli_runner().invoke(args=["backup", "--to", str(there)])
    else:
        with psycopg.connect(settings.database_url.replace("+psycopg", "")) as server:
            server.execute("SET session_replication_role = replica")
            server.execute(astray)
        backed_up(app, there)
        done = drilled(app, there, tmp_path)
    assert done.exit_code == 1
    assert "refused" in done.output


@sqlite_alone
def test_a_backup_of_the_day_before_yesterday_fails_the_drill(ctx, app: Flask, settings, tmp_path):
    there, folders = tmp_path / "old", {"media": settings.media, "evidence": settings.evidence}
    make_backup(there, settings.database_url, folders, clock.now() - timedelta(hours=27))
    done = drilled(app, there, tmp_path)
    assert (done.exit_code, "BROKEN age: 27.0 hours" in done.output) == (1, True)


@pytest.mark.parametrize("damage", ["none", "a byte", "a day too old"])
def test_the_script_of_the_drill_goes_to_its_end(
    damage: str, ctx, settings: Settings, app: Flask, tmp_path: Path, monkeypatch
):
    """`deploy/drill.sh` as a timer runs it: the newest backup into a database of its own, which is gone afterwards."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    at = datetime.now(UTC)
    small = world(at)
    paid(gateway, small.shopper, (small.bowl, 1), at=at)
    with unit_of_work():
        set_password(create_person("09121112233", at), password_hash("nowruz-bazaar-1405"), at)
    db.session.remove()
    made = at - timedelta(days=2) if damage == "a day too old" else at
    newest = tmp_path / "backups" / "20261123T000000Z"
    none = {name: tmp_path / f"no-{name}" for name in ("media", "evidence")}
    make_backup(newest, settings.database_url, none, made)
    if damage == "a byte":
        (dump,) = newest.glob("database*")
        whole = bytearray(dump.read_bytes())
        whole[len(whole) // 2] ^= 0x10
        dump.write_bytes(whole)
    done = subprocess.Popen(
        ["/bin/sh", str(ROOT / "deploy" / "drill.sh"), str(tmp_path / "backups")],
        cwd=tmp_path,
        env={**os.environ, **_surroundings(settings, tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    told, _ = done.communicate()
    assert bool(done.returncode) is (damage != "none"), told
    if damage == "none":
        assert "a person signs in" in told
    assert not list(tmp_path.glob("bazargah_drill*"))
    if settings.database_url.startswith("postgresql"):
        with psycopg.connect(settings.database_url.replace("+psycopg", "")) as connection:
            own = f"bazargah_drill_{done.pid}"
            left = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (own,))
            assert left.fetchall() == []


def _surroundings(settings: Settings, tmp_path: Path) -> dict[str, str]:
    """What the unit of the timer has: the command, the settings, and where the server is."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "bazargah").write_text(f'#!/bin/sh\nexec {sys.executable} -m marketplace "$@"\n')
    (programs / "bazargah").chmod(0o755)
    server = parse_qs(urlsplit(settings.database_url).query).get("host", [""])[0]
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PGHOST": server,
        "PGUSER": "postgres",
        "DATABASE_URL": settings.database_url,
        "INSTANCE_PATH": str(settings.instance),
        "BAZARGAH_MODE": "test",
        "SECRET_KEY": settings.secret_key,
        "STRIPE_WEBHOOK_SECRET": settings.stripe_webhook_secret,
        "BASE_URL": "http://localhost",
        "LOG_LEVEL": "ERROR",
    }
