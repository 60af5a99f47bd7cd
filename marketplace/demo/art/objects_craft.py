"""Handicraft: enamel plates, trays, frames, mirrors, tiles, termeh, baskets, pomegranates, mugs."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, COPPER, GOLD, SILVER
from marketplace.demo.art.pen import Pen, at, lit, star
from marketplace.demo.art.thing import Thing, blossom, leaf, soft, turned


def easel(pen: Pen) -> None:
    """A small wooden stand behind a plate."""
    pen.shadow(200, 424, 96, 13)
    for side in (1, -1):
        pen.line(f"M{200 + side * 40} 250L{200 + side * 76} 420", "#8d5d2f", 9)
        pen.line(f"M{200 + side * 38} 250L{200 + side * 74} 420", "#c8925a", 3)
    pen.path("M120 398H280V408H120Z", pen.across("#a4723f", "#dcae76", "#8d5d2f"))


def draw_enamel_plate(pen: Pen, colour: str) -> None:
    """An enamelled plate with rings of petals."""
    easel(pen)
    cy = 262
    pen.oval(200, cy + 6, 142, 142, "#201308", fill_opacity=0.16)
    pen.oval(200, cy, 140, 140, pen.slant(*GOLD.down))
    pen.oval(200, cy, 134, 134, pen.ball(lit(colour, 0.06), lit(colour, -0.1)))
    for place in range(20):
        with pen.moved(f"translate(200,{cy}) rotate({place * 18})"):
            pen.path("M0 -128Q13 -114 0 -98Q-13 -114 0 -128Z", "#fdf6e4" if place % 2 else "#f1c056")
            pen.oval(0, -112, 3.4, 5, lit(colour, -0.06))
    pen.oval(200, cy, 94, 94, "#fdf6e4")
    pen.oval(200, cy, 90, 90, pen.ball(lit(colour, 0.12), lit(colour, -0.04)))
    for place in range(12):
        with pen.moved(f"translate(200,{cy}) rotate({place * 30})"):
            pen.path("M0 -86Q20 -62 0 -44Q-20 -62 0 -86Z", "#fdf6e4")
            pen.path("M0 -78Q11 -62 0 -50Q-11 -62 0 -78Z", "#c94152" if place % 2 else "#2f9c8f")
    pen.path(star(200, cy, 44, 26, 12), GOLD.light)
    pen.path(star(200, cy, 32, 17, 12), lit(colour, -0.06))
    pen.oval(200, cy, 10, 10, "#fdf6e4")
    pen.gloss(
        f"M88 {cy - 44}A122 122 0 0 1 186 {cy - 122}A150 150 0 0 0 108 {cy - 10}A130 130 0 0 1 88 {cy - 44}Z",
        0.3,
    )


def draw_tray(pen: Pen, colour: str) -> None:
    """A chased metal tray on a stand."""
    metal = COPPER if colour == "#bd7348" else BRASS if colour == "#c9a227" else SILVER
    easel(pen)
    cy = 262
    pen.oval(200, cy + 7, 146, 146, "#201308", fill_opacity=0.16)
    for place in range(32):
        x, y = at(200, cy, 139, place * 11.25)
        pen.oval(x, y, 12, 12, metal.dark if place % 2 else metal.middle)
    pen.oval(200, cy, 138, 138, pen.slant(metal.light, metal.dark))
    pen.oval(200, cy, 126, 126, pen.slant(metal.dark, metal.light))
    pen.oval(200, cy, 120, 120, pen.slant(metal.light, metal.middle, metal.dark))
    for radius in (112, 84, 78, 40):
        pen.oval(200, cy, radius, radius, "none", stroke=metal.mark, stroke_width=1.6, stroke_opacity=0.7)
    for place in range(16):
        with pen.moved(f"translate(200,{cy}) rotate({place * 22.5})"):
            pen.line(
                "M0 -86Q12 -98 0 -110Q-12 -98 0 -86M-8 -108Q0 -100 8 -108", metal.mark, 2, stroke_opacity=0.8
            )
    for place in range(8):
        with pen.moved(f"translate(200,{cy}) rotate({place * 45})"):
            pen.line("M0 -42Q22 -58 0 -76Q-22 -58 0 -42M0 -50V-68", metal.mark, 2.2, stroke_opacity=0.85)
            pen.path("M0 -52Q8 -59 0 -68Q-8 -59 0 -52Z", metal.mark, fill_opacity=0.5)
    pen.path(star(200, cy, 36, 20, 8), "none", stroke=metal.mark, stroke_width=2.4)
    pen.path(star(200, cy, 20, 10, 8), metal.mark, fill_opacity=0.75)
    pen.gloss(f"M92 {cy - 40}A115 115 0 0 1 180 {cy - 114}L120 {cy + 60}A115 115 0 0 1 92 {cy - 40}Z", 0.24)


def draw_frame(pen: Pen, colour: str) -> None:
    """A frame of marquetry or wood around a small garden picture."""
    pen.shadow(204, 424, 122, 15)
    pen.path("M250 420L286 424L270 260L254 250Z", lit("#8d5d2f", -0.05))
    pen.rect(86, 110, 228, 312, 6, soft(pen, colour))
    pen.rect(92, 116, 216, 300, 4, "none", stroke=lit(colour, 0.2), stroke_width=1.6)
    for x in range(104, 300, 24):
        for y in (132, 400):
            pen.path(star(x + 2, y, 9, 4.500, 6), "#f0d9a6")
            pen.oval(x + 2, y, 2.6, 2.6, "#c2452f")
    for y in range(156, 390, 24):
        for x in (106, 298):
            pen.path(star(x - 2, y, 9, 4.500, 6), "#f0d9a6")
            pen.oval(x - 2, y, 2.6, 2.6, "#2e8f7a")
    pen.rect(118, 144, 164, 244, 2, GOLD.middle)
    pen.rect(122, 148, 156, 236, 2, "#fdf6e8")
    pen.rect(140, 168, 120, 196, 0, pen.down("#bfe0e4", "#f4e7cd"))
    with pen.inside("M140 168H260V364H140Z"):
        pen.path("M140 316Q200 292 260 318V364H140Z", "#9fc08a")
        pen.path(
            "M200 190Q228 258 214 310Q206 326 200 326Q194 326 186 310Q172 258 200 190Z",
            pen.across("#2f6f52", "#4f9a70", "#255a43"),
        )
        pen.path("M160 240Q172 274 166 304Q162 314 158 312Q150 288 160 240Z", "#3f8562")
        pen.path("M242 248Q254 280 248 308Q244 316 240 314Q232 290 242 248Z", "#3f8562")
        for x, y in ((154, 336), (178, 346), (226, 342), (248, 334)):
            blossom(pen, x, y, 8, "#e58a9c")
    pen.gloss("M122 148H190L132 384H122Z", 0.2)


def draw_mirror(pen: Pen, colour: str) -> None:
    """An arched mirror with a carved crown."""
    pen.shadow(204, 424, 112, 14)
    edge = "M104 420V230Q104 150 200 96Q296 150 296 230V420Z"
    pen.path(edge, pen.across(lit(colour, -0.1), lit(colour, 0.08), lit(colour, -0.02), lit(colour, -0.14)))
    inner = "M128 398V236Q128 170 200 126Q272 170 272 236V398Z"
    pen.path("M114 410V233Q114 158 200 110Q286 158 286 233V410Z", stroke=GOLD.light, stroke_width=2)
    for place in range(12):
        for x in (116, 284):
            pen.path(star(x, 246 + place * 14, 5.500, 2.600, 4), GOLD.light)
    pen.path(inner, pen.slant("#f4fafb", "#cfe0e5", "#a9c1ca"))
    with pen.inside(inner):
        pen.gloss("M128 330L240 130H276L128 396Z", 0.5)
        pen.gloss("M176 400L280 214V262L206 400Z", 0.35)
    pen.path(inner, stroke=GOLD.dark, stroke_width=2.4)
    pen.path(star(200, 92, 24, 13, 8), pen.ball(GOLD.light, GOLD.dark))
    pen.oval(200, 92, 7, 7, "#1f8f8c")
    pen.path("M92 410H308V424H92Z", lit(colour, -0.1))


def draw_tiles(pen: Pen, colour: str) -> None:
    """Four painted tiles that make one star."""
    pen.shadow(204, 426, 132, 14)
    for row in (0, 1):
        for column in (0, 1):
            x, y = 72 + column * 130, 158 + row * 130
            pen.rect(x + 3, y + 4, 126, 126, 4, "#201308", fill_opacity=0.2)
            pen.rect(x, y, 126, 126, 4, pen.slant("#fdf8ec", "#e9dfc8"))
            with pen.inside(f"M{x} {y}h126v126h-126Z"):
                cx, cy = 200 + (2 if column else -2), 286 + (2 if row else -2)
                pen.path(star(cx, cy, 118, 64, 8), lit(colour, 0.02))
                pen.path(star(cx, cy, 96, 52, 8), "#fdf6e4")
                pen.path(star(cx, cy, 84, 45, 8), "#1f7f86" if colour != "#1fa7a4" else "#22466f")
                pen.path(star(cx, cy, 50, 27, 8), "#f0bd55")
                pen.path(star(cx, cy, 32, 17, 8), lit(colour, -0.04))
                corner = (x + (0 if column == 0 else 126), y + (0 if row == 0 else 126))
                for radius, tone in ((52, lit(colour, -0.06)), (40, "#fdf6e4"), (30, "#c94152")):
                    pen.oval(*corner, radius, radius, tone)
            pen.gloss(f"M{x} {y}h70l-60 126h-10Z", 0.16)
            pen.rect(x, y, 126, 126, 4, "none", stroke="#c9bd9f", stroke_width=1.4)


def draw_termeh(pen: Pen, colour: str) -> None:
    """A termeh cloth hanging in folds, with paisleys and a fringe."""
    pen.shadow(200, 428, 124, 13, 0.28)
    pen.rect(62, 96, 276, 12, 6, pen.across("#a4723f", "#dcae76", "#8d5d2f"))
    for x in (62, 338):
        pen.oval(x, 102, 10, 10, pen.ball(GOLD.light, GOLD.dark))
    body = "M84 100H316L308 404Q256 412 200 404Q144 396 92 404Z"
    for place in range(34):
        pen.line(f"M{94 + place * 6.4:.0f} 402v20", "#f0d9a0" if place % 2 else GOLD.middle, 2.4)
    pen.path(
        body,
        pen.across(
            lit(colour, -0.06), lit(colour, 0.07), lit(colour, -0.04), lit(colour, 0.06), lit(colour, -0.08)
        ),
    )
    with pen.inside(body):
        for y in (118, 378):
            pen.rect(70, y - 10, 260, 26, 0, "#fdf3da", fill_opacity=0.94)
            for place in range(17):
                pen.path(star(84 + place * 15, y + 3, 6, 3, 8), colour if place % 2 else "#1f7f86")
        for row in range(4):
            for place in range(4):
                x, y = 116 + place * 56 + row % 2 * 26 - 12, 182 + row * 56
                _paisley(pen, x, y, ("#f1c056", "#fdf3da", "#3fa39b")[(row + place) % 3], lit(colour, -0.12))
        for x in (140, 200, 262):
            pen.path(
                f"M{x} 100Q{x - 12} 260 {x} 410h26Q{x + 12} 260 {x + 24} 100Z", "#140a05", fill_opacity=0.09
            )


def draw_basket(pen: Pen, colour: str) -> None:
    """A woven basket with a handle and fruit."""
    pen.shadow(204, 420, 142, 18)
    pen.path("M92 292C86 120 314 120 308 292", stroke=lit(colour, -0.14), stroke_width=15)
    pen.path(
        "M92 290C86 116 314 116 308 290", stroke=lit(colour, 0.08), stroke_width=9, stroke_dasharray="14 5"
    )
    for x, y, r, tone in (
        (136, 280, 36, "#c9343e"),
        (206, 268, 40, "#d98a2a"),
        (268, 282, 34, "#8fae4a"),
        (174, 292, 30, "#b3303a"),
    ):
        pen.oval(x, y, r, r, pen.ball(lit(tone, 0.12), lit(tone, -0.1)))
        pen.line(f"M{x} {y - r + 4}q4 -10 10 -12", "#6b4a2a", 3)
    leaf(pen, 212, 232, 26, 50, "#5f8f54")
    body = "M70 288H330L304 408Q302 420 288 420H112Q98 420 96 408Z"
    pen.path(body, pen.across(lit(colour, -0.1), lit(colour, 0.06), lit(colour, -0.14)))
    with pen.inside(body):
        for row in range(7):
            y = 296 + row * 19
            for place in range(13):
                x = 62 + place * 22 + row % 2 * 11
                pen.path(
                    f"M{x} {y}q11 -9 22 0v11q-11 8 -22 0Z",
                    lit(colour, 0.07 if place % 2 else 0),
                    stroke=lit(colour, -0.2),
                    stroke_width=1.2,
                )
        pen.path("M50 340H350V366H50Z", "#b3303a", fill_opacity=0.28)
    pen.rect(62, 276, 276, 22, 11, pen.across(lit(colour, -0.08), lit(colour, 0.1), lit(colour, -0.12)))
    for x in range(74, 332, 15):
        pen.line(f"M{x} 278l8 18", lit(colour, -0.16), 2.4, stroke_opacity=0.7)


def draw_pomegranate(pen: Pen, colour: str) -> None:
    """Two glazed pottery pomegranates."""
    pen.shadow(206, 420, 140, 18)
    for x, scale, tone in ((258, 0.76, lit(colour, 0.06)), (164, 1.0, colour)):
        with pen.moved(f"translate({x},420) scale({scale})"):
            pen.path(
                "M-22 -192Q-30 -222 -44 -234Q-18 -232 -14 -218Q-6 -240 0 -246Q8 -238 14 -218Q20 -232 44 -234Q30 -220 22 -192Z",
                pen.down(lit(tone, 0.08), lit(tone, -0.08)),
            )
            pen.path(
                "M0 -200C68 -200 98 -148 96 -96C94 -40 52 0 0 0C-52 0 -94 -40 -96 -96C-98 -148 -68 -200 0 -200Z",
                pen.ball(lit(tone, 0.14), lit(tone, 0.02), lit(tone, -0.14)),
            )
            pen.path("M-90 -120Q0 -94 90 -120V-74Q0 -48 -90 -74Z", "#fdf6e4", fill_opacity=0.9)
            for place in range(9):
                px = -76 + place * 19
                pen.path(
                    star(px, -82 - abs(place - 4) * 3.6, 9, 4.500, 8), tone if place % 2 else GOLD.middle
                )
            pen.path("M-92 -124Q0 -98 92 -124M-92 -70Q0 -44 92 -70", stroke=GOLD.middle, stroke_width=2.4)
            pen.line("M-62 -150Q-44 -180 -14 -184", "#ffffff", 9, stroke_opacity=0.4)
    leaf(pen, 292, 418, 32, 70, "#5f8f54")


def draw_mug(pen: Pen, colour: str) -> None:
    """A glazed mug with a drip and steam."""
    pen.shadow(208, 420, 122, 17)
    pen.line("M166 196q-14 -20 0 -38t0 -38M208 190q-14 -20 0 -38t0 -38", "#ffffff", 6, stroke_opacity=0.6)
    pen.path("M266 268Q334 262 332 322Q330 380 256 384", stroke=lit(colour, -0.08), stroke_width=22)
    pen.path("M266 266Q332 262 330 320Q328 376 258 380", stroke=lit(colour, 0.06), stroke_width=11)
    body = "M106 232H272L264 392Q262 420 238 420H140Q116 420 114 392Z"
    pen.path(body, turned(pen, "#f3e8d2"))
    with pen.inside(body):
        pen.path(
            "M96 222H282V316Q266 336 252 312Q238 292 224 322Q210 352 194 318Q180 292 164 326Q148 356 134 316Q122 296 96 322Z",
            turned(pen, colour),
        )
        for place in range(7):
            pen.path(star(122 + place * 22, 378, 9, 4.500, 8), lit(colour, -0.04))
        pen.gloss("M120 236H136L140 412H130Q124 408 124 396Z", 0.35)
    pen.oval(189, 232, 83, 21, lit(colour, 0.1))
    pen.oval(189, 232, 74, 16, pen.down("#8a4d1e", "#b36a2c"))
    pen.oval(172, 230, 26, 5, "#d2904e", fill_opacity=0.6)


def _paisley(pen: Pen, x: float, y: float, tone: str, mark: str) -> None:
    with pen.moved(f"translate({x},{y})"):
        pen.path("M0 22Q-19 18 -18 -2Q-15 -24 12 -26Q22 -24 17 -15Q6 -20 6 -9Q22 8 0 22Z", tone)
        pen.path("M-1 15Q-12 12 -11 -1Q-8 -15 4 -18Q-2 -8 2 -1Q8 9 -1 15Z", mark)
        pen.oval(-2, 4, 4, 5, tone)


THINGS = (
    Thing("enamelplate", ("handicraft",), "بشقاب میناکاری", "enamelled plate", draw_enamel_plate, (("blue", "niche", "cream"), ("turquoise", "wall", "peach"), ("green", "wall", "pink"))),
    Thing("tray", ("handicraft", "kitchen"), "سینی قلم‌زنی", "chased tray", draw_tray, (("copper", "wall", "cyan"), ("golden", "niche", "green"), ("silver", "wall", "lilac"))),
    Thing("frame", ("handicraft", "home"), "قاب عکس", "picture frame", draw_frame, (("brown", "wall", "cream"), ("navy", "niche", "peach"))),
    Thing("mirror", ("handicraft", "home"), "آینه", "arched mirror", draw_mirror, (("turquoise", "wall", "peach"), ("brown", "wall", "green"), ("white", "sun", "pink"))),
    Thing("tile", ("handicraft",), "کاشی هفت‌رنگ", "painted tiles", draw_tiles, (("blue", "wall", "cream"), ("turquoise", "wall", "pink"))),
    Thing("termeh", ("handicraft", "home"), "پارچه ترمه", "termeh cloth", draw_termeh, (("burgundy", "wall", "cream"), ("turquoise", "niche", "peach"), ("green", "wall", "pink"), ("navy", "window", "cream"))),
    Thing("basket", ("handicraft", "home"), "سبد بافته", "woven basket", draw_basket, (("natural", "wall", "green"), ("amber", "window", "cream"))),
    Thing("pomegranate", ("handicraft",), "انار سفالی", "pottery pomegranates", draw_pomegranate, (("red", "niche", "cream"), ("turquoise", "wall", "peach"))),
    Thing("mug", ("handicraft", "kitchen"), "ماگ سفالی", "glazed mug", draw_mug, (("turquoise", "wall", "cream"), ("green", "window", "peach"), ("navy", "plinth", "cyan"), ("brick", "wall", "pink"))),
)  # fmt: skip
