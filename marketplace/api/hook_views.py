"""Outgoing webhooks of a store, for its programs."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g, request

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer, listed, paging
from marketplace.api.blueprint import answers, call, edits, reads, refuses, takes
from marketplace.api.once import once
from marketplace.api.schemas import hooks as schemas
from marketplace.core.errors import Invalid, Malformed
from marketplace.messages import hooks
from marketplace.messages.hook_log import deliveries_page, target_of
from marketplace.messages.hook_models import DeliveryState, HookDelivery, HookTarget

SCOPE = "store:orders"


@call("GET", "/webhooks", "webhooks")
@scoped(SCOPE, store=True)
@answers(200, schemas.HookList)
def list_webhooks() -> Response:
    """The store's addresses, the oldest first."""
    return answer({"items": [_document(target) for target in hooks.targets_of(_owner())]})


@call("POST", "/webhooks", "webhooks")
@scoped(SCOPE, store=True)
@reads(schemas.HookWish)
@answers(201, schemas.NewHook)
def create_webhook(wish: dict[str, Any]) -> Response:
    """Adds an address; the answer shows its secret, this once. 409 beyond five addresses."""
    owner, actor = _owner(), visitor().actor("store")
    url, events = wish.get("url"), wish.get("events")
    if (
        not isinstance(url, str)
        or not isinstance(events, list)
        or not all(isinstance(e, str) for e in events)
    ):
        raise Invalid(fields={"url": "hook_url", "events": "hook_events"})
    made: list[tuple[int, str]] = []
    return once(
        lambda at: made.append(
            hooks.add_target(
                owner,
                url,
                events,
                actor,
                at,
                allow_loopback=current_app.config["SETTINGS"].outward_loopback,
            )
        ),
        lambda: {**_document(target_of(made[0][0], owner)), "secret": made[0][1]},
        201,
    )


@call("GET", "/webhooks/<int:target_id>", "webhooks")
@scoped(SCOPE, store=True)
@answers(200, schemas.Hook)
@refuses(404)
def show_webhook(target_id: int) -> Response:
    """An address of the store and how it fares."""
    return answer(_document(target_of(target_id, _owner())))


@call("DELETE", "/webhooks/<int:target_id>", "webhooks")
@scoped(SCOPE, store=True)
@edits
@answers(200, schemas.HookList)
@refuses(404)
def delete_webhook(target_id: int) -> Response:
    """Ends an address; what waits for it is given up. Answers the addresses that are left."""
    owner, actor = _owner(), visitor().actor("store")
    return once(
        lambda at: hooks.remove_target(target_id, owner, actor, at),
        lambda: {"items": [_document(target) for target in hooks.targets_of(owner)]},
        seen=lambda: _document(target_of(target_id, owner)),
    )


@call("POST", "/webhooks/<int:target_id>/secret", "webhooks")
@scoped(SCOPE, store=True)
@edits
@answers(201, schemas.NewHook)
@refuses(404)
def create_webhook_secret(target_id: int) -> Response:
    """A new secret, shown this once. The old one signs beside it for 24 hours more."""
    owner, actor = _owner(), visitor().actor("store")
    made: list[str] = []
    return once(
        lambda at: made.append(hooks.renew_secret(target_id, owner, actor, at)),
        lambda: {**_document(target_of(target_id, owner)), "secret": made[0]},
        201,
        seen=lambda: _document(target_of(target_id, owner)),
    )


@call("POST", "/webhooks/<int:target_id>/resumption", "webhooks")
@scoped(SCOPE, store=True)
@edits
@answers(200, schemas.Hook)
@refuses(404)
def create_webhook_resumption(target_id: int) -> Response:
    """An address that was switched off hears again, from now on. 409 for one that was not."""
    owner, actor = _owner(), visitor().actor("store")
    return once(
        lambda at: hooks.resume_target(target_id, owner, actor, at),
        lambda: _document(target_of(target_id, owner)),
        seen=lambda: _document(target_of(target_id, owner)),
    )


@call("GET", "/webhooks/<int:target_id>/deliveries", "webhooks")
@scoped(SCOPE, store=True)
@takes(schemas.DeliveryQuery)
@answers(200, schemas.DeliveryPage)
@refuses(404)
def list_webhook_deliveries(target_id: int) -> Response:
    """The log of an address, the newest first: what was sent, how often, what was answered."""
    target = target_of(target_id, _owner())
    cursor, limit = paging()
    return answer(listed(deliveries_page(target.id, cursor, limit, _state()), _delivery))


@call("POST", "/webhooks/deliveries/<int:delivery_id>/replay", "webhooks")
@scoped(SCOPE, store=True)
@answers(201, schemas.Replay)
@refuses(404)
def create_webhook_replay(delivery_id: int) -> Response:
    """Sends an event once more: the same body with the same `id`, as a delivery of its own."""
    owner = _owner()
    made: list[int] = []
    return once(
        lambda at: made.append(hooks.replay(delivery_id, owner, at)), lambda: {"delivery_id": made[0]}, 201
    )


def _owner() -> str:
    return f"store:{g.store_id}"


def _state() -> DeliveryState | None:
    raw = request.args.get("state", "")
    if raw and raw not in {state.value for state in DeliveryState}:
        raise Malformed("bad_filter", fields={"state": "bad_choice"})
    return DeliveryState(raw) if raw else None


def _document(target: HookTarget) -> dict[str, Any]:
    return {
        "id": target.id,
        "url": target.url,
        "events": target.events,
        "state": target.state.value,
        "failing_from": target.failing_from,
        "created_at": target.created_at,
    }


def _delivery(row: HookDelivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "event_id": row.key.partition("#")[0],
        "event": row.event,
        "subject": row.subject,
        "state": row.state.value,
        "tries": row.tries,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "next_at": row.next_at if row.state is DeliveryState.waiting else None,
        "tried_at": row.tried_at,
        "created_at": row.created_at,
        "body": row.body,
    }
