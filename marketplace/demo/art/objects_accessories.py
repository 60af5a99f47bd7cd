"""Accessories: watches, glasses, brooches, hair clips."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, star
from marketplace.demo.art.shapes import STONES, gem, jewel, metal_of
from marketplace.demo.art.thing import metal_around


def draw_watch(pen: Pen, colour: str) -> None:
    """A wrist watch with a strap."""
    pen.shadow(204, 424, 92, 13)
    for shape in (
        "M158 190L166 70Q168 56 182 56H218Q232 56 234 70L242 190Z",
        "M158 314L166 414Q168 430 182 430H218Q232 430 234 414L242 314Z",
    ):
        pen.path(shape, pen.across(lit(colour, -0.08), lit(colour, 0.1), lit(colour, -0.1)))
    pen.stitch("M167 184L175 74H225L233 184M167 320L175 420H225L233 320", lit(colour, 0.28), 1.7, "6 5")
    for y in (346, 368, 390):
        pen.oval(200, y, 4, 4, lit(colour, -0.2))
    pen.path("M150 196L158 172H242L250 196ZM150 306L158 330H242L250 306Z", metal_around(pen, GOLD))
    pen.rect(286, 240, 18, 24, 5, metal_around(pen, GOLD))
    pen.oval(200, 252, 92, 92, pen.slant(*GOLD.down))
    pen.oval(200, 252, 80, 80, pen.slant(GOLD.dark, GOLD.light))
    pen.oval(200, 252, 74, 74, pen.ball("#fffdf7", "#eee2cc"))
    for hour in range(12):
        with pen.moved(f"rotate({hour * 30} 200 252)"):
            pen.rect(
                198 if hour % 3 else 196.5, 184, 4 if hour % 3 else 7, 12 if hour % 3 else 17, 2, GOLD.dark
            )
    pen.oval(200, 288, 19, 19, "none", stroke="#cdbfa4", stroke_width=2)
    pen.line("M200 288V276", "#8a7a60", 2)
    pen.line("M200 252L168 226", "#2b2d33", 6)
    pen.line("M200 252L228 202", "#2b2d33", 4.4)
    pen.line("M200 268L190 196", "#b3303a", 1.8)
    pen.oval(200, 252, 6, 6, pen.ball(GOLD.light, GOLD.dark))
    pen.gloss("M134 238A68 68 0 0 1 204 184Q166 206 154 276A68 68 0 0 1 134 238Z", 0.5)


def draw_glasses(pen: Pen, colour: str) -> None:
    """Sunglasses on their case."""
    pen.shadow(204, 420, 158, 18)
    pen.path(
        "M64 330Q64 306 92 304H308Q336 306 336 330L326 398Q322 420 296 420H104Q78 420 74 398Z",
        pen.down("#b98350", "#7d4f27"),
    )
    pen.path("M66 340Q200 362 334 340", stroke="#5f3a1a", stroke_width=4)
    pen.stitch("M76 350Q200 372 324 350M82 398Q84 410 104 410H296Q316 410 318 398", "#e9c79a", 1.6)
    pen.path(star(200, 386, 15, 8, 8), GOLD.light)
    pen.path(
        "M56 220Q40 190 58 168L150 132M344 220Q360 190 342 168L250 132",
        stroke=lit(colour, -0.1),
        stroke_width=9,
        stroke_linecap="round",
    )
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            rim = "M16 222Q20 200 58 198H118Q152 200 150 236Q146 300 88 304Q34 304 22 260Q14 240 16 222Z"
            pen.path(
                rim, pen.slant("#6b5a4c" if colour != "#6f4226" else "#8f6b4a", "#1f1a1d"), fill_opacity=0.92
            )
            pen.path(rim, stroke=lit(colour, -0.04), stroke_width=11)
            pen.path(rim, stroke=lit(colour, 0.18), stroke_width=2, stroke_opacity=0.7)
            pen.gloss("M34 222Q40 210 66 210H88L50 288Q30 262 34 222Z", 0.22)
            pen.oval(140, 210, 5, 5, GOLD.middle)
    pen.line("M184 222Q200 206 216 222", lit(colour, -0.04), 11)


def draw_brooch(pen: Pen, colour: str) -> None:
    """A brooch with petals and stones."""
    metal = metal_of(colour) if colour not in STONES else SILVER
    tone = STONES.get(colour, "#b3303a")
    pen.shadow(204, 414, 120, 17)
    pen.rect(84, 128, 232, 284, 14, pen.slant("#fffaf0", "#ecdfc6"))
    pen.rect(98, 142, 204, 256, 8, "none", stroke=GOLD.middle, stroke_width=1.6)
    cx, cy = 200, 256
    for place in range(8):
        with pen.moved(f"translate({cx},{cy}) rotate({place * 45})"):
            pen.path(
                "M0 -28Q30 -58 0 -98Q-30 -58 0 -28Z", "#201308", fill_opacity=0.14, transform="translate(5,7)"
            )
            pen.path("M0 -28Q30 -58 0 -98Q-30 -58 0 -28Z", pen.across(metal.light, metal.middle, metal.dark))
            pen.line("M0 -34V-84", metal.mark, 2, stroke_opacity=0.6)
            gem(pen, 0, -66, 8, 12, tone)
        x, y = at(cx, cy, 82, place * 45 + 22.5)
        pen.oval(x, y, 9, 9, pen.ball("#ffffff", "#d8cdbb"))
    pen.oval(cx, cy, 40, 40, pen.slant(metal.light, metal.dark))
    gem(pen, cx, cy, 30, 30, tone)
    pen.line("M150 372H250M168 384H232", "#c9b48c", 3)


def draw_hair_clip(pen: Pen, colour: str) -> None:
    """Two hair clips with pearls."""
    pen.shadow(204, 410, 140, 20, 0.3)
    for x, y, turn, tone in ((214, 216, -14, lit(colour, 0.12)), (190, 326, 8, colour)):
        with pen.moved(f"translate({x},{y}) rotate({turn})"):
            shape = "M-120 6Q-116 -40 0 -44Q116 -40 120 6Q116 40 0 42Q-116 40 -120 6Z"
            pen.path(shape, "#201308", fill_opacity=0.16, transform="translate(5,9)")
            pen.path(shape, pen.down(lit(tone, 0.1), lit(tone, -0.1)))
            pen.path(
                "M-104 4Q-100 -28 0 -32Q100 -28 104 4Q100 28 0 30Q-100 28 -104 4Z",
                stroke=GOLD.middle,
                stroke_width=2,
            )
            for place in range(9):
                pen.oval(-80 + place * 20, -4 + (place - 4) ** 2 * 0.7, 9, 9, pen.ball("#ffffff", "#d5c9b4"))
            pen.gloss("M-108 -6Q-90 -34 -20 -38Q-80 -26 -96 8Z", 0.3)


THINGS = (
    jewel("watch", "ساعت مچی", "wrist watch", draw_watch, ("brown", "wall", "cream"), ("black", "niche", "peach"), ("navy", "wall", "cyan")),
    jewel("glasses", "عینک آفتابی", "sunglasses", draw_glasses, ("black", "wall", "cream"), ("brown", "window", "peach"), ("navy", "wall", "green")),
    jewel("brooch", "گل‌سینه", "brooch", draw_brooch, ("turquoise", "wall", "pink"), ("golden", "wall", "green")),
    jewel("hairclip", "گیره مو", "hair clips", draw_hair_clip, ("burgundy", "wall", "cream"), ("teal", "wall", "pink"), ("black", "wall", "peach")),
)  # fmt: skip
