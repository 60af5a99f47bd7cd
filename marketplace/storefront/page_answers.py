"""What Flask made of a page for many, and what its readers are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from marketplace.core import encodings
from marketplace.core.holes import Question, Shape, Text
from marketplace.core.packing import LEAST_BYTES
from marketplace.storefront.kept_pages import Answer, Headers, Page
from marketplace.storefront.page_requests import Asked
from marketplace.storefront.readers import Reader, nobody

LARGEST_PAGE = 512 * 1024
ALWAYS = frozenset({"categories", "festivals", "policy_rows"})
"""What stands on every page, or is remembered between pages."""
DROPPED = frozenset({"content-length", "date", "connection", "set-cookie"})
OF_A_BODY = frozenset({"content-type", "content-encoding"})
Start = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Made:
    """The page with holes that Flask made."""

    status: str
    headers: Headers
    text: Text
    topics: frozenset[str] | None

    def may_be_kept(self) -> bool:
        return (
            self.topics is not None
            and self.text.size <= LARGEST_PAGE
            and _may_be_kept(self.status, self.headers)
        )


@dataclass(frozen=True, slots=True)
class NoPage:
    """Something else that Flask said: a way elsewhere, a table, a picture."""

    status: str
    headers: Headers
    parts: Iterable[bytes]


def answer_reader(
    page: Page, reader: Reader, answers: dict[Question, bool], environ: dict[str, Any], start_response: Start
) -> Iterable[bytes]:
    """To a browser with a session: filled, kept by nobody, and never packed, for it holds a secret."""
    body = page.text.fill(reader.words, answers)
    headers = [(n, v) for n, v in page.headers if n.lower() != "cache-control"]
    headers += [("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def told(headers: Headers) -> dict[str, str]:
    return {name.lower(): value.lower() for name, value in headers}


def _may_be_kept(status: str, headers: Headers) -> bool:
    said = told(headers)
    vary = {v.strip() for v in said.get("vary", "").split(",") if v.strip()}
    return (
        status.startswith("200 ")
        and "set-cookie" not in said
        and "content-encoding" not in said
        and said.get("cache-control", "") == "no-cache"
        and vary <= {"accept-encoding", "cookie"}
    )


def page_of(
    made: Made, stamps: dict[str, int], times: tuple[datetime, datetime], shape: Shape, language: str
) -> Page:
    topics = (made.topics or frozenset()) | ALWAYS
    etag = ""
    if not shape.is_signed_in:
        public = nobody(language)
        body = made.text.fill(public.words, public.answers)
        etag = f'W/"{sha256(body).hexdigest()[:20]}"'
    return Page(
        text=made.text,
        headers=_varying([(n, v) for n, v in made.headers if n.lower() not in DROPPED]),
        etag=etag,
        questions=made.text.questions(),
        stamps=tuple((topic, stamps.get(topic, 0)) for topic in sorted(topics)),
        made_at=times[0],
        good_until=times[1],
    )


def _varying(headers: Headers) -> Headers:
    """The same headers, which say that the answer depends on what codings the asker takes."""
    vary = [v.strip() for n, value in headers if n.lower() == "vary" for v in value.split(",")]
    others = [(n, v) for n, v in headers if n.lower() != "vary"]
    return [*others, ("Vary", ", ".join(dict.fromkeys([*vary, "Accept-Encoding"])))]


def answer_nobody(
    page: Page, reader: Reader, environ: dict[str, Any], start_response: Start
) -> Iterable[bytes]:
    if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
        headers = [*page.headers, ("ETag", page.etag)]
        start_response("304 Not Modified", [(n, v) for n, v in headers if n.lower() not in OF_A_BODY])
        return []
    wanted = _coding(environ)
    ready = page.ready.get(wanted)
    if ready is None or ready.is_quick:
        ready = _ready(page, reader, wanted, is_quick=ready is None)
        if ready.is_packed:
            page.ready[wanted] = ready
    start_response("200 OK", ready.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [ready.body]


def _ready(page: Page, reader: Reader, wanted: str, *, is_quick: bool) -> Answer:
    """The answer to every visitor without a session who takes this coding, packed better when it is asked for again."""
    body, coding = _packed(page.text.fill(reader.words, reader.answers), wanted, is_quick=is_quick)
    headers = [*page.headers, ("ETag", page.etag)]
    if coding:
        headers.append(("Content-Encoding", coding))
    return Answer([*headers, ("Content-Length", str(len(body)))], body, bool(coding), is_quick)


def _coding(environ: dict[str, Any]) -> str:
    return encodings.choose(environ.get("HTTP_ACCEPT_ENCODING", ""))


def _packed(body: bytes, coding: str, *, is_quick: bool = True) -> tuple[bytes, str]:
    if not coding or len(body) < LEAST_BYTES:
        return body, ""
    pack = encodings.pack_quickly if is_quick else encodings.pack
    return pack(body, coding), coding


def pass_on(
    made: Made | NoPage, asked: Asked, environ: dict[str, Any], start_response: Start
) -> Iterable[bytes]:
    """To a visitor without a session goes what was made, though it cannot be kept."""
    if isinstance(made, NoPage):
        start_response(made.status, made.headers)
        return made.parts
    reader = nobody(asked.language)
    body, coding = made.text.fill(reader.words, reader.answers), ""
    if made.status.startswith("200 ") and "content-encoding" not in told(made.headers):
        body, coding = _packed(body, _coding(environ))
    headers = [(n, v) for n, v in made.headers if n.lower() != "content-length"]
    if coding:
        headers = [*_varying(headers), ("Content-Encoding", coding)]
    start_response(made.status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def close(made: Made | NoPage | None) -> None:
    """Lets go of what was made and is not sent."""
    end = getattr(getattr(made, "parts", None), "close", None)
    if end is not None:
        end()
