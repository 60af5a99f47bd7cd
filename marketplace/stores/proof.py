"""Proof that a store rules its domain: a token in a TXT record, a file or a meta tag, looked at from outside.

It is an errand: asked for in one unit, looked at with no transaction open, recorded in another.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from marketplace.core.db import db
from marketplace.core.dns import DnsFailed, txt_records
from marketplace.core.jobs import JobKind, enqueue
from marketplace.core.outward import OutwardFailed, outward
from marketplace.core.public_addresses import OutwardRefused
from marketplace.stores.case_models import ProofMethod, SealApplication, SealApplicationState
from marketplace.stores.errors import WrongPaperState
from marketplace.stores.paper_queries import lock_seal_application, open_application_of

PROVE = "prove-domain"
NAME = "bazargah-seal"
RECORD_LABEL = "_bazargah"
FILE_PATH = f"/.well-known/{NAME}.txt"
MOST_REDIRECTS = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for, and where."""

    domain: str
    token: str
    method: ProofMethod


def record_value(token: str) -> str:
    """The text that the TXT record holds."""
    return f"{NAME}={token}"


def meta_tag(token: str) -> str:
    """The tag that stands in the head of the first page."""
    return f'<meta name="{NAME}" content="{token}">'


def ask_proof(store_id: int, method: ProofMethod, at: datetime) -> int:
    """Has the domain of the open application looked at; gives the errand's id. Raises WrongPaperState."""
    application = open_application_of(store_id)
    if application is None:
        raise WrongPaperState()
    application = lock_seal_application(application.id)
    application.proof_method = method
    payload = {"application": application.id, "method": method.value}
    last = application.proof_tried_at.isoformat() if application.proof_tried_at else "first"
    key = f"{PROVE}:{application.id}:{method.value}:{last}:{at.isoformat()}"
    return enqueue(PROVE, payload, key=key, at=at)


def find_token(question: Question) -> str | None:
    """None when the token is there, otherwise the code of what was found instead."""
    try:
        found = LOOKING[question.method](question)
    except DnsFailed:
        return "resolver_away"
    except OutwardRefused as refusal:
        return refusal.code
    except OutwardFailed as failure:
        return failure.code
    if not found:
        return "token_not_found"
    tokens = [told.strip() for told in found]
    return (
        None
        if any(hmac.compare_digest(t.encode(), question.token.encode()) for t in tokens)
        else "other_token"
    )


def _in_dns(question: Question) -> list[str]:
    records = txt_records(f"{RECORD_LABEL}.{question.domain}", current_app.config["SETTINGS"].dns_server)
    return [r.partition("=")[2] for r in records if r.strip().startswith(f"{NAME}=")]


def _in_file(question: Question) -> list[str]:
    status, text = _page(question.domain, FILE_PATH)
    return [text.removeprefix(f"{NAME}=")] if status == 200 and text.strip() and len(text) < 500 else []


def _in_page(question: Question) -> list[str]:
    status, text = _page(question.domain, "/")
    reader = _MetaTags()
    if status == 200:
        reader.feed(text)
    return reader.found


def _page(domain: str, path: str) -> tuple[int, str]:
    """By https; by http where nothing answers there. A redirect may lead to the same name or its www alone."""

    def is_same_site(url: str) -> bool:
        return (urlsplit(url).hostname or "").removeprefix("www.") == domain.removeprefix("www.")

    for scheme in ("https", "http"):
        try:
            answer = outward().request(
                "GET", f"{scheme}://{domain}{path}", most_redirects=MOST_REDIRECTS, may_follow=is_same_site
            )
        except OutwardFailed as failure:
            if scheme == "http" or failure.code != "not_reached":
                raise
        else:
            return answer.status, answer.text().lstrip("\ufeff")
    raise OutwardFailed("not_reached")


class _MetaTags(HTMLParser):
    """Collects what the tags of our name hold, wherever they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "meta" and (told.get("name") or "").lower() == NAME:
            self.found.append(told.get("content") or "")


LOOKING: dict[ProofMethod, Callable[[Question], list[str]]] = {
    ProofMethod.dns: _in_dns,
    ProofMethod.file: _in_file,
    ProofMethod.meta: _in_page,
}


def _prepare(payload: dict[str, Any]) -> Question | None:
    application = db.session.get_one(SealApplication, payload["application"])
    if application.state is not SealApplicationState.open:
        return None
    return Question(application.domain, application.token, ProofMethod(payload["method"]))


def _call(question: Question, patience: float) -> tuple[Question, str | None]:
    return question, find_token(question)


def _record(payload: dict[str, Any], answer: tuple[Question, str | None] | None, at: datetime) -> None:
    """A proof once given stays; a look that found nothing says why. Another domain by now: nothing is recorded."""
    application = lock_seal_application(payload["application"])
    if answer is None or application.state is not SealApplicationState.open:
        return
    question, problem = answer
    if (question.domain, question.token) != (application.domain, application.token):
        return
    application.proof_tried_at, application.proof_problem = at, problem
    if problem is None:
        application.proven_at = at
        application.proof_method = question.method


JOB_KINDS = (JobKind(PROVE, prepare=_prepare, call=_call, record=_record, max_attempts=3),)
