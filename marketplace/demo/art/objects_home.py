"""Home textiles: cushions, bed linen, blankets, towels, curtains."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, GOLD
from marketplace.demo.art.pen import Pen, lit, mix, star
from marketplace.demo.art.thing import Thing, leaf, metal_around, soft


def draw_cushion(pen: Pen, colour: str) -> None:
    """Two cushions, the front one with a medallion and tassels."""
    pen.shadow(204, 424, 148, 17)
    with pen.moved("rotate(8 262 290)"):
        _pillow(pen, 258, 286, 92, mix(colour, "#f5ead4", 0.75))
        for place in range(7):
            pen.line(
                f"M{186 + place * 24} 206Q{190 + place * 22} 290 {186 + place * 24} 366",
                colour,
                5,
                stroke_opacity=0.5,
            )
    with pen.moved("rotate(-5 168 318)"):
        _pillow(pen, 168, 314, 104, colour)
        for radius, tone in ((62, "#fdf3dc"), (48, lit(colour, -0.08)), (34, "#f0bd55"), (20, "#fdf3dc")):
            pen.path(star(168, 314, radius, radius * 0.62, 8), tone)
        pen.oval(168, 314, 7, 7, lit(colour, -0.1))
        for dx, dy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
            x, y = 168 + dx * 108, 314 + dy * 106
            pen.oval(x, y, 6, 6, GOLD.middle)
            for thread in range(5):
                pen.line(
                    f"M{x} {y}l{dx * (6 + thread * 3)} {dy * (20 - thread * 2)}",
                    GOLD.dark if thread % 2 else GOLD.light,
                    2.2,
                )


def draw_bed_linen(pen: Pen, colour: str) -> None:
    """Folded bed linen with a pillow on top, tied with a ribbon."""
    pen.shadow(204, 424, 154, 18)
    pale = mix(colour, "#fdf8ee", 0.78)
    for place, (tone, h) in enumerate(((pale, 44), (colour, 42), (mix(colour, "#fdf8ee", 0.5), 40))):
        y = 420 - sum((44, 42, 40)[: place + 1])
        wide = 262 - place * 8
        left = 200 - wide / 2
        pen.path(
            f"M{left + 16:.0f} {y}H{left + wide:.0f}V{y + h}H{left + 16:.0f}Q{left} {y + h} {left:.0f} {y + h / 2:.0f}Q{left:.0f} {y} {left + 16:.0f} {y}Z",
            soft(pen, tone, 0.05, 0.1),
        )
        for fold in (0.34, 0.66):
            pen.line(
                f"M{left + 12:.0f} {y + h * fold:.0f}H{left + wide:.0f}",
                lit(tone, -0.12),
                2,
                stroke_opacity=0.6,
            )
        pen.oval(left + 14, y + h / 2, 7, h * 0.34, lit(tone, -0.1), fill_opacity=0.6)
    pen.path(
        "M78 294Q66 246 84 222Q140 238 200 228Q260 238 316 222Q334 246 322 294Q260 284 200 292Q140 284 78 294Z",
        pen.down(lit(pale, 0.03), lit(pale, -0.1)),
    )
    with pen.inside(
        "M78 294Q66 246 84 222Q140 238 200 228Q260 238 316 222Q334 246 322 294Q260 284 200 292Q140 284 78 294Z"
    ):
        for row in range(3):
            for place in range(9):
                x, y = 92 + place * 28 + row % 2 * 14, 242 + row * 20
                pen.path(star(x, y, 8, 4, 5), colour, fill_opacity=0.8)
    pen.line("M92 232Q106 260 96 286M308 232Q294 260 304 286", lit(pale, -0.14), 2.4, stroke_opacity=0.6)
    pen.path("M188 226H212V420H188Z", pen.across(GOLD.middle, GOLD.light, GOLD.dark))
    pen.path(
        "M200 228Q160 196 150 220Q152 240 200 230Q248 240 250 220Q240 196 200 228Z", pen.down(*GOLD.down)
    )
    pen.oval(200, 228, 11, 9, pen.ball(GOLD.light, GOLD.dark))


def draw_blanket(pen: Pen, colour: str) -> None:
    """A checked blanket over a rail, with a fringe."""
    pen.shadow(204, 428, 128, 14, 0.3)
    pen.line("M86 424L110 118M314 424L290 118", "#8d5d2f", 10)
    pen.line("M84 424L108 118M312 424L288 118", "#c8925a", 3)
    pen.rect(84, 110, 232, 13, 6, pen.across("#a4723f", "#dcae76", "#8d5d2f"))
    back = "M196 106H292L284 330H204Z"
    pen.path(back, pen.across(lit(colour, -0.1), lit(colour, -0.04), lit(colour, -0.14)))
    for place in range(14):
        pen.line(f"M{206 + place * 6} 330v14", lit(colour, 0.05), 2.4)
    body = "M104 104Q180 94 262 104L256 392Q180 400 112 392Z"
    pen.path(
        body,
        pen.across(
            lit(colour, -0.05), lit(colour, 0.07), lit(colour, -0.03), lit(colour, 0.05), lit(colour, -0.09)
        ),
    )
    with pen.inside(body):
        for x in (128, 172, 216):
            pen.rect(x, 90, 18, 320, 0, "#fdf6e4", fill_opacity=0.4)
            pen.line(f"M{x + 26} 90V410", lit(colour, -0.16), 3, stroke_opacity=0.5)
        for y in (136, 190, 244, 298, 352):
            pen.rect(90, y, 190, 18, 0, "#fdf6e4", fill_opacity=0.4)
            pen.line(f"M90 {y + 30}H280", lit(colour, -0.16), 3, stroke_opacity=0.5)
        pen.dim("M146 90Q136 250 148 410h14Q150 250 162 90ZM222 90Q214 250 226 410h10Q226 250 236 90Z", 0.1)
    for place in range(24):
        x = 115 + place * 6
        pen.line(f"M{x} 392l{place % 3 - 1} 24", "#fdf6e4" if place % 2 else lit(colour, 0.08), 2.8)


def draw_towels(pen: Pen, colour: str) -> None:
    """A stack of folded towels with one rolled on top."""
    pen.shadow(204, 424, 142, 18)
    for place, tone in enumerate((colour, mix(colour, "#fdf8ee", 0.75), lit(colour, 0.06))):
        y = 366 - place * 52
        pen.path(
            f"M94 {y}H306Q310 {y + 27} 306 {y + 54}H94Q72 {y + 54} 72 {y + 27}Q72 {y} 94 {y}Z",
            soft(pen, tone, 0.06, 0.1),
        )
        pen.line(f"M88 {y + 18}H308M88 {y + 36}H308", lit(tone, -0.13), 2.4, stroke_opacity=0.6)
        pen.rect(244, y, 22, 54, 0, "#fdf6e4", fill_opacity=0.7)
        pen.line(f"M249 {y}v54M261 {y}v54", GOLD.middle, 1.8)
        for dot in range(26):
            pen.oval(92 + dot * 37 % 206, y + 6 + dot * 17 % 44, 1.7, 1.7, lit(tone, 0.18), fill_opacity=0.6)
    rolled = mix(colour, "#fdf8ee", 0.4)
    pen.path("M120 216H292Q312 240 292 264H120Z", soft(pen, rolled, 0.06, 0.1))
    pen.oval(120, 240, 20, 24, lit(rolled, -0.05))
    pen.line("M120 240m-14 0a14 17 0 1 1 14 17a10 12 0 1 1 10-12a6 7 0 1 1-6-7", lit(rolled, -0.16), 3)
    pen.line("M160 217V263M250 217V263", "#fdf6e4", 6, stroke_opacity=0.8)
    leaf(pen, 214, 222, 30, 38, "#6f9a5e")
    leaf(pen, 208, 222, 26, -20, "#86ae72")


def draw_curtain(pen: Pen, colour: str) -> None:
    """A pair of curtains tied back at a window."""
    pen.rect(108, 118, 184, 250, 4, pen.down("#eaf6f8", "#fff6e0"))
    pen.path("M200 118V368M108 240H292", stroke="#ffffff", stroke_width=7)
    pen.rect(108, 118, 184, 250, 4, "none", stroke="#ffffff", stroke_width=8)
    pen.path("M108 320Q150 296 200 316Q250 296 292 322V364H108Z", "#b9d3a0", fill_opacity=0.7)
    pen.shadow(200, 434, 150, 12, 0.22)
    pen.rect(46, 86, 308, 11, 5, metal_around(pen, BRASS))
    for x in (44, 356):
        pen.oval(x, 91, 11, 11, pen.ball(GOLD.light, GOLD.dark))
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            body = "M2 92H142V430H92Q96 340 118 300Q70 268 2 92Z"
            pen.path(
                body,
                pen.across(
                    lit(colour, 0.07),
                    lit(colour, -0.06),
                    lit(colour, 0.05),
                    lit(colour, -0.08),
                    lit(colour, 0.03),
                ),
            )
            with pen.inside(body):
                for place in range(6):
                    pen.line(
                        f"M{16 + place * 24} 92Q{60 + place * 16} 220 {112 + place * 5} 300Q{96 + place * 9} 350 {96 + place * 9} 434",
                        lit(colour, -0.15),
                        3,
                        stroke_opacity=0.4,
                    )
                    pen.line(
                        f"M{26 + place * 24} 92Q{66 + place * 16} 220 {116 + place * 5} 300",
                        lit(colour, 0.18),
                        2.4,
                        stroke_opacity=0.35,
                    )
                for place in range(6):
                    pen.path(star(102 + place * 8, 416, 5, 2.500, 4), "#fdf6e4", fill_opacity=0.8)
            pen.path("M112 290Q128 304 144 296V312Q126 320 110 304Z", GOLD.middle)
            for place in range(8):
                x = 10 + place * 18
                pen.oval(x, 91, 4, 8, "none", stroke=BRASS.dark, stroke_width=2.4)


def _pillow(pen: Pen, x: float, y: float, half: float, tone: str) -> None:
    h, pull = half, half * 0.82
    shape = f"M{x - h:.0f} {y - h:.0f}Q{x:.0f} {y - pull:.0f} {x + h:.0f} {y - h:.0f}Q{x + pull + 8:.0f} {y:.0f} {x + h:.0f} {y + h:.0f}Q{x:.0f} {y + pull + 10:.0f} {x - h:.0f} {y + h:.0f}Q{x - pull - 8:.0f} {y:.0f} {x - h:.0f} {y - h:.0f}Z"
    pen.path(shape, pen.ball(lit(tone, 0.1), tone, lit(tone, -0.12)))
    pen.line(
        f"M{x - h:.0f} {y - h:.0f}q{h * 0.3:.0f} {h * 0.2:.0f} {h * 0.4:.0f} {h * 0.5:.0f}M{x + h:.0f} {y - h:.0f}q-{h * 0.3:.0f} {h * 0.2:.0f} -{h * 0.4:.0f} {h * 0.5:.0f}M{x + h:.0f} {y + h:.0f}q-{h * 0.3:.0f} -{h * 0.2:.0f} -{h * 0.4:.0f} -{h * 0.4:.0f}",
        lit(tone, -0.12),
        3,
        stroke_opacity=0.35,
    )


THINGS = (
    Thing("cushion", ("home", "handicraft"), "کوسن", "two cushions", draw_cushion, (("burgundy", "wall", "cream"), ("turquoise", "wall", "peach"), ("pistachio", "niche", "pink"), ("navy", "window", "cream"))),
    Thing("bedlinen", ("home",), "سرویس ملحفه", "folded bed linen", draw_bed_linen, (("turquoise", "wall", "cream"), ("coral", "niche", "pink"), ("grey", "wall", "green"))),
    Thing("blanket", ("home",), "پتو", "checked blanket", draw_blanket, (("burgundy", "wall", "green"), ("grey", "window", "cream"), ("teal", "wall", "peach"))),
    Thing("towel", ("home",), "حوله", "folded towels", draw_towels, (("turquoise", "wall", "cream"), ("coral", "plinth", "pink"), ("grey", "niche", "green"))),
    Thing("curtain", ("home",), "پرده", "pair of curtains", draw_curtain, (("pistachio", "wall", "cream"), ("burgundy", "wall", "peach"), ("grey", "wall", "lilac"))),
)  # fmt: skip
