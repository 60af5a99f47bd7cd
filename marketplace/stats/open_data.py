"""Figures as open data: by Jalali month and by category of goods or kind of complaint, small groups merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from persiantools.jdatetime import JalaliDate

from marketplace.core.small_groups import Group, merge_small
from marketplace.stats.models import Source
from marketplace.stats.names import Cases, Trade

COLUMNS: dict[Source, tuple[str, ...]] = {
    Source.trade: (Trade.parts, Trade.pieces, Trade.goods_toman, Trade.reference_toman),
    Source.cases: (
        Cases.filed,
        Cases.in_time,
        Cases.late,
        Cases.unanswered,
        Cases.running,
        Cases.settled,
        Cases.solved,
        Cases.not_solved,
    ),
}
"""What each file tells; the first column says how large a group is."""
FILES = {"trade": Source.trade, "complaints": Source.cases}


def head_of(source: Source) -> tuple[str, ...]:
    """The names of the columns."""
    return ("month", "category", *(str(name) for name in COLUMNS[source]))


def open_rows(source: Source, rows: Mapping[tuple[date, str], Mapping[str, int]]) -> list[Group]:
    """The rows of a file, the oldest month first (`1405-01`); they add up to all that there is."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * len(COLUMNS[source]))
    for (day, dim), values in rows.items():
        j = JalaliDate(day)
        counts = groups[f"{j.year:04d}-{j.month:02d}", dim]
        for place, name in enumerate(COLUMNS[source]):
            counts[place] += values.get(name, 0)
    return merge_small({key: counts for key, counts in groups.items() if counts[0]})


def package(base_url: str) -> dict[str, Any]:
    """What the files are, for machines: a Data Package (specs.frictionlessdata.io), with each column's meaning."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "bazargah-figures",
        "title": "Bazargah: figures of the festival by month",
        "description": (
            "Sums by Jalali month (Asia/Tehran) and by category of goods or kind of complaint. Groups of fewer than "
            "five are merged (`*`), so that no row tells of a person; the rows of a file add up to all that there is."
        ),
        "homepage": f"{base_url}/stats",
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
        "resources": [_resource(base_url, name, source) for name, source in FILES.items()],
    }


def _resource(base_url: str, name: str, source: Source) -> dict[str, Any]:
    columns = [
        {"name": column, "type": "integer", "constraints": {"minimum": 0}} for column in head_of(source)[2:]
    ]
    words = [
        {"name": column, "type": "string", "constraints": {"required": True}}
        for column in head_of(source)[:2]
    ]
    return {
        "name": name,
        "type": "table",
        "path": f"{base_url}/stats/{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": [*words, *columns], "primaryKey": ["month", "category"]},
    }
