"""What everything is held against: the smallest Flask application, and a page that was made before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

PAGE_BYTES = 24_000
PAGE = (b"<!doctype html><title>page</title>" + b"<p>hello</p>" * 2_000)[:PAGE_BYTES]


def create_hello() -> Flask:
    """One route that answers a word: the unit H is its processor time per request."""
    app = Flask("hello")

    @app.get("/")
    def hello() -> str:
        return "hello"

    return app


def create_prebuilt() -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    """A WSGI application that answers a page made before: the least that any page can cost here."""
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(PAGE)))]

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [PAGE]

    return answer
