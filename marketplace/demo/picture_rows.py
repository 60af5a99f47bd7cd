"""The demo's pictures as rows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from marketplace.demo.bulk import Bulk
from marketplace.files.models import Picture

DATA = Path(__file__).parent / "data"


def picture_index() -> dict[str, dict[str, Any]]:
    """What the demo can draw: key -> texts in both languages and the rows of goods it suits."""
    found: dict[str, dict[str, Any]] = json.loads((DATA / "art" / "index.json").read_text(encoding="utf-8"))
    return found


def load_pictures(now: datetime) -> None:
    """Writes a row for each picture that the demo can draw."""
    bulk = Bulk(Picture)
    for key, picture in picture_index().items():
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
