"""Bags that the first drawings lack: briefcases, suitcases, clutches, pouches, cases and key rings."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, mix, star
from marketplace.demo.art.thing import Thing, metal_around, soft


def draw_briefcase(pen: Pen, colour: str) -> None:
    """A leather briefcase with two straps."""
    pen.shadow(204, 420, 160, 19)
    pen.path(
        "M150 232V206Q150 186 172 186H228Q250 186 250 206V232H236V210Q236 202 226 202H174Q164 202 164 210V232Z",
        soft(pen, lit(colour, -0.06)),
    )
    body = "M58 246Q58 228 78 228H322Q342 228 342 246L348 402Q348 420 330 420H70Q52 420 52 402Z"
    pen.path(body, pen.down(lit(colour, -0.01), lit(colour, -0.13)))
    pen.dim("M56 330H344L348 402Q348 420 330 420H70Q52 420 52 402Z", 0.1)
    flap = "M58 246Q58 228 78 228H322Q342 228 342 246L345 318Q344 334 328 336H72Q56 334 55 318Z"
    pen.path(flap, pen.down(lit(colour, 0.1), lit(colour, -0.02)))
    pen.stitch(
        "M66 250Q66 237 80 237H320Q334 237 334 250L337 316Q336 326 326 327H74Q64 326 63 316Z",
        lit(colour, 0.26),
    )
    pen.stitch("M60 346L58 402Q58 412 70 412H330Q342 412 342 402L340 346", lit(colour, 0.18))
    for x in (112, 262):
        pen.rect(x, 228, 26, 132, 5, soft(pen, lit(colour, -0.05)))
        pen.stitch(f"M{x + 5} 232V354M{x + 21} 232V354", lit(colour, 0.22), 1.2, "4 4")
        pen.rect(x - 5, 318, 36, 32, 6, pen.down(*GOLD.down))
        pen.rect(x + 3, 326, 20, 16, 3, lit(colour, -0.08))
        pen.rect(x + 10, 322, 6, 22, 2, GOLD.middle)
    pen.gloss("M72 240Q140 232 176 232L150 330H68Q64 290 72 240Z", 0.12)


def draw_suitcase(pen: Pen, colour: str) -> None:
    """A hard suitcase on wheels."""
    pen.shadow(204, 424, 124, 17)
    pen.path(
        "M164 158V86Q164 72 178 72H222Q236 72 236 86V158H226V90Q226 82 218 82H182Q174 82 174 90V158Z",
        metal_around(pen, SILVER),
    )
    pen.rect(166, 68, 68, 20, 9, soft(pen, "#3b3f46"))
    for x in (122, 252):
        pen.oval(x + 13, 416, 15, 15, "#2b2e34")
        pen.oval(x + 13, 416, 6, 6, SILVER.middle)
    pen.rect(
        98,
        150,
        204,
        262,
        30,
        pen.across(lit(colour, -0.08), lit(colour, 0.1), lit(colour, 0), lit(colour, -0.13)),
    )
    for place in range(7):
        x = 122 + place * 26
        pen.line(f"M{x} 162V400", lit(colour, -0.16), 5, stroke_opacity=0.45)
        pen.line(f"M{x + 6} 162V400", lit(colour, 0.2), 2, stroke_opacity=0.5)
    pen.rect(98, 272, 204, 12, 0, lit(colour, -0.17))
    pen.line("M98 278H302", SILVER.middle, 2.4, stroke_dasharray="5 3")
    pen.rect(174, 254, 52, 48, 8, pen.down(*SILVER.down))
    for x in (184, 197, 210):
        pen.rect(x, 266, 8, 16, 2, "#40464e")
    for x, y in ((98, 150), (272, 150), (98, 382), (272, 382)):
        pen.rect(x, y, 30, 30, 15, lit(colour, -0.1), fill_opacity=0.7)
    pen.gloss("M112 172Q116 160 130 158L120 400Q110 394 110 384Z", 0.3)


def draw_clutch(pen: Pen, colour: str) -> None:
    """A small evening bag with a chain."""
    pen.shadow(204, 420, 146, 17)
    pen.path("M86 292C60 130 340 130 314 292", stroke=GOLD.dark, stroke_width=7, stroke_dasharray="9 5")
    pen.path("M86 290C60 128 340 128 314 290", stroke=GOLD.light, stroke_width=3, stroke_dasharray="9 5")
    body = "M66 298Q64 282 82 282H318Q336 282 334 298L326 404Q324 420 308 420H92Q76 420 74 404Z"
    pen.path(body, pen.down(lit(colour, 0.02), lit(colour, -0.11)))
    pen.path(
        "M66 298Q64 282 82 282H318Q336 282 334 298L332 312L200 392L68 312Z",
        pen.down(lit(colour, 0.12), lit(colour, 0)),
    )
    pen.path("M68 312L200 392L332 312", stroke=GOLD.middle, stroke_width=3)
    with pen.inside("M66 298Q64 282 82 282H318Q336 282 334 298L332 308L200 386L68 308Z"):
        for row in range(4):
            for place in range(12):
                x, y = 74 + place * 24 + row % 2 * 12, 294 + row * 22
                pen.path(star(x, y, 8, 3, 4), lit(colour, 0.24), fill_opacity=0.7)
    pen.oval(200, 384, 20, 20, pen.ball(GOLD.light, GOLD.dark))
    pen.path(star(200, 384, 13, 7, 8), pen.ball("#7fe0df", "#14807f"))
    pen.gloss("M78 290H160L96 318L72 306Z", 0.18)


def draw_pouch(pen: Pen, colour: str) -> None:
    """A zipped pouch with a tassel."""
    pen.shadow(204, 420, 148, 18)
    body = "M64 286Q64 268 84 266Q200 258 316 266Q336 268 336 286L344 384Q344 418 310 420H90Q56 418 56 384Z"
    pen.path(body, pen.down(lit(colour, 0.08), lit(colour, -0.1)))
    with pen.inside(body):
        pen.path("M50 340Q200 360 350 340V430H50Z", mix(colour, "#f7ecd6", 0.82))
        for row in range(3):
            for place in range(11):
                x, y = 62 + place * 28 + row % 2 * 14, 368 + row * 20
                pen.path(star(x, y, 8, 4, 8), colour, fill_opacity=0.85)
        pen.line("M50 342Q200 362 350 342", lit(colour, -0.14), 3)
        pen.gloss("M72 280H120L104 410H66Z", 0.12)
    pen.path("M62 284Q64 266 84 264Q200 256 316 264Q336 266 338 284Q200 270 62 284Z", lit(colour, -0.1))
    pen.line("M72 275Q200 263 328 275", GOLD.middle, 5, stroke_dasharray="3 3")
    pen.rect(300, 264, 24, 16, 4, pen.down(*GOLD.down))
    pen.line("M318 276Q340 286 340 306", "#b98a55", 3)
    pen.oval(341, 312, 7, 7, pen.ball(GOLD.light, GOLD.dark))
    for place in range(7):
        pen.line(f"M341 318L{332 + place * 3} 362", ("#b3303a", "#e07f52")[place % 2], 2.6)
    pen.stitch("M66 348Q200 368 334 348", lit(colour, 0.24), 1.5, "5 5")


def draw_sleeve(pen: Pen, colour: str) -> None:
    """A felt laptop sleeve with a leather flap and the laptop looking out."""
    pen.shadow(204, 420, 156, 18)
    pen.rect(74, 210, 252, 180, 12, pen.down(*SILVER.down))
    pen.rect(80, 216, 240, 30, 8, "#d9dee3")
    pen.oval(200, 236, 8, 8, "#aab2ba")
    body = "M56 256Q200 272 344 256V402Q344 420 326 420H74Q56 420 56 402Z"
    pen.path(body, pen.down(lit(colour, 0.06), lit(colour, -0.09)))
    with pen.inside(body):
        for place in range(90):
            x, y = 60 + place * 73 % 282, 262 + place * 47 % 156
            pen.line(f"M{x} {y}l7 3", lit(colour, 0.16 if place % 2 else -0.12), 1.2, stroke_opacity=0.4)
    pen.line("M56 258Q200 274 344 258", lit(colour, -0.14), 4)
    pen.path("M172 230H228V330Q228 350 200 352Q172 350 172 330Z", soft(pen, "#a8703f"))
    pen.stitch("M178 236H222V328Q222 342 200 345Q178 342 178 328Z", "#e9c79a", 1.5, "4 4")
    pen.oval(200, 328, 9, 9, pen.ball(GOLD.light, GOLD.dark))
    pen.stitch("M66 272V398Q66 410 80 410H320Q334 410 334 398V272", lit(colour, 0.24), 1.6)


def draw_pencil_case(pen: Pen, colour: str) -> None:
    """An open pencil case with pencils."""
    pen.shadow(204, 420, 160, 18)
    for x, top, tone in (
        (104, 208, "#c73b4a"),
        (132, 176, "#2f8f8c"),
        (160, 196, "#e2a92b"),
        (188, 164, "#3d6cb0"),
        (216, 190, "#5b9151"),
        (244, 206, "#8a5ba6"),
    ):
        with pen.moved(f"rotate({(x - 174) * 0.12:.1f} {x} 340)"):
            pen.path(f"M{x} {top + 34}L{x + 11} {top}L{x + 22} {top + 34}Z", "#efd0a0")
            pen.path(f"M{x + 7} {top + 12}L{x + 11} {top}L{x + 15} {top + 12}Z", tone)
            pen.rect(x, top + 34, 22, 170, 0, pen.across(lit(tone, -0.07), lit(tone, 0.09), lit(tone, -0.04)))
            pen.line(
                f"M{x + 7} {top + 36}V340M{x + 15} {top + 36}V340", lit(tone, -0.12), 1.2, stroke_opacity=0.5
            )
    pen.rect(274, 216, 26, 160, 3, pen.across("#e9cf7a", "#f7e6a8", "#d1ad4c"))
    for y in range(224, 330, 9):
        pen.line(f"M274 {y}h{10 if y % 2 else 6}", "#7d6427", 1.4)
    body = "M54 330Q56 308 76 308Q200 330 324 308Q344 308 346 330L340 396Q336 420 310 420H90Q64 420 60 396Z"
    pen.path(body, pen.down(lit(colour, 0.08), lit(colour, -0.1)))
    with pen.inside(body):
        for place in range(9):
            pen.path(star(74 + place * 32, 378 + place % 2 * 14, 11, 5.500, 8), "#fdf6e4", fill_opacity=0.85)
    pen.line("M60 316Q76 308 84 310Q200 332 316 310Q332 308 340 316", GOLD.middle, 5, stroke_dasharray="3 3")
    pen.line("M64 328Q200 350 336 328", lit(colour, -0.13), 2.4)
    pen.gloss("M64 332Q84 336 108 340L98 412H82Q70 404 68 392Z", 0.16)


def draw_key_ring(pen: Pen, colour: str) -> None:
    """A leather key ring with a key."""
    pen.shadow(204, 424, 118, 14)
    pen.oval(200, 150, 46, 46, "none", stroke=SILVER.dark, stroke_width=9)
    pen.oval(199, 149, 46, 46, "none", stroke=SILVER.light, stroke_width=4)
    with pen.moved("rotate(-18 240 200)"):
        pen.path(
            "M226 196Q226 180 246 180Q266 180 266 196Q266 212 252 216V330L244 342L236 332V318L228 310L236 302V290L228 282L236 274V216Q226 210 226 196Z",
            pen.across(GOLD.dark, GOLD.light, GOLD.middle),
        )
        pen.oval(246, 194, 7, 7, lit("#dcc9a8", 0))
        pen.line("M246 222V322", GOLD.dark, 2, stroke_opacity=0.6)
    with pen.moved("rotate(10 170 200)"):
        body = "M140 238Q140 222 156 222H196Q212 222 212 238V388Q212 420 176 422Q140 420 140 388Z"
        pen.rect(
            166, 190, 20, 40, 6, pen.across(*(tone for tone in (SILVER.dark, SILVER.light, SILVER.middle)))
        )
        pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.09), lit(colour, -0.08)))
        pen.stitch(
            "M147 240Q147 230 158 230H194Q205 230 205 240V386Q205 412 176 414Q147 412 147 386Z",
            lit(colour, 0.28),
            1.7,
            "5 4",
        )
        pen.path(star(176, 330, 26, 14, 8), lit(colour, -0.15))
        pen.path(star(176, 330, 12, 6, 8), GOLD.middle)
        pen.oval(176, 246, 6, 6, pen.ball(GOLD.light, GOLD.dark))


THINGS = (
    Thing("briefcase", ("bags",), "کیف اداری", "briefcase", draw_briefcase, (("brown", "wall", "cream"), ("black", "niche", "green"), ("honey", "plinth", "peach"), ("navy", "wall", "pink"))),
    Thing("suitcase", ("bags",), "چمدان", "suitcase on wheels", draw_suitcase, (("turquoise", "wall", "cream"), ("brick", "sun", "peach"), ("grey", "wall", "cyan"), ("mustard", "window", "cream"))),
    Thing("clutch", ("bags",), "کیف مجلسی", "evening bag", draw_clutch, (("burgundy", "niche", "pink"), ("black", "sun", "peach"), ("golden", "wall", "lilac"))),
    Thing("pouch", ("bags",), "کیف کوچک زیپ‌دار", "zipped pouch", draw_pouch, (("turquoise", "wall", "cream"), ("mustard", "wall", "green"), ("pink", "niche", "lilac"), ("brick", "plinth", "peach"))),
    Thing("laptopsleeve", ("digital", "bags"), "کاور لپ‌تاپ", "laptop sleeve", draw_sleeve, (("grey", "wall", "peach"), ("green", "window", "cream"), ("navy", "wall", "cyan"))),
    Thing("pencilcase", ("stationery",), "جامدادی", "pencil case", draw_pencil_case, (("blue", "wall", "cream"), ("red", "niche", "peach"), ("green", "wall", "cyan"))),
    Thing("keyring", ("bags", "jewelry"), "جاکلیدی چرمی", "leather key ring", draw_key_ring, (("honey", "wall", "green"), ("burgundy", "niche", "cream"), ("black", "wall", "peach"))),
)  # fmt: skip
