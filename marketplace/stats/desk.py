"""The office's figures: the same sums, day by day, and how fresh they are."""

from __future__ import annotations

from flask import Blueprint, render_template

from marketplace.accounts.access import official
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.stats.page import show_stats
from marketplace.stats.rollups import waiting_count
from marketplace.stats.rules import SEED_YEAR

blueprint = Blueprint("stats_desk", __name__, url_prefix="/office/stats")


@blueprint.get("")
@official(*Role)
def show_desk() -> str:
    """The figures of the edition, day by day; how many changes are not in them yet."""
    return render_template(
        "stats/desk.html", page=show_stats(clock.now()), waiting=waiting_count(), seed=SEED_YEAR
    )
