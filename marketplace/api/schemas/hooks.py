"""Addresses of a store's own programs."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Told, Wish, count, moment, one_of, text
from marketplace.messages.hook_models import HookState
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

    id = count()
    url = text()
    events = fields.List(fields.String(metadata={"enum": list(EVENTS)}))
    state = one_of(HookState)
    failing_from = moment(allow_none=True)
    created_at = moment()


class NewHook(Hook):
    secret = text("shown this once")


class HookList(Answer):
    items = fields.List(fields.Nested(Hook))
