"""Static files under names that carry their content's hash, so that browsers keep them for good.

`css/app.css` is made of the files that `css/bundle.txt` lists, in that order; `js/verifier.js` likewise of modules,
joined into one plain script that also works where a page was saved and is opened from a disk.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
import time
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as BaseResponse

from marketplace.core import encodings

STATIC = Path(__file__).parent.parent / "static"
BUNDLE = "css/app.css"
SCRIPT = "js/verifier.js"
LISTINGS = {BUNDLE: "css/bundle.txt", SCRIPT: "js/draw/bundle.txt"}
FOREVER = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"^(?P<stem>.+)\.(?P<hash>[0-9a-f]{12})(?P<ext>\.[a-z0-9]+)$")
_REFERENCE = re.compile(r"""url\(["']?/static/([^"')]+)["']?\)""")
_EXPORT = re.compile(r"^export (?:const|class|function) (\w+)", re.MULTILINE)
_IMPORT = re.compile(r"""^import \{([^}]*)\} from "\./(\w+)\.js";""", re.MULTILINE)
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")

blueprint = Blueprint("static", __name__)


def asset(path: str) -> str:
    """Address of a static file, changed whenever its content changes."""
    return _address(path, int(time.monotonic()))


@lru_cache(maxsize=512)
def _address(path: str, second: int) -> str:
    stem, dot, extension = path.rpartition(".")
    return f"/static/{stem}.{_digest(path, _stamp_of(path, second))}{dot}{extension}"


def digest(path: str) -> str:
    """Twelve hex digits of the content; a change on the disk is noticed within a second."""
    return _digest(path, _stamp_of(path, int(time.monotonic())))


@lru_cache(maxsize=512)
def _stamp_of(path: str, second: int) -> int:
    return _stamp(path)


@cache
def _digest(path: str, stamp: int) -> str:
    return hashlib.sha256(content(path)).hexdigest()[:12]


def _stamp(path: str) -> int:
    """Newest change among the files behind a path; 0 for one that is missing."""
    files = [STATIC / p for p in _bundled(path)] if path in LISTINGS else [STATIC / path]
    return max((f.stat().st_mtime_ns for f in files if f.is_file()), default=0)


def content(path: str) -> bytes:
    """Bytes of a static file, empty when it is missing; stylesheets get hashed references."""
    if path == BUNDLE:
        text = "\n".join((STATIC / p).read_text(encoding="utf-8") for p in _bundled(path))
        return _REFERENCE.sub(lambda m: f'url("{asset(m.group(1))}")', text).encode()
    if path == SCRIPT:
        return joined(
            [(Path(p).stem, (STATIC / p).read_text(encoding="utf-8")) for p in _bundled(path)]
        ).encode()
    file = (STATIC / path).resolve()
    if not file.is_relative_to(STATIC.resolve()) or not file.is_file():
        return b""
    return file.read_bytes()


def joined(modules: Sequence[tuple[str, str]]) -> str:
    """Modules (name, text) as one plain script: each a function that gives its exports, in this order."""
    parts = []
    for name, text in modules:
        names = ", ".join(_EXPORT.findall(text))
        body = _EXPORT.sub(lambda m: m[0].removeprefix("export "), text)
        body = _IMPORT.sub(lambda m: f"const {{{m[1]}}} = module_{m[2]};", body)
        parts.append(f"const module_{name} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();")
    own = 'const SCRIPT = typeof document === "undefined" ? "" : document.currentScript.src;'
    return '(() => {\n"use strict";\n' + "\n".join([own, *parts]) + "\n})();\n"


def _bundled(path: str) -> list[str]:
    listing = STATIC / LISTINGS[path]
    if not listing.is_file():
        return []
    folder = path.partition("/")[0]
    lines = (line.strip() for line in listing.read_text(encoding="utf-8").splitlines())
    return [
        f"{folder}/{line.removeprefix(f'{folder}/')}" for line in lines if line and not line.startswith("#")
    ]


@lru_cache(maxsize=256)
def _packed(path: str, digest: str, coding: str) -> bytes:
    """A text file packed once for each of its contents; empty when it is missing."""
    body = content(path)
    return encodings.pack_to_keep(body, coding) if body else b""


@blueprint.get("/static/<path:name>")
def show_asset(name: str) -> BaseResponse:
    """A static file; hashed names are kept by browsers for a year."""
    match = _HASHED.match(name)
    path = match["stem"] + match["ext"] if match else name
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("+xml", "json"))
    coding = encodings.IDENTITY
    if is_text:
        coding = encodings.choose(request.headers.get("Accept-Encoding", ""), encodings.KEPT_CODINGS)
    now = digest(path)
    body = _packed(path, now, coding) if coding else content(path)
    if not body:
        abort(404)
    response = Response(body, mimetype=kind)
    if is_text:
        response.vary.add("Accept-Encoding")
    if coding:
        response.headers["Content-Encoding"] = coding
    is_current = match is not None and match["hash"] == now
    response.headers["Cache-Control"] = FOREVER if is_current else "no-cache"
    response.set_etag(f"{now}-{coding}" if coding else now)
    return response.make_conditional(request)
