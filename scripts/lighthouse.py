"""Measures the main pages of a running demo with Lighthouse and writes `docs/reference/lighthouse.md`.

    npm install --prefix /somewhere lighthouse@12 --ignore-scripts
    make run                                              # in another window
    python scripts/lighthouse.py /somewhere               # all pages on both profiles; names choose some: home cart

The server is the one of production (`bazargah serve`: granian, compression, page cache); the browser is the system's
Chromium. Each page is asked for once before it is measured. A page that is measured again replaces its rows; the
others stay (`--keep FILE`, JSON). Exits 1 when a page could not be
measured; a low mark is no failure: this is a report.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "reference" / "lighthouse.md"
PAGES = {
    "home": "/",
    "list": "{category}",
    "offer": "",
    "cart": "/cart",
    "record": "/stores/{store}/record",
    "draw": "/lottery",
}
PROFILES = {"desktop": ["--preset=desktop"], "phone": []}
MARKS = ("performance", "accessibility", "best-practices", "seo")
TIMES = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
)
FLAGS = "--headless=new --no-sandbox --disable-gpu"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
PATIENCE = 240


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("tool", type=Path, help="the folder in which Lighthouse was installed")
    parser.add_argument("names", nargs="*", choices=[*PAGES, []], help="only these")
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument(
        "--instance", type=Path, default=Path(os.environ.get("INSTANCE_PATH", ROOT / "instance"))
    )
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "lighthouse.json")
    given = parser.parse_args()
    people = json.loads((given.instance / "demo" / "credentials.json").read_text(encoding="utf-8"))
    addresses, cookies = _prepare(given.base, people["store_owner"]["store_slug"])
    kept = json.loads(given.keep.read_text()) if given.keep.is_file() else {}
    missing = []
    for name in given.names or PAGES:
        for profile, options in PROFILES.items():
            found = _measure(
                given.tool, given.base + addresses[name], options, cookies if name == "cart" else ""
            )
            print(f"{name} {profile}: {found or 'not measured'}", flush=True)
            if found is None:
                missing.append(name)
            else:
                kept[f"{name} {profile}"] = found
                given.keep.write_text(json.dumps(kept))
    _write(kept)
    return 1 if missing else 0


def _prepare(base: str, store: str) -> tuple[dict[str, str], str]:
    """The addresses, an offer put into a cart, and the cookies of that cart."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(base)
        category = page.locator("main a[href*='/c/']").first.get_attribute("href") or ""
        page.goto(base + category)
        shown = page.locator("main a[href*='/offers/']").all()
        for offer in [link.get_attribute("href") or "" for link in shown]:
            page.goto(base + offer)
            if page.locator("form#buy button[type=submit]").count():
                break
        page.locator("form#buy button[type=submit]").click()
        page.wait_for_url("**/cart")
        cookies = "; ".join(f"{c['name']}={c['value']}" for c in page.context.cookies())  # type: ignore[typeddict-item]
        addresses = {
            name: path.format(store=store, category=category) or offer for name, path in PAGES.items()
        }
        for path in addresses.values():
            page.goto(base + path, wait_until="networkidle")
        browser.close()
    return addresses, cookies


def _measure(tool: Path, address: str, options: list[str], cookies: str) -> dict[str, Any] | None:
    """Marks of 100, milliseconds, the shift, and what is not in order by name; None when Lighthouse failed."""
    command = ["node", str(tool / "node_modules" / "lighthouse" / "cli" / "index.js"), address, *options]
    command += ["--output=json", "--quiet", f"--chrome-flags={FLAGS}", f"--only-categories={','.join(MARKS)}"]
    if cookies:
        command.append("--extra-headers=" + json.dumps({"Cookie": cookies}))
    environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=PATIENCE, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        print((problem.stderr or b"").decode(errors="replace")[-800:], file=sys.stderr)
        return None
    report = json.loads(done.stdout)
    audits = report["audits"]
    wrong = [
        ref["id"]
        for mark in MARKS[1:]
        for ref in report["categories"][mark]["auditRefs"]
        if audits[ref["id"]]["score"] is not None and audits[ref["id"]]["score"] < 1 and ref["weight"]
    ]
    return {
        "version": report["lighthouseVersion"],
        "marks": {mark: round(100 * (report["categories"][mark]["score"] or 0)) for mark in MARKS},
        "times": {name: audits[name]["numericValue"] for name in TIMES},
        "bytes": audits["total-byte-weight"]["numericValue"],
        "wrong": wrong,
    }


def _write(kept: dict[str, Any]) -> None:
    """Puts the table between its two marks in the report."""
    version = next(iter(kept.values()))["version"] if kept else "?"
    today = datetime.now(UTC).date().isoformat()
    machine = f"Lighthouse {version}, {_browser()}, {today}, {os.cpu_count()} cores ({platform.machine()})"
    lines = [
        f"{machine}, load of five minutes at the end: {os.getloadavg()[1]:.1f}.",
        "",
        "| Page | Profile | Performance | Accessibility | Practices | SEO | LCP | blocked | CLS | KB | not in order |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for name in PAGES:
        for profile in PROFILES:
            row = kept.get(f"{name} {profile}")
            if row is None:
                continue
            largest, blocked, shift = (row["times"][key] for key in TIMES[1:])
            marks = " | ".join(str(row["marks"][mark]) for mark in MARKS)
            lines.append(
                f"| {name} | {profile} | {marks} | {largest / 1000:.1f} s | {blocked:.0f} ms | {shift:.3f} "
                f"| {row['bytes'] / 1000:.0f} | {', '.join(row['wrong']) or '–'} |"
            )
    text = REPORT.read_text(encoding="utf-8")
    table = f"{BEGIN}\n" + "\n".join(lines) + f"\n{END}"
    REPORT.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: table, text, flags=re.DOTALL), encoding="utf-8")


def _browser() -> str:
    done = subprocess.run(
        [shutil.which("chromium") or "chromium", "--version"], capture_output=True, text=True, check=False
    )
    return " ".join(done.stdout.split()[:2])


if __name__ == "__main__":
    sys.exit(main())
