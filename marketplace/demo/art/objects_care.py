"""Care: tubes, lipsticks, balms, brushes, combs."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, mix, star
from marketplace.demo.art.thing import Thing, blossom, leaf, metal_around, soft, turned


def draw_tube(pen: Pen, colour: str) -> None:
    """A standing tube of cream with a flower."""
    pen.shadow(204, 420, 100, 16)
    body = "M124 118H276L258 356H142Z"
    pen.rect(120, 104, 160, 24, 4, soft(pen, lit(colour, 0.05)))
    for place in range(14):
        pen.line(f"M{128 + place * 11} 107v18", lit(colour, -0.12), 1.4, stroke_opacity=0.5)
    pen.path(body, turned(pen, colour))
    with pen.inside(body):
        pen.path("M120 196Q200 176 280 196V318Q200 300 120 318Z", "#fdf8ec")
        pen.path("M120 196Q200 176 280 196M120 318Q200 300 280 318", stroke=GOLD.middle, stroke_width=2)
        blossom(pen, 200, 236, 26, mix(colour, "#ffffff", 0.25))
        leaf(pen, 176, 262, 28, -64, "#6f9a5e")
        leaf(pen, 224, 262, 28, 64, "#6f9a5e")
        pen.line("M168 286H232M180 298H220", lit(colour, -0.1), 2.6, stroke_opacity=0.5)
        pen.gloss("M140 122H160L166 352H154Z", 0.34)
        pen.dim("M244 120H276L258 356H240Z", 0.08)
    pen.path("M140 352H260L256 404Q254 420 240 420H160Q146 420 144 404Z", turned(pen, "#f8f3e8"))
    for place in range(11):
        pen.line(f"M{150 + place * 10} 362V414", "#b9ae98", 1.3, stroke_opacity=0.5)


def draw_lipstick(pen: Pen, colour: str) -> None:
    """An open lipstick beside its cap."""
    pen.shadow(206, 420, 112, 16)
    pen.rect(224, 232, 76, 188, 10, turned(pen, "#2f2a33"))
    pen.rect(224, 232, 76, 12, 6, metal_around(pen, GOLD))
    pen.rect(224, 396, 76, 24, 6, metal_around(pen, GOLD))
    pen.path(star(262, 320, 22, 12, 8), GOLD.middle)
    pen.gloss("M234 246h12v146h-12Z", 0.3)
    pen.path("M132 262V186Q134 148 168 124Q184 128 184 150V262Z", turned(pen, colour))
    pen.path("M132 190Q134 148 168 124Q184 128 184 150Q150 152 132 190Z", lit(colour, 0.12))
    pen.gloss("M140 196Q142 172 150 162V258H140Z", 0.3)
    pen.rect(122, 250, 72, 62, 4, metal_around(pen, GOLD))
    pen.line("M122 262H194M122 300H194", GOLD.mark, 1.4, stroke_opacity=0.5)
    pen.rect(112, 308, 92, 112, 8, turned(pen, "#2f2a33"))
    pen.rect(112, 404, 92, 16, 6, metal_around(pen, GOLD))
    pen.path(star(158, 358, 20, 11, 8), GOLD.middle)
    pen.gloss("M122 314h14v88h-14Z", 0.3)


def draw_brush_set(pen: Pen, colour: str) -> None:
    """Make-up brushes in a roll."""
    pen.shadow(204, 422, 148, 17)
    for x, top, turn, wide in (
        (104, 164, -9, 15),
        (146, 122, -5, 23),
        (198, 108, 0, 29),
        (250, 128, 5, 20),
        (292, 168, 9, 12),
    ):
        with pen.moved(f"rotate({turn} {x} 420)"):
            tuft = f"M{x - wide} {top + 58}Q{x - wide - 6} {top + 10} {x} {top}Q{x + wide + 6} {top + 10} {x + wide} {top + 58}Q{x} {top + 70} {x - wide} {top + 58}Z"
            pen.path(tuft, pen.down("#e9c4a8", "#7d5138"))
            with pen.inside(tuft):
                for hair in range(-4, 5):
                    pen.line(
                        f"M{x + hair * wide / 5:.1f} {top + 64}Q{x + hair * wide / 4:.1f} {top + 30} {x + hair * wide / 7:.1f} {top + 4}",
                        "#4a2c1c",
                        1.2,
                        stroke_opacity=0.3,
                    )
            pen.path(
                f"M{x - wide * 0.8:.1f} {top + 60}Q{x} {top + 70} {x + wide * 0.8:.1f} {top + 60}L{x + 9} {top + 112}H{x - 9}Z",
                metal_around(pen, GOLD),
            )
            pen.rect(x - 9, top + 110, 18, 180, 8, turned(pen, lit(colour, -0.02)))
    body = "M60 316Q62 300 80 300H320Q338 300 340 316L332 404Q328 420 308 420H92Q72 420 68 404Z"
    pen.path(body, soft(pen, mix(colour, "#f3e4d0", 0.35)))
    pen.stitch(
        "M70 318Q72 309 82 309H318Q328 309 330 318L323 402Q320 411 306 411H94Q80 411 77 402Z", "#fdf6e4"
    )
    for x in (120, 172, 226, 280):
        pen.stitch(f"M{x} 312V410", "#fdf6e4", 1.4, "4 4")
    pen.path("M60 348Q200 366 340 348V372Q200 390 60 372Z", soft(pen, lit(colour, -0.06)))
    pen.oval(200, 370, 14, 14, pen.ball(GOLD.light, GOLD.dark))


def draw_comb(pen: Pen, colour: str) -> None:
    """A carved wooden comb."""
    pen.shadow(206, 412, 146, 18, 0.3)
    with pen.moved("rotate(-8 200 280)"):
        back = "M66 214Q200 128 334 214V262H66Z"
        for place in range(21):
            x = 70 + place * 12.5
            long = 122 - abs(place - 10) * 2.4
            pen.path(
                f"M{x:.1f} 256H{x + 9:.1f}L{x + 7:.1f} {256 + long:.0f}Q{x + 4.5:.1f} {262 + long:.0f} {x + 2:.1f} {256 + long:.0f}Z",
                pen.across(lit(colour, 0.06), lit(colour, -0.08)),
            )
        pen.path(
            "M66 252Q60 330 78 388Q88 390 88 380V256ZM334 252Q340 330 322 388Q312 390 312 380V256Z",
            soft(pen, colour),
        )
        pen.path(back, pen.down(lit(colour, 0.1), lit(colour, -0.05)))
        for place in range(4):
            pen.line(
                f"M80 {222 + place * 10}Q200 {154 + place * 16} 322 {224 + place * 9}",
                lit(colour, -0.1),
                1.4,
                stroke_opacity=0.4,
            )
        for side in (1, -1):
            with pen.moved(f"translate(200,218) scale({side},1)"):
                pen.line(
                    "M20 4Q44 -26 70 -8Q84 8 64 16Q50 16 54 4M34 -8Q48 20 84 22Q104 18 98 4",
                    lit(colour, -0.18),
                    3,
                )
        pen.path(star(200, 216, 20, 11, 8), lit(colour, -0.18))
        pen.path(star(200, 216, 10, 5, 8), GOLD.middle)


def draw_hair_brush(pen: Pen, colour: str) -> None:
    """A wooden hair brush with a cushion of pins."""
    pen.shadow(206, 420, 104, 15, 0.3)
    with pen.moved("rotate(16 200 270)"):
        pen.path(
            "M178 272Q182 330 176 400Q178 434 200 436Q222 434 224 400Q218 330 222 272Z",
            pen.across(lit(colour, -0.08), lit(colour, 0.08), lit(colour, -0.1)),
        )
        pen.path(
            "M200 76C270 76 288 140 280 200C272 258 238 288 200 288C162 288 128 258 120 200C112 140 130 76 200 76Z",
            pen.across(lit(colour, -0.08), lit(colour, 0.08), lit(colour, -0.1)),
        )
        pen.path(
            "M200 96C254 96 268 146 262 198C254 244 230 266 200 266C170 266 146 244 138 198C132 146 146 96 200 96Z",
            pen.ball("#e88a7d", "#a83f3f"),
        )
        for row in range(9):
            for place in range(7):
                x, y = 152 + place * 16 + row % 2 * 8, 118 + row * 17
                if ((x - 200) / 60) ** 2 + ((y - 182) / 82) ** 2 < 0.92:
                    pen.line(f"M{x} {y}l-3 -6", "#f3dcb8", 2.4)
                    pen.oval(x - 3, y - 7, 3, 3, "#fff6e2")
        for place in range(4):
            pen.line(
                f"M{188 + place * 8} 300Q{186 + place * 9} 360 {190 + place * 6} 424",
                lit(colour, -0.1),
                1.3,
                stroke_opacity=0.5,
            )
        pen.oval(200, 414, 5, 5, "#3a2313")


def draw_lip_balm(pen: Pen, colour: str) -> None:
    """Three lip balms, one open."""
    pen.shadow(204, 420, 118, 16)
    for x, tone, opened in (
        (112, lit(colour, 0.1), False),
        (248, mix(colour, "#fdf6e4", 0.35), False),
        (180, colour, True),
    ):
        pen.rect(x - 30, 268, 60, 152, 8, turned(pen, tone))
        pen.rect(x - 30, 300, 60, 70, 0, "#fdf8ec", fill_opacity=0.95)
        pen.path(star(x, 334, 17, 9, 8), lit(colour, -0.06))
        pen.rect(x - 30, 398, 60, 22, 6, metal_around(pen, SILVER))
        if opened:
            pen.rect(x - 24, 232, 48, 40, 3, metal_around(pen, GOLD))
            pen.path(
                f"M{x - 20} 234V190Q{x - 16} 172 {x + 14} 162Q{x + 20} 168 {x + 20} 180V234Z",
                turned(pen, mix(colour, "#fff3e6", 0.3)),
            )
        else:
            pen.path(
                f"M{x - 30} 276V206Q{x - 30} 194 {x - 18} 194H{x + 18}Q{x + 30} 194 {x + 30} 206V276Z",
                turned(pen, lit(tone, 0.05)),
            )
        pen.gloss(f"M{x - 22} 280h9v112h-9Z", 0.34)
    blossom(pen, 310, 408, 18, mix(colour, "#ffffff", 0.3))
    leaf(pen, 326, 416, 24, 70, "#6f9a5e")


THINGS = (
    Thing("tube", ("beauty",), "تیوب کرم", "tube of cream", draw_tube, (("coral", "wall", "cream"), ("pistachio", "niche", "green"), ("amber", "plinth", "peach"), ("lilac", "wall", "cyan"))),
    Thing("lipstick", ("beauty",), "رژ لب", "lipstick", draw_lipstick, (("red", "wall", "cream"), ("coral", "sun", "pink"), ("burgundy", "niche", "lilac"))),
    Thing("lipbalm", ("beauty",), "بالم لب", "lip balms", draw_lip_balm, (("coral", "wall", "pink"), ("burgundy", "wall", "cream"))),
    Thing("brushset", ("beauty",), "برس‌های آرایش", "make-up brushes", draw_brush_set, (("coral", "wall", "cream"), ("black", "niche", "pink"), ("brown", "wall", "green"))),
    Thing("comb", ("beauty", "handicraft"), "شانه چوبی", "wooden comb", draw_comb, (("natural", "wall", "green"), ("amber", "sun", "peach"))),
    Thing("hairbrush", ("beauty",), "برس مو", "hair brush", draw_hair_brush, (("natural", "wall", "pink"), ("brown", "wall", "cyan"))),
)  # fmt: skip
