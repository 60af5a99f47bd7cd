"""Garments on hangers: shirts, knitwear, dresses, trousers."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.shapes import WOOD, folds, hanger
from marketplace.demo.art.thing import Thing, soft


def draw_shirt(pen: Pen, colour: str) -> None:
    """A buttoned shirt with a chest pocket."""
    pen.shadow(200, 428, 96, 12, 0.26)
    hanger(pen, 124)
    sleeve = soft(pen, lit(colour, -0.02), 0.04, 0.09)
    pen.path("M148 128Q116 140 102 182L72 312Q72 322 86 326L104 330L140 232Z", sleeve)
    pen.path("M252 128Q284 140 298 182L328 312Q328 322 314 326L296 330L260 232Z", sleeve)
    body = "M172 116Q152 120 142 132Q136 230 132 404Q150 420 170 410Q200 402 230 410Q250 420 268 404Q264 230 258 132Q248 120 228 116L200 150Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.02), lit(colour, -0.07)))
    with pen.inside(body):
        for x in range(140, 266, 15):
            pen.line(f"M{x} 110V424", lit(colour, -0.12), 1.6, stroke_opacity=0.4)
    folds(
        pen,
        "M146 240Q152 300 146 384M254 240Q248 300 254 384M158 170Q152 200 144 226M242 170Q248 200 256 226",
        colour,
    )
    pen.path("M176 112Q200 128 224 112L222 132L200 148L178 132Z", lit(colour, -0.22))
    pen.path("M176 110Q166 116 164 130L186 160L200 142Q182 132 176 110Z", lit(colour, 0.08))
    pen.path("M224 110Q234 116 236 130L214 160L200 142Q218 132 224 110Z", lit(colour, 0.05))
    pen.line("M192 150V408M208 150V408", lit(colour, -0.14), 1.4, stroke_opacity=0.6)
    for y in range(172, 400, 36):
        pen.oval(200, y, 4.4, 4.4, pen.ball("#ffffff", "#d8cdbd"))
        pen.oval(200, y, 1.2, 1.2, "#8d8070")
    pen.path(
        "M222 206H252V240L237 250L222 240Z", lit(colour, 0.03), stroke=lit(colour, -0.12), stroke_width=1.4
    )
    pen.stitch("M138 396Q200 388 262 396", lit(colour, -0.16), 1.3, "4 4")
    pen.line("M75 306L104 318M325 306L296 318", lit(colour, -0.14), 2.4)


def draw_tshirt(pen: Pen, colour: str) -> None:
    """A T-shirt with a cypress printed on it."""
    pen.shadow(200, 424, 104, 12, 0.26)
    hanger(pen, 132)
    pen.path("M152 136L108 160Q84 178 72 232L116 250L140 214Z", soft(pen, lit(colour, -0.02), 0.05, 0.09))
    pen.path("M248 136L292 160Q316 178 328 232L284 250L260 214Z", soft(pen, lit(colour, -0.04), 0.05, 0.09))
    body = "M168 126Q150 130 138 142Q136 260 130 404Q200 418 270 404Q264 260 262 142Q250 130 232 126Q200 168 168 126Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.02), lit(colour, -0.07)))
    folds(
        pen,
        "M144 250Q154 320 146 392M256 250Q246 320 254 392M150 172Q146 200 140 222M250 172Q254 200 260 222",
        colour,
    )
    pen.line("M166 127Q200 176 234 127", lit(colour, -0.12), 7)
    pen.line("M167 127Q200 174 233 127", lit(colour, 0.08), 2)
    ink = "#fdf6e4" if int(colour[3:5], 16) < 190 else "#2f6d6a"
    pen.path("M200 206Q228 262 214 300Q208 314 200 316Q192 314 186 300Q172 262 200 206Z", ink)
    pen.line("M200 316V338M200 300Q210 286 212 268M200 290Q190 276 190 256", lit(colour, -0.02), 2.2)
    pen.line("M200 314V340", ink, 4)
    pen.line("M178 342H222", ink, 3)
    pen.stitch("M134 394Q200 406 266 394M77 224L117 240M323 224L283 240", lit(colour, -0.16), 1.3, "4 4")


def draw_trousers(pen: Pen, colour: str) -> None:
    """Trousers folded over a bar hanger, seams stitched."""
    pen.shadow(200, 432, 84, 11, 0.26)
    pen.line("M200 74V62Q200 52 209 50Q219 46 217 38", SILVER.dark, 4)
    pen.path("M132 82Q132 74 142 74H258Q268 74 268 82V90H132Z", pen.across(*WOOD))
    for x in (156, 236):
        pen.rect(x - 7, 82, 18, 22, 3, pen.down(*SILVER.down))
    left = "M144 100H204L200 176L186 424Q154 432 138 422Q140 250 144 100Z"
    right = "M196 100H256Q260 250 262 422Q246 432 214 424L200 176Z"
    pen.path(right, pen.across(lit(colour, -0.02), lit(colour, 0.04), lit(colour, -0.08)))
    pen.path(left, pen.across(lit(colour, -0.04), lit(colour, 0.08), lit(colour, -0.02)))
    folds(
        pen,
        "M170 190Q166 300 164 416M236 190Q236 300 238 416M188 176Q176 190 158 190M212 176Q226 190 244 190",
        colour,
    )
    pen.path("M143 100H257V122H143Z", lit(colour, -0.05))
    for x in (152, 182, 212, 242):
        pen.rect(x, 97, 7, 29, 2, lit(colour, 0.04), stroke=lit(colour, -0.14), stroke_width=0.8)
    pen.oval(200, 111, 6, 6, pen.ball(GOLD.light, GOLD.dark))
    pen.stitch(
        "M200 124V174Q196 168 190 160V124M146 134Q168 138 172 160M254 134Q232 138 228 160",
        GOLD.middle,
        1.7,
        "4 3",
    )
    pen.stitch("M139 414Q160 422 187 416M261 414Q240 422 213 416", GOLD.middle, 1.5, "4 3")


def draw_jumper(pen: Pen, colour: str) -> None:
    """A knitted jumper with a patterned yoke."""
    pen.shadow(200, 422, 108, 12, 0.26)
    hanger(pen, 132)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path(
                "M-48 140Q-88 150 -100 196L-122 336Q-122 352 -106 356L-92 358L-56 244Z",
                soft(pen, lit(colour, -0.02), 0.04, 0.09),
            )
            pen.path("M-124 338L-90 346L-94 372Q-118 374 -128 362Z", lit(colour, -0.08))
            pen.line(
                "M-118 344L-122 366M-110 346L-114 370M-102 346L-105 372",
                lit(colour, 0.1),
                1.6,
                stroke_opacity=0.5,
            )
    body = "M170 130Q152 132 140 144Q134 260 132 388H268Q266 260 260 144Q248 132 230 130Q200 160 170 130Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.01), lit(colour, -0.08)))
    with pen.inside(body):
        pen.path("M120 196Q200 248 280 196V232Q200 290 120 232Z", "#fbf3e2")
        for place in range(11):
            x = 122 + place * 15.6
            y = 214 + 30 * (1 - ((x - 200) / 82) ** 2)
            pen.path(star(x, y, 6.5, 3, 4), lit(colour, -0.06))
        pen.line(
            "M118 194Q200 246 282 194M118 236Q200 294 282 236", lit(colour, -0.14), 3, stroke_dasharray="3 5"
        )
        for y in range(264, 388, 14):
            for x in range(138 + y % 28 // 2, 268, 14):
                pen.line(f"M{x} {y}l3 5l3-5", lit(colour, -0.12), 1.2, stroke_opacity=0.5)
    pen.path("M166 130Q176 118 200 118Q224 118 234 130Q200 168 166 130Z", lit(colour, -0.2))
    pen.line("M168 131Q200 166 232 131", lit(colour, 0.06), 9)
    pen.line("M176 140l4-6M188 148l3-7M200 151v-7M212 148l-3-7M224 140l-4-6", lit(colour, -0.14), 1.6)
    pen.path("M131 384H269L266 412Q200 420 134 412Z", lit(colour, -0.06))
    for x in range(140, 266, 9):
        pen.line(f"M{x} 387V411", lit(colour, -0.16), 1.6, stroke_opacity=0.5)


def draw_dress(pen: Pen, colour: str) -> None:
    """A dress with a flared skirt and an embroidered hem."""
    pen.shadow(200, 430, 112, 12, 0.26)
    hanger(pen, 112)
    pen.path(
        "M152 114Q124 124 114 158L104 206Q122 222 140 218L150 176Z", soft(pen, lit(colour, -0.02), 0.05, 0.08)
    )
    pen.path(
        "M248 114Q276 124 286 158L296 206Q278 222 260 218L250 176Z", soft(pen, lit(colour, -0.04), 0.05, 0.08)
    )
    skirt = "M152 238Q120 320 92 404Q140 428 200 426Q260 428 308 404Q280 320 248 238Z"
    pen.path(
        skirt,
        pen.across(
            lit(colour, -0.08), lit(colour, 0.07), lit(colour, -0.02), lit(colour, 0.05), lit(colour, -0.1)
        ),
    )
    folds(
        pen,
        "M168 244Q146 330 126 412M188 244Q178 330 172 422M212 244Q222 330 228 422M232 244Q254 330 274 412",
        colour,
        4,
    )
    with pen.inside(skirt):
        pen.path("M80 384Q140 410 200 408Q260 410 320 384V440H80Z", lit(colour, -0.14), fill_opacity=0.8)
        for place in range(13):
            x = 104 + place * 16
            y = 414 - 16 * ((x - 200) / 100) ** 2
            pen.path(star(x, y, 6.500, 3, 4), ("#f2c65e", "#fdf6e4")[place % 2])
        pen.line("M80 386Q140 410 200 408Q260 410 320 386", GOLD.light, 2)
    pen.path(
        "M172 104Q158 106 148 118L150 238H250L252 118Q242 106 228 104Q200 156 172 104Z",
        pen.across(lit(colour, -0.04), lit(colour, 0.06), lit(colour, -0.06)),
    )
    pen.path("M170 104Q200 160 230 104L222 102Q200 140 178 102Z", lit(colour, 0.14))
    for y in (160, 180, 200, 220):
        pen.path(star(200, y, 6, 3, 4), "#f2c65e")
    pen.path("M149 230Q200 240 251 230V248Q200 258 149 248Z", lit(colour, -0.15))
    pen.line("M106 200Q122 212 140 210M294 200Q278 212 260 210", GOLD.middle, 3)


THINGS = (
    Thing("shirt", ("clothing",), "پیراهن", "shirt on a hanger", draw_shirt, (("white", "wall", "cyan"), ("blue", "window", "cream"), ("pistachio", "niche", "green"))),
    Thing("tshirt", ("clothing",), "تی‌شرت", "T-shirt on a hanger", draw_tshirt, (("turquoise", "wall", "cream"), ("white", "sun", "peach"), ("navy", "niche", "lilac"))),
    Thing("trousers", ("clothing",), "شلوار", "trousers on a hanger", draw_trousers, (("navy", "wall", "peach"), ("khaki", "window", "cream"), ("grey", "wall", "pink"))),
    Thing("jumper", ("clothing",), "بلوز بافتنی", "knitted jumper", draw_jumper, (("burgundy", "wall", "cream"), ("green", "niche", "green"), ("grey", "sun", "pink"))),
    Thing("dress", ("clothing",), "پیراهن بلند", "dress on a hanger", draw_dress, (("coral", "wall", "cream"), ("teal", "niche", "peach"), ("plum", "sun", "lilac"))),
)  # fmt: skip
