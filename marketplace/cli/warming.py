"""A house that has shown its pages before anybody comes.

The first page of a kind costs a hundred times the next: its templates and statements are compiled for it, its sentences
read. Twenty threads that do so at once, for visitors who wait, take seconds; here one does it before.
"""

from __future__ import annotations

import re
import threading
import time

import structlog
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from marketplace.core.health import needed_findings

TEMPLATES = ("layouts/", "components/", "errors/", "storefront/", "accounts/")
"""What every page is made of, and what shoppers come to."""
PAGES = ("/", "/search", "/stores", "/cart", "/sign-in", "/rules", "/fund")
LINKS = tuple(re.compile(rf'href="({kind}[^"?#/]+)"') for kind in ("/c/", "/stores/", "/offers/"))
"""Of each of these kinds the first that the pages lead to is asked for as well."""
log = structlog.get_logger(__name__)


class Warming:
    """The main pages of a house, asked for once by each process: it takes `most_seconds`, and a page more, at most."""

    def __init__(self, app: Flask, most_seconds: float) -> None:
        self._app, self._most = app, most_seconds
        self._lock = threading.Lock()
        self.is_over = False

    def run(self) -> bool:
        """Asks for them, should that not be over yet; whether it is.

        A house whose database is away, or older than the code, asks the next time. Whatever else goes wrong is no
        reason to keep visitors out: who asks first then waits longer.
        """
        with self._lock:
            if not self.is_over and self._has_what_is_needed():
                self._ask_for_all(time.monotonic() + self._most)
                self.is_over = True
        return self.is_over

    def _has_what_is_needed(self) -> bool:
        with self._app.app_context():
            return all(one.is_fine for one in needed_findings())

    def _ask_for_all(self, end: float) -> None:
        begun, asked = time.monotonic(), 0
        try:
            self._compile_templates(end)
            waiting, kinds = list(PAGES), list(LINKS)
            while waiting and time.monotonic() < end:
                path = waiting.pop(0)
                text, _ = self._ask(path), self._ask("/en" + path)
                asked += 1
                for kind in kinds.copy():
                    if found := kind.search(text):
                        waiting.append(found[1])
                        kinds.remove(kind)
        except Exception as error:
            log.warning("not_warmed", error=type(error).__name__, said=str(error))
        log.info("warmed", pages=asked, ms=round((time.monotonic() - begun) * 1000))

    def _compile_templates(self, end: float) -> None:
        environment = self._app.jinja_env
        for name in environment.list_templates(filter_func=lambda name: name.startswith(TEMPLATES)):
            if time.monotonic() < end:
                environment.get_template(name)

    def _ask(self, path: str) -> str:
        """The page as a visitor without a session gets it. Raises RuntimeError where there is none."""
        asked = EnvironBuilder(
            path,
            self._app.config["SETTINGS"].base_url,
            headers=[("Accept", "text/html")],
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )
        try:
            parts, status, _ = run_wsgi_app(
                self._app.extensions["bazargah_layers"], asked.get_environ(), buffered=True
            )
        finally:
            asked.close()
        if status.startswith("5"):
            raise RuntimeError(f"{path}: {status}")
        return b"".join(parts).decode()
