"""For operators: is the process up, does the database answer, how much was done."""

from __future__ import annotations

from flask import Blueprint, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import func, select, text

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.models import Job

blueprint = Blueprint("health", __name__)
JOBS = Gauge("bazargah_jobs", "Jobs by state", ["state"])


@blueprint.get("/healthz")
def show_health() -> Response:
    """200 while the process serves."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def show_readiness() -> Response:
    """200 while the database answers."""
    db.session.execute(text("SELECT 1"))
    return Response("ready\n", mimetype="text/plain")


@blueprint.get("/metrics")
def show_metrics() -> Response:
    """Figures in Prometheus' text form, for this machine alone; 404 for everybody else and through a proxy."""
    if request.remote_addr not in ("127.0.0.1", "::1") or "X-Forwarded-For" in request.headers:
        raise NotFound()
    for state, count in db.session.execute(select(Job.state, func.count()).group_by(Job.state)):
        JOBS.labels(state=state.value).set(count)
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)
