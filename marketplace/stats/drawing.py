"""The charts of the figures, and the same charts as drawings of their own for pages of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from persiantools.jdatetime import JalaliDate

from marketplace.core.charts import Chart, Series, chart
from marketplace.core.language import current_language, direction, t
from marketplace.core.text import ENGLISH_MONTHS, MONTHS, persian_digits
from marketplace.core.web import jdate, number
from marketplace.stats.rules import first_day, months_of
from marketplace.stats.shown import CategoryShown, DayShown

COLOURS = {"fz": "#00838f", "zf": "#b97a00", "an": "#b3123f", "ps": "#4c7a1e"}
INK, LINE, GROUND = "#2c3440", "#d9d4c8", "#ffffff"
HEAD, FOOT = 34, 26


def turnover_chart(edition: str, days: Sequence[DayShown]) -> Chart:
    """Turnover by day of the edition."""
    total = number(sum(day.goods_toman for day in days))
    return chart(
        t("stats.chart.turnover", edition=edition),
        [_day(day.day) for day in days],
        [Series(t("stats.turnover_toman"), [day.goods_toman for day in days], "fz")],
        number,
        summary=t("stats.chart.turnover_summary", days=number(len(days)), total=total),
        label_name=t("stats.day"),
    )


def orders_chart(edition: str, days: Sequence[DayShown]) -> Chart:
    """Store orders, free shipping and kits by day of the edition."""
    return chart(
        t("stats.chart.orders", edition=edition),
        [_day(day.day) for day in days],
        [
            Series(t("stats.store_orders"), [day.store_orders for day in days], "fz"),
            Series(t("stats.free_shippings"), [day.free_shippings for day in days], "ps", is_line=True),
            Series(t("stats.kits"), [day.kits for day in days], "zf", is_line=True),
        ],
        number,
        summary=t("stats.chart.orders_summary", total=number(sum(day.store_orders for day in days))),
        label_name=t("stats.day"),
    )


def categories_chart(edition: str, categories: Sequence[CategoryShown]) -> Chart:
    """Turnover by row of the bazaar."""
    return chart(
        t("stats.chart.categories", edition=edition),
        [row.name for row in categories],
        [Series(t("stats.turnover_toman"), [row.goods_toman for row in categories], "zf")],
        number,
        label_name=t("stats.category"),
    )


def cases_chart(days: Mapping[date, Mapping[str, int]]) -> Chart:
    """Complaints by the month in which they were filed, and what became of their clock."""
    months = months_of(days)
    sums = {month: {"in_time": 0, "late": 0, "unanswered": 0, "running": 0} for month in months}
    for day, values in days.items():
        j = JalaliDate(day)
        into = sums[j.year, j.month]
        for name in into:
            into[name] += values.get(name, 0)
    tones = {"in_time": "fz", "late": "zf", "unanswered": "an", "running": "ps"}
    return chart(
        t("stats.chart.complaints"),
        [month_name(*month) for month in months],
        [Series(t(f"stats.{name}"), [sums[m][name] for m in months], tone) for name, tone in tones.items()],
        number,
        summary=t("stats.chart.complaints_summary", months=number(len(months))),
        label_name=t("stats.month"),
    )


def month_name(year: int, month: int) -> str:
    """`فروردین ۰۵`; in English the common month in which the Jalali one begins."""
    if current_language() == "fa":
        return persian_digits(f"{MONTHS[month - 1]} {year % 100:02d}")
    day = first_day(year, month)
    return f"{ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _day(day: date) -> str:
    """A day without its year."""
    return jdate(day).rsplit(" ", 1)[0]


def drawing(c: Chart, source: str) -> str:
    """A chart as an SVG of its own: title and numbers as text, no script, no style, nothing fetched."""
    is_rtl = direction(current_language()) == "rtl"
    beside = "100%" if is_rtl else "0"
    legend = "  ".join(name for name, _ in c.legend) if len(c.legend) > 1 else ""
    foot = " | ".join(word for word in (legend, source) if word)
    told = "; ".join(f"{label}: {' / '.join(values)}" for label, values in c.rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{c.height + HEAD + FOOT}" role="img" '
        f'aria-labelledby="t d" direction="{"rtl" if is_rtl else "ltr"}" '
        f'font-family="Vazirmatn, Tahoma, sans-serif" font-size="12">'
        f'<title id="t">{escape(c.title)}</title><desc id="d">{escape(c.summary)}. {escape(told)}</desc>'
        f'<rect width="100%" height="100%" fill="{GROUND}"/>'
        f'<text x="{beside}" y="20" font-size="15" font-weight="700" fill="{INK}">{escape(c.title)}</text>'
        f'<svg y="{HEAD}" width="100%" height="{c.height}" overflow="visible">{_inside(c, beside)}</svg>'
        f'<text x="{beside}" y="{c.height + HEAD + FOOT - 8}" font-size="11" fill="{INK}">{escape(foot)}</text></svg>'
    )


def _inside(c: Chart, beside: str) -> str:
    """Grid, bars, lines and marks, as `components/chart.html` draws them."""
    grid = [
        f'<line x1="0" x2="100%" y1="{tick.at}" y2="{tick.at}" stroke="{LINE}" stroke-dasharray="3 4"/>'
        f'<text x="{beside}" y="{float(tick.at) - 4}" fill="{INK}">{escape(tick.words)}</text>'
        for tick in c.ticks
    ]
    bars = [
        f'<rect x="{bar.x}%" y="{bar.y}" width="{bar.width}%" height="{bar.height}" rx="3" '
        f'fill="{COLOURS[bar.tone]}"><title>{escape(bar.words)}</title></rect>'
        for bar in c.bars
    ]
    lines = [
        f'<line x1="{s.x1}%" y1="{s.y1}" x2="{s.x2}%" y2="{s.y2}" stroke="{COLOURS[s.tone]}" stroke-width="2.5"/>'
        f'<circle cx="{s.x2}%" cy="{s.y2}" r="4" fill="{COLOURS[s.tone]}"/>'
        for s in c.segments
    ]
    base = f'<line x1="0" x2="100%" y1="{c.base}" y2="{c.base}" stroke="{INK}"/>'
    marks = [
        f'<text x="{m.at}%" y="{c.height - 8}" text-anchor="middle" fill="{INK}">{escape(m.words)}</text>'
        for m in c.marks
    ]
    return "".join((*grid, *bars, *lines, base, *marks))
