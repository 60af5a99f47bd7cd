"""What figures give to the black box: sales and complaints by month, small groups merged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.core.box import BoxPart, json_lines
from marketplace.stats.models import Source
from marketplace.stats.open_data import head_of, open_rows
from marketplace.stats.queries import rows_of


def _write(source: Source) -> Iterable[bytes]:
    head = head_of(source)
    return json_lines(
        dict(zip(head, (month, what, *counts), strict=True))
        for month, what, counts in open_rows(source, rows_of(source))
    )


def write_complaints(at: datetime) -> Iterable[bytes]:
    """Complaints by month and kind."""
    return _write(Source.cases)


def write_trade(at: datetime) -> Iterable[bytes]:
    """Sales by month and category."""
    return _write(Source.trade)


PARTS = (BoxPart("complaints.jsonl", write_complaints), BoxPart("sales.jsonl", write_trade))
