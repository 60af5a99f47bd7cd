"""Electronics: cables, chargers, power banks, sound."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER, STEEL
from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.thing import Thing, metal_around, soft, turned


def draw_cable(pen: Pen, colour: str) -> None:
    """A coiled braided cable with a tie."""
    pen.shadow(204, 416, 132, 19)
    for place in range(5):
        r = 96 - place * 9
        pen.oval(196, 292, r, r * 1.06, "none", stroke=lit(colour, -0.14), stroke_width=10)
        pen.oval(195, 291, r, r * 1.06, "none", stroke=lit(colour, 0.04), stroke_width=6.5)
        pen.oval(
            195,
            291,
            r,
            r * 1.06,
            "none",
            stroke=lit(colour, 0.28),
            stroke_width=2,
            stroke_dasharray="3 5",
            stroke_opacity=0.8,
        )
    for d in ("M124 234Q92 160 132 122", "M266 352Q316 386 316 424"):
        pen.line(d, lit(colour, -0.14), 11)
        pen.line(d, lit(colour, 0.04), 7)
        pen.line(d, lit(colour, 0.28), 2, stroke_dasharray="3 5", stroke_opacity=0.8)
    pen.rect(176, 178, 42, 64, 8, soft(pen, "#b07a48"))
    pen.stitch("M182 184H212V236H182Z", "#ecd0a4", 1.4, "4 4")
    pen.oval(197, 210, 6, 6, pen.ball(GOLD.light, GOLD.dark))
    for x, y, turn in ((132, 120, 32), (316, 424, 178)):
        with pen.moved(f"translate({x},{y}) rotate({turn})"):
            pen.rect(-9, -26, 18, 32, 5, soft(pen, lit(colour, -0.05)))
            pen.rect(-15, -66, 30, 44, 7, metal_around(pen, SILVER))
            pen.rect(-9, -86, 18, 22, 6, metal_around(pen, STEEL))
            pen.rect(-6, -84, 12, 5, 2, "#4a5560")


def draw_charger(pen: Pen, colour: str) -> None:
    """A wall charger with two ports and a cable."""
    pen.shadow(196, 420, 122, 18)
    pen.line("M228 372Q310 396 324 336Q330 250 296 220", lit(colour, -0.1), 10)
    pen.line("M228 370Q308 394 321 334Q327 250 294 219", lit(colour, 0.12), 4)
    with pen.moved("translate(294,218) rotate(-32)"):
        pen.rect(-13, -58, 26, 60, 6, metal_around(pen, SILVER))
        pen.rect(-8, -78, 16, 22, 5, metal_around(pen, STEEL))
    for x in (142, 192):
        pen.rect(x, 150, 18, 62, 7, metal_around(pen, STEEL))
        pen.rect(x, 176, 18, 36, 3, "#3c4148")
    pen.path(
        "M112 214Q112 200 126 200H228Q242 200 242 214V402Q242 420 224 420H130Q112 420 112 402Z",
        turned(pen, colour),
    )
    pen.path("M242 214L264 228V398Q262 416 242 418Z", lit(colour, -0.16))
    pen.rect(122, 210, 110, 200, 12, "none", stroke=lit(colour, 0.22), stroke_width=1.6, stroke_opacity=0.7)
    for y in (324, 362):
        pen.rect(150, y, 54, 20, 9, pen.down("#1c1f24", "#3c4148"))
        pen.rect(162, y + 7, 30, 6, 3, STEEL.middle)
    pen.path("M186 236L160 276H176L168 306L200 262H182Z", GOLD.light if colour != "#f4f1ea" else GOLD.middle)
    pen.gloss("M120 216Q120 208 130 208H142V412H132Q120 410 120 400Z", 0.3)


def draw_wireless(pen: Pen, colour: str) -> None:
    """A round wireless charger with a phone above it."""
    pen.shadow(204, 416, 150, 20)
    pen.path("M62 378V396A138 34 0 0 0 338 396V378Z", turned(pen, lit(colour, -0.03)))
    pen.oval(200, 378, 138, 34, pen.down(lit(colour, 0.14), lit(colour, 0)))
    for r in (104, 76, 48):
        pen.oval(
            200,
            378,
            r,
            r * 0.246,
            "none",
            stroke="#3fd0c4",
            stroke_width=2.4,
            stroke_opacity=0.35 + (104 - r) / 140,
        )
    with pen.moved("rotate(-7 210 250)"):
        pen.rect(132, 102, 152, 262, 24, pen.slant("#565c66", "#23262c"))
        pen.rect(139, 109, 138, 248, 19, pen.slant("#1f6f78", "#123f55"))
        with pen.inside(
            "M139 128Q139 109 158 109H258Q277 109 277 128V338Q277 357 258 357H158Q139 357 139 338Z"
        ):
            pen.path(star(208, 240, 60, 32, 8), "#3fb5b8", fill_opacity=0.4)
            pen.gloss("M139 109H230L139 300Z", 0.14)
        pen.path("M214 188L186 234H204L194 274L232 222H212Z", "#fdf6e4")
        pen.rect(186, 114, 44, 9, 4, "#10161c")


def draw_power_bank(pen: Pen, colour: str) -> None:
    """A power bank with lights and a short cable."""
    pen.shadow(204, 420, 122, 18)
    pen.line("M176 118Q176 66 232 72Q292 84 284 176", lit(colour, -0.1), 11)
    pen.line("M175 118Q176 64 232 70Q290 82 282 176", lit(colour, 0.16), 4)
    with pen.moved("translate(283,176) rotate(184)"):
        pen.rect(-13, -56, 26, 58, 6, metal_around(pen, SILVER))
        pen.rect(-8, -74, 16, 20, 5, metal_around(pen, STEEL))
    pen.path("M256 132L280 144V400Q278 416 258 420Z", lit(colour, -0.18))
    pen.rect(112, 118, 150, 302, 20, turned(pen, colour))
    pen.rect(122, 128, 130, 282, 14, "none", stroke=lit(colour, 0.24), stroke_width=1.4, stroke_opacity=0.6)
    pen.rect(150, 122, 52, 12, 5, "#24272c")
    for place in range(4):
        pen.oval(148 + place * 26, 372, 6, 6, "#6fe0b0" if place < 3 else lit(colour, -0.1))
    pen.path(star(187, 246, 52, 28, 8), lit(colour, 0.14))
    pen.path(star(187, 246, 38, 20, 8), lit(colour, -0.04))
    pen.path("M194 214L166 254H184L174 288L210 242H190Z", "#fdf6e4")
    pen.gloss("M120 136Q120 126 130 126H146V412H132Q120 410 120 398Z", 0.28)


def draw_earbuds(pen: Pen, colour: str) -> None:
    """Wireless earbuds in their open case."""
    pen.shadow(204, 420, 138, 18)
    pen.path(
        "M82 262Q82 172 200 168Q318 172 318 262V276H82Z", pen.down(lit(colour, 0.08), lit(colour, -0.06))
    )
    pen.path("M100 264Q104 196 200 192Q296 196 300 264Z", lit(colour, -0.14))
    for x, side in ((152, 1), (248, -1)):
        with pen.moved(f"translate({x},262) scale({side},1)"):
            pen.rect(-10, -26, 20, 74, 9, turned(pen, lit(colour, 0.06)))
            pen.oval(2, -34, 31, 29, pen.ball(lit(colour, 0.16), lit(colour, -0.06)))
            pen.oval(-24, -40, 14, 18, pen.ball("#f4f1ea", "#b9b3a6"))
            pen.oval(8, -42, 7, 7, "#23262c", fill_opacity=0.75)
    pen.path("M78 276H322V360Q322 420 258 420H142Q78 420 78 360Z", turned(pen, colour))
    pen.path("M78 276H322V290Q200 306 78 290Z", lit(colour, -0.12))
    pen.oval(200, 356, 6, 6, "#6fe0b0")
    pen.path(star(200, 390, 13, 7, 8), lit(colour, 0.2))
    pen.gloss("M92 300Q140 308 168 308L160 414H144Q92 412 92 360Z", 0.2)


def draw_speaker(pen: Pen, colour: str) -> None:
    """A round wireless speaker with a fabric front."""
    pen.shadow(204, 420, 128, 18)
    pen.path("M252 164Q312 150 312 216", stroke="#b07a48", stroke_width=11)
    pen.path("M252 162Q309 150 309 214", stroke="#dca873", stroke_width=4)
    pen.rect(94, 156, 212, 264, 44, turned(pen, colour))
    front = "M112 214Q112 174 152 174H248Q288 174 288 214V364Q288 402 248 402H152Q112 402 112 364Z"
    pen.path(front, soft(pen, lit(colour, -0.08)))
    with pen.inside(front):
        for y in range(180, 402, 9):
            pen.line(f"M112 {y}H288", lit(colour, 0.12), 2, stroke_dasharray="2 5", stroke_opacity=0.7)
    pen.oval(200, 314, 70, 70, pen.ball("#5b616a", "#24272c"))
    pen.oval(200, 314, 56, 56, pen.ball("#34383f", "#15171a"))
    pen.oval(200, 314, 24, 24, pen.ball(lit(colour, 0.1), lit(colour, -0.1)))
    pen.oval(200, 314, 64, 64, "none", stroke=SILVER.middle, stroke_width=2.4)
    pen.oval(200, 214, 26, 26, pen.ball("#4a4f57", "#1b1d21"))
    pen.oval(200, 214, 10, 10, SILVER.dark)
    for x in (160, 200, 240):
        pen.rect(x - 12, 158, 24, 9, 4, lit(colour, 0.18))
    pen.oval(268, 386, 4, 4, "#6fe0b0")
    pen.gloss("M104 200Q106 166 142 162L128 414Q104 408 104 372Z", 0.16)


def draw_microphone(pen: Pen, colour: str) -> None:
    """A desk microphone."""
    pen.shadow(204, 420, 96, 15)
    pen.path("M128 420Q128 400 176 396H224Q272 400 272 420Z", turned(pen, "#3a3e45"))
    pen.rect(193, 330, 14, 70, 4, metal_around(pen, STEEL))
    pen.path("M128 216V258Q128 330 200 330Q272 330 272 258V216", stroke=STEEL.dark, stroke_width=10)
    pen.path("M127 216V258Q127 328 200 328Q271 328 271 258V216", stroke=STEEL.light, stroke_width=3)
    pen.rect(148, 100, 104, 210, 52, turned(pen, colour))
    grille = "M148 152A52 52 0 0 1 252 152V214H148Z"
    pen.path(grille, pen.across("#5c6169", "#aab0b8", "#464b52"))
    with pen.inside(grille):
        for place in range(-8, 18):
            pen.line(
                f"M{100 + place * 12} 96l110 126M{310 - place * 12} 96l-110 126",
                "#23262c",
                2,
                stroke_opacity=0.5,
            )
    pen.rect(144, 208, 112, 16, 6, metal_around(pen, GOLD))
    pen.oval(200, 262, 11, 11, pen.ball("#f4f1ea", "#a9a396"))
    pen.oval(200, 288, 4, 4, "#e4536a")
    pen.gloss("M160 150Q162 118 182 108V300Q164 290 160 262Z", 0.26)


THINGS = (
    Thing("cable", ("digital",), "کابل شارژ", "charging cable", draw_cable, (("black", "wall", "cream"), ("turquoise", "wall", "pink"), ("white", "plinth", "cyan"), ("navy", "window", "peach"))),
    Thing("charger", ("digital",), "شارژر دیواری", "wall charger", draw_charger, (("white", "wall", "cyan"), ("black", "niche", "cream"), ("pink", "wall", "peach"))),
    Thing("wirelesscharger", ("digital",), "شارژر بی‌سیم", "wireless charger", draw_wireless, (("black", "wall", "cyan"), ("white", "wall", "lilac"))),
    Thing("powerbank", ("digital",), "پاوربانک", "power bank", draw_power_bank, (("navy", "wall", "cream"), ("white", "niche", "green"), ("black", "sun", "peach"))),
    Thing("earbuds", ("digital",), "هدست بی‌سیم داخل گوش", "wireless earbuds", draw_earbuds, (("white", "wall", "cyan"), ("black", "plinth", "peach"), ("green", "wall", "cream"))),
    Thing("speaker", ("digital",), "بلندگوی بی‌سیم", "wireless speaker", draw_speaker, (("teal", "wall", "cream"), ("black", "niche", "lilac"), ("red", "wall", "peach"))),
    Thing("mic", ("digital",), "میکروفون", "desk microphone", draw_microphone, (("black", "wall", "pink"), ("navy", "niche", "cream"))),
)  # fmt: skip
