"""When a token was used last, written down every ten minutes: with what the call writes, else after its answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from flask import Response, g
from flask_login import current_user

from marketplace.accounts.tokens import note_use
from marketplace.core import clock
from marketplace.core.errors import Unavailable
from marketplace.core.unit_of_work import after_commit, unit_of_work

NOTED = "token_use_noted"


def note_here(at: datetime) -> None:
    """Inside the unit of a call, so that no other is needed for it."""
    if _is_to_note():
        note_use(current_user.token_id, at)
        after_commit(lambda: setattr(g, NOTED, True))


def note(response: Response) -> Response:
    """A person sees on `/me/tokens` when each token was used last, also of calls that wrote nothing."""
    if _is_to_note():
        with suppress(Unavailable), unit_of_work():
            note_here(clock.now())
    return response


def _is_to_note() -> bool:
    return (
        current_user.is_authenticated
        and current_user.token_id is not None
        and current_user.is_use_to_note
        and not g.get(NOTED, False)
    )
