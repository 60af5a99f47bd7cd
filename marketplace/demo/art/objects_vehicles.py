"""Toys that drive and fly, and the tent to rest in: cars, trains, aeroplanes, kites."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD
from marketplace.demo.art.pen import Pen, lit, mix, poly, star
from marketplace.demo.art.shapes import BRIGHT, PINE, cube
from marketplace.demo.art.thing import Thing, soft, turned


def draw_car(pen: Pen, colour: str) -> None:
    """A wooden car."""
    pen.shadow(204, 420, 158, 18)
    pen.path("M128 296Q148 218 176 212H252Q284 216 306 296Z", pen.down(lit(colour, 0.08), lit(colour, -0.04)))
    pen.path(
        "M150 294Q162 240 182 234H206V294ZM218 234H246Q268 240 282 294H218Z", pen.slant("#eaf6f8", "#b9d6de")
    )
    body = "M50 314Q54 292 92 288L132 284H300Q346 290 352 326V372Q352 388 336 388H66Q48 388 48 370Z"
    pen.path(body, pen.down(lit(colour, 0.09), lit(colour, -0.1)))
    with pen.inside(body):
        pen.rect(40, 336, 320, 14, 0, "#fdf6e4", fill_opacity=0.9)
        for place in range(4):
            pen.line(
                f"M60 {302 + place * 24}Q200 {296 + place * 24} 344 {304 + place * 24}",
                lit(colour, -0.12),
                1.4,
                stroke_opacity=0.35,
            )
        pen.gloss("M60 300Q70 294 96 292L300 292Q330 296 340 310Q200 300 60 312Z", 0.26)
    for x in (116, 288):
        pen.path(f"M{x - 48} 388Q{x - 48} 336 {x} 336Q{x + 48} 336 {x + 48} 388Z", lit(colour, -0.2))
        pen.oval(x, 382, 40, 40, pen.ball(lit(PINE[0], 0.08), lit(PINE[0], -0.12)))
        pen.oval(x, 382, 31, 31, pen.ball("#f2d3a2", "#c4904f"))
        pen.oval(x, 382, 22, 22, "none", stroke="#a97440", stroke_width=1.6, stroke_opacity=0.6)
        pen.oval(x, 382, 9, 9, pen.ball("#efb52f", "#b37a12"))
    pen.oval(340, 322, 10, 12, pen.ball("#fff3c4", "#efb52f"))
    pen.oval(58, 326, 7, 9, "#b3303a")


def draw_train(pen: Pen, colour: str) -> None:
    """A wooden train with a wagon of blocks."""
    pen.shadow(202, 422, 166, 17)
    pen.rect(30, 404, 346, 8, 4, pen.across(*PINE))
    for x in range(46, 370, 32):
        pen.rect(x, 410, 14, 10, 2, lit(PINE[0], -0.1))
    pen.rect(46, 330, 122, 48, 6, soft(pen, "#efb52f"))
    for x, y, tone in (
        (54, 290, "#d8434f"),
        (94, 290, "#4d9a57"),
        (132, 298, "#2f8fc0"),
        (74, 254, "#8d5fa8"),
    ):
        cube(pen, x, y, 34, tone)
    pen.rect(46, 322, 122, 26, 5, soft(pen, "#efb52f"))
    pen.rect(164, 360, 30, 8, 3, pen.across(*PINE))
    pen.rect(188, 336, 172, 42, 6, soft(pen, lit(colour, -0.08)))
    pen.rect(190, 238, 72, 108, 6, soft(pen, colour))
    pen.rect(204, 262, 44, 40, 5, pen.slant("#eaf6f8", "#b9d6de"))
    pen.rect(180, 224, 92, 20, 6, pen.across(*PINE))
    pen.path("M258 282H330Q352 284 352 312Q352 340 330 342H258Z", turned(pen, lit(colour, 0.05)))
    pen.rect(286, 282, 12, 60, 0, GOLD.middle)
    pen.path("M302 282L296 232H334L328 282Z", soft(pen, "#d8434f"))
    pen.rect(292, 222, 46, 14, 5, pen.across(*PINE))
    for x, y, r in ((318, 196, 12), (336, 170, 17), (322, 136, 22)):
        pen.oval(x, y, r, r * 0.86, "#ffffff", fill_opacity=0.75)
    for x, r in ((74, 23), (140, 23), (220, 27), (276, 27), (332, 27)):
        pen.oval(x, 404 - r, r, r, pen.ball(lit(PINE[0], 0.06), lit(PINE[0], -0.14)))
        pen.oval(x, 404 - r, r * 0.72, r * 0.72, pen.ball("#f2d3a2", "#c4904f"))
        pen.oval(x, 404 - r, r * 0.26, r * 0.26, "#d8434f")


def draw_plane(pen: Pen, colour: str) -> None:
    """A wooden aeroplane in the air."""
    pen.shadow(200, 424, 116, 13, 0.24)
    with pen.moved("rotate(-12 200 260)"):
        pen.path("M210 250L320 190Q334 186 334 198L262 270Z", lit(colour, -0.12))
        pen.path("M62 236L50 176Q50 168 60 168H74L112 226Z", soft(pen, lit(colour, -0.03)))
        body = "M54 252Q56 226 96 224H250Q336 226 346 266Q340 300 250 304H150Q70 292 54 252Z"
        pen.path(body, pen.down("#f2d3a2", "#c08a52"))
        with pen.inside(body):
            pen.path("M40 262Q200 290 360 262V320H40Z", colour)
            pen.gloss("M70 238Q160 228 300 240Q160 236 70 250Z", 0.5)
        for x in (146, 184, 222):
            pen.oval(x, 250, 12, 12, pen.slant("#eaf6f8", "#9fc5d1"))
            pen.oval(x, 250, 12, 12, "none", stroke="#a97440", stroke_width=2)
        pen.path("M268 228Q300 232 318 252H272Z", pen.slant("#eaf6f8", "#9fc5d1"))
        pen.path(
            "M230 268L150 352Q144 364 160 364L186 360L284 276Z",
            pen.down(lit(colour, 0.1), lit(colour, -0.08)),
        )
        pen.line("M170 356L258 276", "#fdf6e4", 6, stroke_opacity=0.85)
        pen.path("M70 260L40 282Q36 290 46 290H64L96 266Z", soft(pen, colour))
        pen.oval(350, 266, 10, 10, pen.ball("#efb52f", "#b37a12"))
        for turn in (20, 140, 260):
            with pen.moved(f"rotate({turn} 352 266)"):
                pen.path("M352 266Q362 240 356 218Q346 216 344 222Q344 246 352 266Z", pen.across(*PINE))
    for x, y, r in ((84, 156, 20), (112, 150, 26), (138, 160, 18), (300, 372, 18), (322, 366, 23)):
        pen.oval(x, y, r, r * 0.7, "#ffffff", fill_opacity=0.6)


def draw_kite(pen: Pen, colour: str) -> None:
    """A kite with a tail."""
    pen.shadow(204, 430, 80, 9, 0.18)
    top, left, right, foot = (230, 78), (110, 190), (318, 168), (180, 330)
    pen.line("M180 330Q120 352 156 380Q196 404 150 430", "#a8855a", 3)
    for x, y, turn, tone in (
        (138, 358, 30, "#d8434f"),
        (172, 390, -30, "#efb52f"),
        (160, 420, 30, "#4d9a57"),
    ):
        with pen.moved(f"rotate({turn} {x} {y})"):
            pen.path(f"M{x} {y}L{x - 22} {y - 12}V{y + 12}ZM{x} {y}L{x + 22} {y - 12}V{y + 12}Z", tone)
    middle = (206, 206)
    for one, other, tone in (
        (top, left, lit(colour, 0.06)),
        (top, right, "#efb52f"),
        (right, foot, lit(colour, -0.06)),
        (foot, left, "#d8434f"),
    ):
        pen.path(poly(middle, one, other), pen.slant(lit(tone, 0.06), lit(tone, -0.04)))
    pen.path(poly(top, left, foot, right), stroke="#fdf6e4", stroke_width=4, stroke_linejoin="round")
    pen.line(
        f"M{top[0]} {top[1]}L{foot[0]} {foot[1]}M{left[0]} {left[1]}L{right[0]} {right[1]}", "#a97440", 4
    )
    pen.path(star(206, 206, 34, 18, 8), "#fdf6e4")
    pen.path(star(206, 206, 18, 9, 8), colour)
    pen.line("M206 206Q280 300 330 430", "#8d7a5c", 1.6)
    for x, y, r in ((84, 120, 18), (108, 114, 24), (132, 124, 16), (316, 300, 16), (336, 294, 20)):
        pen.oval(x, y, r, r * 0.7, "#ffffff", fill_opacity=0.6)


def draw_tent(pen: Pen, colour: str) -> None:
    """A play tent with bunting."""
    pen.shadow(204, 424, 150, 16)
    for one, other in ((92, 228), (308, 172), (200, 206)):
        pen.line(f"M{one} 422L{other} 74", lit(PINE[0], -0.04), 7)
    pale = mix(colour, "#fdf6e8", 0.75)
    pen.path("M200 112L72 420H328Z", pen.across(lit(pale, 0.02), lit(pale, -0.04)))
    with pen.inside("M200 112L72 420H328Z"):
        for row in range(6):
            for place in range(10):
                x, y = 80 + place * 28 + row % 2 * 14, 190 + row * 40
                pen.path(star(x, y, 8, 4, 5), colour, fill_opacity=0.7)
    pen.path("M200 180L152 420H248Z", pen.down("#5b4636", "#7d6350"))
    pen.path("M200 112L104 420H146Q182 330 198 190Z", pen.across(lit(colour, 0.06), lit(colour, -0.06)))
    pen.path("M200 112L296 420H254Q218 330 202 190Z", pen.across(lit(colour, -0.04), lit(colour, 0.04)))
    pen.path(
        "M118 350Q140 358 158 346L152 362Q138 370 114 364ZM282 350Q260 358 242 346L248 362Q262 370 286 364Z",
        GOLD.middle,
    )
    pen.oval(200, 412, 46, 9, "#e8b7a6")
    pen.path("M176 404Q180 384 200 384Q222 384 226 404Q200 414 176 404Z", pen.ball("#fdf6e4", "#d9c7a6"))
    pen.line("M112 168Q160 214 200 150Q244 214 292 168", "#a97440", 2.4)
    for place, (x, y) in enumerate(((126, 178), (146, 188), (168, 184), (234, 184), (254, 188), (276, 178))):
        pen.path(f"M{x - 8} {y}L{x + 8} {y}L{x} {y + 18}Z", BRIGHT[place])


THINGS = (
    Thing("car", ("toys",), "ماشین چوبی", "wooden car", draw_car, (("red", "wall", "cyan"), ("turquoise", "plinth", "cream"), ("yellow", "sun", "peach"), ("green", "wall", "pink")), 1.02),
    Thing("train", ("toys",), "قطار چوبی", "wooden train", draw_train, (("blue", "wall", "cream"), ("green", "wall", "peach")), 1.0, "multicolour"),
    Thing("plane", ("toys",), "هواپیمای چوبی", "wooden aeroplane", draw_plane, (("turquoise", "wall", "cyan"), ("red", "wall", "cream"))),
    Thing("kite", ("toys",), "بادبادک", "kite", draw_kite, (("turquoise", "wall", "cyan"), ("blue", "wall", "peach")), 1.0, "multicolour"),
    Thing("tent", ("toys",), "چادر بازی", "play tent", draw_tent, (("turquoise", "wall", "cream"), ("pink", "wall", "lilac"))),
)  # fmt: skip
