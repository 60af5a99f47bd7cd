"""The page on which somebody who is signed in proves themselves again, before an act of money, of the draw or of
their own security. What they had typed is carried through it, so that nothing is lost.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request, url_for

from marketplace.accounts import queries, second
from marketplace.accounts.entering import party
from marketplace.accounts.next_page import in_language, safe_next
from marketplace.core.csrf import SAFE
from marketplace.core.errors import MarketplaceError
from marketplace.core.language import t

LONGEST_CARRIED = 100_000


@dataclass(frozen=True, slots=True)
class Carried:
    """A request that waits for the proof: its address on this site and its fields."""

    path: str
    fields: tuple[tuple[str, str], ...]

    def packed(self) -> str:
        return urlsafe_b64encode(json.dumps([self.path, self.fields]).encode()).decode()


def carried_from(packed: str) -> Carried | None:
    """What a form brought back; None for anything but a request to this very site."""
    if not packed or len(packed) > 2 * LONGEST_CARRIED:
        return None
    try:
        path, fields = json.loads(urlsafe_b64decode(packed))
        kept = tuple((str(name), str(value)) for name, value in fields)
    except (TypeError, ValueError):
        return None
    if not isinstance(path, str) or not safe_next(path, ""):
        return None
    return Carried(path, kept)


def ask_for_proof(person_id: int) -> Any:
    """Answers a request whose sender must prove themselves first."""
    here = in_language(request.full_path.rstrip("?").removeprefix(request.script_root) or "/")
    if request.method in SAFE:
        return redirect(url_for("second.new_proof", next=here), 303)
    fields = tuple((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    carried = Carried(here, fields)
    is_small = sum(len(name) + len(value) for name, value in fields) <= LONGEST_CARRIED
    if not is_small or request.files:
        return page(person_id, next_path=_page_before(), status=403)
    return page(person_id, carried=carried, next_path=_page_before(), status=403)


def _page_before() -> str:
    """The page of ours from which the request came."""
    parts = urlsplit(request.referrer or "")
    return safe_next(parts.path, "/") if parts.netloc == request.host else "/"


def page(
    person_id: int,
    *,
    carried: Carried | None = None,
    next_path: str = "/me/security",
    error: MarketplaceError | None = None,
    status: int = 200,
) -> Response:
    """The form for the proof: second factor where there is one, else the password, else a new sign-in."""
    factors = second.factors_of(person_id)
    person = queries.person(person_id)
    known = queries.sign_in_facts(person.mobile) if person else None
    body = render_template(
        "accounts/proof.html",
        factors=factors,
        has_password=known is not None and known.password_hash is not None,
        may_use_passkey=factors.passkeys > 0 and party() is not None,
        carried=carried.packed() if carried else "",
        next=next_path,
        error=t(f"error.{error.code}", **error.params) if error else None,
    )
    response = make_response(body, error.status if error else status)
    response.headers["Cache-Control"] = "no-store"
    if error is not None and error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response
