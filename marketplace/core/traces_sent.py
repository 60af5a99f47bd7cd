"""Spans sent to a collector by OTLP over HTTP, with OpenTelemetry's own SDK. Loaded only where `TRACES_URL` is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from marketplace.core import logs
from marketplace.core.traces import Kind, trace_id
from marketplace.core.traces_settings import TracesPlace

KINDS = {
    "request": trace.SpanKind.SERVER,
    "job": trace.SpanKind.CONSUMER,
    "call": trace.SpanKind.CLIENT,
    "inside": trace.SpanKind.INTERNAL,
}
SEND_SECONDS = 5


class Sender:
    """Sends the spans of the place's share of requests to its collector."""

    def __init__(self, place: TracesPlace) -> None:
        self._provider = TracerProvider(
            sampler=ParentBasedTraceIdRatio(place.percent / 100),
            resource=Resource.create({"service.name": "bazargah"}),
            id_generator=_OfTheRequest(),
        )
        self._provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=place.url, timeout=SEND_SECONDS))
        )
        self._tracer = self._provider.get_tracer("marketplace")
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, kind: Kind, name: str) -> _Sent:
        """A span within the one that this thread is at; at none, the first of its request's trace here."""
        return _Sent(self._tracer.start_span(name, kind=KINDS[kind]))

    def carried(self) -> dict[str, str]:
        """`traceparent`, as W3C Trace Context has it."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    def close(self) -> None:
        """Sends what waits."""
        self._provider.shutdown()


class _Sent:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @contextmanager
    def within(self) -> Iterator[None]:
        with trace.use_span(self._span, record_exception=False, set_status_on_exception=False):
            yield

    def note(self, name: str, told: str | int) -> None:
        self._span.set_attribute(name, told)

    def end(self, *, failed: bool = False) -> None:
        if failed:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()


class _OfTheRequest(RandomIdGenerator):
    """A trace's id follows from the id of the request that this thread works for."""

    def generate_trace_id(self) -> int:
        request_id = logs.current_id()
        return int(trace_id(request_id), 16) if request_id else super().generate_trace_id()
