"""Stationery: notebooks, pens, markers, scissors, globes, tape."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, mix, star
from marketplace.demo.art.thing import Thing, metal_around, soft, turned


def draw_notebook(pen: Pen, colour: str) -> None:
    """A notebook with an elastic band and a pen."""
    pen.shadow(206, 422, 128, 17)
    with pen.moved("rotate(-5 200 270)"):
        pen.path("M102 132H304V408H102Z", "#e9dfc8")
        for place in range(5):
            pen.line(f"M108 {412 - place * 2.4:.1f}H{306 - place}", ("#d8cbb0", "#f9f3e4")[place % 2], 1.6)
        pen.path("M300 126L310 136V414L298 408Z", "#f4ecd8")
        cover = "M96 130Q96 116 110 116H290Q302 116 302 128V392Q302 404 290 404H110Q96 404 96 390Z"
        pen.path(cover, pen.slant(lit(colour, 0.08), lit(colour, -0.09)))
        pen.path("M96 130Q96 116 110 116H126V404H110Q96 404 96 390Z", lit(colour, -0.1))
        pen.line("M126 118V402", lit(colour, 0.18), 1.6, stroke_opacity=0.6)
        pen.rect(146, 138, 134, 244, 6, "none", stroke=GOLD.middle, stroke_width=2)
        for x, y in ((146, 138), (280, 138), (280, 382), (146, 382)):
            pen.path(star(x, y, 10, 5, 8), GOLD.middle)
        pen.path(star(213, 252, 56, 30, 8), GOLD.middle)
        pen.path(star(213, 252, 44, 23, 8), lit(colour, -0.04))
        pen.path(star(213, 252, 26, 13, 8), GOLD.light)
        pen.line("M176 346H250M188 360H238", GOLD.middle, 3)
        pen.rect(286, 114, 9, 292, 2, "#2a2326", fill_opacity=0.85)
        pen.path("M176 404V440L184 432L192 440V404Z", "#d8434f")
        pen.gloss("M132 122H200L140 398H132Z", 0.1)
    with pen.moved("rotate(24 330 300)"):
        _pen(pen, 330, 190, 190, "#2a2d33", GOLD.middle)


def draw_pens(pen: Pen, colour: str) -> None:
    """Three pens, one uncapped, above a drawn line."""
    pen.rect(52, 150, 296, 276, 6, pen.slant("#fffdf6", "#f2e8d4"), transform="rotate(-3 200 290)")
    for place in range(8):
        pen.line(f"M72 {192 + place * 28}L330 {180 + place * 28}", "#b9cfd6", 1.4)
    pen.line("M96 386Q140 336 176 378T256 366T300 380", lit(colour, -0.04), 5)
    for x, tone, turn in (
        (130, lit(colour, 0.14), -24),
        (204, colour, -10),
        (272, mix(colour, "#24272c", 0.5), 6),
    ):
        with pen.moved(f"translate({x},262) rotate({turn})"):
            pen.rect(-9, -112, 22, 220, 8, "#201308", fill_opacity=0.14)
            _pen(pen, 0, -130, 232, tone, SILVER.middle)


def draw_markers(pen: Pen, colour: str) -> None:
    """A fan of markers."""
    pen.shadow(200, 424, 128, 15)
    tones = ("#d8434f", "#e57f3b", "#efb52f", "#4d9a57", colour, "#2f8fc0", "#8d5fa8")
    for place, tone in enumerate(tones):
        with pen.moved(f"rotate({(place - 3) * 13} 200 430)"):
            pen.path("M194 136L206 136L208 152H192Z", lit(tone, -0.06))
            pen.rect(184, 150, 32, 42, 4, turned(pen, "#3a3e45"))
            pen.rect(181, 188, 38, 150, 7, turned(pen, tone))
            pen.rect(181, 236, 38, 42, 0, "#fdf6e4", fill_opacity=0.92)
            pen.path(star(200, 257, 11, 6, 8), tone)
            pen.rect(183, 334, 34, 34, 5, turned(pen, lit(tone, -0.06)))
    pen.path("M120 352Q200 316 280 352L270 416Q200 436 130 416Z", soft(pen, lit(colour, -0.04)))
    pen.path(star(200, 384, 23, 12, 8), "#fdf6e4")


def draw_scissors(pen: Pen, colour: str) -> None:
    """A pair of scissors cutting a strip of paper."""
    pen.shadow(206, 424, 110, 13, 0.26)
    hole = "#e9dcc6"
    pen.path("M58 148Q120 120 196 148T342 132V176Q270 204 196 178T58 190Z", pen.slant("#fdf6e4", "#ead9b6"))
    for place in range(8):
        pen.path(
            star(80 + place * 36, 160 + (place % 2) * 6, 9, 4.500, 8), "#e57f3b" if place % 2 else "#1f9a97"
        )
    for side, tone in ((1, colour), (-1, lit(colour, 0.06))):
        with pen.moved(f"translate(200,262) scale({side},1) rotate(13)"):
            pen.path(
                "M-9 20L-14 -168Q-10 -180 -2 -166L12 20Z",
                pen.across(SILVER.dark, SILVER.light, SILVER.middle),
            )
            pen.line("M-6 -150L2 16", "#ffffff", 2, stroke_opacity=0.8)
            pen.path(
                "M8 14L-10 14L-30 60Q-78 70 -74 120Q-66 164 -24 160Q16 150 10 102Q6 68 -12 58Z",
                soft(pen, tone),
            )
            pen.path("M-30 80Q-56 84 -54 114Q-50 142 -28 140Q-6 136 -8 110Q-10 84 -30 80Z", hole)
            pen.line("M-64 110Q-62 80 -36 70", "#ffffff", 4, stroke_opacity=0.35)
    pen.oval(200, 262, 10, 10, pen.ball(GOLD.light, GOLD.dark))
    pen.line("M195 258l10 8", BRASS.mark, 2)


def draw_globe(pen: Pen, colour: str) -> None:
    """A globe on a brass stand."""
    pen.shadow(204, 420, 106, 16)
    pen.path("M128 420Q130 400 178 396H222Q270 400 272 420Z", turned(pen, "#7a4a26"))
    pen.rect(193, 352, 14, 48, 3, metal_around(pen, BRASS))
    pen.path("M268 118A128 128 0 1 1 116 322", stroke=BRASS.dark, stroke_width=13)
    pen.path("M268 118A128 128 0 1 1 116 322", stroke=BRASS.light, stroke_width=4)
    cx, cy, r = 194, 230, 108
    circle = f"M{cx - r} {cy}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 -{2 * r} 0Z"
    pen.oval(cx, cy, r, r, pen.ball(lit(colour, 0.16), colour, lit(colour, -0.12)))
    with pen.inside(circle):
        land = pen.slant("#b7cf86", "#6f9a52")
        for shape in (
            "M150 150Q190 130 236 146Q270 160 262 190Q240 188 226 206Q204 200 196 222Q176 222 168 204Q140 196 150 150Z",
            "M176 232Q204 226 220 246Q232 270 212 300Q196 326 184 296Q166 262 176 232Z",
            "M96 168Q124 160 132 190Q126 220 104 226Q84 200 96 168Z",
            "M248 226Q282 222 300 250Q286 274 262 262Q244 250 248 226Z",
            "M246 292Q276 286 284 306Q266 324 248 314Z",
        ):
            pen.path(shape, land)
        pen.path("M216 186q14 -8 22 2q8 12 -2 22q-16 4 -24 -8q-2 -10 4 -16Z", "#d8434f")
        for ry in (34, 72):
            pen.oval(cx, cy, ry, r, "none", stroke="#ffffff", stroke_width=1.4, stroke_opacity=0.4)
        pen.line(f"M86 {cy}H304M100 {cy - 54}H290M100 {cy + 54}H290", "#ffffff", 1.4, stroke_opacity=0.4)
        pen.path(circle, pen.ball((0, "#ffffff", 0.4), (0.5, "#ffffff", 0), (1, "#0a1424", 0.4)))
    for x, y in ((272, 122), (118, 336)):
        pen.oval(x, y, 9, 9, pen.ball(GOLD.light, GOLD.dark))


def draw_washi(pen: Pen, colour: str) -> None:
    """Rolls of patterned tape."""
    pen.shadow(204, 420, 140, 18)
    for x, y, r, tone, mark in (
        (132, 356, 64, "#efb52f", "#d8434f"),
        (270, 356, 64, "#d8605a", "#fdf6e4"),
        (200, 268, 78, colour, "#fdf6e4"),
    ):
        pen.oval(x + 7, y + 5, r, r, lit(tone, -0.16))
        pen.oval(x, y, r, r, tone)
        for place in range(14):
            px, py = at(x, y, r * 0.82, place * 25.7)
            pen.path(star(px, py, r * 0.12, r * 0.06, 5 if mark == "#fdf6e4" else 8), mark)
        pen.oval(x, y, r * 0.64, r * 0.64, "none", stroke=lit(tone, -0.12), stroke_width=1.6)
        pen.oval(x, y, r * 0.6, r * 0.6, "#d9b98a")
        pen.oval(x, y, r * 0.52, r * 0.52, "#b08d5c")
        pen.oval(x + 3, y + 3, r * 0.48, r * 0.48, pen.slant("#efe3cc", "#dccbab"))
    pen.path("M278 268H344Q350 290 344 312L334 306L324 314L314 306L304 314V300H276Z", lit(colour, 0.05))
    for place in range(3):
        pen.path(star(298 + place * 18, 288, 8, 4, 5), "#fdf6e4")


def _pen(pen: Pen, x: float, y: float, long: float, tone: str, trim: str) -> None:
    pen.path(
        f"M{x - 7} {y + long * 0.86:.0f}L{x} {y + long}L{x + 7} {y + long * 0.86:.0f}Z",
        pen.across(SILVER.dark, SILVER.light, SILVER.dark),
    )
    pen.rect(x - 11, y, 22, long * 0.46, 9, turned(pen, tone))
    pen.path(
        f"M{x - 10} {y + long * 0.46:.0f}H{x + 10}L{x + 8} {y + long * 0.88:.0f}H{x - 8}Z",
        turned(pen, lit(tone, -0.04)),
    )
    pen.rect(x - 11, y + long * 0.45, 22, 7, 1, trim)
    pen.rect(x + 5, y + 10, 7, long * 0.32, 3, trim)
    pen.gloss(f"M{x - 8} {y + 6}h4v{long * 0.76:.0f}h-4Z", 0.35)


THINGS = (
    Thing("notebook", ("stationery",), "دفترچه", "notebook with a pen", draw_notebook, (("teal", "wall", "cream"), ("burgundy", "niche", "pink"), ("navy", "wall", "peach"), ("olive", "window", "cream"))),
    Thing("pens", ("stationery",), "خودکار", "three pens", draw_pens, (("blue", "wall", "cream"), ("red", "wall", "cyan"), ("green", "wall", "peach"), ("black", "wall", "pink"))),
    Thing("markers", ("stationery",), "ماژیک", "fan of markers", draw_markers, (("turquoise", "wall", "cream"), ("plum", "wall", "green")), 0.92, "multicolour"),
    Thing("scissors", ("stationery",), "قیچی", "pair of scissors", draw_scissors, (("red", "wall", "cyan"), ("turquoise", "wall", "pink"), ("black", "wall", "green"))),
    Thing("globe", ("stationery", "toys"), "کره جغرافیا", "globe", draw_globe, (("blue", "wall", "cream"), ("turquoise", "niche", "peach"))),
    Thing("washi", ("stationery",), "چسب نواری طرح‌دار", "rolls of patterned tape", draw_washi, (("turquoise", "wall", "cream"), ("plum", "wall", "pink")), 1.0, "multicolour"),
)  # fmt: skip
