"""A store's offers by file, for its programs."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from marketplace.accounts.access import scoped
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, reads, reads_file, refuses, takes
from marketplace.api.offer_files import NAMES, ImportWish, take_import, write_parts
from marketplace.api.once import as_response, once, replay
from marketplace.api.schemas import imports as schemas
from marketplace.api.shapes.imports import import_document
from marketplace.core.bodies import takes_upload
from marketplace.core.errors import Invalid
from marketplace.festival.imports import MOST_BYTES, apply_import


@call("POST", "/store/offers/import", "store")
@scoped("store:offers", store=True)
@takes(schemas.ImportQuery)
@reads_file("table", NAMES)
@answers(201, schemas.OfferImport)
@takes_upload(MOST_BYTES + 1024 * 1024)
def create_import() -> Response:
    """Takes a file of offers (CSV in UTF-8 or UTF-16, or XLSX, at most 24 MB and 50,000 rows) and reads it.

    With `dry_run` nothing is written. Without it the rows are written at once, as drafts and changes; while a row is
    wrong only with `only_good`, else the import stays `checked`. A file of more than 256 KB is read by the worker:
    the state is `uploaded` then, to be looked at again and applied. 413 for too large a file, 422 for one that is no
    table or in an encoding that is not read.
    """
    kept, is_again = take_import(g.store_id, ImportWish.parse())
    return replay(kept) if is_again else as_response(kept)


@call("GET", "/store/offers/imports/<int:import_id>", "store")
@scoped("store:offers", store=True)
@answers(200, schemas.OfferImport)
@refuses(404)
def show_import(import_id: int) -> Response:
    """An own file of offers: its state, its counts, its wrong rows."""
    return answer(import_document(import_id, g.store_id))


@call("POST", "/store/offers/imports/<int:import_id>/application", "store")
@scoped("store:offers", store=True)
@reads(schemas.ApplicationWish)
@answers(200, schemas.OfferImport)
@refuses(404)
def create_import_application(wish: dict[str, Any], import_id: int) -> Response:
    """Writes a file that was read: all rows, or with `only_good` the good ones. 409 unless it is `checked`."""
    wrong = {name: "bad_value" for name in ("only_good", "send") if not _is_flag(wish.get(name))}
    if wrong:
        raise Invalid(fields=wrong)
    store_id, jobs = g.store_id, list[int]()
    response = once(
        lambda at: jobs.append(
            apply_import(
                import_id,
                store_id,
                at,
                only_good=bool(wish.get("only_good")),
                sends_for_check=bool(wish.get("send")),
            )
        ),
        lambda: import_document(import_id, store_id),
    )
    if jobs:
        write_parts(import_id, store_id)
    return response


def _is_flag(said: Any) -> bool:
    return said is None or isinstance(said, bool)
