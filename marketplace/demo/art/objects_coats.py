"""Garments over others: manteaux, jackets, aprons, robes."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD
from marketplace.demo.art.pen import Pen, lit
from marketplace.demo.art.shapes import WOOD, folds, hanger
from marketplace.demo.art.thing import Thing, soft


def draw_manteau(pen: Pen, colour: str) -> None:
    """A long open-front manteau with a belt."""
    pen.shadow(200, 430, 96, 12, 0.26)
    hanger(pen, 112)
    sleeve = soft(pen, lit(colour, -0.03), 0.04, 0.1)
    pen.path("M146 116Q118 128 110 172L88 300Q86 314 100 316L116 318L142 196Z", sleeve)
    pen.path("M254 116Q282 128 290 172L312 300Q314 314 300 316L284 318L258 196Z", sleeve)
    pen.path("M176 106Q200 120 224 106L222 150H178Z", lit(colour, -0.2))
    left = "M178 104Q158 106 144 118Q140 190 142 236Q126 340 118 412Q150 426 196 422L198 160Z"
    right = "M222 104Q242 106 256 118Q260 190 258 236Q274 340 282 412Q250 426 204 422L202 160Z"
    for side in (left, right):
        pen.path(side, pen.across(lit(colour, -0.04), lit(colour, 0.06), lit(colour, -0.06)))
    folds(
        pen,
        "M150 250Q142 340 138 412M172 252Q168 340 166 418M250 250Q258 340 262 412M228 252Q232 340 234 418",
        colour,
    )
    pen.path("M178 104Q170 108 168 118L190 196L198 160Z", lit(colour, 0.06))
    pen.path("M222 104Q230 108 232 118L210 196L202 160Z", lit(colour, 0.03))
    pen.line("M198 162V420M202 162V420", lit(colour, -0.18), 1.6, stroke_opacity=0.8)
    pen.path("M142 226Q200 240 258 226V246Q200 260 142 246Z", lit(colour, -0.1))
    pen.path("M194 236L176 322L190 326L202 246L216 318L230 312L208 236Z", lit(colour, -0.08))
    pen.oval(201, 240, 10, 9, lit(colour, -0.02))
    pen.stitch(
        "M190 170V222M210 170V222M120 406Q156 418 194 415M280 406Q244 418 206 415",
        lit(colour, 0.24),
        1.4,
        "5 4",
    )
    pen.line("M92 304L116 310M308 304L284 310", GOLD.middle, 3)
    pen.line("M150 286h22M228 286h22", lit(colour, -0.16), 2.4)


def draw_jacket(pen: Pen, colour: str) -> None:
    """A blazer over a pale shirt."""
    pen.shadow(200, 428, 106, 12, 0.26)
    hanger(pen, 116)
    pen.path(
        "M150 120Q112 130 104 176L88 352Q90 364 106 366L128 366L146 232Z",
        soft(pen, lit(colour, -0.02), 0.05, 0.09),
    )
    pen.path(
        "M250 120Q288 130 296 176L312 352Q310 364 294 366L272 366L254 232Z",
        soft(pen, lit(colour, -0.04), 0.05, 0.09),
    )
    pen.path("M176 106H224L216 280H184Z", pen.across("#efe9dd", "#ffffff", "#e4dccd"))
    pen.line("M200 142V280", "#cfc4b2", 1.6)
    pen.path(
        "M180 104L200 134L220 104L226 112L208 152L200 140L192 152L174 112Z",
        "#fbf8f1",
        stroke="#d8cfc0",
        stroke_width=1,
    )
    left = "M174 104Q154 110 142 124Q136 250 134 404Q150 420 186 412Q200 392 204 346L198 270L166 130Z"
    right = "M226 104Q246 110 258 124Q264 250 266 404Q250 420 218 412Q196 380 196 330L202 270L234 130Z"
    pen.path(right, pen.across(lit(colour, 0.02), lit(colour, 0.06), lit(colour, -0.08)))
    pen.path(left, pen.across(lit(colour, -0.05), lit(colour, 0.08), lit(colour, 0)))
    pen.path("M174 104Q162 112 160 128L152 160L168 164L160 178L200 274L168 132Z", lit(colour, 0.1))
    pen.path("M226 104Q238 112 240 128L248 160L232 164L240 178L201 274L232 132Z", lit(colour, 0.06))
    pen.line(
        "M160 130L154 160L169 164L161 178L200 274M240 130L246 160L231 164L239 178L201 274",
        lit(colour, -0.16),
        1.4,
        stroke_opacity=0.8,
    )
    for y in (292, 330):
        pen.oval(193, y, 5.500, 5.500, pen.ball(GOLD.light, GOLD.dark))
    pen.path(
        "M144 330H180V344H144ZM220 330H256V344H220Z",
        lit(colour, -0.08),
        stroke=lit(colour, -0.18),
        stroke_width=1,
    )
    pen.path("M230 206H254V213H230Z", lit(colour, -0.12))
    pen.path("M232 206L238 192L244 200L250 190L252 206Z", "#fbf3e2")
    folds(pen, "M148 240Q154 310 146 396M252 240Q246 310 254 396", colour)
    for y in (336, 346, 356):
        pen.oval(118 - (y - 336) * 0.1, y, 2.8, 2.8, GOLD.middle)
        pen.oval(282 + (y - 336) * 0.1, y, 2.8, 2.8, GOLD.middle)


def draw_apron(pen: Pen, colour: str) -> None:
    """A kitchen apron with a wooden spoon in its pocket."""
    pen.shadow(200, 430, 92, 11, 0.26)
    pen.oval(200, 64, 7, 7, pen.ball(GOLD.light, GOLD.dark))
    pen.line("M160 128Q150 66 200 62Q250 66 240 128", lit(colour, -0.1), 7)
    body = "M156 122H244Q246 180 292 204Q300 320 290 412Q200 432 110 412Q100 320 108 204Q154 180 156 122Z"
    pen.line("M110 216Q70 240 76 306M290 216Q330 240 324 306", lit(colour, -0.08), 6)
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.01), lit(colour, -0.08)))
    with pen.inside(body):
        for x in range(112, 300, 22):
            pen.line(f"M{x} 110V440", "#fdf8ea", 5, stroke_opacity=0.34)
    folds(pen, "M140 240Q146 330 138 410M262 240Q254 330 262 410", colour)
    with pen.moved("rotate(10 240 300)"):
        pen.rect(234, 200, 10, 110, 5, pen.across(*WOOD))
        pen.oval(239, 194, 17, 24, pen.across(*WOOD))
        pen.oval(239, 194, 11, 17, "#8d5d2f", fill_opacity=0.35)
    pen.path("M142 286H258V362Q200 378 142 362Z", lit(colour, -0.06))
    pen.stitch("M147 291H253V357Q200 371 147 357ZM200 291V366", "#fdf6e4", 1.6, "5 4")
    pen.path("M154 122H246V136H154Z", lit(colour, -0.1))
    pen.stitch("M116 404Q200 422 284 404", "#fdf6e4", 1.6, "5 4")


def draw_robe(pen: Pen, colour: str) -> None:
    """A towelling bathrobe."""
    pen.shadow(200, 432, 98, 12, 0.26)
    hanger(pen, 112)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path(
                "M-50 114Q-90 124 -98 168L-114 288Q-112 306 -92 308L-72 306L-56 214Z",
                soft(pen, lit(colour, -0.02), 0.05, 0.08),
            )
            pen.path("M-116 280L-70 286L-74 312Q-100 316 -118 304Z", lit(colour, 0.07))
    body = "M172 104Q150 108 140 120Q134 260 122 412Q200 432 278 412Q266 260 260 120Q250 108 228 104L200 190Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.01), lit(colour, -0.08)))
    with pen.inside(body):
        for y in range(130, 424, 17):
            for x in range(124 + y % 2 * 8, 280, 16):
                pen.oval(x, y, 1.6, 2.2, lit(colour, 0.14), fill_opacity=0.5)
    pen.path("M176 102Q200 116 224 102L214 150L200 178L186 150Z", lit(colour, -0.2))
    pen.path(
        "M172 102Q158 110 158 130L196 250L200 420H214L208 240L238 130Q242 110 228 102Q222 150 202 196Q180 150 172 102Z",
        lit(colour, 0.07),
    )
    pen.line("M200 200L206 420", lit(colour, -0.1), 1.6)
    pen.path("M138 236Q200 252 262 236V256Q200 272 138 256Z", lit(colour, -0.08))
    pen.path("M196 250L180 336L194 340L204 258L214 344L228 340L208 250Z", lit(colour, -0.05))
    for x in (144, 220):
        pen.rect(x, 296, 38, 50, 5, lit(colour, 0.03), stroke=lit(colour, -0.1), stroke_width=1.4)
        pen.rect(x, 296, 38, 10, 4, lit(colour, 0.09))
    pen.dim("M258 200Q268 320 278 412L262 416Q256 300 250 220Z", 0.06)


THINGS = (
    Thing("manteau", ("clothing",), "مانتو", "manteau on a hanger", draw_manteau, (("teal", "niche", "cream"), ("black", "wall", "pink"), ("olive", "window", "cream"), ("brick", "wall", "cyan"))),
    Thing("jacket", ("clothing",), "کت", "blazer on a hanger", draw_jacket, (("navy", "wall", "cream"), ("brown", "niche", "peach"), ("grey", "wall", "cyan"))),
    Thing("apron", ("kitchen",), "پیش‌بند", "kitchen apron", draw_apron, (("brick", "wall", "cream"), ("green", "window", "peach"))),
    Thing("robe", ("home",), "حوله تن‌پوش", "bathrobe", draw_robe, (("cream", "wall", "green"), ("turquoise", "niche", "cyan"))),
)  # fmt: skip
