"""For phone and data: cases, stands, drives, watch straps."""

from __future__ import annotations

from marketplace.demo.art.metals import SILVER, STEEL
from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.thing import Thing, metal_around, turned


def draw_phone_case(pen: Pen, colour: str) -> None:
    """A phone case with a tile pattern, and the phone behind."""
    pen.shadow(206, 420, 112, 17)
    with pen.moved("rotate(9 256 270)"):
        pen.rect(176, 106, 148, 300, 28, pen.slant("#4d525b", "#1f2227"))
        pen.rect(183, 113, 134, 286, 22, pen.slant("#cfe8ec", "#f7e3d0"))
        pen.path(star(250, 256, 46, 25, 8), "#ffffff", fill_opacity=0.6)
    with pen.moved("rotate(-5 172 270)"):
        shape = "M96 142Q96 112 126 112H222Q252 112 252 142V384Q252 414 222 414H126Q96 414 96 384Z"
        pen.path(shape, pen.slant(lit(colour, 0.1), lit(colour, -0.1)))
        with pen.inside(shape):
            for row in range(4):
                for place in range(3):
                    x, y = 122 + place * 52, 232 + row * 54
                    pen.path(star(x, y, 25, 13, 8), lit(colour, 0.18), fill_opacity=0.7)
                    pen.path(star(x, y, 14, 7, 8), "#f0bd55", fill_opacity=0.9)
        pen.path(shape, stroke=lit(colour, 0.26), stroke_width=3)
        pen.rect(108, 126, 66, 72, 20, "#15181c")
        for x, y in ((126, 146), (156, 146), (126, 178)):
            pen.oval(x, y, 12, 12, pen.ball("#6b7684", "#15181c"))
            pen.oval(x - 3, y - 3, 3, 3, "#ffffff", fill_opacity=0.6)
        pen.oval(156, 178, 5, 5, "#fbe9b8")
        pen.gloss("M104 150Q104 122 128 120H160L104 300Z", 0.2)


def draw_phone_stand(pen: Pen, colour: str) -> None:
    """A wooden phone stand with a phone."""
    pen.shadow(204, 420, 126, 18)
    with pen.moved("rotate(-6 200 250)"):
        pen.rect(128, 92, 150, 274, 24, pen.slant("#565c66", "#23262c"))
        pen.rect(135, 99, 136, 260, 18, pen.down("#f7d9c4", "#e58f8f", "#7d5fa0"))
        pen.path(
            "M135 300Q180 250 220 290Q250 266 271 286V340Q271 359 252 359H154Q135 359 135 340Z",
            "#3d3566",
            fill_opacity=0.8,
        )
        pen.oval(204, 214, 26, 26, "#fff3cf")
        pen.rect(182, 104, 44, 9, 4, "#10161c")
        pen.gloss("M135 99H220L135 280Z", 0.2)
    pen.path(
        "M96 366H304L292 392H108Z", pen.across(lit(colour, -0.05), lit(colour, 0.08), lit(colour, -0.08))
    )
    pen.path(
        "M84 390H316Q322 420 302 420H98Q78 420 84 390Z",
        pen.across(lit(colour, -0.08), lit(colour, 0.06), lit(colour, -0.14)),
    )
    for place in range(3):
        pen.line(
            f"M92 {398 + place * 7}Q200 {394 + place * 8} 310 {399 + place * 7}",
            lit(colour, -0.16),
            1.3,
            stroke_opacity=0.5,
        )
    pen.path(star(200, 405, 10, 5, 8), lit(colour, -0.18))


def draw_flash(pen: Pen, colour: str) -> None:
    """Two flash drives, one with its cap off."""
    pen.shadow(204, 420, 116, 15)
    for x, turn, tone, drop in ((250, 18, lit(colour, 0.12), -18), (160, -10, colour, 0)):
        with pen.moved(f"translate({x},{410 + drop}) rotate({turn})"):
            pen.rect(-24, -266, 48, 74, 4, metal_around(pen, SILVER))
            pen.rect(-15, -252, 12, 12, 2, "#4a5560")
            pen.rect(3, -252, 12, 12, 2, "#4a5560")
            pen.rect(-36, -200, 72, 200, 16, turned(pen, tone))
            pen.rect(
                -28, -192, 56, 184, 11, "none", stroke=lit(tone, 0.2), stroke_width=1.4, stroke_opacity=0.7
            )
            pen.path(star(0, -104, 24, 13, 8), "#fdf6e4", fill_opacity=0.9)
            pen.oval(0, -26, 9, 9, "#2a2d33", stroke=SILVER.middle, stroke_width=3)
            pen.gloss("M-30 -186Q-30 -194 -22 -194h10v188h-10Q-30 -8 -30 -18Z", 0.28)


def draw_drive(pen: Pen, colour: str) -> None:
    """An external drive with its cable."""
    pen.shadow(206, 420, 132, 18)
    pen.line("M258 154Q262 96 310 112Q352 140 322 214Q300 276 338 316", lit(colour, -0.12), 9)
    pen.line("M257 154Q262 94 310 110Q349 138 319 214Q298 276 336 316", lit(colour, 0.12), 3)
    with pen.moved("translate(338,316) rotate(160)"):
        pen.rect(-12, -50, 24, 52, 5, metal_around(pen, SILVER))
        pen.rect(-8, -66, 16, 18, 4, metal_around(pen, STEEL))
    pen.path("M272 160L294 172V402Q292 418 272 420Z", lit(colour, -0.18))
    pen.rect(92, 150, 190, 270, 20, turned(pen, colour))
    pen.rect(104, 162, 166, 246, 12, "none", stroke=lit(colour, 0.2), stroke_width=1.6, stroke_opacity=0.7)
    for place in range(9):
        pen.line(
            f"M{112 + place * 18} {400 - place * 4}L{120 + place * 18} {176 + place * 3}",
            lit(colour, 0.1),
            3,
            stroke_opacity=0.35,
        )
    pen.path(star(187, 286, 40, 21, 8), lit(colour, 0.18))
    pen.oval(126, 386, 5, 5, "#6fd0e0")
    pen.rect(236, 146, 40, 12, 4, "#24272c")


def draw_strap(pen: Pen, colour: str) -> None:
    """A smart watch with its strap."""
    pen.shadow(204, 424, 92, 13)
    strap = pen.across(lit(colour, -0.08), lit(colour, 0.1), lit(colour, -0.1))
    pen.path("M152 196L162 76Q164 60 180 60H220Q236 60 238 76L248 196Z", strap)
    pen.path("M152 300L162 412Q164 426 180 426H220Q236 426 238 412L248 300Z", strap)
    for y in range(328, 408, 17):
        pen.oval(200, y, 4.500, 3.6, lit(colour, -0.2))
    pen.stitch("M162 190L171 78H229L238 190M162 306L171 416H229L238 306", lit(colour, 0.26), 1.6, "5 4")
    pen.rect(168, 56, 64, 20, 6, "none", stroke=SILVER.dark, stroke_width=5)
    pen.rect(280, 226, 12, 34, 5, metal_around(pen, STEEL))
    pen.rect(120, 170, 160, 156, 38, pen.slant("#6b7079", "#24272c"))
    pen.rect(130, 180, 140, 136, 30, "#0f1418")
    pen.oval(200, 248, 46, 46, "none", stroke="#263038", stroke_width=10)
    pen.path("M200 202A46 46 0 1 1 156 262", stroke="#3fd0c4", stroke_width=10, stroke_linecap="round")
    pen.line("M200 248V222M200 248L218 258", "#fdf6e4", 5)
    pen.gloss("M138 208Q140 188 162 186H210L140 290Z", 0.14)


THINGS = (
    Thing("phonecase", ("digital",), "قاب تلفن", "phone case", draw_phone_case, (("turquoise", "wall", "cream"), ("navy", "sun", "peach"), ("pink", "niche", "lilac"), ("black", "wall", "green"))),
    Thing("phonestand", ("digital",), "پایه تلفن", "phone stand", draw_phone_stand, (("natural", "wall", "cyan"), ("black", "wall", "cream"))),
    Thing("flashdrive", ("digital",), "حافظه فلش", "flash drives", draw_flash, (("navy", "wall", "cream"), ("green", "plinth", "green"), ("red", "wall", "pink"))),
    Thing("harddrive", ("digital",), "هارد همراه", "external drive", draw_drive, (("black", "wall", "cyan"), ("navy", "wall", "peach"))),
    Thing("smartstrap", ("digital", "jewelry"), "بند ساعت هوشمند", "smart watch strap", draw_strap, (("brown", "wall", "cream"), ("black", "niche", "cyan"), ("coral", "wall", "green"))),
)  # fmt: skip
