"""How often one may try: failed sign-ins by mobile, by network and over all (guarantees S3).

Only failures count, so that a family behind one address is not locked out by signing in. Without Redis,
or when it is down, each process counts for itself: closed rather than open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any

import structlog
from flask import Flask, Response, request
from flask_limiter import Limiter, RateLimitExceeded

from marketplace.accounts.devices import masked_network
from marketplace.core import metrics, text
from marketplace.core.errors import TooMany
from marketplace.core.web import answer_error

log = structlog.get_logger(__name__)
PER_MOBILE = "10 per 5 minutes"
PER_NETWORK = "10 per 5 minutes"
OVER_ALL = "1000 per 5 minutes"
CODES_PER_NETWORK = "60 per hour"
SUGGESTIONS = "300 per minute"


def network() -> str:
    """The caller's address; of IPv6 the network of 64 bits, since one caller has all of it."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else address.exploded[:19]
    return str(address)


def told_network() -> str:
    """The caller's network as logs hold it, its end cut: an address is somebody's."""
    return masked_network(request.remote_addr or "")


def typed_mobile() -> str:
    """The mobile in the form, in one spelling; whatever was typed instead, shortened."""
    typed = request.form.get("mobile", "")[:60]
    return text.mobile(typed) or text.fold(typed) or "none"


def _has_failed(response: Response) -> bool:
    return response.status_code >= 400


# An error while a failure is being counted must not turn the answer into 500; the next request counts locally.
limiter = Limiter(key_func=network, strategy="moving-window", swallow_errors=True)
_by_mobile = limiter.shared_limit(
    PER_MOBILE, "sign-in-mobile", key_func=typed_mobile, deduct_when=_has_failed
)
_by_network = limiter.shared_limit(PER_NETWORK, "sign-in-network", deduct_when=_has_failed)
_over_all = limiter.shared_limit(OVER_ALL, "sign-in", key_func=lambda: "all", deduct_when=_has_failed)
codes_by_network = limiter.shared_limit(CODES_PER_NETWORK, "codes-network")
suggesting = limiter.shared_limit(SUGGESTIONS, "suggestions")
"""Bounds suggestions while typing: a fast typist behind a shared address is far below it."""
codes_over_all = limiter.shared_limit(OVER_ALL, "codes", key_func=lambda: "all")


def sign_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds tries at passwords."""
    return _by_mobile(_by_network(_over_all(view)))


def second_factor(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds tries at second factors by network; how many one person may have wrong is counted with the factors."""
    return _by_network(_over_all(view))


def code_sending(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds codes asked for; how many go to one mobile is bounded by the codes themselves."""
    return codes_by_network(codes_over_all(view))


def fit(app: Flask) -> None:
    """Fits the limiter and the page of 429 to the app."""
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, _answer_breach)


def _answer_breach(breach: RateLimitExceeded) -> Any:
    limit = limiter.current_limit
    wait = max(1, round(limit.reset_at - time.time())) if limit else 60
    log.warning(
        "limit_reached", limit=str(breach.limit.limit), endpoint=request.endpoint, network=told_network()
    )
    metrics.LIMITS.labels(request.endpoint or "none").inc()
    return answer_error(TooMany(retry_after=wait))
