"""Offers named by their numbers: one statement for however many, and one value in it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Text, TextClause, bindparam, text

from marketplace.core.db import is_sqlite

AMONG_JSON = "offers.id IN (SELECT value FROM json_each(:among))"
AMONG = bindparam("among", type_=Text())
AMONG_ARRAY = "offers.id = ANY(CAST(:among AS bigint[]))"


def among() -> TextClause:
    """Whether an offer is one of those named; filled by `listed_ids` as `among`."""
    return text(AMONG_JSON if is_sqlite() else AMONG_ARRAY).bindparams(AMONG)


def listed_ids(ids: Iterable[int]) -> str:
    """Numbers of offers as one value."""
    return json.dumps(list(ids)) if is_sqlite() else "{" + ",".join(map(str, ids)) + "}"
