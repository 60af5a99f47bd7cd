"""Message catalogues: gettext files with keys, Persian first, English complete.

`marketplace/texts/<lang>/<area>.po`, merged at start. A missing key shows itself in brackets and is
found by a test.
"""

from __future__ import annotations

import gettext
import io
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask.globals import _cv_request

LANGUAGES = ("fa", "en")
TEXTS = Path(__file__).parent.parent / "texts"
_default = "fa"


def current_language() -> str:
    """The language of the request (`/en/...` is English), Persian elsewhere."""
    here = _cv_request.get(None)  # as `has_request_context()` and `request` do, a hundred times a page
    return _default if here is None else str(here.request.environ.get("bazargah.language", _default))


def direction(language: str) -> str:
    return "rtl" if language == "fa" else "ltr"


def t(key: str, *, lang: str | None = None, **params: Any) -> str:
    """The sentence of a key, its gaps filled; with `n` the plural form that fits."""
    n = params.get("n")
    found = _sentence(lang or current_language(), key, n if isinstance(n, int) else None)
    if found is None:
        return f"[{key}]"
    return found.format(**params) if params else found


@lru_cache(maxsize=16_384)
def _sentence(lang: str, key: str, n: int | None) -> str | None:
    texts = catalogue(lang)
    is_plural = n is not None and _is_plural(texts, key)
    found = texts.ngettext(key, key, n) if is_plural and n is not None else texts.gettext(key)
    return None if found == key else found


def has_text(key: str, lang: str) -> bool:
    """Whether the catalogue words this key."""
    texts = catalogue(lang)
    return texts.gettext(key) != key or _is_plural(texts, key)


def _is_plural(texts: gettext.NullTranslations, key: str) -> bool:
    return (key, 0) in getattr(texts, "_catalog", {})


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """All areas of one language as one gettext catalogue."""
    merged: gettext.GNUTranslations | None = None
    for path in sorted((TEXTS / language).glob("*.po")):
        with path.open("rb") as source:
            area = read_po(source, locale=language, domain=path.stem)
        compiled = io.BytesIO()
        write_mo(compiled, area)
        compiled.seek(0)
        part = gettext.GNUTranslations(compiled)
        if merged is None:
            merged = part
        else:
            merged._catalog.update(part._catalog)  # type: ignore[attr-defined]
    return merged or gettext.NullTranslations()


class LanguagePrefix:
    """WSGI layer: `/en/...` is the same page in English; every address made inside keeps the prefix."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ.get("PATH_INFO", "")
        if path == "/en" or path.startswith("/en/"):
            environ["bazargah.language"] = "en"
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + "/en"
            environ["PATH_INFO"] = path[3:] or "/"
        return self.app(environ, start_response)
