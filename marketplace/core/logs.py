"""Logs: one JSON object a line on standard output, each with the request or the job that it belongs to.

A request carries an id (`X-Request-ID`) from the web server through its jobs to the calls that these make outside.
Nothing that leads to a person is written: mobiles, mail addresses, Shebas and long numbers are cut, the rows that a
database quotes in its complaints are left out, and what people typed is never logged.
"""

from __future__ import annotations

import logging
import random
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

from marketplace.core.masking import without_persons

ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUOTED_ROW = re.compile(r"(DETAIL: |CONTEXT: ).*")
_QUOTED_VALUES = re.compile(r"\[parameters: .*")
Line = MutableMapping[str, Any]


def new_id() -> str:
    """An id that nobody had before."""
    return f"{random.getrandbits(64):016x}"


def begin(request_id: str) -> None:
    """From here on this thread works for that request alone."""
    clear_contextvars()
    bind_contextvars(request_id=request_id)


def current_id() -> str | None:
    """The id of the request that this thread works for."""
    return get_contextvars().get("request_id")


@contextmanager
def for_job(job_id: int, kind: str, request_id: str | None) -> Iterator[None]:
    """What is logged meanwhile names the job, and the request that it follows."""
    with bound_contextvars(request_id=request_id or current_id() or new_id(), job_id=job_id, job_kind=kind):
        yield


def without_people(logger: Any, method: str, line: Line) -> Line:
    """The line with everything cut that leads to a person."""
    return {key: without_persons(_without_rows(value)) for key, value in line.items()}


def _without_rows(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return _QUOTED_VALUES.sub("[parameters left out]", _QUOTED_ROW.sub(r"\1left out", value))


def configure(level_name: str) -> None:
    """Sets what is written, and how. Safe to repeat."""
    level = logging.getLevelNamesMapping().get(level_name, logging.INFO)
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            without_people,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def take_in_libraries() -> None:
    """Warnings of libraries come out as lines of ours: for a process that is ours alone."""
    root = logging.getLogger()
    root.handlers = [_Passing(logging.WARNING)]


class _Passing(logging.Handler):
    """Hands what a library says to our own log."""

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, Any] = {"said": record.getMessage(), "logger": record.name}
        if record.exc_info:
            told["exc_info"] = record.exc_info
        structlog.get_logger(record.name).log(record.levelno, "library", **told)
