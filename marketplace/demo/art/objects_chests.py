"""Chests: marquetry, carved wood, jewellery boxes."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, GOLD
from marketplace.demo.art.pen import Pen, lit, poly, star
from marketplace.demo.art.shapes import arabesque, crate
from marketplace.demo.art.thing import Thing, soft


def draw_khatam_box(pen: Pen, colour: str) -> None:
    """A marquetry box with a brass lock."""
    pen.shadow(208, 420, 154, 18)
    x, y, w, h = 74, 296, 218, 122
    pen.path(poly((x, y), (x + 46, y - 44), (x + w + 46, y - 44), (x + w, y)), lit(colour, 0.02))
    lid = poly((x, y), (x + 46, y - 44), (x + w + 46, y - 44), (x + w, y))
    with pen.inside(lid), pen.moved(f"translate({x},{y}) matrix(1 0 -1.045 1 0 0) scale(1,0.62)"):
        _khatam(pen, 0, -72, w, 72, colour)
    pen.path(
        poly((x + w, y), (x + w + 46, y - 44), (x + w + 46, y + h - 44), (x + w, y + h)),
        pen.across(lit(colour, -0.1), lit(colour, -0.2)),
    )
    pen.rect(x, y, w, h, 3, soft(pen, colour))
    _khatam(pen, x + 12, y + 14, w - 24, 34, colour)
    _khatam(pen, x + 12, y + 62, w - 24, 48, colour)
    pen.line(f"M{x} {y + 54}H{x + w}L{x + w + 46} {y + 10}", "#2e170b", 2.4, stroke_opacity=0.8)
    for left in (x, x + w - 10):
        pen.rect(left, y, 10, h, 2, lit(colour, -0.06))
    pen.rect(168, 334, 32, 42, 5, pen.down(*BRASS.down))
    pen.oval(184, 352, 5, 5, BRASS.mark)
    pen.path("M181 354H187L189 368H179Z", BRASS.mark)
    pen.gloss(poly((x, y), (x + 60, y), (x + 20, y + h), (x, y + h)), 0.12)


def draw_carved_box(pen: Pen, colour: str) -> None:
    """A carved wooden box with an arabesque."""
    pen.shadow(208, 420, 152, 18)
    crate(pen, 76, 286, 216, 132, 48, colour)
    pen.line("M76 330H292L340 306", lit(colour, -0.2), 3)
    for grain in range(5):
        pen.line(
            f"M84 {296 + grain * 27}q50 {6 - grain * 3} 100 0t102 {grain - 2}",
            lit(colour, -0.1),
            1.5,
            stroke_opacity=0.4,
        )
    pen.rect(92, 342, 184, 64, 6, "none", stroke=lit(colour, -0.18), stroke_width=3)
    pen.rect(95, 345, 184, 64, 6, "none", stroke=lit(colour, 0.14), stroke_width=1.4)
    arabesque(pen, 184, 375, lit(colour, -0.22))
    with pen.moved("translate(1.5,1.8)"):
        arabesque(pen, 184, 375, lit(colour, 0.14), 1.2)
    pen.oval(184, 330, 9, 9, pen.ball(BRASS.light, BRASS.dark))


def draw_jewel_box(pen: Pen, colour: str) -> None:
    """An open jewellery box with a ring cushion and pearls."""
    pen.shadow(206, 420, 150, 18)
    pen.path("M92 286L104 168Q106 156 118 156H282Q294 156 296 168L308 286Z", soft(pen, colour, 0.02, 0.08))
    pen.path("M106 276L116 176Q117 168 126 168H274Q283 168 284 176L294 276Z", pen.down("#7b2740", "#a94a60"))
    pen.rect(140, 186, 120, 76, 6, pen.slant("#eef3f4", "#b9c9cf"))
    pen.gloss("M146 190H200L160 258H146Z", 0.5)
    pen.path(poly((92, 286), (308, 286), (320, 330), (80, 330)), pen.down("#8d3650", "#6d2038"))
    for x in range(104, 300, 26):
        pen.line(f"M{x} 290L{200 + (x - 200) * 1.1:.0f} 328", "#b8617a", 7, stroke_opacity=0.6)
    pen.oval(160, 306, 16, 16, "none", stroke=GOLD.middle, stroke_width=4.5)
    pen.path(star(160, 290, 9, 5, 8), "#3fb5b8")
    for place in range(12):
        pen.oval(
            204 + place * 8.4, 312 + (place - 5.5) ** 2 * 0.5 - 8, 5.5, 5.5, pen.ball("#ffffff", "#d8cfc4")
        )
    pen.path(poly((80, 330), (320, 330), (320, 408), (308, 420), (92, 420), (80, 408)), soft(pen, colour))
    arabesque(pen, 200, 378, GOLD.middle)
    pen.rect(186, 322, 28, 22, 4, pen.down(*BRASS.down))
    for x in (104, 282):
        pen.path(f"M{x - 8} 420h30l-4 8h-22Z", BRASS.dark)


def _khatam(pen: Pen, x: float, y: float, w: float, h: float, colour: str) -> None:
    pen.rect(x, y, w, h, 2, "#f0d9a6", stroke="#3a1d0d", stroke_width=2)
    rows = max(1, round(h / 24))
    columns = round(w / (h / rows))
    sx, sy = w / columns, h / rows
    for row in range(rows):
        for place in range(columns):
            cx, cy = x + sx * (place + 0.5), y + sy * (row + 0.5)
            pen.path(
                star(cx, cy, sx * 0.5, sx * 0.27, 6), "#4a2512" if (row + place) % 2 else lit(colour, -0.05)
            )
            pen.path(star(cx, cy, sx * 0.24, sx * 0.13, 6), "#2e8f7a" if (row + place) % 2 else "#c2452f")


THINGS = (
    Thing("khatambox", ("handicraft",), "جعبه خاتم", "marquetry box", draw_khatam_box, (("brown", "niche", "cream"), ("amber", "wall", "green")), 1.04),
    Thing("carvedbox", ("handicraft",), "جعبه منبت", "carved wooden box", draw_carved_box, (("natural", "wall", "green"), ("amber", "plinth", "cream")), 1.04),
    Thing("jewelbox", ("jewelry",), "جعبه جواهر", "jewellery box", draw_jewel_box, (("natural", "wall", "lilac"), ("navy", "niche", "cream")), 1.04),
)  # fmt: skip
