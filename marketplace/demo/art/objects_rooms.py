"""For rooms and balconies: clocks, lamps, plants, watering cans."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, star
from marketplace.demo.art.thing import Thing, leaf, metal_around, turned


def draw_clock(pen: Pen, colour: str) -> None:
    """A wall clock with Persian hours as marks."""
    pen.oval(206, 258, 134, 134, "#201308", fill_opacity=0.16)
    pen.oval(200, 248, 134, 134, pen.slant(lit(colour, 0.12), lit(colour, -0.12)))
    pen.oval(200, 248, 122, 122, pen.slant(lit(colour, -0.14), lit(colour, 0.1)))
    pen.oval(200, 248, 114, 114, pen.ball("#fffdf8", "#f1e7d4"))
    for hour in range(12):
        if hour % 3 == 0:
            x, y = at(200, 248, 94, hour * 30)
            pen.path(star(x, y, 12, 6.500, 8), lit(colour, -0.06))
        else:
            with pen.moved(f"rotate({hour * 30} 200 248)"):
                pen.rect(197, 148, 6, 18, 3, lit(colour, -0.04))
    for minute in range(60):
        if minute % 5:
            x, y = at(200, 248, 104, minute * 6)
            pen.oval(x, y, 1.4, 1.4, "#a8977c")
    pen.path(star(200, 248, 50, 28, 12), "none", stroke=GOLD.middle, stroke_width=1.6)
    pen.line("M200 248L152 206", "#2f2a2c", 8)
    pen.line("M200 248L246 178", "#2f2a2c", 6)
    pen.line("M200 266L214 320M200 248L188 190", "#b3303a", 2.4)
    pen.oval(200, 248, 9, 9, pen.ball(GOLD.light, GOLD.dark))
    pen.gloss("M98 222A106 106 0 0 1 204 142Q150 178 128 268A110 110 0 0 1 98 222Z", 0.4)


def draw_lamp(pen: Pen, colour: str) -> None:
    """A table lamp with a pleated shade, lit."""
    pen.oval(200, 250, 170, 150, pen.round((0, "#ffe9b0", 0.6), (0.6, "#ffe9b0", 0.2), (1, "#ffe9b0", 0)))
    pen.shadow(204, 420, 96, 15)
    pen.path("M144 420Q144 404 176 400H224Q256 404 256 420Z", metal_around(pen, BRASS))
    base = "M190 274H210Q212 300 232 322Q252 350 236 380Q226 398 216 402H184Q174 398 164 380Q148 350 168 322Q188 300 190 274Z"
    pen.path(base, turned(pen, colour))
    with pen.inside(base):
        for place in range(7):
            pen.path(star(158 + place * 14, 352, 7, 3.500, 8), "#fdf6e4", fill_opacity=0.9)
        pen.line("M140 338Q200 352 260 338M140 366Q200 380 260 366", GOLD.light, 2)
        pen.gloss("M176 320Q164 344 172 372L180 390Q172 350 184 318Z", 0.4)
    shade = "M150 108H250L304 272Q200 296 96 272Z"
    pen.path(shade, pen.down("#fff3d2", "#f3d79c"))
    with pen.inside(shade):
        pen.path("M200 90Q240 200 226 290H174Q160 200 200 90Z", "#ffffff", fill_opacity=0.4)
        for place in range(-8, 9):
            pen.line(f"M{200 + place * 6} 104L{200 + place * 13} 290", "#c99f54", 1.8, stroke_opacity=0.4)
        pen.path("M80 258Q200 282 320 258V300H80Z", colour, fill_opacity=0.85)
        pen.path("M80 254Q200 278 320 254", stroke=GOLD.light, stroke_width=2)
    pen.oval(200, 108, 50, 7, "#e0bd78")
    pen.line("M276 276V322", GOLD.dark, 2)
    pen.oval(276, 326, 5, 5, GOLD.middle)


def draw_plant(pen: Pen, colour: str) -> None:
    """A geranium in a pot."""
    pen.shadow(204, 422, 112, 16)
    stems = (
        (200, 150, 0),
        (152, 190, -18),
        (250, 184, 18),
        (118, 250, -36),
        (286, 246, 36),
        (172, 240, -8),
        (232, 244, 10),
    )
    for x, y, _ in stems:
        pen.line(f"M200 312Q{(x + 200) / 2:.0f} {(y + 312) / 2:.0f} {x} {y}", "#4d7a42", 4)
    for x, y, turn in (
        (132, 276, -60),
        (166, 280, -40),
        (236, 280, 40),
        (270, 274, 62),
        (200, 256, 0),
        (150, 236, -50),
        (254, 232, 48),
        (182, 216, -20),
        (222, 212, 24),
        (108, 284, -74),
        (294, 282, 74),
    ):
        leaf(pen, x, y + 20, 54, turn, "#5f9552" if turn % 4 else "#4c8145")
    for x, y, _ in stems[:5]:
        for place in range(9):
            px, py = at(x, y, 15 if place % 2 else 8, place * 40)
            pen.oval(px, py, 9.500, 9.500, ("#e4536a", "#f0788a", "#d63d57")[place % 3])
        pen.oval(x, y, 4, 4, "#ffd6db")
    pen.path("M120 304H280L258 410Q256 420 246 420H154Q144 420 142 410Z", turned(pen, colour))
    pen.rect(110, 290, 180, 34, 8, turned(pen, lit(colour, 0.04)))
    pen.dim("M122 324H278L276 334H124Z", 0.2)
    for place in range(6):
        pen.path(star(150 + place * 20, 372, 9, 4.500, 8), "#fdf6e4", fill_opacity=0.85)
    pen.gloss("M134 330H150L162 416H156Q150 414 148 406Z", 0.25)


def draw_watering_can(pen: Pen, colour: str) -> None:
    """A watering can."""
    pen.shadow(196, 420, 136, 18)
    pen.path(
        "M256 330L336 210L352 222L276 372Z",
        pen.across(lit(colour, -0.02), lit(colour, 0.08), lit(colour, -0.1)),
    )
    pen.path("M322 186L372 224Q362 236 350 232L318 208Q312 196 322 186Z", metal_around(pen, BRASS))
    for place in range(5):
        pen.oval(334 + place * 8, 202 + place * 6, 2, 2, BRASS.mark)
    pen.path("M110 268Q30 268 38 344Q48 402 118 392", stroke=lit(colour, -0.1), stroke_width=15)
    pen.path("M110 265Q32 266 40 342Q48 396 116 388", stroke=lit(colour, 0.1), stroke_width=6)
    pen.path("M136 262Q150 180 214 190Q262 200 262 262", stroke=lit(colour, -0.06), stroke_width=13)
    pen.path("M137 260Q152 180 214 188Q258 198 259 260", stroke=lit(colour, 0.12), stroke_width=5)
    body = "M100 262H280L290 396Q290 420 266 420H114Q90 420 90 396Z"
    pen.path(body, turned(pen, colour))
    pen.oval(190, 262, 90, 17, lit(colour, -0.16))
    pen.path(
        "M100 262Q100 279 190 279Q280 279 280 262L281 274Q276 290 190 290Q104 290 99 274Z", lit(colour, 0.14)
    )
    with pen.inside(body):
        pen.rect(80, 326, 220, 12, 0, BRASS.middle, fill_opacity=0.9)
        pen.rect(80, 390, 220, 8, 0, BRASS.middle, fill_opacity=0.9)
        leaf(pen, 190, 382, 40, 0, "#fdf6e4")
        leaf(pen, 186, 384, 30, -50, "#fdf6e4")
        leaf(pen, 194, 384, 30, 50, "#fdf6e4")
        pen.gloss("M106 290H126L122 416H112Q102 410 102 396Z", 0.3)
    pen.line("M100 400H282", SILVER.light, 1, stroke_opacity=0.3)


THINGS = (
    Thing("clock", ("home",), "ساعت دیواری", "wall clock", draw_clock, (("brown", "wall", "green"), ("turquoise", "window", "cream"), ("golden", "wall", "pink")), 1.04),
    Thing("lamp", ("home",), "آباژور", "table lamp", draw_lamp, (("turquoise", "wall", "peach"), ("burgundy", "niche", "cream"), ("grey", "wall", "lilac"))),
    Thing("plantpot", ("home",), "گلدان شمعدانی", "geranium in a pot", draw_plant, (("brick", "wall", "cream"), ("turquoise", "window", "peach"), ("white", "niche", "green"))),
    Thing("wateringcan", ("home",), "آب‌پاش", "watering can", draw_watering_can, (("turquoise", "wall", "green"), ("grey", "window", "cream"), ("mustard", "wall", "cyan"))),
)  # fmt: skip
