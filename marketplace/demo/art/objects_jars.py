"""Jars, tins and candles: jam, honey, creams, spices."""

from __future__ import annotations

from random import Random

from marketplace.demo.art.metals import BRASS, COPPER, GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.thing import Thing, blossom, cap, label, leaf, metal_around, turned

_JAR = "M118 250Q112 262 112 280V392Q112 420 140 420H260Q288 420 288 392V280Q288 262 282 250Z"


def draw_jar(pen: Pen, colour: str) -> None:
    """A jar of jam or pickle with a cloth lid tied with string."""
    pen.shadow(204, 420, 124, 18)
    pen.path(_JAR, pen.across((0, "#dfeaec"), (0.5, "#f8fcfc"), (1, "#cddadd")))
    inner = "M124 270H276V390Q276 410 258 410H142Q124 410 124 390Z"
    pen.path(
        inner,
        pen.across((0, lit(colour, -0.1)), (0.3, lit(colour, 0.07)), (0.65, colour), (1, lit(colour, -0.14))),
    )
    rng = Random(3)
    with pen.inside(inner):
        for _ in range(26):
            x, y, r = rng.uniform(128, 272), rng.uniform(282, 406), rng.uniform(5, 12)
            pen.oval(x, y, r, r * 0.8, lit(colour, rng.uniform(-0.12, 0.12)), fill_opacity=0.55)
        pen.gloss("M124 270H276V280Q200 286 124 280Z", 0.3)
    pen.path("M128 232H272V254H128Z", metal_around(pen, SILVER))
    pen.path(
        "M116 226Q108 186 132 178Q200 166 268 178Q292 186 284 226Q290 246 300 262Q282 256 270 262Q252 254 240 264Q222 256 206 264Q188 256 170 264Q154 254 138 262Q120 256 100 262Q112 244 116 226Z",
        pen.down("#fbf3e2", "#e3d2b2"),
    )
    with pen.inside(
        "M116 226Q108 186 132 178Q200 166 268 178Q292 186 284 226Q290 246 300 262H100Q112 244 116 226Z"
    ):
        for x in range(96, 310, 26):
            pen.line(f"M{x} 166Q{x - 6} 220 {x - 10} 270", lit(colour, -0.02), 5, stroke_opacity=0.34)
        for y in (188, 208, 246):
            pen.line(f"M96 {y}Q200 {y - 10} 304 {y}", lit(colour, -0.02), 4, stroke_opacity=0.3)
    pen.line("M116 228Q200 238 284 228", "#b98a55", 5)
    pen.line("M226 234q18 -16 26 -2q-4 12 -26 2q-20 10 -26 -2q8 -12 26 2", "#b98a55", 3)
    pen.line("M226 236q8 14 4 26M226 236q-8 14 -14 22", "#b98a55", 3)
    label(pen, 150, 300, 100, 84, lit(colour, -0.08))
    pen.gloss("M120 284Q120 272 126 268h8v140q-14-2-14-18Z", 0.5)


def draw_honey(pen: Pen, colour: str) -> None:
    """A six-sided honey jar with a dipper and honeycomb."""
    pen.shadow(208, 420, 132, 18)
    cap(pen, 132, 196, 128, 46, metal_around(pen, GOLD), 14)
    body = "M126 246H266L282 286V388Q282 420 252 420H140Q110 420 110 388V286Z"
    pen.path(body, pen.across((0, "#c97a12"), (0.26, "#f8c04c"), (0.6, "#eda528"), (1, "#b9670c")))
    with pen.inside(body):
        pen.path("M100 246H300V262Q200 272 100 262Z", "#fff3cf", fill_opacity=0.7)
        for row in range(5):
            for place in range(7):
                x, y = 108 + place * 32 + row % 2 * 16, 282 + row * 28
                pen.path(
                    star(x, y, 17, 15, 3), "none", stroke="#ffe7a6", stroke_opacity=0.32, stroke_width=1.6
                )
        pen.gloss("M122 288L136 252h12l-14 40V410h-12Z", 0.4)
        pen.dim("M258 246L266 288V420H290V246Z", 0.12)
    pen.path("M152 286H240L252 306V374L240 394H152L140 374V306Z", "#fdf6e2")
    pen.path("M156 292H236L246 309V371L236 388H156L146 371V309Z", stroke=colour, stroke_width=1.4)
    _bee(pen, 196, 328)
    pen.line("M170 366H222M180 376H212", "#a87420", 2.4, stroke_opacity=0.7)
    with pen.moved("rotate(38 300 330)"):
        pen.rect(294, 236, 12, 128, 6, pen.across("#a36d36", "#deab6c", "#8c5a29"))
        for place in range(5):
            pen.rect(
                282 + abs(2 - place) * 3,
                356 + place * 12,
                36 - abs(2 - place) * 6,
                9,
                4,
                pen.across("#a36d36", "#e2b176", "#8c5a29"),
            )
    pen.path(
        "M250 414Q262 404 286 408Q306 404 312 414Q300 424 278 420Q258 424 250 414Z",
        pen.down("#f8c04c", "#d98e1c"),
    )


def draw_cream_jar(pen: Pen, colour: str) -> None:
    """An open jar of cream with its lid leaning on it."""
    pen.shadow(206, 420, 136, 18)
    with pen.moved("rotate(-16 290 390)"):
        pen.oval(288, 366, 20, 54, metal_around(pen, GOLD))
        pen.oval(280, 366, 17, 50, pen.down("#fff6e2", "#e2c991"))
    body = "M88 330H260V388Q260 420 226 420H122Q88 420 88 388Z"
    pen.path(body, turned(pen, colour))
    pen.oval(174, 330, 86, 22, lit(colour, -0.04))
    pen.oval(174, 327, 80, 18, "#fffdf6")
    pen.path(
        "M104 326Q120 296 164 300Q160 282 186 272Q182 290 204 296Q238 304 244 326Q174 348 104 326Z",
        pen.down("#ffffff", "#f0e6d6"),
    )
    pen.line("M128 322Q150 306 186 308M170 328Q206 326 222 314", "#e2d5c0", 3, stroke_opacity=0.8)
    with pen.inside(body):
        pen.rect(88, 360, 172, 34, 0, "#fdf8ec", fill_opacity=0.95)
        pen.path(star(174, 377, 12, 6, 8), lit(colour, -0.1))
        pen.line("M106 377H148M200 377H242", lit(colour, -0.1), 2.2, stroke_opacity=0.5)
        pen.gloss("M98 334h16v84h-12Q98 410 98 396Z", 0.3)
    leaf(pen, 104, 420, 34, -68, "#6f9a5e")
    leaf(pen, 112, 422, 28, -30, "#7faa6c")
    blossom(pen, 84, 414, 16, "#f6c6cf")


def draw_balm(pen: Pen, colour: str) -> None:
    """A flat tin of balm, open."""
    pen.shadow(204, 416, 132, 18)
    with pen.moved("rotate(12 250 330)"):
        pen.oval(252, 312, 84, 84, metal_around(pen, GOLD))
        pen.oval(252, 312, 75, 75, pen.ball(lit(colour, 0.04), lit(colour, -0.06)))
        pen.path(star(252, 312, 52, 30, 8), "none", stroke="#fdf6e2", stroke_width=2.4)
        pen.path(star(252, 312, 34, 18, 8), "#fdf6e2")
        pen.oval(252, 312, 62, 62, "none", stroke="#fdf6e2", stroke_opacity=0.6, stroke_width=1.4)
        pen.gloss("M180 300Q190 250 240 240Q206 262 196 310Z", 0.3)
    pen.path("M84 372V392A86 26 0 0 0 256 392V372Z", metal_around(pen, GOLD))
    pen.oval(170, 372, 86, 26, pen.down("#fbe9bd", "#cfa552"))
    pen.oval(170, 373, 77, 21, pen.down("#fbf2da", "#efdcae"))
    pen.path("M120 370Q160 356 214 366Q186 374 170 388Q150 378 120 370Z", "#ffffff", fill_opacity=0.6)
    pen.line("M130 384Q170 394 214 382", "#d9bf84", 2.4, stroke_opacity=0.8)


def draw_storage(pen: Pen, colour: str) -> None:
    """Three storage jars with wooden lids: grains, pasta, coffee."""
    pen.shadow(200, 420, 158, 18)
    filled = (("#b3652f", 76, 150, 232), ("#ecd9a6", 150, 250, 186), ("#6b3f26", 252, 326, 262))
    for tone, left, right, top in filled:
        wide = right - left
        pen.rect(left, top, wide, 420 - top, 14, pen.across((0, "#d9e6e8"), (0.4, "#fafdfd"), (1, "#c9d8db")))
        inner = f"M{left + 7} {top + 40}H{right - 7}V402Q{right - 7} 413 {right - 18} 413H{left + 18}Q{left + 7} 413 {left + 7} 402Z"
        pen.path(inner, turned(pen, tone))
        rng = Random(left)
        with pen.inside(inner):
            for _ in range(60):
                x, y = rng.uniform(left + 6, right - 6), rng.uniform(top + 42, 412)
                pen.oval(
                    x,
                    y,
                    3.6,
                    2.6,
                    lit(tone, rng.uniform(-0.1, 0.13)),
                    transform=f"rotate({rng.randint(0, 90)} {x:.0f} {y:.0f})",
                )
            pen.oval((left + right) / 2, top + 40, wide / 2, 6, lit(tone, 0.1), fill_opacity=0.7)
        pen.gloss(f"M{left + 10} {top + 16}h{wide * 0.1:.0f}V408h-{wide * 0.1:.0f}Z", 0.55)
        pen.rect(left - 3, top - 16, wide + 6, 26, 8, pen.across("#a4723f", "#dcae76", "#8d5d2f"))
        pen.line(f"M{left + 6} {top - 6}H{right - 8}", "#7d5127", 1.4, stroke_opacity=0.5)
        pen.oval((left + right) / 2, top - 21, 12, 8, pen.ball(lit(colour, 0.1), lit(colour, -0.1)))


def draw_spices(pen: Pen, colour: str) -> None:
    """Three bowls of ground spices and a scoop."""
    pen.shadow(200, 416, 160, 20)
    for x, y, r, tone in ((130, 320, 66, "#d99a1e"), (270, 322, 66, "#7a4a26"), (200, 374, 80, "#b8371f")):
        _spice_bowl(pen, x, y, r, tone, colour)
    for x, y, size in ((92, 424, 10), (310, 426, 9)):
        pen.path(star(x, y, size * 1.5, size * 0.5, 8), pen.ball("#8a5528", "#52300f"))
        pen.oval(x, y, 3, 3, "#c98d4c")
    pen.line("M306 398L348 418M312 394L352 412M300 404L340 424", "#96602f", 5)


def draw_candle(pen: Pen, colour: str) -> None:
    """A burning candle in a ribbed glass."""
    pen.shadow(204, 420, 112, 17)
    pen.oval(200, 214, 70, 96, pen.round((0, "#ffe9a8", 0.75), (0.5, "#ffe9a8", 0.25), (1, "#ffe9a8", 0)))
    pen.path(
        "M200 170Q222 206 212 226Q206 238 200 238Q194 238 188 226Q178 206 200 170Z",
        pen.down("#ffe18a", "#f39a2c"),
    )
    pen.path("M200 200Q209 216 205 228Q200 236 195 228Q191 216 200 200Z", "#fff7dc")
    pen.line("M200 234V262", "#4b3a2c", 3)
    body = "M124 258H276L270 396Q268 420 246 420H154Q132 420 130 396Z"
    pen.path(body, turned(pen, colour))
    with pen.inside(body):
        for x in range(134, 276, 15):
            pen.line(f"M{x} 262L{200 + (x - 200) * 0.93:.0f} 420", lit(colour, -0.12), 2, stroke_opacity=0.4)
            pen.line(f"M{x + 5} 262L{200 + (x + 5 - 200) * 0.93:.0f} 420", "#ffffff", 2, stroke_opacity=0.3)
    pen.oval(200, 258, 76, 17, lit(colour, -0.1))
    pen.oval(200, 257, 68, 13, pen.down("#fffaf0", "#f2e4cb"))
    pen.oval(200, 257, 20, 4, "#ffe9b0")
    label(pen, 162, 310, 76, 74, lit(colour, -0.14))


def draw_lantern(pen: Pen, colour: str) -> None:
    """A brass lantern with pierced walls."""
    glow = pen.round((0, "#ffe9a8", 0.8), (0.6, "#ffd67a", 0.25), (1, "#ffd67a", 0))
    metal = COPPER if colour == "#bd7348" else BRASS
    pen.shadow(204, 420, 116, 17)
    pen.oval(200, 110, 18, 18, "none", stroke=metal.dark, stroke_width=6)
    pen.path("M146 204Q150 150 200 128Q250 150 254 204Z", metal_around(pen, metal))
    for x in (172, 200, 228):
        pen.path(star(x, 182, 9, 5, 8), "#5a3c10", fill_opacity=0.7)
    body = "M134 212H266L280 384H120Z"
    pen.path(body, metal_around(pen, metal))
    for left, right in ((144, 192), (208, 256)):
        window = f"M{left} 370V270Q{left} 240 {(left + right) // 2} 222Q{right} 240 {right} 270V370Z"
        pen.path(window, pen.down("#fff0bf", "#f0b048"))
        with pen.inside(window):
            pen.oval((left + right) / 2, 320, 40, 60, glow)
            for row in range(5):
                for place in range(3):
                    x, y = left + place * 24 + row % 2 * 12, 252 + row * 27
                    pen.path(star(x, y, 17, 9, 6), "none", stroke=metal.dark, stroke_width=2.6)
        pen.path(window, stroke=metal.mark, stroke_width=2.4)
    pen.path("M110 384H290L298 406Q298 420 284 420H116Q102 420 102 406Z", metal_around(pen, metal))
    pen.rect(128, 202, 144, 14, 6, metal_around(pen, metal))
    pen.line("M116 396H284", metal.mark, 1.6, stroke_opacity=0.6)


def _spice_bowl(pen: Pen, x: float, y: float, r: float, tone: str, colour: str) -> None:
    rng = Random(int(x + y))
    heap = f"M{x - r * 0.86:.0f} {y}Q{x - r * 0.2:.0f} {y - r * 0.8:.0f} {x + r * 0.1:.0f} {y - r * 0.74:.0f}Q{x + r * 0.6:.0f} {y - r * 0.4:.0f} {x + r * 0.86:.0f} {y}Z"
    pen.path(
        f"M{x - r} {y}Q{x - r * 0.9:.0f} {y + r * 0.72:.0f} {x} {y + r * 0.74:.0f}Q{x + r * 0.9:.0f} {y + r * 0.72:.0f} {x + r} {y}Z",
        turned(pen, colour),
    )
    pen.oval(x, y, r, r * 0.22, lit(colour, 0.1))
    pen.oval(x, y, r * 0.9, r * 0.17, lit(tone, -0.12))
    pen.path(heap, pen.slant(lit(tone, 0.1), lit(tone, -0.08)))
    with pen.inside(heap):
        for _ in range(46):
            px, py = x + rng.uniform(-r, r), y - rng.uniform(0, r)
            pen.oval(px, py, 1.8, 1.4, lit(tone, rng.choice((-0.12, 0.14))), fill_opacity=0.6)
    pen.line(
        f"M{x - r * 0.8:.0f} {y + r * 0.34:.0f}Q{x} {y + r * 0.62:.0f} {x + r * 0.8:.0f} {y + r * 0.34:.0f}",
        lit(colour, 0.2),
        3,
        stroke_opacity=0.8,
    )
    pen.gloss(
        f"M{x - r * 0.9:.0f} {y + r * 0.1:.0f}q{r * 0.1:.0f} {r * 0.4:.0f} {r * 0.4:.0f} {r * 0.52:.0f}q-{r * 0.2:.0f}-{r * 0.2:.0f}-{r * 0.26:.0f}-{r * 0.5:.0f}Z",
        0.28,
    )


def _bee(pen: Pen, x: float, y: float) -> None:
    pen.oval(x - 8, y - 12, 9, 13, "#cfe3ea", transform=f"rotate(-28 {x - 8} {y - 12})")
    pen.oval(x + 8, y - 12, 9, 13, "#dcecf1", transform=f"rotate(28 {x + 8} {y - 12})")
    pen.oval(x, y + 4, 14, 18, "#f0b23a")
    pen.line(f"M{x - 12} {y}h24M{x - 13} {y + 8}h26M{x - 9} {y + 16}h18", "#4a3216", 3.6)
    pen.oval(x, y - 12, 7, 6, "#4a3216")


THINGS = (
    Thing("jar", ("food",), "شیشه مربا", "jar of preserves", draw_jar, (("red", "niche", "cream"), ("amber", "plinth", "peach"), ("olive", "wall", "green")), 1.05),
    Thing("honey", ("food",), "شیشه عسل", "jar of honey with a dipper", draw_honey, (("honey", "window", "cream"), ("honey", "plinth", "peach")), 1.05),
    Thing("creamjar", ("beauty",), "کرم مرطوب‌کننده", "jar of cream", draw_cream_jar, (("coral", "plinth", "pink"), ("pistachio", "niche", "green"), ("lilac", "sun", "lilac")), 1.16),
    Thing("balmtin", ("beauty",), "قوطی عطر جامد", "tin of solid perfume", draw_balm, (("teal", "wall", "peach"), ("burgundy", "window", "pink")), 1.1),
    Thing("storagejar", ("kitchen",), "ظرف‌های نگهدارنده", "storage jars", draw_storage, (("turquoise", "wall", "cream"), ("brick", "window", "cyan")), 1.06),
    Thing("spices", ("food",), "کاسه‌های ادویه", "bowls of ground spices", draw_spices, (("turquoise", "wall", "cream"), ("white", "niche", "peach"), ("navy", "plinth", "cream")), 1.08),
    Thing("candle", ("home", "handicraft"), "شمع", "candle in a ribbed glass", draw_candle, (("coral", "niche", "pink"), ("pistachio", "wall", "green"), ("cream", "niche", "lilac")), 1.04),
    Thing("lantern", ("handicraft",), "فانوس قلم‌زنی", "pierced lantern", draw_lantern, (("golden", "niche", "lilac"), ("copper", "wall", "cyan"))),
)  # fmt: skip
