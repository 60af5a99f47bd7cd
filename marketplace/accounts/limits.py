"""How often one may try: failed sign-ins by mobile, by network and over all (guarantees S3).

Only failures count, so that a family behind one address is not locked out by signing in. Without Redis,
or when it is down, each process counts for itself: closed rather than open.

Where a limit comes near, the next try takes a little work (`challenges.py`). Who cannot work, for want of scripts, goes
on without: one try a minute for each network, under the same limits, which hold for everybody.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from typing import Any

import structlog
from flask import Flask, Response, request
from flask_limiter import Limit, Limiter, RateLimitExceeded
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import RedisError

from marketplace.accounts.challenges import Challenge, Purpose, new_challenge, take_work, terms_at
from marketplace.accounts.devices import masked_network
from marketplace.accounts.errors import ChallengeNeeded
from marketplace.accounts.limit_counts import CountsHere
from marketplace.accounts.work import is_near
from marketplace.core import again, metrics, text
from marketplace.core.errors import TooMany
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import answer_error

log = structlog.get_logger(__name__)
PER_MOBILE = "10 per 5 minutes"
PER_NETWORK = "10 per 5 minutes"
OVER_ALL = "1000 per 5 minutes"
CODES_PER_NETWORK = "60 per hour"
SUGGESTIONS = "300 per minute"
SLOW_LANE = "1 per minute"
SLOW_LANE_OVER_ALL = "30 per minute"
LONGEST_CHALLENGE = 400


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


def everybody() -> str:
    """One count over all who ask."""
    return "all"


def _has_failed(response: Response) -> bool:
    return response.status_code >= 400


class OfBlueprints(Limiter):
    """Looks at a request before its view only where its blueprint has a limit: views with one of their own count
    themselves, and there is none for everything. Who is done again was counted."""

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        limited = self.limit_manager._blueprint_limits
        if again.is_again():
            return
        if not in_middleware or any(name in limited for name in request.blueprints):
            super()._check_request_limit(callable_name, in_middleware)


# An error while a failure is being counted must not turn the answer into 500; the next request counts locally.
limiter = OfBlueprints(key_func=network, strategy="moving-window", swallow_errors=True)
_by_mobile = limiter.shared_limit(
    PER_MOBILE, "sign-in-mobile", key_func=typed_mobile, deduct_when=_has_failed
)
_by_network = limiter.shared_limit(PER_NETWORK, "sign-in-network", deduct_when=_has_failed)
_over_all = limiter.shared_limit(OVER_ALL, "sign-in", key_func=everybody, deduct_when=_has_failed)
codes_by_network = limiter.shared_limit(CODES_PER_NETWORK, "codes-network")
suggesting = limiter.shared_limit(SUGGESTIONS, "suggestions")
"""Bounds suggestions while typing: a fast typist behind a shared address is far below it."""
codes_over_all = limiter.shared_limit(OVER_ALL, "codes", key_func=everybody)


def sign_in(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds tries at passwords."""
    return _by_mobile(_by_network(_over_all(view)))


def second_factor(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds tries at second factors by network; how many one person may have wrong is counted with the factors."""
    return _by_network(_over_all(view))


def code_sending(view: Callable[..., Any]) -> Callable[..., Any]:
    """Bounds codes asked for; how many go to one mobile is bounded by the codes themselves."""
    return codes_by_network(codes_over_all(view))


# --- work near a limit


PASSWORDS, CODES = "passwords", "codes"
NEAR = {
    PASSWORDS: (
        (PER_MOBILE, "sign-in-mobile", typed_mobile),
        (PER_NETWORK, "sign-in-network", network),
        (OVER_ALL, "sign-in", everybody),
    ),
    CODES: ((CODES_PER_NETWORK, "codes-network", network), (OVER_ALL, "codes", everybody)),
}
"""Which limits are looked at for what; the same that bound it."""


def offered(purpose: Purpose, at: datetime, *kinds: str) -> Challenge | None:
    """The challenge that a page should carry, so that its work is done while somebody types; None while all is calm.

    One try before it is asked for, since a refused one counts only after its page was made."""
    return new_challenge(purpose, at) if _is_near(at, kinds, ahead=1) else None


def refusal(purpose: Purpose, kind: str, at: datetime) -> ChallengeNeeded | None:
    """Why this request has to work first; None where nothing is asked, its work was done, or it goes the slow lane."""
    if not _is_near(at, (kind,)):
        return None
    said, answer = request.form.get("challenge", "")[:LONGEST_CHALLENGE], request.form.get("work", "")
    if said and answer:
        try:
            with unit_of_work():
                take_work(said, answer, purpose, at)
        except ChallengeNeeded as refused:
            refused.told = {"challenge": new_challenge(purpose, at).document()}
            return refused
        return None
    if request.form.get("unsolved") == "1" and _may_go_slowly():
        return None
    return ChallengeNeeded(retry_after=60, told={"challenge": new_challenge(purpose, at).document()})


def _is_near(at: datetime, kinds: tuple[str, ...], ahead: int = 0) -> bool:
    terms = terms_at(at)
    if terms.bits == 0 or not limiter.enabled:
        return False
    return any(
        is_near(_used(limit, scope, key()) + ahead, item_of(limit).amount, terms.after_percent)
        for kind in kinds
        for limit, scope, key in NEAR[kind]
    )


def _used(limit: str, scope: str, key: str) -> int:
    """How much of a limit is used; nothing while its store is away, since the limit itself counts on by itself then."""
    item = item_of(limit)
    try:
        left = limiter.limiter.get_window_stats(item, key, scope).remaining
    except (RedisError, OSError):
        return 0
    return int(item.amount - left)


def _may_go_slowly() -> bool:
    slow = limiter.limiter
    again.note_done_for_good()
    try:
        return slow.hit(item_of(SLOW_LANE), network(), "slow-lane") and slow.hit(
            item_of(SLOW_LANE_OVER_ALL), everybody(), "slow-lane-all"
        )
    except (RedisError, OSError):
        return False


def item_of(limit: str) -> Any:
    """A limit as its store counts it."""
    return next(iter(Limit(limit, key_function=everybody))).limit


# --- refusals


def fit(app: Flask) -> None:
    """Fits the limiter and the page of 429 to the app; while Redis is away it is counted here."""
    limiter.init_app(app)
    counts = CountsHere()
    limiter._fallback_storage = counts  # type: ignore[assignment]
    limiter._fallback_limiter = MovingWindowRateLimiter(counts)
    app.register_error_handler(RateLimitExceeded, _answer_breach)


def let_go() -> None:
    """Closes the connections to where is counted; whoever counts next opens others."""
    pool = getattr(getattr(limiter.storage, "storage", None), "connection_pool", None)
    if pool is not None:
        pool.disconnect()


def _answer_breach(breach: RateLimitExceeded) -> Any:
    limit = limiter.current_limit
    wait = max(1, round(limit.reset_at - time.time())) if limit else 60
    log.warning(
        "limit_reached", limit=str(breach.limit.limit), endpoint=request.endpoint, network=told_network()
    )
    metrics.LIMITS.labels(request.endpoint or "none").inc()
    return answer_error(TooMany(retry_after=wait))
