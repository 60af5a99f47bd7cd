"""A draw as its officers read it, and what they may propose."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Told, Wish, count, ident, moment, one_of, text
from marketplace.lottery.models import DrawState, StageState
from marketplace.lottery.two_persons import KINDS

ACTIONS = tuple(kind.action for kind in KINDS)
STAGE = {"type": "integer", "minimum": 0, "maximum": 99}


class ConsoleStage(Answer):
    """The draw (0) or a redraw."""

    number = count()
    planned_at = moment()
    state = one_of(StageState)
    randomness = text(allow_none=True)


class RootSigner(Answer):
    """Who signs the closed list, by role; null until it happened."""

    role = text()
    signed_at = moment(allow_none=True)


class DrawProposal(Answer):
    """An act that waits for the second officer, by its number at `/office/approvals`."""

    id = ident()
    action = one_of(ACTIONS)
    lapses_at = moment()


class DrawConsole(Answer):
    """One draw as its officers see it."""

    slug = text()
    title = text()
    state = one_of(DrawState)
    draw_at = moment()
    freeze_at = moment()
    frozen_at = moment(allow_none=True)
    entry_count = count(allow_none=True)
    merkle_root = text(allow_none=True)
    voided_reason = text(allow_none=True)
    stages = fields.List(fields.Nested(ConsoleStage))
    signers = fields.List(fields.Nested(RootSigner))
    proposals = fields.List(fields.Nested(DrawProposal))


class ProposalWish(Wish):
    """An act. `stage` belongs to draw_winners, `reason` to void_draw and both skips, `pseudonym` to skip_person,
    `entry_id` to skip_entry."""

    action = Told(required=True, metadata={"type": "string", "enum": list(ACTIONS)})
    stage = Told(metadata=STAGE)
    reason = Told(metadata={"type": "string", "minLength": 1, "maxLength": 1000})
    pseudonym = Told(metadata={"type": "string", "minLength": 1, "maxLength": 64})
    entry_id = Told(metadata={"type": "string", "minLength": 1, "maxLength": 32})


BEACON = {
    "type": "object",
    "description": "The round as a relay answers it; its signature alone is checked, randomness follows from it.",
    "properties": {
        "round": {"type": "integer", "minimum": 1, "description": "That the manifest names."},
        "signature": {
            "type": "string",
            "pattern": "^[0-9a-f]{96}$",
            "description": "A point of G1, 48 bytes.",
        },
        "randomness": {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "SHA-256 of the signature.",
        },
    },
    "required": ["round", "signature"],
    "example": {"round": 1000, "signature": "b4" * 48},
}


class BeaconWish(Wish):
    """A round of drand's quicknet as its relays publish it, for a stage."""

    stage = Told(metadata=STAGE)
    beacon = Told(required=True, metadata=BEACON)
