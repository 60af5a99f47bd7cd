"""Reading as where a page is made that may be kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from marketplace.core.db import db
from marketplace.core.quick_reads import QuickReader
from marketplace.core.remembered import Present, in_present
from tests.factories import AT


@contextmanager
def remembering() -> Iterator[None]:
    """As where a page is made: the admitted stores are remembered, statements go beside the session."""
    reader = QuickReader(db.engine)
    try:
        with in_present(Present({}, {}, AT, AT + timedelta(days=1), reader)):
            yield
    finally:
        reader.close()
