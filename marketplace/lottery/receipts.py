"""A person's receipt: own entries, the salts that show them to be one's own, and their way to the published root."""

from __future__ import annotations

from itertools import islice
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.lottery.freezing import manifest_of
from marketplace.lottery.models import Draw, EntryGrant
from marketplace.lottery.publishing import MerkleTree, csv_lines, salt_of
from marketplace.lottery.queries import entries_of_person, published_entries


def receipt_of(draw: Draw, person_id: int) -> dict[str, Any]:
    """Everything that proves a person's entries and nothing of anybody else's but hashes.

    Raises DrawNotOpen before the freeze, NotFound for a person without entries.
    """
    manifest = manifest_of(draw)
    own = entries_of_person(draw.id, person_id)
    if not own:
        raise NotFound("no_entries_here")
    secret = bytes.fromhex(draw.secret or "")
    mobile = db.session.scalars(select(Person.mobile).where(Person.id == person_id)).one()
    orders: dict[int, int] = {
        row[0]: row[1]
        for row in db.session.execute(
            select(EntryGrant.id, EntryGrant.store_order_id).where(
                EntryGrant.id.in_([entry.grant_id for entry in own])
            )
        )
    }
    tree = MerkleTree(islice(csv_lines(published_entries(draw.id)), 1, None))
    return {
        "format": "bazargah-receipt/1",
        "draw": draw.slug,
        "merkle_root": manifest["entries"]["merkle_root"],
        "count": manifest["entries"]["count"],
        "person": {"mobile": mobile, "salt": salt_of(secret, "person", str(person_id)).hex()},
        "entries": [
            {
                "line": f"{entry.place},{entry.entry_id},{entry.pseudonym},{entry.weight}",
                "store_order": str(orders[entry.grant_id]),
                "salt": salt_of(secret, "entry", str(orders[entry.grant_id])).hex(),
                "path": [step.hex() for step in tree.path(entry.place)],
            }
            for entry in own
        ],
    }
