"""`python -m benchmarks.release_drill`: `deploy/release.sh` puts out a release under load, and nobody may notice.

SECONDS=300 PAGES=100 CHECKOUTS=10 (half of P1). Real are PostgreSQL with its roles, nginx, two web servers, a worker,
the script and its migration; `systemctl` is a few lines that do what the units say. The new release is this code with
one migration more.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import requests

from benchmarks.open_model import AWAY, Plan, Seen, Stage, load
from benchmarks.servers import ROOT, free_port
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.payments.gateways.stripe import EVENTS
from tests import databases
from tests.fakes.sandbox import RunningSandbox, running_sandbox
from tests.faults.campaign.cluster import Cluster, cluster
from tests.faults.shopping import Bazaar, open_bazaar
from tests.needs import have

SHOPPERS = 40
CHUNK_SECONDS = 4.0
SYSTEMCTL = """#!/bin/sh
# `systemctl restart UNIT` as the units say it: told to stop, waited for, started from `current`.
unit=$2; kind=${unit#bazargah-}; kind=${kind%%@*}; port=${unit##*@}
cd "$PLACE"
if [ -f "$unit.pid" ]; then
    pid=$(cat "$unit.pid"); kill -TERM "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null && [ "$(ps -o stat= -p "$pid" | cut -c1)" != Z ]; do sleep 0.1; done
fi
case $kind in
    web) setsid current/.venv/bin/bazargah serve --port "$port" --workers "$WEB_WORKERS" \\
        >>"$unit.log" 2>&1 </dev/null & ;;
    worker) setsid current/.venv/bin/bazargah worker >>"$unit.log" 2>&1 </dev/null & ;;
esac
echo $! >"$unit.pid"
"""
VISITORS = "map $msec $visitor { default 10.0.0.0; ~(?<tens>[0-9])(?<ones>[0-9])$ 10.0.$tens.$ones; }\n"
MIGRATION = '''"""What a release may do: add."""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{new}", "{old}", None, None


def upgrade() -> None:
    op.add_column("offers", sa.Column("drill_note", sa.Text(), nullable=True))
    op.add_column("orders", sa.Column("drill_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table("drill_notes", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("note", sa.Text()))


def downgrade() -> None:
    raise NotImplementedError
'''


@dataclass
class Result:
    """What the visitors saw, and what became of the release."""

    seconds: float
    answered: int = 0
    turned_away: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    worst_ms: float = 0.0
    acknowledged: list[str] = field(default_factory=list)
    lost: int = 0
    revision: str = ""
    wanted_revision: str = ""
    said: str = ""

    def add(self, seen: Seen) -> None:
        for kind, one in seen.times.items():
            self.answered += int(one["count"])
            self.turned_away += int(one["count"]) if kind == AWAY else 0
            self.worst_ms = max(self.worst_ms, one["most"])
        for name, count in seen.wrong.items():
            self.wrong[name] = self.wrong.get(name, 0) + count
        self.acknowledged += seen.acknowledged


def drill(folder: Path, *, seconds: float, pages: float, checkouts: float, web_workers: int = 2) -> Result:
    """Releases under load; the load goes on for so many seconds and at least until the release is out."""
    with ExitStack() as stack:
        stack.enter_context(own_path(folder))
        server = stack.enter_context(cluster())
        url = prepare_database(server)
        settings = databases.settings_for(url, folder / "instance")
        (folder / "instance").mkdir()
        with create_app(settings).app_context():
            bazaar = open_bazaar(datetime.now(UTC), shoppers=SHOPPERS, stock=100_000)
            db.session.remove()
            db.engine.dispose()
        sandbox = stack.enter_context(running_sandbox(folder, secret=settings.stripe_webhook_secret))
        app = url.replace("postgres@", "bazargah_app@")
        house = stack.enter_context(standing(folder, server, app, sandbox, web_workers))
        return released(house, bazaar, Result(seconds), pages, checkouts, url)


def released(
    house: Standing, bazaar: Bazaar, result: Result, pages: float, checkouts: float, url: str
) -> Result:
    """The load in one thread, the release in this one."""
    offers = list(bazaar.offers)
    paths = ["/", "/search", "/stores", *(f"/api/v1/offers/{number}" for number in offers)]
    plan = Plan(house.front, paths, [Stage(CHUNK_SECONDS, pages, checkouts)], list(bazaar.tokens), offers)
    is_out = threading.Event()

    def visit() -> None:
        begun = time.monotonic()
        last = False
        while not last:
            last = is_out.is_set() and time.monotonic() - begun >= result.seconds - CHUNK_SECONDS
            result.add(load(plan))

    visitors = threading.Thread(target=visit)
    visitors.start()
    try:
        result.said = house.release("new")
    finally:
        is_out.set()
        visitors.join()
    with psycopg.connect(url) as connection:
        stored = {number for (number,) in connection.execute("SELECT number FROM orders")}
        result.revision = "".join(
            row[0] for row in connection.execute("SELECT version_num FROM alembic_version")
        )
    result.wanted_revision = max(
        path.name[:4] for path in house.place.glob("tree/migrations/versions/[0-9]*.py")
    )
    result.lost = len(set(result.acknowledged) - stored)
    return result


@dataclass
class Standing:
    """The house behind nginx: where visitors come, and how a release is made."""

    place: Path
    front: int
    ports: tuple[int, int]
    environment: dict[str, str]

    def release(self, name: str) -> str:
        """Runs the shipped script; gives what it said. Raises RuntimeError when it fails."""
        done = subprocess.run(
            ["/bin/sh", str(ROOT / "deploy" / "release.sh"), str(self.place / "releases" / name)],
            env={**self.environment, "PORTS": " ".join(map(str, self.ports)), "WORKERS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            logs = "".join(path.read_text()[-800:] for path in self.place.glob("*.log"))
            raise RuntimeError(f"{done.stdout}{done.stderr}\n{logs}")
        return done.stdout + done.stderr

    def stop(self) -> None:
        for file in self.place.glob("*.pid"):
            with suppress(ProcessLookupError, ValueError):
                os.killpg(int(file.read_text()), 15)


@contextmanager
def standing(
    folder: Path, server: Cluster, url: str, sandbox: RunningSandbox, web_workers: int
) -> Iterator[Standing]:
    """Both releases laid out, the old one running, nginx in front."""
    front, *ports = (free_port() for _ in range(3))
    lay_out(folder, ROOT, "old")
    lay_out(folder, with_one_migration_more(folder), "new")
    owner = folder / "owner-environment"
    owner.write_text(f"DATABASE_URL='{server.url('festival')}'\n")
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PLACE": str(folder),
        "OWNER_ENVIRONMENT": str(owner),
        "WEB_WORKERS": str(web_workers),
        "BAZARGAH_MODE": "test",
        "DATABASE_URL": url,
        "INSTANCE_PATH": str(folder / "instance"),
        "BASE_URL": f"http://127.0.0.1:{front}",
        "SECRET_KEY": "test-key-test-key-test-key-test-key-test",
        "STRIPE_WEBHOOK_SECRET": "whsec_test",
        "STRIPE_API_BASE": sandbox.base,
        "STRIPE_API_KEY": sandbox.api_key,
        "TRUSTED_PROXIES": "1",
        "PAGE_CACHE_MB": "16",
        "LOG_LEVEL": "ERROR",
    }
    house = Standing(folder, front, (ports[0], ports[1]), environment)
    sandbox.control(webhook_url=f"http://127.0.0.1:{front}/webhooks/stripe", enabled_events=list(EVENTS))
    program = subprocess.Popen(
        [str(have("nginx")), "-p", str(folder), "-c", str(nginx_of(folder, house))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        house.release("old")
        wait_for_front(front)
        yield house
    finally:
        house.stop()
        program.terminate()
        program.wait(20)


def prepare_database(server: Cluster) -> str:
    """The festival's database with the roles of `deploy/postgresql`; gives the owner's address."""
    template = databases.postgres_url(databases.postgres_template())
    server.copy_in(template, "festival")
    subprocess.run(
        ["psql", "-q", f"--dbname={server.url()}", f"--file={ROOT / 'deploy/postgresql/roles.sql'}"],
        check=True,
        capture_output=True,
    )
    return server.url("festival")


@contextmanager
def own_path(folder: Path) -> Iterator[None]:
    """PostgreSQL's own programs, of the server's release, come first."""
    before = os.environ["PATH"]
    (folder / "bin").mkdir()
    (folder / "bin" / "systemctl").write_text(SYSTEMCTL)
    (folder / "bin" / "systemctl").chmod(0o755)
    os.environ["PATH"] = f"{have('postgres')}{os.pathsep}{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before


def lay_out(folder: Path, tree: Path, name: str) -> None:
    """A release as the operator's guide lays it out."""
    release = folder / "releases" / name
    (release / ".venv" / "bin").mkdir(parents=True)
    (release / "deploy").symlink_to(ROOT / "deploy")
    command = release / ".venv" / "bin" / "bazargah"
    command.write_text(f'#!/bin/sh\ncd {tree}\nPYTHONPATH={tree} exec {sys.executable} -m marketplace "$@"\n')
    command.chmod(0o755)


def with_one_migration_more(folder: Path) -> Path:
    """This code with a migration that adds, as the next release would."""
    tree = folder / "tree"
    tree.mkdir()
    for name in ("marketplace", "templates"):
        (tree / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "migrations", tree / "migrations")
    old = max(path.name[:4] for path in (ROOT / "migrations/versions").glob("[0-9]*.py"))
    new = f"{int(old) + 1:04d}"
    (tree / "migrations" / "versions" / f"{new}_drill.py").write_text(MIGRATION.format(new=new, old=old))
    return tree


def nginx_of(folder: Path, house: Standing) -> Path:
    """The shipped file with places of our own, without TLS, and with no limit for the one address of the generator: who
    comes has one of a hundred, since the API allows each only so many calls.
    """
    text = (ROOT / "deploy" / "nginx" / "bazargah.conf").read_text("utf-8")
    plain = free_port()
    for shipped, here in {
        r"127\.0\.0\.1:8000 ": f"127.0.0.1:{house.ports[0]} ",
        r"127\.0\.0\.1:8001 ": f"127.0.0.1:{house.ports[1]} ",
        r"listen 80;": f"listen 127.0.0.1:{plain};",
        r"listen 443 ssl http2;": f"listen 127.0.0.1:{house.front};",
        r"    ssl_[^\n]*\n": "",
        r"bazaar\.example": "localhost 127.0.0.1",
        r"/var/log/nginx/|/var/cache/nginx/": f"{folder}/ng-",
        r"rate=\d+r/s": "rate=100000r/s",
        r"limit_conn bazargah_lines 60;": "",
        r"X-Forwarded-For \$remote_addr": "X-Forwarded-For $visitor",
    }.items():
        text, count = re.subn(shipped, here, text)
        if not count:
            raise RuntimeError(f"{shipped} is not in the file any more")
    temporary = "".join(
        f"{kind}_temp_path {folder}/t-{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.getuid() == 0 else ""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off;\n{user}\npid {folder}/nginx.pid;\nerror_log {folder}/nginx-error.log;\n"
        f"events {{ worker_connections 1024; }}\nhttp {{\n{VISITORS}{temporary}{text}\n}}\n"
    )
    return whole


def wait_for_front(port: int) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        with suppress(requests.RequestException):
            if requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok:
                return
        time.sleep(0.2)
    raise RuntimeError("nobody answers behind nginx")


def main() -> int:
    databases.open_run()
    try:
        with tempfile.TemporaryDirectory(prefix="bazargah-release-", ignore_cleanup_errors=True) as place:
            Path(place).chmod(0o711)
            found = drill(
                Path(place),
                seconds=float(os.environ.get("SECONDS", "300")),
                pages=float(os.environ.get("PAGES", "100")),
                checkouts=float(os.environ.get("CHECKOUTS", "10")),
            )
    finally:
        databases.close_run()
    print(f"{found.answered} answered, {found.turned_away} told to come back, {found.wrong or 'none'} wrong,")
    print(
        f"{len(found.acknowledged)} orders acknowledged, {found.lost} lost, longest answer {found.worst_ms:.0f} ms"
    )
    return int(bool(found.wrong or found.turned_away or found.lost))


if __name__ == "__main__":
    sys.exit(main())
