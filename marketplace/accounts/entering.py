"""From a right password or code to a signed-in browser, over the second factor of those who have one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, current_app, make_response, redirect, request, url_for

from marketplace.accounts import cookies, passkeys, second, sessions
from marketplace.accounts.devices import masked_network
from marketplace.accounts.passkeys import Party
from marketplace.accounts.sessions import Place
from marketplace.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Entry:
    """A session that was opened, or a sign-in that waits for the second factor."""

    secret: str
    seconds: int
    waits: bool = False


def place() -> Place:
    """Where this request comes from."""
    return Place(request.user_agent.string, masked_network(request.remote_addr or ""))


def party() -> Party | None:
    """For whom a passkey is made here."""
    return passkeys.party(current_app.config["SETTINGS"].base_url, request.host_url)


def needed_party() -> Party:
    """The same. Raises NotFound where browsers make no passkeys."""
    found = party()
    if found is None:
        raise NotFound()
    return found


def enter(person_id: int, at: datetime) -> Entry:
    """Inside the unit, after the first factor."""
    if second.factors_of(person_id).has_any:
        secret = sessions.open_second_step(person_id, place(), at)
        return Entry(secret, cookies.SECOND_SECONDS, waits=True)
    return enter_wholly(person_id, at, with_second=False)


def enter_wholly(person_id: int, at: datetime, *, with_second: bool) -> Entry:
    """Inside the unit: a fresh session, the browser's old one ended, and the cart told."""
    old = cookies.session_secret()
    secret = sessions.open_session(person_id, place(), at, with_second=with_second)
    if old is not None:
        sessions.end_session(old, at)
    current_app.extensions["bazargah"].on_sign_in(old, person_id, at)
    return Entry(secret, int(sessions.session_length(person_id).total_seconds()))


def welcome(entry: Entry, path: str) -> Response:
    """The redirect that carries the cookie: to where one wanted to go, or to the second factor before."""
    if entry.waits:
        response = make_response(redirect(url_for("second.new_second_step", next=path), 303))
        cookies.set_second_step(response, entry.secret)
    else:
        response = make_response(redirect(path, 303))
        cookies.set_session(response, entry.secret, entry.seconds)
        cookies.drop_second_step(response)
    cookies.drop_asked_code(response)
    return response
