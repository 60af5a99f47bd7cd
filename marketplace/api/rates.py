"""How often a program may call, and the headers that tell it before it has to be refused.

Two counts run beside each other: of the person over all their tokens (without a token: of the network), and of each
token alone, so that one program that runs wild leaves the others their share. The headers are those of the IETF draft
for rate limits: `RateLimit-Policy` names both, `RateLimit` what is left of the one nearer to its end.
"""

from __future__ import annotations

import time

from flask import Response, current_app
from flask_login import current_user
from flask_smorest import Blueprint

from marketplace.accounts.limits import limiter, network

RATE = "1200 per minute"
TOKEN_RATE = "600 per minute"  # noqa: S105
NAMES = {"api": "person", "api-token": "token"}
"""The names in the headers by the scope of the count."""


def caller() -> str:
    """Whom the first count is of: the person behind a good token, else the network."""
    return f"person:{current_user.id}" if current_user.is_authenticated else network()


def token() -> str:
    return f"token:{current_user.token_id}"


def rate() -> str:
    """How often a caller may call; `API_RATE` of the configuration, 1,200 a minute unless told."""
    return str(current_app.config.get("API_RATE", RATE))


def token_rate() -> str:
    """How often one token may; `API_TOKEN_RATE` of the configuration, 600 a minute unless told."""
    return str(current_app.config.get("API_TOKEN_RATE", TOKEN_RATE))


def has_no_token() -> bool:
    return not current_user.is_authenticated


def fit(blueprint: Blueprint) -> None:
    """Counts every call of the blueprint, and tells how it stands in each answer."""
    limiter.shared_limit(rate, "api", key_func=caller)(blueprint)
    limiter.shared_limit(token_rate, "api-token", key_func=token, exempt_when=has_no_token)(blueprint)
    blueprint.after_request(tell_rates)


def tell_rates(response: Response) -> Response:
    """Seconds are whole and never below the truth, so that who waits so long is not refused again."""
    policies, standings = [], []
    for limit in limiter.current_limits:
        name = NAMES.get(limit.request_args[-1])
        if name is None:
            continue
        seconds = max(1, round(limit.reset_at - time.time() + 0.5))
        policies.append(f'"{name}";q={limit.limit.amount};w={limit.limit.get_expiry()}')
        standings.append((limit.remaining, f'"{name}";r={max(0, limit.remaining)};t={seconds}'))
    if policies:
        response.headers["RateLimit-Policy"] = ", ".join(sorted(policies))
        response.headers["RateLimit"] = min(standings)[1]
    return response
