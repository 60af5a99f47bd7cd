"""The store's own programs: addresses that hear of events, their secrets, and what was sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for

from marketplace.accounts.access import freshly, store_member, visitor
from marketplace.core import clock
from marketplace.core.errors import Invalid
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages import hooks
from marketplace.messages.hook_log import deliveries_page, target_of
from marketplace.messages.hook_models import DeliveryState
from marketplace.messages.hook_rules import EVENTS

blueprint = Blueprint("hooks", __name__, url_prefix="/panel/webhooks")


def owner() -> str:
    """The store whose panel is open, as the owner of addresses."""
    return f"store:{g.store_id}"


@blueprint.get("")
@store_member
def list_hooks() -> str:
    """Addresses, the latest deliveries, and a form for another address."""
    return _page()


@blueprint.post("")
@store_member
def create_hook() -> Any:
    """A new address; the answer shows its secret, this once."""
    at = clock.now()
    try:
        with unit_of_work():
            _, secret = hooks.add_target(
                owner(),
                request.form.get("url", "")[:3_000],
                request.form.getlist("events")[:20],
                visitor().actor("store"),
                at,
                allow_loopback=current_app.config["SETTINGS"].outward_loopback,
            )
    except Invalid as wrong:
        return _page(errors=wrong.fields), 422
    return _shown_once(secret)


@blueprint.get("/<int:target_id>")
@store_member
def show_hook(target_id: int) -> str:
    """The log of one address, fifty at a time, each delivery with its body."""
    target = target_of(target_id, owner())
    wish = request.args.get("state", "")
    state = DeliveryState(wish) if wish in {s.value for s in DeliveryState} else None
    page = deliveries_page(target.id, request.args.get("cursor"), hooks.PAGE, state)
    return render_template(
        "panel/webhook.html",
        target=target,
        page=page,
        state=state,
        states=list(DeliveryState),
        is_first="cursor" not in request.args,
    )


@blueprint.post("/<int:target_id>/secret")
@store_member
@freshly
def create_secret(target_id: int) -> Any:
    """A new secret; the old one signs as well for a day."""
    at = clock.now()
    with unit_of_work():
        secret = hooks.renew_secret(target_id, owner(), visitor().actor("store"), at)
    return _shown_once(secret)


@blueprint.post("/<int:target_id>/resumption")
@store_member
def create_resumption(target_id: int) -> Any:
    """A disabled address hears again."""
    at = clock.now()
    with unit_of_work():
        hooks.resume_target(target_id, owner(), visitor().actor("store"), at)
    return _done("hook_resumed")


@blueprint.post("/<int:target_id>/removal")
@store_member
def delete_hook(target_id: int) -> Any:
    """Ends an address."""
    at = clock.now()
    with unit_of_work():
        hooks.remove_target(target_id, owner(), visitor().actor("store"), at)
    return _done("hook_removed")


@blueprint.post("/deliveries/<int:delivery_id>/replay")
@store_member
def create_replay(delivery_id: int) -> Any:
    """Sends an event once more."""
    at = clock.now()
    with unit_of_work():
        hooks.replay(delivery_id, owner(), at)
    return _done("hook_replayed")


def _shown_once(secret: str) -> Any:
    response = make_response(_page(secret=secret), 201)
    response.headers["Cache-Control"] = "no-store"
    return response


def _done(notice: str) -> Any:
    put_notice(notice)
    return redirect(url_for(".list_hooks"), 303)


def _page(secret: str | None = None, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "panel/webhooks.html",
        targets=hooks.targets_of(owner()),
        deliveries=hooks.deliveries_of(owner()),
        now=clock.now(),
        events=EVENTS,
        secret=secret,
        errors=errors or {},
        url=request.form.get("url", "")[:3_000] if errors else "",
        chosen=request.form.getlist("events") if errors else [],
    )
