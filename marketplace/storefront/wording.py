"""Reasons and conditions of admission in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.core.errors import Reason
from marketplace.core.language import t
from marketplace.core.web import number
from marketplace.festival.rules import Objection, OfferFacts, public_reasons
from marketplace.storefront.shown import ConditionShown, ReasonShown


def word_objections(objections: list[Objection]) -> tuple[ReasonShown, ...]:
    """Objections for everybody's eyes."""
    return tuple(ReasonShown(o.code, t(f"reason.{o.code}"), o.until) for o in public_reasons(objections))


def word_reasons(reasons: Iterable[Reason]) -> tuple[ReasonShown, ...]:
    """Reasons of a refusal, their numbers in the page's digits."""
    return tuple(
        ReasonShown(
            r.code,
            t(f"reason.{r.code}", **{k: number(v) if isinstance(v, int) else v for k, v in r.params.items()}),
        )
        for r in reasons
    )


def word_conditions(facts: OfferFacts, edition_until: datetime) -> tuple[ConditionShown, ...]:
    """What holds for an offer on sale, each with the moment until which it holds."""
    store = facts.store
    return (
        ConditionShown("seal", t("condition.seal"), store.seal.valid_until if store.seal else None),
        ConditionShown(
            "licence", t("condition.licence"), store.licence.valid_until if store.licence else None
        ),
        ConditionShown("festival", t("condition.festival"), edition_until),
        ConditionShown("pledges", t("condition.pledges")),
        ConditionShown("health", t("condition.health")),
        ConditionShown("offer", t("condition.offer"), edition_until),
    )
