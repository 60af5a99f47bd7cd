"""All compositions: files and index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from marketplace.demo.art import (
    objects_accessories,
    objects_bags,
    objects_bottles,
    objects_bowls,
    objects_care,
    objects_chests,
    objects_clothes,
    objects_coats,
    objects_craft,
    objects_desk,
    objects_digital,
    objects_games,
    objects_gifts,
    objects_health,
    objects_home,
    objects_hygiene,
    objects_jars,
    objects_jewels,
    objects_kitchen,
    objects_paint,
    objects_paper,
    objects_phone,
    objects_rooms,
    objects_shoes,
    objects_toys,
    objects_vehicles,
    objects_wear,
)
from marketplace.demo.art.carried import CARRIED, PLAIN
from marketplace.demo.art.colours import NAMED
from marketplace.demo.art.colourways import colourways
from marketplace.demo.art.pen import Pen
from marketplace.demo.art.recoloured import recoloured
from marketplace.demo.art.stages import draw_stage
from marketplace.demo.art.thing import Look, Thing
from marketplace.demo.pictures import rasterised
from marketplace.files.tints import average

TARGET = Path(__file__).parent.parent / "data" / "art"
THINGS: tuple[Thing, ...] = tuple(
    thing
    for module in (
        objects_accessories,
        objects_bags,
        objects_bottles,
        objects_bowls,
        objects_care,
        objects_chests,
        objects_clothes,
        objects_coats,
        objects_craft,
        objects_desk,
        objects_digital,
        objects_games,
        objects_gifts,
        objects_health,
        objects_home,
        objects_hygiene,
        objects_jars,
        objects_jewels,
        objects_kitchen,
        objects_paint,
        objects_paper,
        objects_phone,
        objects_rooms,
        objects_shoes,
        objects_toys,
        objects_vehicles,
        objects_wear,
    )
    for thing in module.THINGS
)
Row = dict[str, object]
TINTED_AT = 60
"""Width in pixels from which the average colour is taken."""


def write_art(target: Path = TARGET) -> int:
    """Writes every drawn composition and the index; says how many compositions there are."""
    rows: dict[str, Row] = dict(_carried())
    for thing in THINGS:
        for number, look in enumerate((*thing.looks, *colourways(thing.name)), 1):
            key = f"{thing.name}-{number}"
            (target / f"{key}.svg").write_text(compose(thing, look), encoding="utf-8")
            rows[key] = row_of(thing.name, thing.categories, thing.fa, thing.en, look[0], thing.shown)
    for key, colour, svg in recoloured(TARGET):
        (target / f"{key}.svg").write_text(svg, encoding="utf-8")
        name = key.rpartition("-")[0]
        categories, fa, en, _ = CARRIED[name]
        rows[key] = row_of(name, categories, fa, en, colour)
    for key, row in rows.items():
        row["tint"] = average(rasterised(target / f"{key}.svg", TINTED_AT))
    lines = (
        f" {json.dumps(key)}: {json.dumps(row, ensure_ascii=False)}" for key, row in sorted(rows.items())
    )
    (target / "index.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return len(rows)


def compose(thing: Thing, look: Look) -> str:
    """The SVG of an object in one of its looks."""
    colour, stage, tint = look
    pen = Pen()
    draw_stage(pen, stage, tint)
    with pen.moved(f"translate(200,420) scale({thing.scale}) translate(-200,-420)"):
        thing.draw(pen, NAMED[colour][1])
    return pen.svg()


def row_of(
    name: str, categories: tuple[str, ...], fa: str, en: str, colour: str, shown: str | None = None
) -> Row:
    """The index row of a composition; its words name the colour when that is the colour of what is for sale."""
    colour_fa, colour_hex = NAMED[shown or colour]
    return {
        "object": name,
        "categories": list(categories),
        "colour_fa": colour_fa,
        "colour_en": shown or colour,
        "hex": colour_hex,
        "alt_fa": f"نقاشی {fa}" if shown else f"نقاشی {fa}، {colour_fa}",
        "alt_en": f"Drawing: {en}" if shown else f"Drawing: {en}, {colour}",
    }


def _carried() -> Iterator[tuple[str, Row]]:
    for name, (categories, fa, en, colours) in CARRIED.items():
        for number, colour in enumerate(colours, 1):
            yield (
                f"{name}-{number}",
                row_of(name, categories, fa, en, colour, colour if name in PLAIN else None),
            )
