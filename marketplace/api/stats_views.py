"""Figures of the festival, for everybody."""

from __future__ import annotations

from typing import Any

from flask import Response

from marketplace.accounts.access import public
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call
from marketplace.api.schemas import stats as schemas
from marketplace.core import clock
from marketplace.stats.page import show_stats as stats_shown
from marketplace.stats.shown import CasesShown, EditionTold, StatsShown


@call("GET", "/stats", "festival")
@public
@answers(200, schemas.Stats)
def show_stats() -> Response:
    """Turnover, orders, free shipping, kits, complaints, applications, clearances, the fund and the years."""
    return answer(_document(stats_shown(clock.now())))


def _document(page: StatsShown) -> dict[str, Any]:
    trade = page.trade
    return {
        "edition": _edition(page.edition),
        "as_of": page.as_of,
        "turnover_toman": trade.get("goods_toman", 0),
        "reference_toman": trade.get("reference_toman", 0),
        "orders": trade.get("orders", 0),
        "store_orders": trade.get("store_orders", 0),
        "free_shippings": trade.get("free_shippings", 0),
        "shipping_borne_toman": trade.get("borne_toman", 0),
        "shipping_paid_toman": trade.get("shipping_toman", 0),
        "kits": trade.get("kits", 0),
        "refunded_toman": trade.get("refunded_toman", 0),
        "days": [
            {
                "day": day.day,
                "turnover_toman": day.goods_toman,
                "orders": day.orders,
                "store_orders": day.store_orders,
                "free_shippings": day.free_shippings,
                "kits": day.kits,
            }
            for day in page.days
        ],
        "categories": [
            {"slug": row.slug, "name": row.name, "turnover_toman": row.goods_toman, "store_orders": row.parts}
            for row in page.categories
        ],
        "complaints": _cases(page.cases),
        "applications": {
            name: getattr(page.applications, name)
            for name in ("applied", "approved", "waiting", "waitlisted", "refused")
        },
        "clearances": {
            name: getattr(page.clearances, name)
            for name in ("answers", "median_minutes", "p90_minutes", "breaches", "adverse_permille")
        },
        "fund": {
            name: getattr(page.fund, name)
            for name in ("balance_toman", "reserved_toman", "in_toman", "out_toman")
        },
        "years": [
            {
                "year": year.year,
                "turnover_toman": year.goods_toman,
                "refunded_toman": year.refunded_toman,
                "store_orders": year.store_orders,
                "state": year.state,
                "final_on": year.final_on,
                "due_on": year.due_on,
            }
            for year in page.years
        ],
    }


def _edition(edition: EditionTold | None) -> dict[str, Any] | None:
    if edition is None:
        return None
    return {
        "slug": edition.slug,
        "title": edition.title,
        "first_day": edition.first,
        "last_day": edition.last,
    }


def _cases(cases: CasesShown) -> dict[str, Any]:
    return {
        "filed": cases.filed,
        "answered_in_time": cases.in_time,
        "answered_late": cases.late,
        "unanswered": cases.unanswered,
        "running": cases.running,
        "settled_by_seller": cases.settled,
        "settled_by_seller_permille": cases.settled_permille,
        "solved": cases.solved,
        "not_solved": cases.not_solved,
        "by_category": [{"category": kind, "filed": count} for kind, _, count in cases.by_kind],
    }
