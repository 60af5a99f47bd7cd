"""The tables that join slices, put together: `WIRING` is what the app carries.

Pages, addresses and commands of the app are in `doors.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from marketplace.accounts import last_use, limits
from marketplace.accounts.secrets import secret_hash
from marketplace.accounts.work import Terms
from marketplace.api import document
from marketplace.orders.cart import adopt_guest_cart
from marketplace.oversight import opened
from marketplace.payments import gateway
from marketplace.policy.policy import policy_at
from marketplace.storefront import drawn_cards, drawn_facets, page_cache, rule_words
from marketplace.stores.queries import stores_of_person
from marketplace.wiring.acts import APPROVAL_KINDS
from marketplace.wiring.checks import BLACK_BOX_PARTS, FIGURES, INVARIANTS
from marketplace.wiring.chores import JOB_KINDS, SWEEPS
from marketplace.wiring.news import HANDLERS
from marketplace.wiring.seeing import MAY_SEE_EVIDENCE, SHOWN_TO_ALL, draw_in_demo
from marketplace.wiring.shape import Wiring


def _keep_cart(old_secret: str | None, person_id: int, at: datetime) -> None:
    """What a browser had in its cart becomes the person's."""
    adopt_guest_cart(secret_hash(old_secret) if old_secret else None, person_id, at)


def _work_terms(at: datetime) -> Terms:
    """The work that the policy asks for where a limit is near."""
    policy = policy_at(at)
    return Terms(policy.challenge_bits, policy.challenge_after_percent, policy.challenge_minutes)


FITS: tuple[Callable[[Any], None], ...] = (
    document.fit,
    limits.fit,
    last_use.fit,
    opened.fit,
    gateway.fit,
    rule_words.fit,
    drawn_cards.fit,
    drawn_facets.fit,
    page_cache.fit,
)

WIRING = Wiring(
    handlers=HANDLERS,
    job_kinds=JOB_KINDS,
    sweeps=SWEEPS,
    invariants=INVARIANTS,
    stores_of=stores_of_person,
    on_sign_in=_keep_cart,
    work_terms=_work_terms,
    draw_picture=draw_in_demo,
    approval_kinds={kind.action: kind for kind in APPROVAL_KINDS},
    fits=FITS,
    black_box_parts=BLACK_BOX_PARTS,
    figures=FIGURES,
    shown_to_all=SHOWN_TO_ALL,
    may_see_evidence=MAY_SEE_EVIDENCE,
)
