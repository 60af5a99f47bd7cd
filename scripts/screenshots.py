"""Makes the pictures of README and guides from a running demo: `docs/screenshots/*.webp`.

    make run                                  # in another window
    python scripts/screenshots.py             # all; names choose some: home record office story

Signs in as the demo's people (instance/demo/credentials.json), opens one page each and keeps its upper part. `story`
buys at two shops, pays in the sandbox, packs, ships and receives, and pictures the way. Promises: no picture is larger
than 150 kB; but for the story nothing is bought, decided or sent; exits 0, or 1 with the page that did not open.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from marketplace.core.text import persian_digits

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screenshots"
LARGEST = 150_000
QUALITIES = (80, 70, 60, 50, 40)
PATIENCE_MS = 90_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Shot:
    """A page: where it is, who looks, how wide the window is, in which theme, and a link to follow first."""

    path: str
    who: str = ""
    size: tuple[int, int] = (1280, 1000)
    theme: str = "light"
    follow: str = ""


PHONE = (390, 844)
SHOTS = {
    "home": Shot("/"),
    "home-phone": Shot("/", size=PHONE),
    "home-en-dark": Shot("/en/", theme="dark"),
    "search": Shot("/search?q=كيف"),
    "offer": Shot("/search?q=كيف", follow="main a[href*='/offers/']"),
    "record": Shot("/stores/{store}/record"),
    "lottery": Shot("/lottery"),
    "verify": Shot("/draws/tabestan-1402/verify", size=(1280, 1500)),
    "fund": Shot("/fund"),
    "stats": Shot("/stats"),
    "me": Shot("/me", "shopper", PHONE),
    "entries": Shot("/me/entries", "shopper", PHONE),
    "board": Shot("/panel/orders", "store_owner"),
    "panel-offers": Shot("/panel/offers", "store_owner"),
    "settlement": Shot("/panel/settlement", "store_owner"),
    "applications": Shot("/office/applications", "office", (1440, 1000)),
    "policy": Shot("/office/policy", "office", (1440, 1000)),
    "seals-desk": Shot("/office/seals", "seal_officer", (1440, 1000)),
    "complaints-desk": Shot("/office/complaints", "seal_officer", (1440, 1000)),
    "clearances": Shot("/office/clearances", "clearance_officer", (1440, 1000)),
    "inspections": Shot("/office/inspections", "health_inspector", PHONE),
    "claims-desk": Shot("/office/claims", "adjudicator", (1440, 1000)),
    "audit": Shot("/office/audit", "auditor", (1440, 1000)),
}

STORY = "story"
ADDRESS = {
    "receiver": "سارا آزمون",
    "mobile": "۰۹۱۲ ۳۴۵ ۶۷۸۹",
    "city": "اصفهان",
    "line": "خیابان چهارباغ، پلاک ۱۲",
    "postal_code": "۸۱۴۶۵-۷۴۱۱۱",
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes docs/screenshots/ from a running demo.")
    parser.add_argument("names", nargs="*", choices=[*SHOTS, STORY, []], help="only these")
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument(
        "--instance", type=Path, default=Path(os.environ.get("INSTANCE_PATH", ROOT / "instance"))
    )
    given = parser.parse_args()
    people = json.loads((given.instance / "demo" / "credentials.json").read_text(encoding="utf-8"))
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            for name in given.names or [*SHOTS, STORY]:
                if name == STORY:
                    _tell(browser, given.base, people)
                else:
                    print(f"{name}: {_make(browser, given.base, people, name)} bytes", flush=True)
        except Exception as problem:
            print(f"{name}: {problem}", file=sys.stderr)
            return 1
        finally:
            browser.close()
    return 0


def _make(browser: Browser, base: str, people: dict[str, dict[str, str]], name: str) -> int:
    """Opens the page and writes its picture; gives the size of the file."""
    shot = SHOTS[name]
    size = {"width": shot.size[0], "height": shot.size[1]}
    context = browser.new_context(viewport=size, color_scheme=shot.theme, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        if shot.who:
            _sign_in(page, base, people[shot.who])
        path = shot.path.replace("{store}", people["store_owner"]["store_slug"])
        answer = page.goto(base + path, wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status if answer else 'nothing'}")
        if shot.follow:
            page.goto(
                base + (page.locator(shot.follow).first.get_attribute("href") or ""), wait_until="networkidle"
            )
        return _keep(page.screenshot(animations="disabled"), FOLDER / f"{name}.webp")
    finally:
        context.close()


def _tell(browser: Browser, base: str, people: dict[str, dict[str, str]]) -> None:
    """From the cart to the receipt, a picture at each step."""
    options: dict[str, Any] = {
        "viewport": {"width": 1280, "height": 1000},
        "color_scheme": "light",
        "reduced_motion": "reduce",
    }
    context, other = browser.new_context(**options), browser.new_context(**options)
    for each in (context, other):
        each.set_default_timeout(PATIENCE_MS)
    page, shop = context.new_page(), other.new_page()
    try:
        _sign_in(page, base, people["shopper"])
        for shelf in (f"/stores/{people['store_owner']['store_slug']}", "/search"):
            _buy_first(page, base, shelf)
        _picture(page, base, "cart", "/cart")
        _picture(page, base, "cart-en", "/en/cart")
        page.goto(f"{base}/checkout", wait_until="networkidle")
        for name, value in ADDRESS.items():
            page.fill(f"[name={name}]", value)
        with page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.url.endswith("/checkout")
        ):
            page.select_option("select[name=province]", label="اصفهان")
        page.locator("html:not([aria-busy])").wait_for(state="attached")
        _picture(page, base, "checkout")
        page.locator("#pay").click()
        page.wait_for_url("**/pay/*")
        _picture(page, base, "pay")
        page.locator("button[value=pay]").click()
        page.wait_for_url("**/orders/*")
        order = page.url.removeprefix(base).partition("?")[0]
        _picture(page, base, "order", order)
        _picture(page, base, "order-en", f"/en{order}")
        _sign_in(shop, base, people["store_owner"])
        _ship(shop, base, order.rpartition("/")[2])
        page.goto(base + order)
        page.locator("form[action$='/receipt'] button").first.click()
        page.wait_for_load_state("networkidle")
        _picture(page, base, "received", order)
    finally:
        context.close()
        other.close()


def _buy_first(page: Page, base: str, shelf: str) -> None:
    """Puts the first offer of a list that can be bought into the cart."""
    page.goto(base + shelf)
    for address in [
        link.get_attribute("href") or "" for link in page.locator("main a[href*='/offers/']").all()
    ]:
        page.goto(base + address)
        if page.locator("form#buy button[type=submit]:visible").count():
            page.locator("form#buy button[type=submit]").click()
            page.wait_for_url("**/cart")
            return
    raise RuntimeError(f"nothing can be bought at {shelf}")


def _ship(page: Page, base: str, number: str) -> None:
    """Accepts, packs and ships the store's part of an order; pictures the packing."""
    page.goto(f"{base}/panel/orders")
    page.get_by_text(number).or_(page.get_by_text(persian_digits(number))).first.click()
    page.wait_for_url("**/panel/orders/*")
    page.locator("form[action$='/acceptance'] button[type=submit]").click()
    packing = page.locator("form[action$='/packing']")
    packing.wait_for()
    _picture(page, base, "packing")
    packing.locator("input[name=kit]").check()
    packing.locator("button[type=submit]").click()
    shipment = page.locator("form[action$='/shipment']")
    shipment.locator("[name=tracking_code]").fill(f"ABC{number}")
    shipment.locator("button[type=submit]").click()
    page.wait_for_load_state("networkidle")


def _picture(page: Page, base: str, name: str, path: str = "") -> None:
    if path:
        page.goto(base + path, wait_until="networkidle")
    kept = _keep(page.screenshot(animations="disabled"), FOLDER / f"{name}.webp")
    print(f"{name}: {kept} bytes", flush=True)


def _sign_in(page: Page, base: str, person: dict[str, str]) -> None:
    page.goto(f"{base}/sign-in")
    page.fill("input[name=mobile]", person["mobile"])
    page.locator("details.gate__more summary").click()
    page.fill("input[name=password]", person["password"])
    with page.expect_navigation():
        page.locator("button[formaction$='/sign-in']").click()


def _keep(shot: bytes, path: Path) -> int:
    """Writes WebP in the best quality that stays below the limit."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for quality in QUALITIES:
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= LARGEST:
            break
    path.write_bytes(out.getvalue())
    return out.tell()


if __name__ == "__main__":
    sys.exit(main())
