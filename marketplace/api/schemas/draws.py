"""Draws of the lottery."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Answer, Cursor, count, link, moment, one_of, text, toman
from marketplace.lottery.models import AwardState, DrawState, StageState


class DrawCard(Answer):
    """A draw in the list."""

    slug = text()
    title = text()
    state = one_of(DrawState)
    draw_at = moment()
    url = link()


class DrawPage(Cursor):
    items = fields.List(fields.Nested(DrawCard))


class Winner(Answer):
    """A winner as the public sees one. `mobile` is masked; it and `city` are empty for who wished not to be named."""

    name = text()
    city = text()
    mobile = text()
    ticket = count("The ticket drawn, of the chances that were left.")
    of = count("The chances that were left.")
    state = one_of(AwardState)
    stage = count("0 for the draw, 1 and more for redraws.")


class Prize(Answer):
    rank = count()
    title = text()
    unit_count = count()
    value_toman = toman()
    sponsor = text()
    winners = fields.List(fields.Nested(Winner))


class Stage(Answer):
    """The draw or one of its redraws."""

    number = count()
    planned_at = moment()
    state = one_of(StageState)
    round = count("The round of drand's quicknet that the manifest names.")
    randomness = fields.String(allow_none=True)
    seed = fields.String(allow_none=True)


class File(Answer):
    name = text()
    url = link()


class Draw(DrawCard):
    """A draw with everything by which it is checked."""

    permit = text()
    freeze_at = moment()
    frozen_at = moment(allow_none=True)
    entry_count = fields.Integer(allow_none=True)
    weight = fields.Integer(allow_none=True)
    person_count = fields.Integer(allow_none=True)
    merkle_root = fields.String(allow_none=True)
    voided_reason = fields.String(allow_none=True)
    prizes = fields.List(fields.Nested(Prize))
    stages = fields.List(fields.Nested(Stage))
    files = fields.List(fields.Nested(File))
