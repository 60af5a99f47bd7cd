"""What a person wants to hear: their switches, the link of a message, an SMS that says stop."""

from __future__ import annotations

from hmac import compare_digest

import structlog
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from marketplace.accounts import queries as accounts
from marketplace.accounts.access import public, signed_in, visitor
from marketplace.core import clock, text
from marketplace.core.errors import NotFound
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.kinds import ALWAYS, OPTIONAL, SWITCHED, NoticeKind
from marketplace.messages.models import Channel, WishSource
from marketplace.messages.preferences import (
    read_stop_token,
    set_wishes,
    stop_channel,
    stop_mobile,
    wishes_of,
)
from marketplace.messages.words import heard_word

log = structlog.get_logger(__name__)
blueprint = Blueprint("message_wishes", __name__)
FOR_STORES = frozenset({NoticeKind.store, NoticeKind.payouts})


@blueprint.get("/me/notifications/preferences")
@signed_in
def show_preferences() -> str:
    """The switches by kind and channel; kinds of stores are shown to their members alone."""
    here = visitor()
    wishes = wishes_of(here.id)
    me = accounts.person(here.id)
    shown = [
        {
            "key": kind.value,
            "switches": [(channel.value, wishes[kind, channel]) for channel in SWITCHED],
        }
        for kind in _kinds(here.is_store_member)
    ]
    return render_template(
        "messages/preferences.html",
        kinds=shown,
        always=[kind.value for kind in NoticeKind if kind in ALWAYS],
        channels=[channel.value for channel in SWITCHED],
        has_mail=bool(me and me.email),
        mobile=text.masked_mobile(here.mobile),
    )


@blueprint.post("/me/notifications/preferences")
@signed_in
def update_preferences() -> Response:
    """Keeps the switches as the page sent them: an unticked one is off."""
    here = visitor()
    wishes = {
        (kind, channel): request.form.get(f"{kind.value}.{channel.value}") == "1"
        for kind in _kinds(here.is_store_member)
        for channel in SWITCHED
    }
    at = clock.now()
    with unit_of_work():
        set_wishes(here.id, wishes, at)
    put_notice("wishes_kept")
    return redirect(url_for(".show_preferences"), 303)  # type: ignore[return-value]


@blueprint.get("/stop/<token>")
@public
def show_stop(token: str) -> str:
    """Asks once more before a channel is switched off; nobody has to sign in for it. 404 for a link not of ours."""
    _, channel = read_stop_token(token)
    return render_template("messages/stop.html", token=token, channel=channel.value, is_done=False)


@blueprint.post("/stop/<token>")
@public
def create_stop(token: str) -> str:
    """Switches the channel off; mail programs call this by themselves (List-Unsubscribe-Post)."""
    person_id, channel = read_stop_token(token)
    at = clock.now()
    with unit_of_work():
        stop_channel(person_id, channel, at, WishSource.link)
    return render_template("messages/stop.html", token=token, channel=channel.value, is_done=True)


@blueprint.post("/webhooks/sms/<secret>")
@public
def create_inbound(secret: str) -> tuple[str, int]:
    """An SMS that somebody sent to our line, in Kavenegar's form (`from`, `to`, `message`, `messageid`).

    The word for stop ends short messages, the word for start begins them again; all else is only counted. The secret
    in the address is that of the settings (`SMS_INBOUND_SECRET`); without one there is no such address.
    """
    expected = current_app.config["SETTINGS"].sms_inbound_secret
    if not expected or not compare_digest(secret.encode(), expected.encode()):
        raise NotFound()
    mobile = text.mobile(request.form.get("from", "")[:40])
    word = heard_word(request.form.get("message", "")[:200])
    if mobile is None or word is None:
        log.info("sms_heard", understood=False)
        return "", 204
    at = clock.now()
    with unit_of_work():
        is_known = stop_mobile(mobile, at, is_on=word)
    log.info("sms_heard", understood=True, known=is_known, channel=Channel.sms.value)
    return "", 204


def _kinds(is_store_member: bool) -> tuple[NoticeKind, ...]:
    return tuple(kind for kind in OPTIONAL if is_store_member or kind not in FOR_STORES)
