"""When and from where a session was used last, written down once an hour, after the answer is made."""

from __future__ import annotations

import structlog
from flask import Flask, Response, g, request
from flask_login import current_user

from marketplace.accounts.devices import masked_network
from marketplace.accounts.sessions import note_use
from marketplace.core import clock
from marketplace.core.errors import MarketplaceError
from marketplace.core.unit_of_work import unit_of_work

log = structlog.get_logger(__name__)


def fit(app: Flask) -> None:
    """Fits the note to the app."""
    app.after_request(_note)


def _note(response: Response) -> Response:
    """Only where the person was asked for anyway; a note that fails must not spoil an answer."""
    if "_login_user" not in g or response.is_streamed:
        return response
    if getattr(current_user, "is_use_to_note", False) and current_user.session_id is not None:
        try:
            with unit_of_work():
                note_use(current_user.session_id, masked_network(request.remote_addr or ""), clock.now())
        except MarketplaceError as failed:
            log.warning("last_use_not_noted", code=failed.code)
    return response
