"""What every page gets: language, formats, headers, error pages.

One handler renders every MarketplaceError, after the rollback: a page, or a problem document (RFC 9457)
for programs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any, TypeVar

import orjson
import structlog
from flask import Flask, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from marketplace.core import drawing, kept_parts, text
from marketplace.core.addresses import CONVERTERS
from marketplace.core.assets import asset
from marketplace.core.bodies import widen_limit
from marketplace.core.clock import tehran
from marketplace.core.csrf import guard_request, has_session, token_on_page
from marketplace.core.db import db, is_away, is_unwritable
from marketplace.core.error_page import error_body
from marketplace.core.errors import (
    Conflict,
    Forbidden,
    Malformed,
    MarketplaceError,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)
from marketplace.core.holes import either
from marketplace.core.language import current_language, direction, has_text, t
from marketplace.core.notices import take_notices
from marketplace.core.packing import pack_answer

log = structlog.get_logger(__name__)
View = TypeVar("View", bound=Callable[..., Any])
CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'{gateway}"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
FRAMED = "frame-ancestors *"
"""In the policy of a view whose answer any site may show in a frame."""
KINDS: dict[int, type[MarketplaceError]] = {
    400: Malformed,
    403: Forbidden,
    404: NotFound,
    405: Malformed,
    409: Conflict,
    413: TooLarge,
    429: TooMany,
    503: Unavailable,
}


def fit(app: Flask) -> None:
    """Fits formats, guards, headers and error pages to the app."""
    app.url_map.converters.update(CONVERTERS)
    app.before_request(_allow_body)
    app.before_request(widen_limit)
    app.before_request(guard_request)
    app.after_request(pack_answer)
    app.after_request(_add_headers)
    drawing.fit(app)
    kept_parts.fit(app)
    own = (number, digits, percent, tenths, jdate, jdatetime, gdate)
    app.jinja_env.filters.update({each.__name__: each for each in own}, toman=number)
    app.jinja_env.globals.update(
        t=t,
        asset=asset,
        csrf_token=token_on_page,
        has_session=has_session,
        either=either,
        switch_url=switch_url,
        has_text=has_text,
    )
    app.context_processor(_page_context)
    app.register_error_handler(Exception, answer_error)


def takes_body(most_bytes: int) -> Callable[[View], View]:
    """Lets a view take a larger body than others; stands below the access decorator."""

    def mark(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return mark


def _allow_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    most = getattr(view, "most_bytes", None)
    if most is not None:
        request.max_content_length = most


def _page_context() -> dict[str, Any]:
    lang = current_language()
    theme = request.cookies.get("theme", "auto")
    return {
        "lang": lang,
        "dir": direction(lang),
        "theme": theme if theme in ("light", "dark") else "auto",
        "notices": take_notices(),
        "page_url": request.path,
    }


def switch_url(lang: str) -> str:
    """This very page in another language."""
    query = request.query_string.decode("utf-8", "replace")
    path = request.path if lang == "fa" else "/en" + request.path
    return path + ("?" + query if query else "")


def number(value: int | None) -> str:
    """`1736000` -> `۱٬۷۳۶٬۰۰۰`, in English `1,736,000`; minus is a true minus sign."""
    return "—" if value is None else number_in(current_language(), value)


@lru_cache(maxsize=16_384, typed=True)
def number_in(language: str, value: int) -> str:
    """A number in a language's digits."""
    sign = "−" if value < 0 else ""
    if language == "en":
        return f"{sign}{abs(value):,}"
    return sign + text.persian_digits(f"{abs(value):,}".replace(",", "٬"))


def digits(value: object) -> str:
    """Digits in the page's own script."""
    return text.persian_digits(str(value)) if current_language() == "fa" else str(value)


def percent(value: int) -> str:
    return f"{digits(value)}٪" if current_language() == "fa" else f"{value}%"


def tenths(value: int) -> str:
    """A whole number of tenths: `64` -> `۶٫۴`, `60` -> `۶`, in English `6.4`."""
    whole, tenth = divmod(value, 10)
    return f"{number(whole)}{t('ui.decimal_point')}{digits(tenth)}" if tenth else number(whole)


def jdate(moment: datetime | date | None) -> str:
    """`۱۲ فروردین ۱۴۰۵`; in English the Gregorian `1 Apr 2026`, both in Tehran."""
    if moment is None:
        return "—"
    if current_language() == "en":
        day = tehran(moment).date() if isinstance(moment, datetime) else moment
        return f"{day.day} {text.ENGLISH_MONTHS[day.month - 1]} {day.year}"
    j = text.jalali(moment)
    return text.persian_digits(f"{j.day} {text.MONTHS[j.month - 1]} {j.year}")


def jdatetime(moment: datetime | None) -> str:
    if moment is None:
        return "—"
    clock = tehran(moment).strftime("%H:%M")
    return f"{jdate(moment)}{'،' if current_language() == 'fa' else ','} {digits(clock)}"


def gdate(moment: datetime | date | None) -> str:
    """ISO date in Tehran, for `title` and `datetime` attributes."""
    if moment is None:
        return ""
    return tehran(moment).strftime("%Y-%m-%d %H:%M") if isinstance(moment, datetime) else moment.isoformat()


def _add_headers(response: Response) -> Response:
    is_framed = FRAMED in response.headers.get("Content-Security-Policy", "")
    for name, value in HEADERS.items():
        if not (is_framed and name == "X-Frame-Options"):
            response.headers.setdefault(name, value)
    settings = current_app.config["SETTINGS"]
    gateway = (
        f" {settings.zarinpal_api_base}"
        if settings.gateway == "zarinpal"
        else f" {settings.stripe_api_base} https://checkout.stripe.com"
    )
    response.headers.setdefault("Content-Security-Policy", CSP.format(gateway=gateway))
    if settings.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if set(request.cookies) - {"theme"} else "no-cache"
    return response


def wants_problem() -> bool:
    """Whether a program asked: the API, or somebody who takes JSON but no HTML."""
    if request.path.startswith(("/api/", "/webhooks/")):
        return True
    accept = request.accept_mimetypes
    return bool(accept.best == "application/json" and not accept.accept_html)


def answer_error(error: Exception) -> BaseResponse | tuple[str, int]:
    """Rolls back, then words any failure; what nobody expected is logged whole and told in one line."""
    with suppress(SQLAlchemyError):
        db.session.rollback()
    known = _known(error)
    if known.status >= 500 and not isinstance(known, Unavailable):
        log.error("unexpected", path=request.path, exc_info=error)
    response = problem(known) if wants_problem() else _error_page(known)
    if known.retry_after is not None:
        response.headers["Retry-After"] = str(known.retry_after)
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name in ("Allow", "Location"):
                response.headers[name] = value
    return response


def _known(error: Exception) -> MarketplaceError:
    if isinstance(error, MarketplaceError):
        return error
    if isinstance(error, HTTPException) and error.code is not None:
        known = KINDS.get(error.code, Malformed if error.code < 500 else MarketplaceError)()
        known.status = error.code
        return known
    if is_unwritable(error):
        return Malformed()
    if is_away(error):
        log.error("database_away", error=type(error).__name__, said=str(getattr(error, "orig", error))[:200])
        return Unavailable(retry_after=5)
    return MarketplaceError()


def word_reasons(error: MarketplaceError) -> list[dict[str, Any]]:
    """The reasons of a refusal with their sentences."""
    return [{"code": r.code, "message": t(f"reason.{r.code}", **_numbers(r.params))} for r in error.reasons]


def _numbers(params: Mapping[str, Any]) -> dict[str, Any]:
    """What fills a sentence, its numbers in the page's digits; `n` stays, it chooses the plural."""
    return {
        name: number(value) if isinstance(value, int) and name != "n" else value
        for name, value in params.items()
    }


def problem(error: MarketplaceError) -> Response:
    """`application/problem+json`: type, title, status, code, reasons, and the fields that are wrong."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": t(f"error.{error.code}", **_numbers(error.params)),
        "status": error.status,
        "code": error.code,
        "reasons": word_reasons(error),
    }
    if error.fields:
        body["fields"] = {
            name: {"code": code, "message": t(f"field.{code}")} for name, code in error.fields.items()
        }
    return Response(
        orjson.dumps({**body, **error.told}, option=orjson.OPT_UTC_Z),
        status=error.status,
        mimetype="application/problem+json",
    )


def _error_page(error: MarketplaceError) -> Response:
    advice = f"advice.{error.code}"
    now = advice if has_text(advice, "fa") else f"advice.{error.status}"
    body = error_body(
        status=error.status,
        title=t(f"error.{error.code}", **_numbers(error.params)),
        reasons=[r["message"] for r in word_reasons(error)],
        what_now=t(now) if has_text(now, "fa") else "",
    )
    return Response(body, status=error.status, mimetype="text/html")
