"""Toys: animals, blocks, rings, dough, balls, tops, drums."""

from __future__ import annotations

from marketplace.demo.art.pen import Pen, at, lit, mix, star
from marketplace.demo.art.shapes import BRIGHT, PINE, cube
from marketplace.demo.art.thing import Thing, soft, turned


def draw_plush(pen: Pen, colour: str) -> None:
    """A plush bear with a bow."""
    pen.shadow(204, 422, 124, 18)
    inner = mix(colour, "#fff3df", 0.7)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.oval(74, 138, 34, 34, pen.ball(lit(colour, 0.08), lit(colour, -0.08)))
            pen.oval(74, 140, 19, 19, inner)
            pen.path(
                "M64 276Q120 276 124 330Q122 356 98 354Q74 344 56 312Z",
                pen.ball(lit(colour, 0.06), lit(colour, -0.1)),
            )
    pen.oval(200, 334, 88, 88, pen.ball(lit(colour, 0.1), lit(colour, -0.1)))
    pen.oval(200, 344, 56, 58, pen.ball(lit(inner, 0.04), lit(inner, -0.06)))
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.oval(74, 394, 42, 34, pen.ball(lit(colour, 0.09), lit(colour, -0.1)))
            pen.oval(80, 398, 23, 19, inner)
            for x, y in ((66, 380), (80, 376), (94, 380)):
                pen.oval(x, y, 5, 5, inner)
    pen.oval(200, 196, 92, 82, pen.ball(lit(colour, 0.12), colour, lit(colour, -0.1)))
    pen.oval(200, 226, 42, 32, pen.ball(lit(inner, 0.05), lit(inner, -0.05)))
    pen.oval(200, 210, 14, 10, "#3a2a26")
    pen.oval(196, 207, 4, 2.6, "#ffffff", fill_opacity=0.6)
    pen.line("M200 220V232M200 232Q188 244 180 236M200 232Q212 244 220 236", "#3a2a26", 3)
    for x in (164, 236):
        pen.oval(x, 188, 9, 10, "#2c2326")
        pen.oval(x - 3, 184, 3, 3, "#ffffff")
        pen.oval(x + (-18 if x < 200 else 18), 216, 11, 7, "#ef9a9a", fill_opacity=0.6)
    pen.path(
        "M200 284Q150 258 142 284Q144 310 200 290Q256 310 258 284Q250 258 200 284Z",
        pen.down("#d8434f", "#a32a38"),
    )
    pen.oval(200, 287, 12, 11, pen.ball("#ef6a70", "#a32a38"))
    pen.stitch("M200 300V376", lit(inner, -0.16), 1.8, "4 5")


def draw_blocks(pen: Pen, colour: str) -> None:
    """Wooden blocks built into a gate."""
    pen.shadow(206, 420, 150, 18)
    tones = (colour, *(tone for tone in BRIGHT if tone != colour))
    for x, y, tone in ((84, 340, tones[0]), (236, 340, tones[1]), (84, 264, tones[2]), (236, 264, tones[3])):
        cube(pen, x, y, 76, tone)
    pen.path("M66 252H314L330 240V216L314 222H66Z", lit(PINE[1], -0.1))
    pen.rect(66, 222, 250, 34, 4, pen.across(*PINE))
    pen.path("M66 222L84 208H332L316 222Z", lit(PINE[1], 0.05))
    arch = "M122 222V204Q126 148 190 146Q256 148 258 204V222H222V206Q220 180 190 180Q160 180 158 206V222Z"
    pen.path(arch, soft(pen, tones[4]))
    pen.path("M190 62L236 146H144Z", pen.across(lit(tones[5], 0.08), lit(tones[5], -0.08)))
    pen.path("M190 62L236 146L252 136L200 60Z", lit(tones[5], -0.16))
    pen.oval(190, 380, 24, 24, pen.ball("#fff3d0", "#e3b34a"))
    for place, mark in enumerate(((122, 378), (274, 378), (122, 302), (274, 302))):
        pen.path(star(*mark, 20, 10, (8, 5, 6, 4)[place]), "#fdf6e4", fill_opacity=0.9)


def draw_rings(pen: Pen, colour: str) -> None:
    """Stacking rings on a rocking base."""
    pen.shadow(204, 420, 122, 17)
    pen.path("M92 396H308Q306 420 280 420H120Q94 420 92 396Z", pen.across(*PINE))
    pen.oval(200, 396, 108, 15, lit(PINE[1], 0.03))
    pen.rect(192, 128, 16, 268, 8, pen.across(*PINE))
    tones = (colour, *(tone for tone in BRIGHT if tone != colour))
    for place in range(6):
        y, rx = 370 - place * 40, 98 - place * 11
        tone = tones[place % 6]
        pen.path(
            f"M{200 - rx} {y}Q{200 - rx - 6} {y + 20} {200 - rx + 4} {y + 28}Q200 {y + 48} {200 + rx - 4} {y + 28}Q{200 + rx + 6} {y + 20} {200 + rx} {y}Z",
            turned(pen, tone),
        )
        pen.oval(200, y, rx, 14, lit(tone, 0.1))
        pen.oval(200, y, 16, 4, lit(tone, -0.2))
        pen.gloss(
            f"M{200 - rx + 10} {y + 8}q{rx * 0.3:.0f} 10 {rx * 0.5:.0f} 12l-2 12q-{rx * 0.3:.0f}-4 -{rx * 0.5:.0f}-14Z",
            0.3,
        )
    pen.rect(192, 120, 16, 54, 8, pen.across(*PINE))
    pen.oval(200, 118, 25, 25, pen.ball("#ef6a70", "#b3303a"))


def draw_clay(pen: Pen, colour: str) -> None:
    """Pots of modelling dough and a shape made of it."""
    pen.shadow(204, 422, 152, 17)
    with pen.moved("translate(6,34)"):
        pen.path(
            "M196 258Q150 238 158 200Q120 186 142 160Q160 148 176 168Q184 130 206 132Q228 134 228 170Q252 152 264 172Q268 196 238 204Q246 242 206 258Z",
            pen.ball(lit(colour, 0.14), lit(colour, -0.08)),
        )
        for px, py in ((188, 184), (216, 184)):
            pen.oval(px, py, 5, 6, "#2c2326")
        pen.line("M190 208Q202 220 216 208", "#2c2326", 3.4)
        pen.line("M174 226q12 8 22 6M158 180q-6 -10 2 -16", lit(colour, 0.24), 5, stroke_opacity=0.7)
    for x, y, tone in ((84, 300, "#efb52f"), (250, 300, "#d8434f"), (166, 316, colour)):
        pen.path(
            f"M{x} {y}H{x + 80}L{x + 74} {y + 100}Q{x + 40} {y + 112} {x + 6} {y + 100}Z",
            turned(pen, mix(tone, "#ffffff", 0.25)),
        )
        pen.path(
            f"M{x + 2} {y + 34}Q{x + 40} {y + 46} {x + 78} {y + 34}L{x + 75} {y + 84}Q{x + 40} {y + 96} {x + 5} {y + 84}Z",
            "#fdf6e4",
        )
        pen.path(star(x + 40, y + 64, 17, 9, 8), tone)
        pen.oval(x + 40, y, 40, 11, lit(tone, -0.08))
        pen.path(
            f"M{x + 4} {y}Q{x + 6} {y - 26} {x + 40} {y - 30}Q{x + 74} {y - 26} {x + 76} {y}Q{x + 40} {y + 14} {x + 4} {y}Z",
            pen.ball(lit(tone, 0.12), lit(tone, -0.06)),
        )


def draw_ball(pen: Pen, colour: str) -> None:
    """A cloth ball sewn of eight pieces."""
    pen.shadow(204, 420, 122, 18)
    cx, cy, r = 200, 286, 132
    circle = f"M{cx - r} {cy}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 -{2 * r} 0Z"
    pen.oval(cx, cy, r, r, colour)
    tones = (colour, "#fdf6e4", "#efb52f", lit(colour, 0.16))
    with pen.inside(circle):
        for place in range(8):
            a, b = place * 45 - 20, place * 45 + 25
            x1, y1 = at(178, 258, 260, a)
            x2, y2 = at(178, 258, 260, b)
            pen.path(
                f"M178 258Q{(178 + x1) / 2 + 26:.0f} {(258 + y1) / 2:.0f} {x1} {y1}L{x2} {y2}Q{(178 + x2) / 2 + 26:.0f} {(258 + y2) / 2:.0f} 178 258Z",
                tones[place % 4],
                stroke=lit(colour, -0.16),
                stroke_width=1.6,
            )
        pen.path(circle, pen.ball((0, "#ffffff", 0.5), (0.45, "#ffffff", 0), (1, "#201308", 0.45)))
    pen.path(star(178, 258, 26, 14, 8), "#d8434f")
    pen.oval(178, 258, 7, 7, "#fdf6e4")


def draw_tops(pen: Pen, colour: str) -> None:
    """Three spinning tops."""
    for x, y, scale, tone, turn in (
        (110, 398, 0.74, "#efb52f", -12),
        (304, 396, 0.78, "#4d9a57", 14),
        (204, 420, 1.24, colour, 5),
    ):
        pen.shadow(x, y, 66 * scale, 12 * scale)
        with pen.moved(f"translate({x},{y}) rotate({turn}) scale({scale})"):
            pen.path("M-4 -12L0 0L4 -12Z", lit(PINE[0], -0.1))
            pen.rect(-7, -176, 14, 70, 6, pen.across(*PINE))
            pen.oval(0, -178, 13, 10, pen.ball("#ef6a70", "#a32a38"))
            pen.path("M-78 -96Q-60 -24 0 -8Q60 -24 78 -96Z", turned(pen, tone))
            pen.path("M-70 -72Q0 -50 70 -72L62 -54Q0 -34 -62 -54Z", "#fdf6e4")
            pen.oval(0, -96, 78, 21, lit(tone, 0.1))
            pen.oval(0, -96, 56, 14, "#fdf6e4")
            pen.oval(0, -96, 38, 9.500, tone)
            pen.oval(0, -98, 18, 5, lit(PINE[0], 0.06))
            pen.gloss("M-66 -84Q-56 -40 -16 -18Q-42 -46 -48 -80Z", 0.35)


def draw_drum(pen: Pen, colour: str) -> None:
    """A toy drum with two sticks."""
    pen.shadow(204, 420, 144, 18)
    for turn, x in ((-34, 150), (30, 262)):
        with pen.moved(f"rotate({turn} {x} 240)"):
            pen.rect(x - 6, 96, 12, 160, 6, pen.across(*PINE))
            pen.oval(x, 96, 16, 17, pen.ball("#fff3d0", "#d9a54b"))
    pen.path("M76 264V384Q80 420 200 420Q320 420 324 384V264Z", turned(pen, colour))
    with pen.inside("M76 264V384Q80 420 200 420Q320 420 324 384V264Z"):
        for place in range(-1, 7):
            x = 76 + place * 42
            pen.line(f"M{x} 292L{x + 21} 396L{x + 42} 292", "#fdf6e4", 5)
        pen.path(star(200, 348, 34, 18, 8), "#efb52f")
    pen.path(
        "M68 382Q72 410 200 412Q328 410 332 382V398Q326 424 200 424Q74 424 68 398Z", turned(pen, "#efb52f")
    )
    pen.path("M68 250V276Q72 302 200 304Q328 302 332 276V250Z", turned(pen, "#efb52f"))
    pen.oval(200, 250, 132, 38, lit("#efb52f", 0.06))
    pen.oval(200, 250, 120, 32, pen.down("#fffaf0", "#eadfc8"))
    pen.oval(180, 246, 46, 10, "#ffffff", fill_opacity=0.6)


THINGS = (
    Thing("plush", ("toys",), "عروسک خرس", "plush bear", draw_plush, (("honey", "wall", "cream"), ("pink", "niche", "lilac"), ("blue", "sun", "peach"), ("grey", "plinth", "cyan"))),
    Thing("blocks", ("toys",), "مکعب‌های چوبی", "wooden blocks", draw_blocks, (("turquoise", "wall", "cream"), ("red", "wall", "cyan")), 0.98, "multicolour"),
    Thing("rings", ("toys",), "حلقه‌های هوش", "stacking rings", draw_rings, (("turquoise", "wall", "pink"), ("green", "niche", "cream")), 1.0, "multicolour"),
    Thing("clay", ("toys",), "خمیر بازی", "modelling dough", draw_clay, (("turquoise", "wall", "cream"), ("pink", "wall", "cyan")), 1.04, "multicolour"),
    Thing("ball", ("toys",), "توپ پارچه‌ای", "cloth ball", draw_ball, (("blue", "wall", "cream"), ("red", "sun", "peach"), ("green", "plinth", "green"))),
    Thing("tops", ("toys",), "فرفره چوبی", "spinning tops", draw_tops, (("blue", "wall", "cream"), ("red", "wall", "green")), 1.02, "multicolour"),
    Thing("drum", ("toys",), "طبل", "toy drum", draw_drum, (("red", "wall", "cyan"), ("blue", "sun", "peach"))),
)  # fmt: skip
