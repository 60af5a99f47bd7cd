"""Kitchen: pots, pans, kettles, samovars, glasses, plates, boards, knives, spoons, mortars."""

from __future__ import annotations

from marketplace.demo.art.metals import BRASS, COPPER, GOLD, IRON, SILVER, STEEL
from marketplace.demo.art.pen import Pen, lit, poly, star
from marketplace.demo.art.shapes import WOOD
from marketplace.demo.art.thing import Thing, blossom, metal_around, soft, turned


def draw_steel_pot(pen: Pen, colour: str) -> None:
    """A steel pot with a glass lid and two handles."""
    pen.shadow(204, 420, 148, 19)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path("M112 306Q156 302 156 326Q156 350 112 346", stroke=IRON.dark, stroke_width=13)
            pen.path("M112 304Q154 300 154 324Q154 346 112 344", stroke=IRON.light, stroke_width=4)
    body = "M84 284H316V380Q316 420 276 420H124Q84 420 84 380Z"
    pen.path(body, metal_around(pen, STEEL))
    with pen.inside(body):
        pen.rect(84, 364, 232, 14, 0, colour, fill_opacity=0.85)
        pen.gloss("M112 288H136V418H126Q112 410 112 392Z", 0.5)
        pen.dim("M262 288H316V420H262Z", 0.08)
    pen.path(
        "M92 272Q100 216 200 212Q300 216 308 272Q200 296 92 272Z", pen.slant("#f6fbfc", "#cfdee3", "#a9bfc7")
    )
    pen.gloss("M116 262Q126 228 180 220Q146 238 140 268Z", 0.7)
    pen.path(
        "M78 280Q78 268 92 268Q200 292 308 268Q322 268 322 280Q322 292 308 292H92Q78 292 78 280Z",
        metal_around(pen, STEEL),
    )
    pen.rect(190, 198, 20, 18, 3, metal_around(pen, STEEL))
    pen.oval(200, 192, 26, 12, pen.ball(lit(colour, 0.12), lit(colour, -0.1)))


def draw_pan(pen: Pen, colour: str) -> None:
    """A frying pan seen from above at a slant, with a wooden handle."""
    pen.shadow(180, 404, 150, 22)
    pen.path("M262 300L352 172Q362 160 372 168Q380 176 372 190L286 322Z", pen.across(*WOOD))
    pen.line("M286 292L362 180", "#7d5127", 2, stroke_opacity=0.5)
    pen.oval(362, 182, 5, 6, "#5a3818")
    pen.path("M254 304L290 258L306 270L276 316Z", metal_around(pen, STEEL))
    pen.path(
        "M40 330Q40 394 176 400Q312 394 312 330Z",
        pen.across(lit(colour, -0.04), lit(colour, 0.12), lit(colour, -0.1)),
    )
    pen.oval(176, 330, 136, 62, lit(colour, 0.06))
    pen.oval(176, 331, 127, 55, pen.down("#2c2e33", "#53565d"))
    pen.oval(176, 338, 104, 42, pen.down("#3a3d43", "#2a2c31"))
    for radius in (90, 70, 50, 30):
        pen.oval(
            176, 338, radius, radius * 0.4, "none", stroke="#6a6e76", stroke_width=1.3, stroke_opacity=0.5
        )
    pen.oval(150, 340, 44, 20, "#fffaf0")
    pen.path("M108 338Q112 316 148 320Q190 316 196 340Q186 362 150 360Q116 360 108 338Z", "#fffdf6")
    pen.oval(152, 336, 19, 12, pen.ball("#ffd05a", "#e8961f"))
    pen.oval(146, 332, 6, 3, "#ffffff", fill_opacity=0.7)
    for x, y in ((222, 334), (236, 348), (214, 356)):
        pen.path(f"M{x} {y}q8 -10 14 -2q-4 10 -14 2Z", "#5f9a4e")


def draw_kettle(pen: Pen, colour: str) -> None:
    """A kettle with a wooden grip."""
    pen.shadow(204, 420, 136, 18)
    pen.path("M124 236Q128 128 200 126Q272 128 276 236", stroke=STEEL.dark, stroke_width=12)
    pen.path("M124 234Q128 126 200 124Q272 126 276 234", stroke=STEEL.light, stroke_width=4)
    pen.path("M150 142Q170 116 200 116Q230 116 250 142Q230 134 200 134Q170 134 150 142Z", pen.across(*WOOD))
    pen.path(
        "M284 300Q330 296 340 236L364 232Q360 330 288 356Z",
        pen.across(lit(colour, -0.02), lit(colour, 0.08), lit(colour, -0.12)),
    )
    pen.oval(352, 234, 13, 5, lit(colour, -0.2), transform="rotate(-10 352 234)")
    body = "M84 360Q84 240 200 236Q316 240 316 360Q316 420 280 420H120Q84 420 84 360Z"
    pen.path(body, turned(pen, colour))
    with pen.inside(body):
        pen.gloss("M108 360Q108 280 160 256Q132 300 132 414Q110 408 108 360Z", 0.4)
        pen.line("M80 366Q200 388 320 366", lit(colour, -0.16), 3, stroke_opacity=0.6)
        for place in range(9):
            pen.path(star(108 + place * 23, 394, 7, 3.500, 8), lit(colour, 0.22), fill_opacity=0.8)
    pen.oval(200, 240, 58, 14, lit(colour, -0.12))
    pen.path("M146 236Q158 208 200 206Q242 208 254 236Q200 250 146 236Z", turned(pen, lit(colour, 0.03)))
    pen.oval(200, 200, 13, 13, pen.ball("#e0b17a", "#8d5d2f"))


def draw_samovar(pen: Pen, colour: str) -> None:
    """A samovar with a teapot on top."""
    metal = COPPER if colour == "#bd7348" else BRASS
    around = metal_around(pen, metal)
    pen.shadow(204, 424, 118, 16)
    pen.path("M150 424Q150 396 184 390H216Q250 396 250 424Z", around)
    pen.rect(140, 412, 120, 14, 4, around)
    for side in (1, -1):
        with pen.moved(f"translate(200,0) scale({side},1)"):
            pen.path("M84 252Q126 244 122 282Q118 308 86 302", stroke=metal.dark, stroke_width=10)
            pen.path("M84 250Q124 242 120 280Q116 304 86 300", stroke=metal.light, stroke_width=3)
    body = "M118 220Q110 300 138 348Q160 384 176 392H224Q240 384 262 348Q290 300 282 220Z"
    pen.path(body, around)
    with pen.inside(body):
        for y in (244, 330):
            pen.line(f"M100 {y}Q200 {y + 22} 300 {y}", metal.mark, 2, stroke_opacity=0.6)
            pen.line(f"M100 {y + 8}Q200 {y + 30} 300 {y + 8}", metal.mark, 1.2, stroke_opacity=0.5)
        for place in range(7):
            x = 132 + place * 23
            pen.path(star(x, 292 + 8 * (1 - ((x - 200) / 70) ** 2), 11, 5, 8), metal.mark, fill_opacity=0.55)
        pen.gloss("M134 224H152Q146 320 176 388H166Q126 330 134 224Z", 0.4)
    pen.path("M108 206Q108 196 120 196H280Q292 196 292 206V222Q200 244 108 222Z", around)
    pen.path("M152 196Q154 172 172 168H228Q246 172 248 196Z", around)
    pen.rect(190, 356, 20, 26, 4, around)
    pen.path("M194 380H206L203 404H197Z", around)
    pen.path("M184 352H216V360H184Z", metal.dark)
    pen.path(
        "M160 158Q156 116 200 112Q244 116 240 158Q240 170 228 170H172Q160 170 160 158Z",
        turned(pen, "#f4f0e8"),
    )
    pen.path("M238 144Q262 140 264 118L274 118Q274 158 238 162Z", "#e6dfd2")
    pen.path("M162 126Q138 128 142 148Q146 162 164 158", stroke="#e6dfd2", stroke_width=7)
    pen.path("M168 116Q178 98 200 98Q222 98 232 116Q200 124 168 116Z", "#f7f3ec")
    pen.oval(200, 94, 6, 6, "#b6303e")
    blossom(pen, 200, 144, 13, "#ef9aa9")


def draw_tea_glasses(pen: Pen, colour: str) -> None:
    """Two waisted tea glasses on saucers."""
    pen.shadow(200, 424, 156, 16)
    for x, scale in ((276, 0.86), (146, 1.06)):
        with pen.moved(f"translate({x},420) scale({scale})"):
            pen.oval(0, -6, 74, 13, lit(colour, -0.14))
            pen.oval(0, -10, 74, 13, turned(pen, colour))
            pen.oval(0, -12, 44, 7, lit(colour, 0.14))
            pen.oval(0, -10, 72, 12, "none", stroke=GOLD.middle, stroke_width=1.6)
            glass = "M-44 -190H44Q42 -140 26 -110Q20 -94 32 -70Q42 -34 28 -16Q16 -10 0 -10Q-16 -10 -28 -16Q-42 -34 -32 -70Q-20 -94 -26 -110Q-42 -140 -44 -190Z"
            pen.path(glass, "#ffffff", fill_opacity=0.55)
            tea = "M-40 -166H40Q38 -136 23 -110Q17 -94 29 -68Q38 -34 25 -20Q14 -15 0 -15Q-14 -15 -25 -20Q-38 -34 -29 -68Q-17 -94 -23 -110Q-38 -136 -40 -166Z"
            pen.path(tea, pen.across("#93340a", "#e5801c", "#c9600f", "#8a2f06"))
            pen.oval(0, -166, 40, 6, "#f0a04a")
            pen.oval(0, -190, 44, 6, "none", stroke=GOLD.middle, stroke_width=2.4)
            pen.gloss(
                "M-36 -180H-26Q-26 -140 -14 -114Q-20 -84 -24 -24Q-34 -34 -26 -66Q-14 -94 -22 -112Q-34 -140 -36 -180Z",
                0.5,
            )
    pen.line("M150 190q-12 -18 0 -34t0 -34M172 184q-12 -18 0 -34", "#ffffff", 5, stroke_opacity=0.6)


def draw_plates(pen: Pen, colour: str) -> None:
    """A stack of plates with one standing behind."""
    pen.shadow(204, 422, 156, 18)
    pen.oval(232, 254, 112, 112, turned(pen, "#f3f1ec"))
    pen.oval(232, 254, 106, 106, pen.ball("#ffffff", "#e7e2d8"))
    pen.oval(232, 254, 98, 98, "none", stroke=lit(colour, 0.02), stroke_width=9)
    pen.oval(232, 254, 70, 70, pen.ball("#ffffff", "#efeae0"))
    pen.oval(232, 254, 70, 70, "none", stroke=GOLD.middle, stroke_width=1.6)
    pen.path(star(232, 254, 40, 21, 8), lit(colour, 0.04))
    pen.path(star(232, 254, 24, 12, 8), "#fdf8ec")
    blossom(pen, 232, 254, 12, "#d9596a")
    for place in range(6):
        y = 404 - place * 11
        pen.path(
            f"M52 {y - 10}Q60 {y + 12} 190 {y + 12}Q320 {y + 12} 328 {y - 10}Z",
            pen.across("#cfc9bd", "#fdfcf8", "#c5beb0"),
        )
        pen.line(f"M58 {y - 3}Q120 {y + 9} 190 {y + 9}Q260 {y + 9} 322 {y - 3}", colour, 3.4)
    pen.oval(190, 339, 138, 22, "#f7f4ee")
    pen.oval(190, 339, 128, 18, "none", stroke=colour, stroke_width=6)
    pen.oval(190, 341, 88, 11, "#ebe6dc")


def draw_board(pen: Pen, colour: str) -> None:
    """A chopping board with a knife and herbs."""
    pen.shadow(204, 426, 140, 14)
    pen.path("M182 96Q182 78 200 78Q218 78 218 96V150H182Z", soft(pen, lit(colour, -0.03)))
    pen.rect(
        86,
        142,
        228,
        282,
        26,
        pen.across(lit(colour, -0.05), lit(colour, 0.07), lit(colour, 0), lit(colour, -0.08)),
    )
    pen.path(
        "M182 96Q182 78 200 78Q218 78 218 96V168H182Z",
        pen.across(lit(colour, -0.02), lit(colour, 0.07), lit(colour, -0.05)),
    )
    pen.oval(200, 98, 8, 8, "#e9dcc4")
    for place in range(8):
        x = 106 + place * 27
        pen.line(f"M{x} 156Q{x + 9 - place * 2} 280 {x} 412", lit(colour, -0.12), 1.8, stroke_opacity=0.35)
    pen.rect(98, 154, 204, 258, 18, "none", stroke=lit(colour, -0.12), stroke_width=2)
    with pen.moved("rotate(-24 200 290)"):
        pen.path("M88 268H242Q262 270 262 290V304H146Q104 296 88 268Z", pen.down(*SILVER.down))
        pen.line("M96 274H246", "#ffffff", 2.4, stroke_opacity=0.9)
        pen.rect(258, 272, 80, 26, 8, pen.down("#6d4426", "#3f2413"))
        for x in (278, 298, 318):
            pen.oval(x, 285, 3, 3, GOLD.middle)
    for x, y in ((136, 376), (160, 390), (184, 376)):
        pen.oval(x, y, 17, 15, pen.ball("#ef6a5a", "#b62c25"))
        pen.path(star(x, y - 12, 7, 2.500, 5), "#5f8f54")
    for x, y, r in ((250, 376, 12), (264, 388, 12), (240, 390, 12)):
        pen.oval(x, y, r, r * 0.86, "#f4f7ea", stroke="#b7cf86", stroke_width=4)


def draw_spoons(pen: Pen, colour: str) -> None:
    """Wooden spoons and a turner in a glazed jar."""
    pen.shadow(204, 420, 104, 16)
    for x, turn, kind in ((158, -16, "spoon"), (196, -3, "turner"), (236, 12, "fork"), (216, 4, "spoon")):
        with pen.moved(f"rotate({turn} {x} 380)"):
            wood = pen.across(*WOOD)
            pen.rect(x - 6, 170, 12, 180, 5, wood)
            if kind == "turner":
                pen.path(f"M{x - 24} 96Q{x} 84 {x + 24} 96L{x + 20} 166Q{x} 184 {x - 20} 166Z", wood)
                for place in (-9, 0, 9):
                    pen.line(f"M{x + place} 108V150", "#7d5127", 4, stroke_opacity=0.6)
            else:
                pen.oval(x, 132, 25, 40, wood)
                pen.oval(x, 130, 17, 30, "#8d5d2f", fill_opacity=0.4)
            if kind == "fork":
                pen.path(f"M{x - 10} 88V120H{x - 5}V88ZM{x + 5} 88V120H{x + 10}V88Z", "#efe2cc")
    body = "M132 292H268L260 402Q258 420 238 420H162Q142 420 140 402Z"
    pen.path(body, turned(pen, colour))
    pen.oval(200, 292, 68, 14, lit(colour, -0.16))
    pen.path(
        "M132 292Q134 306 200 306Q266 306 268 292L267 302Q264 316 200 316Q136 316 133 302Z", lit(colour, 0.14)
    )
    with pen.inside(body):
        for place in range(7):
            pen.path(star(146 + place * 18, 362, 9, 4.500, 8), "#fdf6e4", fill_opacity=0.9)
        pen.gloss("M146 312H160L164 418H156Q150 410 148 400Z", 0.35)


def draw_mortar(pen: Pen, colour: str) -> None:
    """A mortar and pestle."""
    metal = BRASS if colour == "#c9a227" else None
    fill = metal_around(pen, metal) if metal else turned(pen, colour)
    pen.shadow(204, 420, 124, 18)
    with pen.moved("rotate(28 240 230)"):
        pen.rect(224, 104, 30, 190, 14, fill)
        pen.oval(239, 104, 24, 26, fill)
        pen.gloss("M229 120h7v160h-7Z", 0.35)
    pen.oval(196, 272, 108, 26, lit(colour, -0.2))
    for place in range(16):
        pen.path(star(122 + place * 10, 268 + place % 3 * 5, 6, 3, 5), "#6f8a3a" if place % 2 else "#2f2a26")
    pen.path(
        "M88 272Q94 344 132 372L150 388V398H128Q118 400 118 420H274Q274 400 264 398H242V388L260 372Q298 344 304 272Q304 298 196 298Q88 298 88 272Z",
        fill,
    )
    pen.path(
        "M88 272Q88 298 196 298Q304 298 304 272L303 282Q298 310 196 310Q94 310 89 282Z", lit(colour, 0.14)
    )
    pen.gloss("M106 306Q114 348 142 368Q126 340 122 310Z", 0.4)
    for place in range(9):
        pen.path(
            star(124 + place * 18, 338 + 8 * (1 - ((place - 4) / 4) ** 2), 8, 4, 8),
            lit(colour, -0.16),
            fill_opacity=0.7,
        )


def draw_knife(pen: Pen, colour: str) -> None:
    """A block of kitchen knives."""
    pen.shadow(206, 420, 124, 18)
    for x, y, long in ((142, 168, 92), (178, 146, 96), (214, 160, 88), (248, 186, 76)):
        with pen.moved(f"rotate(14 {x} 280)"):
            pen.rect(x - 9, y, 24, long, 7, pen.across("#2b2523", "#5b504b", "#241e1c"))
            for dot in (18, 40, 62):
                pen.oval(x + 3, y + dot, 2.8, 2.8, GOLD.middle)
            pen.rect(x - 9, y + long - 8, 24, 10, 1, metal_around(pen, STEEL))
    front = ((88, 282), (250, 246), (294, 372), (286, 420), (112, 420))
    pen.path(
        poly((250, 246), (296, 236), (334, 366), (324, 408), (286, 420), (294, 372)),
        pen.down(lit(colour, -0.1), lit(colour, -0.2)),
    )
    pen.path(poly((88, 282), (136, 264), (296, 236), (250, 246)), lit(colour, 0.12))
    pen.path(poly(*front), pen.slant(lit(colour, 0.08), lit(colour, -0.06)))
    for place in range(6):
        pen.line(
            f"M{100 + place * 30} {284 - place * 6}Q{112 + place * 30} 350 {124 + place * 30} 418",
            lit(colour, -0.1),
            1.8,
            stroke_opacity=0.5,
        )
    pen.path(star(196, 350, 26, 14, 8), lit(colour, -0.14))
    pen.gloss("M92 284L130 276L150 416H116Z", 0.14)


THINGS = (
    Thing("steelpot", ("kitchen",), "قابلمه استیل", "steel pot", draw_steel_pot, (("black", "wall", "cream"), ("red", "plinth", "cyan"), ("turquoise", "window", "peach"))),
    Thing("pan", ("kitchen",), "تابه", "frying pan", draw_pan, (("black", "wall", "cream"), ("red", "wall", "green"), ("turquoise", "window", "peach")), 1.02),
    Thing("kettle", ("kitchen",), "کتری", "kettle", draw_kettle, (("turquoise", "wall", "cream"), ("silver", "niche", "cyan"), ("red", "wall", "peach")), 1.02),
    Thing("samovar", ("kitchen",), "سماور", "samovar with a teapot", draw_samovar, (("golden", "niche", "lilac"), ("copper", "wall", "green"))),
    Thing("teaglass", ("kitchen",), "استکان و نعلبکی", "two tea glasses", draw_tea_glasses, (("turquoise", "wall", "cream"), ("burgundy", "plinth", "pink"), ("white", "niche", "peach"))),
    Thing("plates", ("kitchen",), "سرویس بشقاب", "stack of plates", draw_plates, (("blue", "wall", "cream"), ("turquoise", "niche", "peach"), ("red", "wall", "green"))),
    Thing("board", ("kitchen",), "تخته کار", "chopping board", draw_board, (("natural", "wall", "green"), ("brown", "window", "cream")), 0.98),
    Thing("spoons", ("kitchen",), "کفگیر و قاشق چوبی", "wooden spoons in a jar", draw_spoons, (("turquoise", "wall", "cream"), ("brick", "niche", "green")), 1.02, "natural"),
    Thing("mortar", ("kitchen",), "هاون", "mortar and pestle", draw_mortar, (("golden", "niche", "cream"), ("grey", "wall", "peach")), 1.06),
    Thing("knife", ("kitchen",), "چاقوی آشپزخانه", "block of knives", draw_knife, (("natural", "wall", "cyan"), ("brown", "niche", "cream"))),
)  # fmt: skip
