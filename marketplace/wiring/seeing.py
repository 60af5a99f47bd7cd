"""Who may see a private file, by the first word of its subject (`complaint` of `complaint:17`); missing pictures."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from marketplace.complaints.evidence import may_see_complaint_file
from marketplace.demo.pictures import render_file
from marketplace.festival.application_queries import may_see_application
from marketplace.guarantee.claim_evidence import may_see_claim_file
from marketplace.inspections.evidence import may_see_action, may_see_finding
from marketplace.orders.returns import may_see_return
from marketplace.panel import offer_file_views
from marketplace.reviews.seeing import is_published, may_see_review
from marketplace.stores.evidence import may_see_application_file, may_see_clearance_file
from marketplace.suspicions.evidence import may_see_suspicion_file
from marketplace.wiring.shape import MaySee

MAY_SEE_EVIDENCE: dict[str, MaySee] = {
    "application": may_see_application,
    "clearance": may_see_clearance_file,
    "complaint": may_see_complaint_file,
    "claim": may_see_claim_file,
    "corrective-action": may_see_action,
    "finding": may_see_finding,
    "return": may_see_return,
    "offer": offer_file_views.may_see_invoice,
    "review": may_see_review,
    "seal-application": may_see_application_file,
    "suspicion": may_see_suspicion_file,
}

SHOWN_TO_ALL: dict[str, Callable[[str], bool]] = {"review": is_published}


def draw_in_demo(name: str) -> bool:
    """The demo draws its pictures while it runs; elsewhere a missing picture stays missing."""
    settings = current_app.config["SETTINGS"]
    return settings.is_demo and render_file(name, settings.media)
