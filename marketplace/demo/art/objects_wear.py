"""Hats, mittens and belts."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, mix, star
from marketplace.demo.art.thing import Thing, soft


def draw_hat(pen: Pen, colour: str) -> None:
    """A knitted hat with a pompon."""
    pen.shadow(200, 420, 128, 17)
    pen.oval(200, 150, 42, 40, pen.ball("#ffffff", "#ddd0bc"))
    for place in range(26):
        x, y = at(200, 150, 34 + place % 3 * 5, place * 14)
        pen.line(
            f"M{200 + (x - 200) * 0.7:.0f} {150 + (y - 150) * 0.7:.0f}L{x} {y}",
            "#f5ead8" if place % 2 else "#d9cab2",
            4,
        )
    body = "M88 350Q84 186 200 182Q316 186 312 350Z"
    pen.path(body, pen.across(lit(colour, -0.08), lit(colour, 0.08), lit(colour, 0), lit(colour, -0.12)))
    with pen.inside(body):
        for place in range(-5, 6):
            pen.line(
                f"M{200 + place * 24} 360Q{200 + place * 22} 250 {200 + place * 5} 184",
                lit(colour, -0.12),
                3,
                stroke_opacity=0.45,
            )
        for y in (270, 300):
            pen.line(f"M80 {y}Q200 {y + 18} 320 {y}", "#fdf6e4", 9, stroke_dasharray="10 9")
        pen.line("M80 285Q200 303 320 285", mix(colour, "#f2b53a", 0.75), 6, stroke_dasharray="6 8")
    pen.path(
        "M76 336Q200 360 324 336Q332 372 322 406Q200 432 78 406Q68 372 76 336Z",
        pen.across(lit(colour, -0.05), lit(colour, 0.12), lit(colour, -0.08)),
    )
    for x in range(86, 320, 11):
        pen.line(
            f"M{x} {344 - abs(x - 200) * 0.04 + 6:.0f}V{412 - abs(x - 200) * 0.04:.0f}",
            lit(colour, -0.16),
            2,
            stroke_opacity=0.5,
        )


def draw_sun_hat(pen: Pen, colour: str) -> None:
    """A straw hat with a ribbon."""
    straw = "#e4c389"
    pen.shadow(200, 414, 168, 18)
    pen.oval(200, 370, 170, 52, pen.across(lit(straw, -0.1), lit(straw, 0.08), lit(straw, -0.12)))
    for place in range(5):
        pen.oval(
            200,
            368,
            160 - place * 14,
            47 - place * 5,
            "none",
            stroke=lit(straw, -0.16),
            stroke_width=1.6,
            stroke_opacity=0.5,
        )
    pen.oval(200, 362, 104, 27, "#7a5526", fill_opacity=0.4)
    crown = "M104 356Q104 216 200 210Q296 216 296 356Q200 392 104 356Z"
    pen.path(crown, pen.across(lit(straw, -0.1), lit(straw, 0.08), lit(straw, 0), lit(straw, -0.14)))
    with pen.inside(crown):
        for y in range(220, 390, 13):
            pen.line(
                f"M96 {y}Q200 {y + 26} 304 {y}",
                lit(straw, -0.16),
                1.8,
                stroke_opacity=0.5,
                stroke_dasharray="9 4",
            )
        pen.path(
            "M96 306Q200 346 304 306V346Q200 390 96 346Z",
            pen.across(lit(colour, -0.06), lit(colour, 0.08), lit(colour, -0.1)),
        )
    pen.path("M258 338Q300 312 312 338Q306 360 262 350Q288 380 274 398Q254 388 254 350Z", soft(pen, colour))
    pen.oval(260, 346, 10, 10, lit(colour, -0.08))


def draw_mittens(pen: Pen, colour: str) -> None:
    """Two knitted mittens on a cord."""
    pen.shadow(200, 424, 130, 15)
    pen.line("M128 150Q200 70 272 150", lit(colour, -0.1), 4)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1) rotate(7 74 280)"):
            body = "M34 214H110V310Q112 396 76 404Q40 402 36 330Q20 318 8 292Q0 270 12 264Q26 262 36 286Z"
            pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.08), lit(colour, -0.08)))
            with pen.inside(body):
                pen.path(star(74, 318, 32, 13, 8), "#fdf6e4")
                pen.path(star(74, 318, 14, 6, 8), lit(colour, -0.02))
                for y in (250, 262, 374, 386):
                    pen.line(f"M30 {y}H120", "#fdf6e4", 3.4, stroke_dasharray="6 6")
            pen.rect(28, 152, 88, 70, 8, mix(colour, "#fdf6e4", 0.72))
            for x in range(36, 114, 9):
                pen.line(f"M{x} 158V218", lit(colour, -0.02), 2.4, stroke_opacity=0.4)


def draw_belt(pen: Pen, colour: str) -> None:
    """A rolled leather belt."""
    pen.shadow(204, 420, 136, 18)
    pen.path(
        "M188 396H332Q352 396 352 374V360Q352 340 330 340H300V364H322Q328 364 328 372H188Z",
        soft(pen, lit(colour, -0.06)),
    )
    pen.path(
        "M74 320V372A116 44 0 0 0 306 372V320Z",
        pen.across(lit(colour, -0.12), lit(colour, 0.1), lit(colour, -0.02), lit(colour, -0.16)),
    )
    pen.oval(190, 320, 116, 44, lit(colour, 0.04))
    for place in range(5):
        pen.oval(
            190,
            320,
            108 - place * 17,
            40 - place * 6.500,
            "none",
            stroke=lit(colour, -0.2 if place % 2 else 0.12),
            stroke_width=6,
        )
    pen.oval(190, 320, 30, 11, "#3a2313")
    pen.line(
        "M76 336A116 44 0 0 0 304 336M76 386A116 44 0 0 0 304 386",
        lit(colour, 0.26),
        1.6,
        stroke_dasharray="6 5",
    )
    pen.rect(232, 330, 64, 76, 10, "none", stroke=GOLD.dark, stroke_width=11)
    pen.rect(232, 328, 64, 76, 10, "none", stroke=GOLD.middle, stroke_width=8)
    pen.line("M238 332H288", GOLD.light, 3)
    pen.line("M268 340V398", SILVER.light, 5)
    for x in (316, 332):
        pen.oval(x, 384, 3.4, 3.4, "#2a170b")


THINGS = (
    Thing("hat", ("clothing",), "کلاه بافتنی", "knitted hat", draw_hat, (("red", "wall", "cyan"), ("navy", "wall", "cream")), 0.98),
    Thing("sunhat", ("clothing",), "کلاه حصیری", "straw hat", draw_sun_hat, (("turquoise", "window", "cream"), ("coral", "sun", "pink"))),
    Thing("mittens", ("clothing",), "دستکش بافتنی", "knitted mittens", draw_mittens, (("burgundy", "wall", "cream"), ("teal", "sun", "peach"))),
    Thing("belt", ("clothing",), "کمربند چرمی", "leather belt", draw_belt, (("brown", "wall", "cream"), ("black", "plinth", "peach")), 1.05),
)  # fmt: skip
