"""Addresses of a store's own programs."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import (
    Answer,
    Cursor,
    PageQuery,
    Told,
    Wish,
    count,
    ident,
    moment,
    one_of,
    text,
)
from marketplace.messages.hook_models import DeliveryState, HookState
from marketplace.messages.hook_rules import EVENTS


class HookWish(Wish):
    """A public https address and the events that it hears."""

    url = Told(metadata={"type": "string", "minLength": 10, "maxLength": 2000})
    events = Told(
        metadata={"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(EVENTS)}}
    )


class Hook(Answer):
    """An address. Every delivery is signed: `Bazargah-Signature: t=<unix seconds>,v1=<hex>`, the HMAC-SHA-256 of
    `<t>.<body>` with the secret; for a day after a change of the secret there are two `v1`."""

    id = ident()
    url = text()
    events = fields.List(fields.String(metadata={"enum": list(EVENTS)}))
    state = one_of(HookState)
    failing_from = moment(allow_none=True)
    created_at = moment()


class NewHook(Hook):
    secret = text("shown this once")


class HookList(Answer):
    items = fields.List(fields.Nested(Hook))


class DeliveryQuery(PageQuery):
    state = fields.String(metadata={"enum": [state.value for state in DeliveryState]})


class Delivery(Answer):
    """An event for one address. `event_id` is the `id` of its body: keep those you have seen."""

    id = ident()
    event_id = text()
    event = one_of(EVENTS)
    subject = text("of one subject the next waits until the one before arrived or was given up")
    state = one_of(DeliveryState)
    tries = count()
    last_status = fields.Integer(allow_none=True, metadata={"description": "what the address answered last"})
    last_error = text("why it gave no answer", allow_none=True)
    next_at = moment("when it is tried again", allow_none=True)
    tried_at = moment(allow_none=True)
    created_at = moment()
    body = text("what was sent, byte for byte")


class DeliveryPage(Cursor):
    items = fields.List(fields.Nested(Delivery))


class Replay(Answer):
    delivery_id = ident("the new delivery of the event")
