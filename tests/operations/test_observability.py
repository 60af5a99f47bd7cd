"""Logs that name the request and no person, figures of all processes, and health that tells the truth."""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import replace

import pytest
import structlog
from flask import request
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, text

from marketplace.app import create_app
from marketplace.core import logs, unit_of_work
from marketplace.core.db import db
from marketplace.core.jobs import enqueue, run_job
from marketplace.core.metrics import TURNED_AWAY
from marketplace.core.models import Job
from marketplace.core.turns import turn_away
from marketplace.core.watch import HEADER, KEPT, Watched
from tests.databases import settings_for
from tests.factories import AT, world
from tests.factories.buying import paid
from tests.fakes.gateway import MemoryGateway, use_gateway

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def lines(app):
    """Everything that is logged, as it would be written."""
    logs.configure("DEBUG")
    out = io.StringIO()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(out))
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    logs.configure("ERROR")
    logs.clear_contextvars()


# --- logs -------------------------------------------------------------------------------------------------------------


def test_one_id_goes_from_the_request_through_its_job(app, ctx, lines):
    world(AT)
    db.session.remove()

    @app.post("/_test/enqueue")
    def enqueue_something() -> str:
        with unit_of_work.unit_of_work():
            enqueue("nobody_knows", {}, key="one", at=AT)
        return "ok"

    app.url_map.update()
    answer = app.test_client().post("/_test/enqueue", headers={"Origin": "http://localhost"}, buffered=True)
    request_id = answer.headers[HEADER]
    assert db.session.scalar(select(Job.request_id)) == request_id
    told = [line for line in lines() if line["event"] == "request"]
    assert [(one["request_id"], one["method"], one["status"]) for one in told] == [(request_id, "POST", 200)]


def test_who_is_turned_away_is_counted_and_not_written_down(app, lines):
    """A line for each would cost more than the answer, in the very seconds in which nothing is to spare."""

    def refuse(environ, start_response):
        return turn_away(app, "others", environ, start_response)

    app.wsgi_app, before = Watched(refuse, believes_ids=False), app.wsgi_app
    try:
        counted = TURNED_AWAY.labels("others")._value.get()
        for ask in (app.test_client().get, app.test_client().post):
            assert ask("/sign-up", buffered=True).status_code == 503
    finally:
        app.wsgi_app = before
    assert TURNED_AWAY.labels("others")._value.get() == counted + 2
    assert [line for line in lines() if line["event"] == "request"] == []


def test_a_job_logs_under_the_request_that_it_follows(app, ctx, lines, at):
    kind = next(iter(app.extensions["bazargah"].job_kinds))
    logs.begin("request-0001")
    with unit_of_work.unit_of_work():
        job_id = enqueue(kind, {"nonsense": 1}, key="two", at=at)
    logs.begin("worker-00001")
    db.session.rollback()
    assert not run_job(job_id, at=at)
    told = {line["event"]: line for line in lines()}
    for event in ("job", "job_failed"):
        assert (told[event]["request_id"], told[event]["job_id"]) == ("request-0001", job_id)
    assert told["job"]["outcome"] == "failed"


@pytest.mark.parametrize(("believed", "sent"), [(True, "abcdef0123456789"), (False, None), (True, None)])
def test_an_id_is_believed_from_a_proxy_of_ours_alone(settings, believed, sent):
    app = create_app(replace(settings, trusted_proxies=int(believed)))
    wanted = sent or 'x" injected'
    given = app.test_client().get("/healthz", headers={HEADER: wanted}).headers[HEADER]
    assert (given == wanted) is (sent is not None and believed)
    assert logs.ID.fullmatch(given)


def test_nothing_that_leads_to_a_person_is_logged(app, ctx, lines, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(at)
    paid(gateway, small.shopper, (small.bowl, 1), at=at)
    log = structlog.get_logger()
    told = {"mobile": "09121234567", "mail": "sara@example.ir", "deep": {"id": ["0012345679"]}}
    log.info("told", **told)
    try:
        with unit_of_work.unit_of_work():
            db.session.execute(text("INSERT INTO people (mobile) VALUES (:m)"), {"m": "09121234567"})
    except Exception:
        log.exception("failed")
    log.error("foreign", error="x\nDETAIL:  Key (name)=(سارا نوری) already exists.")
    raw = json.dumps(lines(), ensure_ascii=False)
    assert "failed" in raw
    for secret in ("09121234567", "sara@example.ir", "0012345679", "سارا"):
        assert secret not in raw
    people = db.session.execute(text("SELECT mobile, given_name, surname FROM people")).all()
    for value in {v for row in people for v in row if v and len(v) > 2}:
        assert value not in raw, "a person of the festival stands in the log"


def test_an_address_is_logged_with_its_end_cut(app, ctx, lines):
    world(AT)
    db.session.remove()
    answer = app.test_client().post(
        "/sign-in",
        data={"mobile": "09120000077", "password": "a wrong one"},
        headers={"Origin": "http://localhost"},
        environ_base={"REMOTE_ADDR": "5.160.12.7"},
    )
    assert answer.status_code in (401, 422)
    told = lines()
    assert [line["network"] for line in told if line["event"] == "sign_in_refused"] == ["5.160.…"]
    assert "5.160.12.7" not in json.dumps(told)


def test_libraries_speak_in_lines_of_ours(lines):
    before = logging.getLogger().handlers[:]
    try:
        logs.take_in_libraries()
        logging.getLogger("urllib3").warning("Retrying 09121234567")
    finally:
        logging.getLogger().handlers = before
    (line,) = [one for one in lines() if one["event"] == "library"]
    assert (line["logger"], line["said"]) == ("urllib3", "Retrying 091…67")


# --- figures ----------------------------------------------------------------------------------------------------------


def figures(client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_not_by_address(app, ctx):
    client = app.test_client()
    key = (
        "bazargah_http_requests_total",
        frozenset({"method": "GET", "route": "/seal/<code>", "status": "404"}.items()),
    )
    before = figures(client).get(key, 0)
    for code in ("AAAA", "BBBB"):
        client.get(f"/seal/{code}", buffered=True)
    client.get("/no/such/place", buffered=True)
    after = figures(client)
    assert after[key] == before + 2
    assert not [labels for _, labels in after if "AAAA" in str(labels) or "/no/such/place" in str(labels)]


def test_every_kept_page_is_counted_with_its_time(settings, ctx):
    world(AT)
    db.session.remove()
    app = create_app(replace(settings, page_cache_mb=4))
    client = app.test_client()
    labels = {"method": "GET", "route": KEPT, "status": "200"}
    keys = [
        ("bazargah_http_requests_total", frozenset(labels.items())),
        ("bazargah_http_request_seconds_count", frozenset({"route": KEPT}.items())),
        ("bazargah_http_request_seconds_bucket", frozenset({"route": KEPT, "le": "+Inf"}.items())),
    ]
    before = [figures(client).get(key, 0) for key in keys]
    for _ in range(8):
        client.get("/", buffered=True)
    after = [figures(client)[key] for key in keys]
    assert [n - m for n, m in zip(after, before, strict=True)] == [7, 7, 7]
    app.extensions["bazargah_page_cache"].close()


@pytest.mark.of_sqlite
def test_the_figures_of_the_house_are_told(app, ctx, at):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(at)
    paid(gateway, small.shopper, (small.bowl, 1), at=at)
    found = {name for name, _ in figures(app.test_client())}
    wanted = {"jobs", "jobs_lag_seconds", "holds", "holds_overdue_seconds", "messages_queued", "sweep_lag_seconds",
              "sweep_troubled", "invariants_broken", "invariants_age_seconds", "backup_age_seconds", "database_up",
              "database_bytes", "database_wal_bytes", "disk_free_bytes"}  # fmt: skip
    assert not {f"bazargah_{name}" for name in wanted} - found


def test_looking_at_the_invariants_is_told(app, ctx):
    age, broken = (
        ("bazargah_invariants_age_seconds", frozenset()),
        ("bazargah_invariants_broken", frozenset()),
    )
    assert figures(app.test_client())[age] > 1e8
    assert app.test_cli_runner().invoke(args=["invariants"]).exit_code == 0
    found = figures(app.test_client())
    assert (found[age] < 60, found[broken]) == (True, 0)
    with unit_of_work.unit_of_work():
        db.session.execute(text("INSERT INTO jobs (kind, key, payload, state, run_at, attempts, by_hand, created_at) "
                                "VALUES ('x', 'x', '{}', 'queued', '2026-01-01', 0, 0, '2026-01-01')"))  # fmt: skip
    app.extensions["bazargah"].invariants["always_broken"] = lambda: iter(["row 7"])
    try:
        assert app.test_cli_runner().invoke(args=["invariants"]).exit_code == 1
    finally:
        del app.extensions["bazargah"].invariants["always_broken"]
    found = figures(app.test_client())
    assert found[broken] == 1
    assert found["bazargah_jobs_lag_seconds", frozenset()] > 1e6


def test_figures_are_for_this_machine_or_for_the_token(settings):
    app = create_app(replace(settings, metrics_token="t" * 32))
    with app.app_context():
        client, far = app.test_client(), {"REMOTE_ADDR": "203.0.113.9"}
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
        assert client.get("/metrics", environ_overrides=far).status_code == 404
        for shown, status in (("t" * 32, 200), ("t" * 31, 404), ("", 404), ("ت", 404)):
            headers = {"Authorization": f"Bearer {shown}".encode().decode("latin-1")}
            assert client.get("/metrics", headers=headers, environ_overrides=far).status_code == status
        db.engine.dispose()
    nobody = create_app(settings)
    assert nobody.test_client().get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_overrides=far
    ).status_code == 404  # fmt: skip


def test_behind_a_proxy_the_visitor_is_the_visitor(settings):
    """Without it every visitor behind nginx would share one limit."""
    app = create_app(replace(settings, trusted_proxies=1))
    seen = []
    app.before_request(lambda: seen.append((request.remote_addr, request.scheme)))
    client = app.test_client()
    client.get(
        "/healthz", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https"}
    )
    assert seen == [("203.0.113.9", "https")]
    bare = create_app(settings)
    seen.clear()
    bare.before_request(lambda: seen.append((request.remote_addr, request.scheme)))
    bare.test_client().get(
        "/healthz", headers={"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    )
    assert seen == [("127.0.0.1", "http")]


# --- health -----------------------------------------------------------------------------------------------------------


def test_ready_is_who_has_a_database_that_knows_what_this_code_wants(app, ctx):
    client = app.test_client()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["state"]) == (200, "ready")
    with unit_of_work.unit_of_work():
        db.session.execute(text("UPDATE alembic_version SET version_num = '0046'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["state"]) == (503, "not ready")
    assert answer.json["checks"]["migrations"] == "wanting"
    assert app.test_cli_runner().invoke(args=["doctor"]).exit_code == 1
    with unit_of_work.unit_of_work():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert client.get("/readyz").status_code == 200, (
        "old code runs with a newer database while a release goes out"
    )


def test_a_house_without_database_is_alive_not_ready_and_says_so_in_a_page(tmp_path):
    away = "postgresql://nobody@127.0.0.1:1/none"
    app = create_app(settings_for(away, tmp_path))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    page = client.get("/stores")
    assert page.status_code == 503
    assert page.headers["Retry-After"] == "5"
    assert '<html lang="fa" dir="rtl">' in page.text
    assert "در دسترس نیست" in page.text
    told = client.get("/api/v1/stores")
    assert (told.status_code, told.json["code"]) == (503, "unavailable")
    assert figures(client)["bazargah_database_up", frozenset()] == 0


def test_without_redis_the_house_is_ready_but_degraded(settings):
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    create_app(settings)  # the counts of limits are one for the process: back to its own memory
    with app.app_context():
        answer = app.test_client().get("/readyz")
        assert (answer.status_code, answer.json["state"]) == (200, "degraded")
        assert answer.json["checks"]["redis"] == "wanting"
        assert figures(app.test_client())["bazargah_redis_up", frozenset()] == 0
        db.engine.dispose()


def test_the_doctor_tells_what_is_wanting(app, ctx):
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert told.exit_code == 0, told.output
    words = (
        "database",
        "migrations",
        "room",
        "server",
        "holidays",
        "dead jobs 0",
        "sweeps    none in trouble",
    )
    for word in words:
        assert re.search(rf"^{word}", told.output, re.M), told.output


def test_the_doctor_ends_with_1_for_whatever_is_wanting(settings):
    """Redis is nothing that visitors cannot be served without; an operator asks for more than that."""
    app = create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    create_app(settings)  # the counts of limits are one for the process: back to its own memory
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert told.exit_code == 1
    assert re.search(r"^redis     WANTING: ", told.output, re.M), told.output
    assert re.search(r"^dead jobs 0$", told.output, re.M), told.output
    with app.app_context():
        db.engine.dispose()


def test_the_doctor_comes_also_when_the_database_is_away(tmp_path):
    app = create_app(settings_for("postgresql://nobody@127.0.0.1:1/none", tmp_path))
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert told.exit_code == 1
    assert isinstance(told.exception, SystemExit), told.exception
    assert re.search(r"^database  WANTING: OperationalError$", told.output, re.M), told.output
    assert re.search(r"^room      fine: ", told.output, re.M), told.output
