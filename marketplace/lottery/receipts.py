"""A person's receipt: own entries, the salts that show them to be one's own, and their way to the published root."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import Malformed, NotFound
from marketplace.lottery.freezing import manifest_of
from marketplace.lottery.merkle import CHUNK, MerkleTree, chunk_roots, path_through
from marketplace.lottery.models import Draw, EntryGrant
from marketplace.lottery.proof.tree import root_from_path
from marketplace.lottery.publishing import csv_lines, salt_of
from marketplace.lottery.queries import entries_of_person, published_entries

LINE = re.compile(r"(0|[1-9][0-9]{0,9}),[0-9a-f]{32},[0-9a-f]{64},[1-9][0-9]{0,9}")
LONGEST_CODE = 2_600


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
    paths = _paths(draw.id, manifest["entries"], [entry.place for entry in own])
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
                "path": [step.hex() for step in paths[entry.place]],
            }
            for entry in own
        ],
    }


def _paths(draw_id: int, told: dict[str, Any], places: list[int]) -> dict[int, list[bytes]]:
    """The ways from these places to the root; of the list their chunks alone are read."""
    roots = _kept_roots(draw_id, told["merkle_root"])
    chunks: dict[int, MerkleTree] = {}
    for number in sorted({place // CHUNK for place in places}):
        chunks[number] = MerkleTree.of(_leaves(draw_id, range(number * CHUNK, (number + 1) * CHUNK)))
    return {place: path_through(roots, chunks[place // CHUNK], place) for place in places}


@lru_cache(maxsize=8)
def _kept_roots(draw_id: int, merkle_root: str) -> bytes:
    """The roots of a closed list's chunks, which never change; 32 KB for a million entries. The root is part of the
    key, so that another database with the same id in this process is another list.
    """
    return chunk_roots(_leaves(draw_id))


def _leaves(draw_id: int, places: range | None = None) -> Iterator[bytes]:
    return islice(csv_lines(published_entries(draw_id, places), places.start if places else 0), 1, None)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """One published line with its audit path, in a form short enough for a QR symbol."""

    line: str
    path: tuple[str, ...]

    @property
    def code(self) -> str:
        """URL-safe text: the line, then the hashes of the path."""
        body = self.line.encode() + b"|" + b"".join(bytes.fromhex(step) for step in self.path)
        return base64.urlsafe_b64encode(body).decode().rstrip("=")

    @classmethod
    def parse(cls, code: str) -> Inclusion:
        """Raises Malformed for anything that `code` did not make."""
        try:
            body = base64.urlsafe_b64decode(code[:LONGEST_CODE] + "=" * (-len(code) % 4))
            line, _, hashes = body.partition(b"|")
            text = line.decode("ascii")
        except ValueError as error:
            raise Malformed("malformed") from error
        if len(hashes) % 32 or LINE.fullmatch(text) is None:
            raise Malformed("malformed")
        return cls(text, tuple(hashes[at : at + 32].hex() for at in range(0, len(hashes), 32)))

    def leads_to(self, root: str, count: int) -> bool:
        """Whether the line stands in the list with this root; tells of no other line."""
        index = int(self.line.partition(",")[0])
        path = [bytes.fromhex(step) for step in self.path]
        found = root_from_path(self.line.encode(), index, count, path)
        return found is not None and found.hex() == root


def inclusions_of(draw: Draw, person_id: int) -> list[Inclusion]:
    """A person's own lines with their paths. Raises as `receipt_of` does."""
    return [Inclusion(each["line"], tuple(each["path"])) for each in receipt_of(draw, person_id)["entries"]]
