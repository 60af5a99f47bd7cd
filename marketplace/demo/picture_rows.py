"""The demo's pictures as rows."""

from __future__ import annotations

from datetime import datetime

from marketplace.demo.bulk import Bulk
from marketplace.demo.picture_index import INDEX
from marketplace.files.models import Picture


def load_pictures(now: datetime) -> None:
    """Writes a row for each picture that the demo can draw."""
    bulk = Bulk(Picture)
    for key, picture in INDEX.items():
        bulk.add(
            Picture,
            key=key,
            width=712,
            height=890,
            alt_fa=picture["alt_fa"],
            alt_en=picture["alt_en"],
            added_at=now,
        )
    bulk.finish()
