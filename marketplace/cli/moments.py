"""Moments on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from marketplace.core import clock


class Moment(click.ParamType[datetime]):
    """An ISO 8601 moment; without a zone it is UTC."""

    name = "moment"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            found = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no ISO 8601 moment, e.g. 2026-03-25T10:00:00+03:30", param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


def at_or_now(at: datetime | None) -> datetime:
    return at or clock.now()
