"""Makes the pictures of README and guides from a running demo: `docs/screenshots/*.webp`.

    make run                                  # in another window
    python scripts/screenshots.py             # all; names choose some: home record office

Signs in as the demo's people (instance/demo/credentials.json), opens one page each and keeps its upper part. Promises:
no picture is larger than 150 kB; nothing is bought, decided or sent; exits 0, or 1 with the page that did not open.
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

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

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
    "complaints-desk": Shot("/office/complaints", "seal_officer", (1440, 1000)),
    "clearances": Shot("/office/clearances", "clearance_officer", (1440, 1000)),
    "inspections": Shot("/office/inspections", "health_inspector", PHONE),
    "claims-desk": Shot("/office/claims", "adjudicator", (1440, 1000)),
    "audit": Shot("/office/audit", "auditor", (1440, 1000)),
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes docs/screenshots/ from a running demo.")
    parser.add_argument("names", nargs="*", choices=[*SHOTS, []], help="only these")
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
            for name in given.names or SHOTS:
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
