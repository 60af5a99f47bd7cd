"""Garments on hangers: manteaux, shirts, knitwear, dresses, trousers, jackets, aprons and robes."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, star
from marketplace.demo.art.thing import Thing, soft

WOOD = ("#a4723f", "#dcae76", "#8d5d2f")


def hanger(pen: Pen, y: float = 120) -> None:
    """A wooden hanger whose shoulders are at y."""
    pen.line(f"M200 {y - 16}V{y - 30}Q200 {y - 40} 209 {y - 42}Q219 {y - 46} 217 {y - 56}Q213 {y - 66} 203 {y - 63}", SILVER.dark, 4)
    pen.line(f"M200 {y - 16}V{y - 30}Q200 {y - 40} 209 {y - 42}", SILVER.light, 1.4)
    pen.path(f"M200 {y - 20}Q226 {y - 14} 272 {y + 18}Q276 {y + 26} 266 {y + 26}Q230 {y + 6} 200 {y - 2}Q170 {y + 6} 134 {y + 26}Q124 {y + 26} 128 {y + 18}Q174 {y - 14} 200 {y - 20}Z", pen.across(*WOOD))


def folds(pen: Pen, lines: str, colour: str, width: float = 3) -> None:
    """Soft folds in cloth: a shade with a light beside it."""
    pen.line(lines, lit(colour, -0.14), width, stroke_opacity=0.4)
    with pen.moved("translate(4,0)"):
        pen.line(lines, lit(colour, 0.16), width * 0.7, stroke_opacity=0.3)


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
    folds(pen, "M150 250Q142 340 138 412M172 252Q168 340 166 418M250 250Q258 340 262 412M228 252Q232 340 234 418", colour)
    pen.path("M178 104Q170 108 168 118L190 196L198 160Z", lit(colour, 0.06))
    pen.path("M222 104Q230 108 232 118L210 196L202 160Z", lit(colour, 0.03))
    pen.line("M198 162V420M202 162V420", lit(colour, -0.18), 1.6, stroke_opacity=0.8)
    pen.path("M142 226Q200 240 258 226V246Q200 260 142 246Z", lit(colour, -0.1))
    pen.path("M194 236L176 322L190 326L202 246L216 318L230 312L208 236Z", lit(colour, -0.08))
    pen.oval(201, 240, 10, 9, lit(colour, -0.02))
    pen.stitch("M190 170V222M210 170V222M120 406Q156 418 194 415M280 406Q244 418 206 415", lit(colour, 0.24), 1.4, "5 4")
    pen.line("M92 304L116 310M308 304L284 310", GOLD.middle, 3)
    pen.line("M150 286h22M228 286h22", lit(colour, -0.16), 2.4)


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
    folds(pen, "M146 240Q152 300 146 384M254 240Q248 300 254 384M158 170Q152 200 144 226M242 170Q248 200 256 226", colour)
    pen.path("M176 112Q200 128 224 112L222 132L200 148L178 132Z", lit(colour, -0.22))
    pen.path("M176 110Q166 116 164 130L186 160L200 142Q182 132 176 110Z", lit(colour, 0.08))
    pen.path("M224 110Q234 116 236 130L214 160L200 142Q218 132 224 110Z", lit(colour, 0.05))
    pen.line("M192 150V408M208 150V408", lit(colour, -0.14), 1.4, stroke_opacity=0.6)
    for y in range(172, 400, 36):
        pen.oval(200, y, 4.4, 4.4, pen.ball("#ffffff", "#d8cdbd"))
        pen.oval(200, y, 1.2, 1.2, "#8d8070")
    pen.path("M222 206H252V240L237 250L222 240Z", lit(colour, 0.03), stroke=lit(colour, -0.12), stroke_width=1.4)
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
    folds(pen, "M144 250Q154 320 146 392M256 250Q246 320 254 392M150 172Q146 200 140 222M250 172Q254 200 260 222", colour)
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
    folds(pen, "M170 190Q166 300 164 416M236 190Q236 300 238 416M188 176Q176 190 158 190M212 176Q226 190 244 190", colour)
    pen.path("M143 100H257V122H143Z", lit(colour, -0.05))
    for x in (152, 182, 212, 242):
        pen.rect(x, 97, 7, 29, 2, lit(colour, 0.04), stroke=lit(colour, -0.14), stroke_width=0.8)
    pen.oval(200, 111, 6, 6, pen.ball(GOLD.light, GOLD.dark))
    pen.stitch("M200 124V174Q196 168 190 160V124M146 134Q168 138 172 160M254 134Q232 138 228 160", GOLD.middle, 1.7, "4 3")
    pen.stitch("M139 414Q160 422 187 416M261 414Q240 422 213 416", GOLD.middle, 1.5, "4 3")


def draw_jumper(pen: Pen, colour: str) -> None:
    """A knitted jumper with a patterned yoke."""
    pen.shadow(200, 422, 108, 12, 0.26)
    hanger(pen, 132)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path("M-48 140Q-88 150 -100 196L-122 336Q-122 352 -106 356L-92 358L-56 244Z", soft(pen, lit(colour, -0.02), 0.04, 0.09))
            pen.path("M-124 338L-90 346L-94 372Q-118 374 -128 362Z", lit(colour, -0.08))
            pen.line("M-118 344L-122 366M-110 346L-114 370M-102 346L-105 372", lit(colour, 0.1), 1.6, stroke_opacity=0.5)
    body = "M170 130Q152 132 140 144Q134 260 132 388H268Q266 260 260 144Q248 132 230 130Q200 160 170 130Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.01), lit(colour, -0.08)))
    with pen.inside(body):
        pen.path("M120 196Q200 248 280 196V232Q200 290 120 232Z", "#fbf3e2")
        for place in range(11):
            x = 122 + place * 15.6
            y = 214 + 30 * (1 - ((x - 200) / 82) ** 2)
            pen.path(star(x, y, 6.5, 3, 4), lit(colour, -0.06))
        pen.line("M118 194Q200 246 282 194M118 236Q200 294 282 236", lit(colour, -0.14), 3, stroke_dasharray="3 5")
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
    pen.path("M152 114Q124 124 114 158L104 206Q122 222 140 218L150 176Z", soft(pen, lit(colour, -0.02), 0.05, 0.08))
    pen.path("M248 114Q276 124 286 158L296 206Q278 222 260 218L250 176Z", soft(pen, lit(colour, -0.04), 0.05, 0.08))
    skirt = "M152 238Q120 320 92 404Q140 428 200 426Q260 428 308 404Q280 320 248 238Z"
    pen.path(skirt, pen.across(lit(colour, -0.08), lit(colour, 0.07), lit(colour, -0.02), lit(colour, 0.05), lit(colour, -0.1)))
    folds(pen, "M168 244Q146 330 126 412M188 244Q178 330 172 422M212 244Q222 330 228 422M232 244Q254 330 274 412", colour, 4)
    with pen.inside(skirt):
        pen.path("M80 384Q140 410 200 408Q260 410 320 384V440H80Z", lit(colour, -0.14), fill_opacity=0.8)
        for place in range(13):
            x = 104 + place * 16
            y = 414 - 16 * ((x - 200) / 100) ** 2
            pen.path(star(x, y, 6.500, 3, 4), ("#f2c65e", "#fdf6e4")[place % 2])
        pen.line("M80 386Q140 410 200 408Q260 410 320 386", GOLD.light, 2)
    pen.path("M172 104Q158 106 148 118L150 238H250L252 118Q242 106 228 104Q200 156 172 104Z", pen.across(lit(colour, -0.04), lit(colour, 0.06), lit(colour, -0.06)))
    pen.path("M170 104Q200 160 230 104L222 102Q200 140 178 102Z", lit(colour, 0.14))
    for y in (160, 180, 200, 220):
        pen.path(star(200, y, 6, 3, 4), "#f2c65e")
    pen.path("M149 230Q200 240 251 230V248Q200 258 149 248Z", lit(colour, -0.15))
    pen.line("M106 200Q122 212 140 210M294 200Q278 212 260 210", GOLD.middle, 3)


def draw_jacket(pen: Pen, colour: str) -> None:
    """A blazer over a pale shirt."""
    pen.shadow(200, 428, 106, 12, 0.26)
    hanger(pen, 116)
    pen.path("M150 120Q112 130 104 176L88 352Q90 364 106 366L128 366L146 232Z", soft(pen, lit(colour, -0.02), 0.05, 0.09))
    pen.path("M250 120Q288 130 296 176L312 352Q310 364 294 366L272 366L254 232Z", soft(pen, lit(colour, -0.04), 0.05, 0.09))
    pen.path("M176 106H224L216 280H184Z", pen.across("#efe9dd", "#ffffff", "#e4dccd"))
    pen.line("M200 142V280", "#cfc4b2", 1.6)
    pen.path("M180 104L200 134L220 104L226 112L208 152L200 140L192 152L174 112Z", "#fbf8f1", stroke="#d8cfc0", stroke_width=1)
    left = "M174 104Q154 110 142 124Q136 250 134 404Q150 420 186 412Q200 392 204 346L198 270L166 130Z"
    right = "M226 104Q246 110 258 124Q264 250 266 404Q250 420 218 412Q196 380 196 330L202 270L234 130Z"
    pen.path(right, pen.across(lit(colour, 0.02), lit(colour, 0.06), lit(colour, -0.08)))
    pen.path(left, pen.across(lit(colour, -0.05), lit(colour, 0.08), lit(colour, 0)))
    pen.path("M174 104Q162 112 160 128L152 160L168 164L160 178L200 274L168 132Z", lit(colour, 0.1))
    pen.path("M226 104Q238 112 240 128L248 160L232 164L240 178L201 274L232 132Z", lit(colour, 0.06))
    pen.line("M160 130L154 160L169 164L161 178L200 274M240 130L246 160L231 164L239 178L201 274", lit(colour, -0.16), 1.4, stroke_opacity=0.8)
    for y in (292, 330):
        pen.oval(193, y, 5.500, 5.500, pen.ball(GOLD.light, GOLD.dark))
    pen.path("M144 330H180V344H144ZM220 330H256V344H220Z", lit(colour, -0.08), stroke=lit(colour, -0.18), stroke_width=1)
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
            pen.path("M-50 114Q-90 124 -98 168L-114 288Q-112 306 -92 308L-72 306L-56 214Z", soft(pen, lit(colour, -0.02), 0.05, 0.08))
            pen.path("M-116 280L-70 286L-74 312Q-100 316 -118 304Z", lit(colour, 0.07))
    body = "M172 104Q150 108 140 120Q134 260 122 412Q200 432 278 412Q266 260 260 120Q250 108 228 104L200 190Z"
    pen.path(body, pen.across(lit(colour, -0.05), lit(colour, 0.06), lit(colour, 0.01), lit(colour, -0.08)))
    with pen.inside(body):
        for y in range(130, 424, 17):
            for x in range(124 + y % 2 * 8, 280, 16):
                pen.oval(x, y, 1.6, 2.2, lit(colour, 0.14), fill_opacity=0.5)
    pen.path("M176 102Q200 116 224 102L214 150L200 178L186 150Z", lit(colour, -0.2))
    pen.path("M172 102Q158 110 158 130L196 250L200 420H214L208 240L238 130Q242 110 228 102Q222 150 202 196Q180 150 172 102Z", lit(colour, 0.07))
    pen.line("M200 200L206 420", lit(colour, -0.1), 1.6)
    pen.path("M138 236Q200 252 262 236V256Q200 272 138 256Z", lit(colour, -0.08))
    pen.path("M196 250L180 336L194 340L204 258L214 344L228 340L208 250Z", lit(colour, -0.05))
    for x in (144, 220):
        pen.rect(x, 296, 38, 50, 5, lit(colour, 0.03), stroke=lit(colour, -0.1), stroke_width=1.4)
        pen.rect(x, 296, 38, 10, 4, lit(colour, 0.09))
    pen.dim("M258 200Q268 320 278 412L262 416Q256 300 250 220Z", 0.06)


THINGS = (
    Thing("manteau", ("clothing",), "مانتو", "manteau on a hanger", draw_manteau, (("teal", "niche", "cream"), ("black", "wall", "pink"), ("olive", "window", "cream"), ("brick", "wall", "cyan"))),
    Thing("shirt", ("clothing",), "پیراهن", "shirt on a hanger", draw_shirt, (("white", "wall", "cyan"), ("blue", "window", "cream"), ("pistachio", "niche", "green"))),
    Thing("tshirt", ("clothing",), "تی‌شرت", "T-shirt on a hanger", draw_tshirt, (("turquoise", "wall", "cream"), ("white", "sun", "peach"), ("navy", "niche", "lilac"))),
    Thing("trousers", ("clothing",), "شلوار", "trousers on a hanger", draw_trousers, (("navy", "wall", "peach"), ("khaki", "window", "cream"), ("grey", "wall", "pink"))),
    Thing("jumper", ("clothing",), "بلوز بافتنی", "knitted jumper", draw_jumper, (("burgundy", "wall", "cream"), ("green", "niche", "green"), ("grey", "sun", "pink"))),
    Thing("dress", ("clothing",), "پیراهن بلند", "dress on a hanger", draw_dress, (("coral", "wall", "cream"), ("teal", "niche", "peach"), ("plum", "sun", "lilac"))),
    Thing("jacket", ("clothing",), "کت", "blazer on a hanger", draw_jacket, (("navy", "wall", "cream"), ("brown", "niche", "peach"), ("grey", "wall", "cyan"))),
    Thing("apron", ("kitchen",), "پیش‌بند", "kitchen apron", draw_apron, (("brick", "wall", "cream"), ("green", "window", "peach"))),
    Thing("robe", ("home",), "حوله تن‌پوش", "bathrobe", draw_robe, (("cream", "wall", "green"), ("turquoise", "niche", "cyan"))),
)  # fmt: skip
