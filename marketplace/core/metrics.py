"""What this process counts: requests by route, jobs by kind, calls to the gateway, who was turned away.

The processes of one web server add up through the files of `PROMETHEUS_MULTIPROC_DIR`, which `bazargah serve` sets.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds that the promises are made in: a page in 0.3, a checkout in 0.5, the slowest hundredth in 1."""
REQUESTS = Counter("bazargah_http_requests", "Answered requests", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "bazargah_http_request_seconds", "Time to the end of an answer", ["route"], buckets=SECONDS
)
IN_FLIGHT = Gauge("bazargah_http_in_flight", "Requests under way", multiprocess_mode="livesum")
TURNED_AWAY = Counter("bazargah_http_turned_away", "Requests refused under overload", ["kind"])
LIMITS = Counter("bazargah_limits_reached", "Requests refused by a limit", ["endpoint"])
COLLISIONS = Counter(
    "bazargah_collisions",
    "Units that the database undid for another's sake, by what became of it",
    ["outcome"],
)
for _outcome in ("done again", "given up"):
    COLLISIONS.labels(_outcome)  # told from the beginning: the first of all would be no increase
JOBS = Counter("bazargah_jobs_finished", "Attempts of jobs by outcome", ["kind", "outcome"])
JOB_SECONDS = Histogram("bazargah_job_seconds", "Time of an attempt of a job", ["kind"], buckets=SECONDS)
GATEWAY_CALLS = Counter("bazargah_gateway_calls", "Calls to the payment gateway by outcome", ["outcome"])
GATEWAY_SECONDS = Histogram(
    "bazargah_gateway_seconds", "Time of a call to the payment gateway", buckets=SECONDS
)
CLOCK_OFF = Gauge(
    "bazargah_clock_off_seconds",
    "How far the clock moved beside time, or is from the database's",
    multiprocess_mode="livemax",
)
STALE_NEWS = Counter(
    "bazargah_gateway_stale_news", "News of the gateway, rightly signed, that came too late or too early"
)
GATEWAY_OPEN = Gauge(
    "bazargah_gateway_circuit_open", "1 while the gateway is not asked", multiprocess_mode="livemax"
)
