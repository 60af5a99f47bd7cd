"""The roles and the pooler as they are shipped, a real PostgreSQL behind a real PgBouncer: the house needs no more."""

from __future__ import annotations

import os
import pwd
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from threading import Event
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import select, text
from sqlalchemy.engine import make_url

from marketplace.app import create_app
from marketplace.core.backups import make_backup
from marketplace.core.db import db
from marketplace.core.quick_reads import QuickReader
from marketplace.core.stamps import StampReader
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.models import Order, OrderState
from tests.databases import settings_for
from tests.factories import AT, world
from tests.factories.buying import broken_invariants, paid
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.needs import have
from tests.processes import in_processes

pytestmark = [pytest.mark.databases("postgresql"), pytest.mark.needs("pgbouncer")]
DEPLOY = Path(__file__).parents[2] / "deploy"
APP, OWNER = "bazargah_app", "bazargah_owner"


@pytest.fixture
def roles(database: str) -> Iterator[str]:
    """The test's database with the rights that are shipped; gives its address."""
    with psycopg.connect(database, autocommit=True) as connection:
        for name in ("roles", "rights"):
            connection.execute((DEPLOY / "postgresql" / f"{name}.sql").read_text("utf-8"))  # type: ignore[call-overload]
    yield database
    with psycopg.connect(database, autocommit=True) as connection:
        for role in (APP, OWNER, "bazargah_reader"):
            connection.execute(f"DROP OWNED BY {role}")  # type: ignore[call-overload]
        connection.execute("GRANT ALL ON SCHEMA public TO PUBLIC")


@pytest.fixture
def pooled(roles: str, tmp_path: Path) -> Iterator[str]:
    """The address of that database through PgBouncer, as the app's role."""
    folder = tmp_path / "bouncer"
    folder.mkdir()
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    address = urlsplit(roles)
    host, name = parse_qs(address.query).get("host", [address.hostname])[0], address.path.lstrip("/")
    text = (DEPLOY / "pgbouncer" / "pgbouncer.ini").read_text("utf-8")
    words = {
        r"^bazargah = .*$": f"bazargah = host={host} dbname={name}",
        r"^listen_port = .*$": f"listen_port = {port}",
        r"^auth_type = .*$": "auth_type = trust",
        r"^auth_file = .*$": f"auth_file = {folder}/users",
        r"^logfile = .*$": f"logfile = {folder}/log",
        r"^pidfile = .*$": f"pidfile = {folder}/pid",
        r"^unix_socket_dir = .*$": "unix_socket_dir =",
        # Fewer than there are askers: connections must be handed around.
        r"^default_pool_size = .*$": "default_pool_size = 2",
        r"^reserve_pool_size = .*$": "reserve_pool_size = 0",
    }
    for shipped, here in words.items():
        text, count = re.subn(shipped, here, text, flags=re.M)
        assert count == 1, shipped
    (folder / "pgbouncer.ini").write_text(text, "utf-8")
    (folder / "users").write_text(f'"{APP}" ""\n"{OWNER}" ""\n', "utf-8")
    user = "nobody" if os.getuid() == 0 else None
    if user:
        found = pwd.getpwnam(user)
        for path in (folder, *folder.iterdir()):
            os.chown(path, found.pw_uid, found.pw_gid)
        for parent in folder.parents:
            if parent.stat().st_uid == os.getuid() and parent.is_relative_to(gettempdir()):
                parent.chmod(parent.stat().st_mode | 0o011)
    program = subprocess.Popen(
        [str(have("pgbouncer")), str(folder / "pgbouncer.ini")],
        user=user,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(200):
            with closing(socket.socket()) as found_line:
                if found_line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert program.poll() is None, (folder / "log").read_text("utf-8")
            time.sleep(0.05)
        yield f"postgresql://{APP}@127.0.0.1:{port}/bazargah"
    finally:
        program.terminate()
        program.wait(20)


def house(url: str, tmp_path: Path, pooler: str = "transaction"):
    return replace(settings_for(url, tmp_path), database_pooler=pooler)


def test_a_purchase_goes_through_the_pooler_with_the_least_rights(pooled, tmp_path, at):
    app = create_app(house(pooled, tmp_path))
    with app.app_context():
        gateway = MemoryGateway()
        use_gateway(app, gateway)
        small = world(AT)
        number = paid(gateway, small.shopper, (small.bowl, 1), at=AT).number
        assert db.session.scalar(select(Order.state).where(Order.number == number)) is OrderState.paid
        db.session.remove()
        assert not broken_invariants()
        for path in ("/", "/stores", "/search", "/readyz"):
            assert app.test_client().get(path).status_code == 200
        for name, wanted in (("statement_timeout", "15s"), ("lock_timeout", "3s"), ("TimeZone", "UTC")):
            assert db.session.scalar(text(f"SHOW {name}")) == wanted
        for _ in range(12):
            with closing(QuickReader(db.engine, is_pooled=True)) as reader:
                assert StampReader(reader).read()
        db.session.remove()
        db.engine.dispose()


def test_many_ask_at_once_over_two_lent_connections(pooled, tmp_path, at):
    """Nothing of one transaction may be found by the next that is lent the same connection."""
    settings = house(pooled, tmp_path)

    def work(index: int) -> int:
        failed = 0
        for turn in range(30):
            if (turn + index) % 3:
                failed += db.session.scalar(text("SHOW transaction_read_only")) != "on"
                db.session.scalars(select(Order.id).limit(index + 1)).all()
                db.session.rollback()
            else:
                with unit_of_work():
                    failed += db.session.scalar(text("SHOW transaction_read_only")) != "off"
                    insert = "INSERT INTO stamps (topic, n) VALUES (:t, 1)"
                    db.session.execute(text(insert), {"t": f"{index}-{turn}"})
        return failed

    assert in_processes(4, settings, work) == [0, 0, 0, 0]
    app = create_app(settings)
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM stamps WHERE topic LIKE '%-%'")) == 40
        db.session.remove()
        db.engine.dispose()


def test_control_a_house_that_is_not_told_of_the_pooler_is_refused(pooled, tmp_path):
    app = create_app(house(pooled, tmp_path, "none"))
    with app.app_context():
        answer = app.test_client().get("/readyz")
        assert answer.status_code == 503
        db.engine.dispose()


@pytest.fixture
def tools(monkeypatch):
    """PostgreSQL's own programs, of the release that the tests' server has."""
    monkeypatch.setenv("PATH", f"{have('postgres')}{os.pathsep}{os.environ['PATH']}")


def test_the_apps_role_has_the_rights_that_a_backup_needs(roles, tools, tmp_path):
    """As `backup-environment` has it: the least rights, past the pooler."""
    url = make_url(roles).set(username=APP).render_as_string(hide_password=False)
    assert "database.dump" in make_backup(tmp_path / "backup", url, {}, AT)


def test_control_what_a_dump_sets_for_itself_is_found_by_others(pooled, tools, tmp_path):
    """Why `bazargah backup` refuses to go through the pooler: without a search path no table has a name."""
    is_over = Event()

    def look(index: int) -> set[str]:
        with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as connection:
            found = set()
            while not is_over.is_set():
                found |= {path for (path,) in connection.execute("SHOW search_path")}
            return found

    with ThreadPoolExecutor(6) as threads:
        looking = [threads.submit(look, index) for index in range(6)]
        try:
            subprocess.run(
                ["pg_dump", "--schema-only", f"--file={tmp_path / 'dump'}", pooled],
                check=False,
                capture_output=True,
            )
        finally:
            is_over.set()
        assert set().union(*(each.result() for each in looking)) == {'"$user", public', ""}


def test_the_app_may_not_change_what_is_written_once_nor_the_schema(roles):
    written_once = (
        "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%\\_append\\_only'"
    )
    with psycopg.connect(roles, autocommit=True) as connection:
        tables = [name for (name,) in connection.execute(written_once)]
        others = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public' "
            "AND NOT has_table_privilege(%s, quote_ident(table_name), 'SELECT, INSERT, UPDATE, DELETE')",
            (APP,),
        ).fetchone()
        assert len(tables) > 10
        assert others == (0,)
        connection.execute(f"SET SESSION AUTHORIZATION {APP}")
        forbidden = [f"UPDATE {name} SET id = id" for name in tables] + [
            f"DELETE FROM {name}" for name in tables
        ]
        forbidden += [f"TRUNCATE {name}" for name in tables] + [
            "CREATE TABLE mine (id int)",
            "DROP TABLE orders",
        ]
        forbidden += [
            "ALTER TABLE orders DISABLE TRIGGER ALL",
            "UPDATE alembic_version SET version_num = '9999'",
        ]
        forbidden += ["CREATE ROLE mine", "SET ROLE bazargah_owner", "COPY people TO PROGRAM 'cat'"]
        for statement in forbidden:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[call-overload]
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute(f"SET SESSION AUTHORIZATION {OWNER}")
        connection.execute("CREATE TABLE of_a_later_release (id int)")
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute(f"SET SESSION AUTHORIZATION {APP}")
        connection.execute("INSERT INTO of_a_later_release VALUES (1)")
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute("SET SESSION AUTHORIZATION bazargah_reader")
        assert connection.execute("SELECT id FROM of_a_later_release").fetchall() == [(1,)]
        with pytest.raises(psycopg.Error):
            connection.execute("DELETE FROM of_a_later_release")
        connection.execute("RESET SESSION AUTHORIZATION")
        connection.execute("DROP TABLE of_a_later_release")
