"""Draws the pictures that others show for us: the app's icons and the picture of a shared link.

`python scripts/share_pictures.py` writes `marketplace/static/img/{icon-192,icon-512,share}.png` with Chromium, from the
logo and the typeface that the site itself uses. Run it again when either changes.
"""

from __future__ import annotations

import base64
import io
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

STATIC = Path(__file__).parent.parent / "marketplace" / "static"
PICTURES = STATIC / "img"
ICON = """
html,body{margin:0;height:100%;background:#faf8f3}
body{display:grid;place-items:center}
svg{width:62%;height:62%}
"""
SHARE = """
html,body{margin:0;width:1200px;height:630px;overflow:hidden}
body{background:#004d58;position:relative;color:#faf8f3;font-family:Vazirmatn;direction:rtl;
display:flex;align-items:center;justify-content:center;gap:72px}
body::before{content:"";position:absolute;inset:0;opacity:.16;background:url(data:image/svg+xml;base64,GIRIH)}
svg,div{position:relative}
svg{width:240px;height:240px}
h1{font-size:128px;line-height:1.25;margin:0}p{font-size:44px;margin:0;color:#bfe3e3}
@font-face{font-family:Vazirmatn;src:url(data:font/woff2;base64,FONT);font-weight:100 900}
"""


def main() -> None:
    """Writes the three pictures."""
    logo = (PICTURES / "favicon.svg").read_text(encoding="utf-8")
    chromium = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for size in (192, 512):
            draw(browser, f"<style>{ICON}</style>{logo}", size, size, f"icon-{size}.png")
        words = "<div><h1>بازارگاه</h1><p>بازار جشنواره‌ی فروشگاه‌های نمادار</p></div>"
        style = SHARE.replace("FONT", _encoded(STATIC / "vendor" / "vazirmatn.woff2")).replace(
            "GIRIH", _encoded(PICTURES / "girih.svg")
        )
        draw(browser, f"<style>{style}</style>{logo}{words}", 1200, 630, "share.png")
        browser.close()


def draw(browser: Browser, html: str, width: int, height: int, name: str) -> None:
    """One page as a picture of so many pixels."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(f'<!doctype html><meta charset="utf-8">{html}')
    page.evaluate("document.fonts.ready")
    drawn = Image.open(io.BytesIO(page.screenshot()))
    drawn.convert("RGB").quantize(64).save(PICTURES / name, optimize=True)
    page.close()


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


if __name__ == "__main__":
    main()
