"""Traces: one for a request, its unit of work, the job that follows and what it asks outside; and no person in it."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from marketplace.app import create_app
from marketplace.core import logs, traces
from marketplace.core.db import db
from marketplace.core.http import client
from marketplace.core.jobs import JobKind, enqueue, run_job
from marketplace.core.settings import SettingsError, read_settings
from marketplace.core.traces_settings import TracesPlace
from marketplace.core.unit_of_work import unit_of_work
from tests.factories import AT

pytestmark = pytest.mark.databases("sqlite")
PHRASE = "09120000001"


class Collector:
    """A collector that takes OTLP over HTTP, and an address outside that notes the headers it was asked with."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                outer.bodies.append(gzip.decompress(body) if packed else body)
                self._answer()

            def do_GET(self) -> None:
                outer.asked.append({name.lower(): told for name, told in self.headers.items()})
                self._answer()

            def _answer(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *told: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self) -> list[Any]:
        """All that came, once the tracer is closed."""
        traces.close()
        read = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for one in read
            for resource in one.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    traces.close()
    logs.clear_contextvars()
    running.stop()


def facts(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def traced(settings: Any, collector: Collector, percent: int = 100) -> Any:
    return create_app(replace(settings, traces=TracesPlace(f"{collector.base}/v1/traces", percent)))


def ask_outside(collector: Collector) -> Callable[..., None]:
    return lambda request, patience: client().get(f"{collector.base}/pay?mobile={PHRASE}").raise_for_status()


def test_a_request_its_job_and_what_that_asks_outside_are_one_trace(settings, collector):
    app = traced(settings, collector)
    app.extensions["bazargah"].job_kinds["trace_test"] = JobKind(
        "trace_test", lambda payload, answer, at: None, call=ask_outside(collector)
    )
    begun: list[int] = []

    @app.post("/_test/<mobile>")
    def begin(mobile: str) -> str:
        with unit_of_work():
            begun.append(enqueue("trace_test", {"mobile": mobile}, key="one", at=AT))
        return "ok"

    try:
        answer = app.test_client().post(
            f"/_test/{PHRASE}?q={PHRASE}", headers={"Origin": "http://localhost"}, buffered=True
        )
        request_id = answer.headers["X-Request-ID"]
        logs.begin("a-worker-elsewhere")
        with app.app_context():
            assert run_job(begun[0], at=AT)
            db.session.remove()
            db.engine.dispose()
    finally:
        del app.extensions["bazargah"].job_kinds["trace_test"]
    spans = {
        span.name: span for span in collector.spans() if span.trace_id.hex() == traces.trace_id(request_id)
    }
    assert set(spans) >= {"POST", "unit of work", "trace_test", "GET"}
    request, job, call = spans["POST"], spans["trace_test"], spans["GET"]
    assert spans["unit of work"].parent_span_id in {request.span_id, job.span_id}
    assert call.parent_span_id == job.span_id
    assert facts(request) == {
        "http.request.method": "POST",
        "http.route": "/_test/<mobile>",
        "http.response.status_code": 200,
        "bazargah.request_id": request_id,
    }
    assert facts(job) == {"job.outcome": "done", "job.attempt": 1}
    assert facts(call) == {"server.address": "127.0.0.1", "http.response.status_code": 200}
    assert collector.asked[0]["traceparent"].startswith(f"00-{call.trace_id.hex()}-{call.span_id.hex()}-")
    assert PHRASE.encode() not in b"".join(collector.bodies), "no span tells what was typed"


def test_what_fails_is_marked_as_failed(settings, collector):
    app = traced(settings, collector)

    @app.get("/_test/broken")
    def broken() -> str:
        raise ZeroDivisionError(PHRASE)

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/_test/broken", buffered=True)
    assert answer.status_code == 500
    (request,) = [span for span in collector.spans() if span.name == "GET"]
    assert request.status.code == 2
    assert facts(request)["http.response.status_code"] == 500
    assert PHRASE.encode() not in b"".join(collector.bodies)


def test_of_none_in_a_hundred_nothing_is_sent(settings, collector):
    app = traced(settings, collector, percent=0)
    app.test_client().get("/healthz", buffered=True)
    assert collector.spans() == []


def test_a_house_that_traces_nothing_sends_nothing_and_tells_nobody_a_trace(app, collector):
    app.test_client().get("/healthz", buffered=True)
    client().get(collector.base)
    assert "traceparent" not in collector.asked[0]
    assert collector.spans() == []


def test_a_collector_that_is_gone_is_nobodys_trouble(settings, collector):
    app = traced(settings, collector)
    collector.stop()
    assert app.test_client().get("/healthz", buffered=True).status_code == 200


def test_a_house_without_the_libraries_says_what_to_install(settings, collector, monkeypatch):
    for name in [
        name for name in sys.modules if name.startswith(("opentelemetry", traces.SENDER.split(":")[0]))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(SettingsError, match=r"TRACES_URL .* `traces`"):
        traced(settings, collector)


def test_the_share_is_a_whole_number():
    with pytest.raises(SettingsError, match="TRACES_PERCENT"):
        read_settings({"BAZARGAH_MODE": "test", "TRACES_PERCENT": "many"})
