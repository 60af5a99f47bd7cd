"""A real Chromium over a real house: pages whose console stays silent, and the words to look for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.needs import have

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
PATIENCE_MS = 20_000


class Quiet(WSGIRequestHandler):
    """Writes down no request."""

    def log_request(self, *_: Any) -> None:
        pass


@dataclass
class Tab:
    """A page of a browser context of its own, with everything its console said."""

    page: Page
    base: str
    prefix: str
    said: list[str] = field(default_factory=list)
    has_scripts: bool = True

    def open(self, path: str) -> None:
        """Opens one of our pages in the tab's language."""
        self.page.goto(f"{self.base}{self.prefix}{path}")

    def enter(self, secret: str) -> None:
        """Signs somebody in by the value of their session cookie."""
        self.page.context.add_cookies([{"name": "sid", "value": secret, "url": self.base}])

    def send(self, action: str, *, by: str = "button:not([type=button])", **values: Any) -> None:
        """Fills the form whose action ends so and sends it; a value of a box or a choice is the one that is ticked."""
        form = self.page.locator(f"form[method=post][action$='{action}']").first
        form.evaluate("form => form.closest('details')?.setAttribute('open', '')")
        for name, value in values.items():
            field = form.locator(f"[name='{name}']")
            kind = field.first.evaluate("field => field.type")
            if kind in ("radio", "checkbox"):
                form.locator(f"[name='{name}'][value='{value}']").check(force=True)
            elif kind == "select-one":
                field.select_option(value)
            elif kind == "file":
                field.set_input_files(value)
            else:
                field.fill(str(value))
        with self.page.expect_navigation():
            form.locator(by).first.click()

    def main(self) -> str:
        """The words of the page's own part."""
        return self.page.locator("main").inner_text()

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.page.locator(selector).all_inner_texts()]

    def ensure_silent(self) -> None:
        """Nothing was blocked by the content policy and no script failed."""
        assert not self.said, self.said

    def ensure_fits(self) -> None:
        """The page, once its styles are there, does not scroll sideways."""
        self.page.wait_for_load_state("load")
        width: int = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= self.page.viewport_size["width"], f"{self.page.url} is {width} px wide"  # type: ignore[index]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = have("chromium")
    assert path is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """The house (any WSGI application) in threads of this process, so that a clock that is moved moves both; gives
    its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def tab(
    browser: Browser, base: str, language: str, viewport: dict[str, int] | None = None, **options: Any
) -> Iterator[Tab]:
    """A tab without cookies, in a language, on a desktop unless told."""
    context = browser.new_context(viewport=viewport or DESKTOP, **options)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    has_scripts = options.get("java_script_enabled", True)
    opened = Tab(page, base, "/en" if language == "en" else "", has_scripts=has_scripts)
    page.on("console", lambda message: _hear(opened, message))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    try:
        yield opened
    finally:
        context.close()


def _hear(opened: Tab, message: Any) -> None:
    """Errors and warnings; pictures that this house did not draw are no news."""
    address = str(message.location.get("url", ""))
    if message.type in ("error", "warning") and "/media/" not in address:
        opened.said.append(f"{message.text} {address}")
