"""Outgoing webhooks of a store, for its programs."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g

from marketplace.accounts.access import scoped, visitor
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, reads
from marketplace.api.once import once
from marketplace.api.schemas import hooks as schemas
from marketplace.core.errors import Invalid
from marketplace.messages import hooks
from marketplace.messages.hook_models import HookTarget


@call("GET", "/webhooks", "store")
@scoped("store:orders", store=True)
@answers(200, schemas.HookList)
def list_webhooks() -> Response:
    """The store's addresses, the oldest first."""
    return answer({"items": [_document(target) for target in hooks.targets_of(f"store:{g.store_id}")]})


@call("POST", "/webhooks", "store")
@scoped("store:orders", store=True)
@reads(schemas.HookWish)
@answers(201, schemas.NewHook)
def create_webhook(wish: dict[str, Any]) -> Response:
    """Adds an address; the answer shows its secret, this once. 409 beyond five addresses."""
    owner, actor = f"store:{g.store_id}", visitor().actor("store")
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
        lambda: {
            **_document(next(t for t in hooks.targets_of(owner) if t.id == made[0][0])),
            "secret": made[0][1],
        },
        201,
    )


def _document(target: HookTarget) -> dict[str, Any]:
    return {
        "id": target.id,
        "url": target.url,
        "events": target.events,
        "state": target.state.value,
        "failing_from": target.failing_from,
        "created_at": target.created_at,
    }
