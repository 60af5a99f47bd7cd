"""Boxes and packs of food and care: gifts, sweets, tea, rice."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD
from marketplace.demo.art.pen import Pen, lit, mix, poly, star
from marketplace.demo.art.shapes import arabesque
from marketplace.demo.art.thing import Thing, leaf, metal_around, soft, turned


def draw_gift_box(pen: Pen, colour: str) -> None:
    """An open gift box of sweets and nuts in compartments."""
    pen.shadow(206, 420, 160, 18)
    pen.path(
        poly((72, 256), (328, 256), (312, 176), (88, 176)), pen.down(lit(colour, -0.04), lit(colour, 0.04))
    )
    pen.path(poly((84, 250), (316, 250), (304, 184), (96, 184)), stroke=GOLD.middle, stroke_width=2)
    pen.path(star(200, 216, 26, 14, 8), GOLD.middle)
    pen.path(star(200, 216, 15, 8, 8), lit(colour, -0.05))
    pen.path(poly((60, 334), (340, 334), (328, 256), (72, 256)), "#f3e3c4")
    cells = (("#8fa446", 74), ("#a86a34", 140), ("#efe0b8", 206), ("#7a2e2a", 272))
    for row, (y, h, grow) in enumerate(((262, 32, 0), (298, 32, 5))):
        for place, (tone, x) in enumerate(cells):
            tone = cells[(place + row * 2) % 4][0]
            left = x - grow + (place - 1.5) * grow
            pen.rect(left, y, 56 + grow, h, 4, lit(tone, -0.14))
            for kernel in range(8):
                px, py = left + 8 + kernel % 4 * 14, y + 10 + kernel // 4 * 13
                pen.oval(
                    px,
                    py,
                    8.500,
                    6,
                    pen.ball(lit(tone, 0.1), lit(tone, -0.06)),
                    transform=f"rotate({kernel * 47 % 90 - 40} {px} {py})",
                )
    pen.path(poly((60, 334), (340, 334), (340, 412), (332, 420), (68, 420), (60, 412)), soft(pen, colour))
    pen.rect(60, 356, 280, 26, 0, metal_around(pen, GOLD))
    pen.path(
        "M200 368Q160 336 150 362Q150 384 200 370Q250 384 250 362Q240 336 200 368Z", pen.down(*GOLD.down)
    )
    pen.path("M196 370L176 408L190 402L200 376L212 402L224 408L204 370Z", pen.down(GOLD.middle, GOLD.dark))
    pen.oval(200, 368, 10, 9, pen.ball(GOLD.light, GOLD.dark))


def draw_sweet_box(pen: Pen, colour: str) -> None:
    """A box of gaz or baklava, lid behind, in neat rows."""
    pen.shadow(204, 422, 160, 18)
    pen.path(poly((86, 246), (314, 246), (300, 150), (100, 150)), soft(pen, colour, 0.02, 0.05))
    pen.path(poly((100, 238), (300, 238), (290, 158), (110, 158)), stroke=GOLD.middle, stroke_width=2)
    arabesque(pen, 200, 198, GOLD.middle)
    pen.path(poly((56, 372), (344, 372), (316, 246), (84, 246)), "#fbf1d9")
    for row in range(4):
        y, wide = 256 + row * 28, 224 + row * 14
        for place in range(6):
            left = 200 - wide / 2 + place * wide / 6 + 2
            _sweet(pen, left, y, wide / 6 - 4, 22 + row * 1.500, (place + row) % 2)
    pen.path(poly((56, 372), (344, 372), (340, 416), (60, 416)), soft(pen, colour))
    pen.line("M66 394H334", GOLD.middle, 2)
    pen.path(star(200, 394, 14, 7, 8), GOLD.light)


def draw_tea_pack(pen: Pen, colour: str) -> None:
    """A tin of tea with leaves and a scoop."""
    pen.shadow(206, 420, 136, 18)
    pen.path("M112 228H264V406Q188 432 112 406Z", turned(pen, colour))
    pen.oval(188, 228, 76, 19, lit(colour, 0.08))
    pen.path("M116 196Q188 214 260 196V226Q188 246 116 226Z", metal_around(pen, GOLD))
    pen.oval(188, 196, 72, 17, pen.down(GOLD.light, GOLD.middle))
    pen.oval(188, 192, 14, 5, GOLD.dark)
    pen.oval(188, 186, 13, 8, pen.ball(GOLD.light, GOLD.dark))
    panel = "M140 390V300Q140 268 188 246Q236 268 236 300V390Q188 404 140 390Z"
    pen.path(panel, "#fdf6e2")
    pen.path(
        "M147 384V301Q147 274 188 255Q229 274 229 301V384Q188 396 147 384Z",
        stroke=lit(colour, -0.08),
        stroke_width=1.6,
    )
    for turn in (-50, -18, 18, 50):
        leaf(pen, 188, 356, 46, turn, "#5c8a4c")
    pen.line("M164 372Q188 378 212 372", lit(colour, -0.08), 3, stroke_opacity=0.6)
    for x, y, turn in ((272, 418, 70), (296, 412, -64), (284, 424, 20), (314, 422, 80), (262, 424, -30)):
        leaf(pen, x, y, 18, turn, "#4a5f30")


def draw_rice_bag(pen: Pen, colour: str) -> None:
    """A cloth bag of rice, tied, with a wooden measure."""
    pen.shadow(206, 420, 152, 18)
    body = "M96 410Q70 330 110 262Q140 234 160 220H232Q252 234 282 262Q322 330 296 410Q290 420 276 420H116Q102 420 96 410Z"
    pen.path(
        "M158 224Q138 176 150 160Q176 176 196 160Q216 176 242 160Q254 176 234 224Z",
        pen.down("#f3e7cc", "#cfb88c"),
    )
    pen.path(body, pen.across((0, "#cbb386"), (0.24, "#f6ecd4"), (0.6, "#e8d9b8"), (1, "#b99f70")))
    with pen.inside(body):
        for place in range(9):
            x = 96 + place * 26
            pen.line(
                f"M{196 + (x - 196) * 0.3:.0f} 220Q{x} 300 {x - 4} 420", "#a88c58", 1.6, stroke_opacity=0.28
            )
        pen.path("M84 300Q196 280 310 300V380Q196 400 84 380Z", colour, fill_opacity=0.92)
        pen.path("M84 306Q196 286 310 306M84 374Q196 394 310 374", stroke=GOLD.light, stroke_width=2)
        pen.path(star(196, 340, 34, 19, 8), "#fdf6e2")
        _ear(pen, 196, 362)
    pen.line("M154 222Q196 232 238 222", "#8d6230", 7)
    pen.line("M232 224q26 4 30 24M232 224q18 14 14 34", "#8d6230", 4)
    pen.path(
        "M282 372H350L342 412Q340 420 330 420H302Q292 420 290 412Z",
        pen.across("#a4723f", "#dcae76", "#8d5d2f"),
    )
    pen.oval(316, 372, 34, 9, "#8d5d2f")
    pen.path("M288 370Q300 350 316 350Q334 352 344 370Q316 380 288 370Z", "#fbf7ec")


def draw_beauty_box(pen: Pen, colour: str) -> None:
    """A care gift set: bottle, jar and soap in a ribboned basket box."""
    pen.shadow(206, 420, 156, 18)
    pen.rect(112, 196, 62, 180, 12, turned(pen, mix(colour, "#ffffff", 0.25)))
    pen.rect(126, 160, 34, 40, 6, metal_around(pen, GOLD))
    pen.rect(112, 252, 62, 64, 0, "#fdf8ec")
    leaf(pen, 143, 304, 34, 0, "#6f9a5e")
    pen.rect(184, 262, 96, 110, 12, turned(pen, "#fbf4e6"))
    pen.rect(180, 240, 104, 34, 8, metal_around(pen, GOLD))
    pen.path(star(232, 318, 22, 12, 8), colour)
    pen.path("M262 300H326V376H262Z", soft(pen, "#f1c9cf"))
    pen.gloss("M266 304h54v10h-54Z", 0.4)
    for place in range(22):
        x = 70 + place * 12.5
        pen.line(f"M{x:.0f} 366q8 -22 18 -8q-12 6 -2 14", ("#f3e4c4", "#e2cd9f", "#fbf1da")[place % 3], 4)
    pen.path(poly((58, 356), (342, 356), (330, 412), (322, 420), (78, 420), (70, 412)), soft(pen, colour))
    pen.path(poly((186, 356), (214, 356), (213, 420), (187, 420)), pen.down(*GOLD.down))
    pen.path(
        "M200 358Q160 326 148 350Q148 376 200 362Q252 376 252 350Q240 326 200 358Z", pen.down(*GOLD.down)
    )
    pen.oval(200, 358, 10, 9, pen.ball(GOLD.light, GOLD.dark))


def _sweet(pen: Pen, x: float, y: float, w: float, h: float, kind: int) -> None:
    tone = "#fbf3e0" if kind else "#d99a3e"
    pen.rect(x, y + 4, w, h, 5, lit(tone, -0.22))
    pen.rect(x, y, w, h - 1, 5, pen.slant(lit(tone, 0.06), lit(tone, -0.06)))
    for place in range(4):
        pen.oval(
            x + w * (0.24 + 0.17 * place),
            y + h * (0.36 + 0.24 * (place % 2)),
            3.4,
            2.2,
            "#8fa446" if kind else "#6f8a2f",
        )


def _ear(pen: Pen, x: float, y: float) -> None:
    for place in range(4):
        for side in (-24, 24):
            leaf(pen, x, y - 4 - place * 8, 11, side, "#b98a35")


THINGS = (
    Thing("giftbox", ("nuts",), "جعبه هدیه آجیل", "gift box of nuts", draw_gift_box, (("burgundy", "wall", "cream"), ("teal", "niche", "peach")), 1.02, "burgundy"),
    Thing("sweetbox", ("food",), "جعبه شیرینی", "box of sweets", draw_sweet_box, (("turquoise", "wall", "cream"), ("burgundy", "plinth", "pink")), 1.0, "cream"),
    Thing("teapack", ("food",), "قوطی چای", "tin of tea", draw_tea_pack, (("green", "wall", "cream"), ("burgundy", "niche", "peach"), ("navy", "plinth", "green")), 1.08),
    Thing("ricebag", ("food",), "کیسه برنج", "bag of rice", draw_rice_bag, (("green", "wall", "cream"), ("navy", "window", "peach")), 1.04, "cream"),
    Thing("beautybox", ("beauty",), "بسته هدیه مراقبت", "care gift set", draw_beauty_box, (("coral", "niche", "pink"), ("teal", "sun", "peach"))),
)  # fmt: skip
