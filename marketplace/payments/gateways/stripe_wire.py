"""Stripe on the wire: what an answer means, ids as parts of paths, nested form encoding. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import requests

from marketplace.payments.gateways.port import GatewayRefused, GatewayUnavailable

# Not a word about this request: a wrong or rotated key, a lock, a limit, a dependency of theirs.
UNDECIDED_STATUSES = frozenset({401, 403, 408, 409, 424, 425, 429})


def judge(answer: requests.Response, call: str, secret: str) -> Mapping[str, Any]:
    """The answer's object, or the error that it is, without the key that some repeat in it."""
    status = answer.status_code
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        content = None
    if status == 200 and isinstance(content, dict):
        return content
    error = content.get("error") if isinstance(content, dict) else None
    error = error if isinstance(error, dict) else {}
    message, kind, code = (
        str(error.get(name) or "").replace(secret, "***")[:300] for name in ("message", "type", "code")
    )
    if 400 <= status < 500 and status not in UNDECIDED_STATUSES and error:
        raise GatewayRefused(message, http_status=status, kind=kind, gateway_code=code)
    raise GatewayUnavailable(
        f"{call}: {status} {kind} {code} {message}".strip(),
        retry_after=_retry_after(answer),
        code="gateway_misconfigured" if status in (401, 403) else None,
    )


def _retry_after(answer: requests.Response) -> int | None:
    text = answer.headers.get("Retry-After", "")
    return min(int(text), 3600) if re.fullmatch(r"[0-9]{1,6}", text) else None


def segment(identifier: str) -> str:
    """An id as a part of a path; anything that is no id never leaves the house."""
    if not re.fullmatch(r"[A-Za-z0-9_]{1,255}", identifier):
        raise GatewayRefused("no id of this gateway", kind="malformed_id")
    return identifier


def form_pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Stripe's form encoding: `a[b]=`, `a[0][b]=`, booleans as words, None left out; order is kept."""
    pairs: list[tuple[str, str]] = []

    def put(name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for inner, item in value.items():
                put(f"{name}[{inner}]" if name else str(inner), item)
        elif isinstance(value, (list, tuple)):
            for index, item in enumerate(value):
                put(f"{name}[{index}]", item)
        elif isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif value is not None:
            pairs.append((name, str(value)))

    put("", fields)
    return pairs
