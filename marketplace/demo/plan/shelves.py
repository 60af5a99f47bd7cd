"""How much each store offers, what it likes to sell, and in which state its offers are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from marketplace.demo.plan.outcomes import Outcome
from marketplace.demo.plan.patterns import Pattern, likes, patterns
from marketplace.demo.plan.scale import Scale
from marketplace.demo.plan.source import stream
from marketplace.demo.plan.stores import StorePlan

_PREPARING = (
    Outcome.WAITING,
    Outcome.SUBMITTED,
    Outcome.CLEARANCE_PENDING,
    Outcome.REJECTED,
    Outcome.WITHDRAWN,
)
_LIVE = (("live", 0.952), ("checked", 0.964), ("draft", 0.976), ("rejected", 0.988), ("frozen", 1.0))
_STOPPED = (("live", 0.75), ("frozen", 1.0))
_EARLY = (("draft", 0.65), ("checked", 0.9), ("rejected", 1.0))


def plan_shelves(scale: Scale, seed: int, stores: Sequence[StorePlan]) -> list[int]:
    """Offers of each store, together exactly as many as the scale has; an admitted store has at least one."""
    weights = [_weight(stream(seed, "shelf", store.slug), store) for store in stores]
    total, left = sum(weights), scale.counts.offers - sum(weight > 0 for weight in weights)
    exact = [left * weight / total for weight in weights]
    counts = [int(share) + (weight > 0) for share, weight in zip(exact, weights, strict=True)]
    by_remainder = sorted(range(len(stores)), key=lambda place: int(exact[place]) - exact[place])
    for place in by_remainder[: scale.counts.offers - sum(counts)]:
        counts[place] += 1
    return counts


def favourites_first(rng: Random, store: StorePlan) -> list[Pattern]:
    """All patterns of the store's category in its own order: first its trade, cheaper things sooner."""
    liked = likes(store.category_slug, store.trade)

    def order(pattern: Pattern) -> float:
        dear = min(1.0, pattern.price[0] / 600_000)
        return rng.random() + 0.35 * dear - (0.4 if pattern.shape in liked else 0)

    return sorted(patterns(store.category_slug), key=order)


def state_chooser(rng: Random, store: StorePlan) -> Callable[[int], str]:
    """Gives the state of the offers of the nth product; the first product of a selling store is live."""
    chances: tuple[tuple[str, float], ...] = _EARLY if not store.was_approved else _LIVE
    if store.application_state == "suspended" or (
        store.seal and store.seal.state in ("suspended", "revoked")
    ):
        chances = _STOPPED if store.was_approved else _EARLY

    def choose(nth: int) -> str:
        if nth == 0 and store.was_approved:
            return "live"
        turn = rng.random()
        return next((state for state, upto in chances if turn < upto), chances[-1][0])

    return choose


def _weight(rng: Random, store: StorePlan) -> float:
    size = rng.lognormvariate(0, 0.55)
    if store.was_approved:
        return size
    return size * 0.2 if store.outcome in _PREPARING and rng.random() < 0.2 else 0.0
