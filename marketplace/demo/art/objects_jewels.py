"""Jewellery: rings, necklaces, bracelets, earrings, beads."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, mix, star
from marketplace.demo.art.shapes import STONES, gem, jewel, metal_of
from marketplace.demo.art.thing import leaf, metal_around, turned


def bust(pen: Pen) -> None:
    """A velvet bust that shows necklaces."""
    pen.shadow(204, 422, 118, 16)
    pen.path(
        "M168 112Q166 92 200 90Q234 92 232 112V164Q236 200 290 226Q320 244 312 300Q302 372 262 420H138Q98 372 88 300Q80 244 110 226Q164 200 168 164Z",
        pen.across("#3d2b3a", "#6b4d66", "#4a3346", "#2f2030"),
    )
    pen.oval(200, 104, 33, 13, "#7d5c78")
    pen.gloss("M176 120Q176 200 122 236Q104 250 104 300Q120 250 160 228Q186 204 184 120Z", 0.14)


def stand(pen: Pen) -> None:
    """A small velvet cushion."""
    pen.shadow(204, 420, 132, 18)
    pen.path(
        "M76 372Q74 344 104 338H296Q326 344 324 372L316 404Q312 420 292 420H108Q88 420 84 404Z",
        pen.down("#6b4d66", "#33222f"),
    )
    pen.path(
        "M84 352Q92 330 200 328Q308 330 316 352Q308 372 200 374Q92 372 84 352Z",
        pen.down("#86647f", "#5b4056"),
    )


def draw_ring(pen: Pen, colour: str) -> None:
    """A ring with a large oval stone, standing in a cushion."""
    metal = metal_of(colour) if colour not in STONES else SILVER
    tone = STONES.get(colour, "#1fa7a4")
    stand(pen)
    pen.oval(200, 268, 84, 88, "none", stroke=metal.dark, stroke_width=22)
    pen.oval(199, 267, 84, 88, "none", stroke=metal.middle, stroke_width=16)
    pen.path("M118 250A84 88 0 0 1 170 188", stroke=metal.light, stroke_width=8, stroke_linecap="round")
    pen.path("M262 214A84 88 0 0 1 282 280", stroke=metal.light, stroke_width=4, stroke_linecap="round")
    pen.path(
        "M112 344Q120 336 200 336Q280 336 288 344L292 376Q200 390 108 376Z", pen.down("#7a5873", "#513850")
    )
    pen.line("M118 346Q200 336 282 346", "#2a1a28", 5, stroke_opacity=0.5)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path("M22 196Q58 196 74 222Q54 218 30 212Z", pen.across(metal.light, metal.dark))
            leaf(pen, 62, 222, 20, 60, metal.middle)
    pen.oval(200, 158, 54, 62, pen.slant(metal.light, metal.dark))
    for place in range(24):
        x, y = at(0, 0, 100, place * 15)
        pen.oval(200 + x * 0.49, 158 + y * 0.57, 4.600, 4.600, pen.ball(metal.light, metal.dark))
    gem(pen, 200, 158, 42, 50, tone)


def draw_bands(pen: Pen, colour: str) -> None:
    """Two plain rings, one leaning on the other."""
    metal = metal_of(colour)
    stand(pen)
    for x, y, turn, rx in ((252, 262, 14, 66), (166, 256, -6, 76)):
        with pen.moved(f"rotate({turn} {x} {y})"):
            pen.oval(x, y, rx, 86, "none", stroke=metal.dark, stroke_width=24)
            pen.oval(x - 1, y - 1, rx, 86, "none", stroke=metal.middle, stroke_width=18)
            pen.oval(x - 2, y - 2, rx + 3, 89, "none", stroke=metal.light, stroke_width=4, stroke_opacity=0.8)
            pen.line(f"M{x - rx} {y - 10}A{rx} 86 0 0 1 {x - 20} {y - 80}", metal.light, 8)
            for place in range(7):
                px, py = at(x, y, 86, 130 + place * 17)
                pen.path(star(x + (px - x) * rx / 86, py, 5, 2.5, 8), metal.mark, fill_opacity=0.5)
    pen.path(
        "M112 344Q120 336 200 336Q280 336 292 344L296 376Q200 390 108 376Z", pen.down("#7a5873", "#513850")
    )
    pen.line("M112 346Q200 336 292 346", "#2a1a28", 5, stroke_opacity=0.5)


def draw_necklace(pen: Pen, colour: str) -> None:
    """A necklace with a pendant on a bust."""
    metal = metal_of(colour) if colour not in STONES else SILVER
    tone = STONES.get(colour, "#1fa7a4")
    bust(pen)
    pen.line("M168 142Q140 250 200 284Q260 250 232 142", metal.dark, 5, stroke_dasharray="4 3")
    pen.line("M168 141Q140 249 200 283Q260 249 232 141", metal.light, 2.6, stroke_dasharray="4 3")
    for share, side in ((0.72, 1), (0.86, 1), (0.72, -1), (0.86, -1)):
        x, y = 200 + side * (52 * (1 - share) * 2.3), 284 - (1 - share) * 150
        gem(pen, x, y, 8, 8, tone)
    pen.path(star(200, 322, 46, 30, 8), pen.slant(metal.light, metal.dark))
    pen.path(star(200, 322, 36, 22, 8), metal.mark, fill_opacity=0.4)
    gem(pen, 200, 322, 22, 24, tone)
    pen.oval(200, 280, 7, 7, "none", stroke=metal.middle, stroke_width=3)
    for x in (176, 200, 224):
        y = 366 if x == 200 else 354
        pen.line(f"M{x} {y - 14}V{y}", metal.middle, 2)
        gem(pen, x, y + 8, 6, 9, tone)


def draw_bracelet(pen: Pen, colour: str) -> None:
    """A chased bangle on a cushion roll."""
    metal = metal_of(colour) if colour not in STONES else SILVER
    tone = STONES.get(colour, "#1fa7a4")
    pen.shadow(204, 420, 146, 18)
    pen.path("M52 348Q40 384 70 420H330Q360 384 348 348Z", pen.down("#5b4056", "#33222f"))
    pen.path(
        "M60 290Q30 350 70 412H330Q370 350 340 290Q320 262 200 262Q80 262 60 290Z",
        pen.down("#86647f", "#4a3346"),
    )
    body = "M118 250Q106 340 132 414H268Q294 340 282 250Q250 218 200 218Q150 218 118 250Z"
    pen.path(body, metal_around(pen, metal))
    with pen.inside(body):
        for x in (118, 282):
            pen.line(
                f"M{x} 246Q{x + (-12 if x < 200 else 12)} 340 {x + (14 if x < 200 else -14)} 416",
                metal.mark,
                3,
                stroke_opacity=0.6,
            )
        for row in range(5):
            y = 256 + row * 38
            for dx in (-46, 46):
                pen.path(star(200 + dx, y, 15, 8, 8), metal.mark, fill_opacity=0.55)
                pen.oval(200 + dx, y, 5, 5, metal.light)
        pen.gloss("M140 244Q130 330 150 412H166Q150 330 158 230Z", 0.35)
    for y, r in ((270, 17), (324, 24), (380, 17)):
        pen.oval(200, y, r + 6, r + 6, pen.slant(metal.light, metal.dark))
        gem(pen, 200, y, r, r, tone)


def draw_bead_bracelet(pen: Pen, colour: str) -> None:
    """Two bead bracelets lying on each other."""
    pen.shadow(204, 408, 144, 22)
    for cx, cy, rx, ry, tone, other in (
        (222, 330, 104, 60, "#6b4226", "#dcae76"),
        (184, 314, 112, 66, STONES.get(colour, colour), lit(colour, 0.16)),
    ):
        beads = [at(0, 0, 100, place * 15) for place in range(24)]
        for nth, (x, y) in sorted(enumerate(beads), key=lambda bead: bead[1][1]):
            px, py = cx + x * rx / 100, cy + y * ry / 100
            pen.oval(px, py + 6, 15, 11, "#201308", fill_opacity=0.2)
            if nth % 6 == 0:
                pen.oval(px, py, 12, 15, pen.ball(GOLD.light, GOLD.dark))
            else:
                shade = tone if nth % 3 else other
                pen.oval(px, py, 15, 15, pen.ball(lit(shade, 0.18), shade, lit(shade, -0.14)))
                pen.oval(px - 5, py - 5, 4, 3, "#ffffff", fill_opacity=0.5)
    pen.path(star(184, 398, 22, 12, 8), pen.ball(GOLD.light, GOLD.dark))


def draw_earrings(pen: Pen, colour: str) -> None:
    """A pair of earrings on a stand."""
    metal = metal_of(colour) if colour not in STONES else SILVER
    tone = STONES.get(colour, "#1fa7a4")
    pen.shadow(204, 420, 110, 16)
    pen.path("M128 420Q130 402 180 398H220Q270 402 272 420Z", turned(pen, "#8d5d2f"))
    pen.rect(194, 120, 12, 284, 4, turned(pen, "#b07a48"))
    pen.path(
        "M92 132Q92 118 106 118H294Q308 118 308 132Q308 142 294 142H106Q92 142 92 132Z",
        turned(pen, "#b07a48"),
    )
    for x in (134, 266):
        pen.path(f"M{x} 136Q{x + 18} 148 {x + 6} 168", stroke=metal.dark, stroke_width=3.4)
        gem(pen, x, 176, 12, 12, tone)
        pen.path(
            f"M{x} 190L{x + 40} 252Q{x + 20} 290 {x} 292Q{x - 20} 290 {x - 40} 252Z",
            pen.slant(metal.light, metal.dark),
        )
        pen.path(
            f"M{x} 206L{x + 27} 250Q{x + 14} 276 {x} 278Q{x - 14} 276 {x - 27} 250Z",
            metal.mark,
            fill_opacity=0.45,
        )
        gem(pen, x, 248, 14, 17, tone)
        for place, dx in enumerate((-26, -13, 0, 13, 26)):
            y = 286 - abs(dx) * 0.7
            pen.line(f"M{x + dx} {y}V{y + 26 - abs(dx) * 0.3:.0f}", metal.middle, 2)
            gem(pen, x + dx, y + 34 - abs(dx) * 0.3, 6, 8, tone if place % 2 == 0 else "#f6efe2")


def draw_prayer_beads(pen: Pen, colour: str) -> None:
    """A string of prayer beads with a tassel."""
    tone = STONES.get(colour, colour)
    pen.shadow(204, 410, 140, 22, 0.3)
    for place in range(33):
        px, py = at(200, 244, 112, place * 360 / 33 + 5.5)
        pen.oval(px + 3, py + 6, 12, 11, "#201308", fill_opacity=0.18)
        shade = GOLD.middle if place in (5, 16, 27) else tone
        pen.oval(px, py, 11.5, 11.5, pen.ball(lit(shade, 0.18), shade, lit(shade, -0.14)))
        pen.oval(px - 4, py - 4, 3.4, 2.600, "#ffffff", fill_opacity=0.55)
    pen.path(
        "M190 352Q184 380 192 396H208Q216 380 210 352Z",
        pen.across(lit(tone, -0.1), lit(tone, 0.12), lit(tone, -0.12)),
    )
    pen.oval(200, 400, 11, 8, pen.ball(GOLD.light, GOLD.dark))
    for place in range(11):
        pen.line(
            f"M200 404Q{188 + place * 2.4:.1f} 424 {178 + place * 4.4:.1f} 446",
            mix(tone, "#fdf6e4", 0.25 if place % 2 else 0),
            3,
        )


THINGS = (
    jewel("ring", "انگشتر", "ring with a stone", draw_ring, ("turquoise", "wall", "cream"), ("red", "niche", "pink"), ("golden", "wall", "lilac"), ("blue", "plinth", "cyan")),
    jewel("band", "حلقه ساده", "two plain rings", draw_bands, ("golden", "wall", "cream"), ("silver", "niche", "lilac"), ("copper", "wall", "cyan")),
    jewel("necklace", "گردنبند", "necklace", draw_necklace, ("turquoise", "wall", "peach"), ("golden", "niche", "cream"), ("red", "wall", "green")),
    jewel("bracelet", "دستبند", "bangle", draw_bracelet, ("turquoise", "wall", "cream"), ("golden", "wall", "pink"), ("copper", "window", "cyan")),
    jewel("beadbracelet", "دستبند مهره‌ای", "bead bracelets", draw_bead_bracelet, ("turquoise", "wall", "cream"), ("red", "wall", "green"), ("blue", "window", "peach")),
    jewel("earrings", "گوشواره", "pair of earrings", draw_earrings, ("turquoise", "wall", "pink"), ("golden", "niche", "cream"), ("green", "wall", "lilac")),
    jewel("prayerbeads", "تسبیح", "prayer beads", draw_prayer_beads, ("turquoise", "wall", "cream"), ("brown", "niche", "peach"), ("green", "wall", "cyan"), ("red", "window", "cream")),
)  # fmt: skip
