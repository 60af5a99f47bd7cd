"""Bottles: gels, soaps, oils, perfumes and inks."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER
from marketplace.demo.art.pen import Pen, lit, mix
from marketplace.demo.art.thing import (
    Thing,
    blossom,
    cap,
    label,
    leaf,
    metal_around,
    ring_shadow,
    soft,
    turned,
)

_PUMP_BODY = "M134 262Q134 232 164 226H236Q266 232 266 262V396Q266 420 242 420H158Q134 420 134 396Z"


def draw_gel(pen: Pen, colour: str) -> None:
    """A clear pump bottle of hand gel with bubbles."""
    pen.shadow(204, 420, 112, 17)
    _pump(pen, "#f4f7f8", 200, 226)
    clear = mix(colour, "#ffffff", 0.55)
    pen.path(
        _PUMP_BODY,
        pen.across((0, lit(clear, -0.1)), (0.22, lit(clear, 0.1)), (0.6, clear), (1, lit(clear, -0.12))),
    )
    with pen.inside(_PUMP_BODY):
        pen.path("M120 256Q200 268 280 256V430H120Z", colour, fill_opacity=0.34)
        pen.oval(200, 257, 66, 6, lit(clear, 0.12), fill_opacity=0.8)
        for x, y, r in (
            (156, 290, 5),
            (164, 372, 7),
            (236, 282, 4),
            (244, 352, 6),
            (226, 398, 4),
            (152, 330, 3),
        ):
            pen.oval(x, y, r, r, "#ffffff", fill_opacity=0.5)
        pen.line("M200 236V410", lit(clear, -0.08), 5, stroke_opacity=0.6)
    label(pen, 152, 296, 96, 84, lit(colour, -0.12))
    pen.gloss("M143 258Q144 244 156 240V404Q145 402 143 392Z", 0.5)
    pen.dim("M254 240Q266 248 266 264V396Q266 418 244 420Q256 412 256 392Z", 0.1)


def draw_pump_bottle(pen: Pen, colour: str) -> None:
    """An opaque pump bottle of hand wash or shampoo."""
    pen.shadow(204, 420, 112, 17)
    _pump(pen, "#2f3136", 200, 226)
    pen.path(_PUMP_BODY, turned(pen, colour))
    with pen.inside(_PUMP_BODY):
        pen.rect(120, 292, 160, 92, 0, "#fbf6ea", fill_opacity=0.96)
        pen.rect(120, 292, 160, 4, 0, GOLD.middle)
        pen.rect(120, 380, 160, 4, 0, GOLD.middle)
        for degrees in (-62, -31, 0, 31, 62):
            leaf(pen, 200, 350, 34, degrees, "#6f9a5e")
        pen.line("M168 364H232M182 372H218", lit(colour, -0.1), 2.4, stroke_opacity=0.55)
        pen.dim("M246 220H280V430H246Z", 0.12)
        pen.gloss("M146 232h14v190h-14Z", 0.26)


def draw_shampoo(pen: Pen, colour: str) -> None:
    """A soft bottle with a flip cap and a camomile flower."""
    body = "M126 250Q128 222 160 216H240Q272 222 274 250L268 398Q266 420 244 420H156Q134 420 132 398Z"
    pen.shadow(204, 420, 110, 17)
    cap(pen, 160, 168, 80, 52, turned(pen, "#f6f2e8"))
    pen.line("M160 196H240", "#b9b1a0", 1.6, stroke_opacity=0.8)
    pen.path("M186 190Q200 198 214 190V196H186Z", "#b9b1a0", fill_opacity=0.6)
    pen.path(body, turned(pen, colour))
    with pen.inside(body):
        pen.oval(200, 318, 46, 46, "#fdf8ec")
        pen.oval(200, 318, 41, 41, "none", stroke=lit(colour, -0.08), stroke_width=1.4)
        for place in range(10):
            with pen.moved(f"translate(200,310) rotate({place * 36})"):
                pen.oval(0, -17, 5.2, 11, "#ffffff", stroke="#ddd5c2", stroke_width=0.8)
        pen.oval(200, 310, 9, 9, pen.ball("#f7cf5a", "#d59a2a"))
        pen.line("M182 340H218", lit(colour, -0.12), 2.4, stroke_opacity=0.6)
        pen.gloss("M142 232Q150 226 158 226L156 412H146Z", 0.3)
        pen.dim("M250 220H280V430H246Z", 0.1)


def draw_spray(pen: Pen, colour: str) -> None:
    """A trigger spray for surfaces."""
    body = "M138 304Q142 262 178 246V214H222V246Q258 262 262 304V398Q262 420 240 420H160Q138 420 138 398Z"
    pen.shadow(204, 420, 110, 17)
    pen.path("M184 200H216V220H184Z", turned(pen, "#eef1f3"))
    pen.path(
        "M132 146Q130 138 140 138H230Q250 140 252 162V176Q252 188 240 190H196Q190 178 172 176H134Z",
        turned(pen, lit(colour, -0.1)),
    )
    pen.rect(122, 140, 16, 32, 4, turned(pen, "#eef1f3"))
    pen.path("M180 178Q176 214 146 232Q140 232 140 224Q158 208 158 178Z", soft(pen, lit(colour, -0.05)))
    pen.rect(182, 188, 36, 16, 4, soft(pen, "#f4f6f7"))
    pen.gloss("M144 143H228Q240 145 244 156H144Z", 0.3)
    pen.path(body, turned(pen, mix(colour, "#ffffff", 0.35)))
    with pen.inside(body):
        pen.path("M130 296Q200 306 270 296V430H130Z", colour, fill_opacity=0.5)
        pen.gloss("M150 300Q156 272 176 260V410H156Q150 404 150 396Z", 0.3)
        pen.dim("M248 270H270V430H246Z", 0.12)
    label(pen, 156, 310, 88, 84, lit(colour, -0.14))


def draw_bleach(pen: Pen, colour: str) -> None:
    """A jug with a handle for household bleach."""
    body = "M122 288Q124 250 168 234V206H212V230Q262 240 274 288V398Q274 420 252 420H144Q122 420 122 398Z"
    hole = "M222 260Q252 266 254 296V318Q254 330 244 330Q234 330 234 318V300Q232 284 216 278Q212 262 222 260Z"
    pen.shadow(202, 420, 116, 17)
    cap(pen, 160, 176, 60, 34, turned(pen, colour), 9)
    pen.path(f"{body}{hole}", turned(pen, "#f2f0ea"), fill_rule="evenodd")
    pen.path(hole, stroke="#b7b0a2", stroke_width=2.4, stroke_opacity=0.7)
    pen.line("M130 300Q134 262 172 246", "#ffffff", 6, stroke_opacity=0.7)
    pen.path("M122 340H274V398Q274 406 270 410H126Q122 406 122 398Z", turned(pen, colour))
    label(pen, 142, 316, 84, 80, lit(colour, -0.08))
    pen.dim("M258 262Q274 280 274 300V398Q274 420 252 420Q262 404 262 380Z", 0.1)


def draw_oil_bottle(pen: Pen, colour: str) -> None:
    """A tall bottle of oil with a cork and an olive branch."""
    body = "M150 254Q152 228 178 214V142H222V214Q248 228 250 254V400Q250 420 230 420H170Q150 420 150 400Z"
    pen.shadow(204, 420, 104, 16)
    pen.path("M182 108H218L215 146H185Z", pen.across("#a9794a", "#d8ab74", "#8e6036"))
    pen.rect(176, 134, 48, 18, 5, metal_around(pen, GOLD))
    pen.path(
        body,
        pen.across(
            (0, lit(colour, -0.16)),
            (0.24, lit(colour, 0.07)),
            (0.6, lit(colour, -0.02)),
            (1, lit(colour, -0.2)),
        ),
    )
    with pen.inside(body):
        pen.oval(200, 240, 60, 7, lit(colour, 0.14), fill_opacity=0.6)
        pen.gloss("M162 262Q166 238 186 226V152h7V230Q176 246 176 268V410h-10Q162 406 162 398Z", 0.3)
    label(pen, 158, 282, 84, 96, "#7c6a2c")
    pen.line("M168 404Q196 392 232 402", "#5d6b32", 3)
    for x, y, turn in ((180, 400, -50), (196, 396, 35), (214, 397, -30)):
        leaf(pen, x, y, 26, turn, "#7c8f45")
    for x, y in ((250, 414), (274, 410), (142, 416)):
        pen.oval(x, y - 1, 11, 13, pen.ball("#9aa557", "#4c5a23"), transform=f"rotate(24 {x} {y})")
        pen.oval(x - 3, y - 6, 3, 3, "#ffffff", fill_opacity=0.5)


def draw_rose_water(pen: Pen, colour: str) -> None:
    """A waisted bottle of rose water or distillate with blossoms."""
    body = "M158 262Q148 236 180 216V168H220V216Q252 236 242 262Q232 300 246 336Q258 372 250 402Q246 420 228 420H172Q154 420 150 402Q142 372 154 336Q168 300 158 262Z"
    pen.shadow(206, 420, 112, 16)
    cap(pen, 174, 122, 52, 48, metal_around(pen, GOLD), 8)
    clear = mix(colour, "#ffffff", 0.45)
    pen.path(
        body,
        pen.across((0, lit(clear, -0.1)), (0.24, lit(clear, 0.08)), (0.6, clear), (1, lit(clear, -0.14))),
    )
    with pen.inside(body):
        pen.path("M130 250Q200 262 270 250V430H130Z", colour, fill_opacity=0.42)
        pen.gloss(
            "M168 262Q164 240 186 226h8Q178 250 180 270Q190 300 176 340Q168 372 172 410h-10Q152 380 164 338Q176 300 168 262Z",
            0.45,
        )
    label(pen, 164, 320, 72, 76, lit(colour, -0.22))
    for x, y, size in ((262, 396, 22), (290, 408, 16), (136, 408, 17)):
        blossom(pen, x, y, size, "#ef8fa4")
    leaf(pen, 282, 416, 26, 72, "#5f8f54")
    leaf(pen, 122, 416, 22, -70, "#5f8f54")


def draw_perfume(pen: Pen, colour: str) -> None:
    """A square flacon with a gold neck."""
    pen.shadow(204, 420, 118, 17)
    pen.rect(170, 128, 60, 56, 8, metal_around(pen, GOLD))
    pen.gloss("M180 132h8v48h-8Z", 0.5)
    pen.rect(182, 184, 36, 22, 2, metal_around(pen, SILVER))
    pen.rect(126, 204, 148, 216, 18, pen.slant(mix(colour, "#ffffff", 0.82), mix(colour, "#ffffff", 0.45)))
    pen.rect(126, 204, 148, 216, 18, "none", stroke="#ffffff", stroke_opacity=0.8, stroke_width=2.4)
    inner = "M142 236Q142 228 150 228H250Q258 228 258 236V394Q258 404 248 404H152Q142 404 142 394Z"
    pen.path(inner, pen.slant(lit(colour, 0.08), lit(colour, -0.1)))
    with pen.inside(inner):
        pen.path("M142 228H258V250Q200 258 142 250Z", mix(colour, "#ffffff", 0.7))
        pen.line("M200 204V398", "#ffffff", 3, stroke_opacity=0.45)
        pen.gloss("M142 330L230 228H258L142 372Z", 0.16)
    label(pen, 164, 290, 72, 72, lit(colour, -0.16))
    pen.gloss("M132 220Q132 210 142 210h6v204h-6Q132 414 132 404Z", 0.5)


def draw_nail_polish(pen: Pen, colour: str) -> None:
    """Two bottles of nail polish."""
    for x, scale, tone in ((248, 0.82, lit(colour, 0.1)), (166, 1.0, colour)):
        with pen.moved(f"translate({x},420) scale({scale})"):
            pen.shadow(4, 0, 64, 11)
            body = "M-44 -96Q-44 -116 -24 -118H24Q44 -116 44 -96V-16Q44 0 28 0H-28Q-44 0 -44 -16Z"
            pen.path("M-18 -132H18V-116H-18Z", metal_around(pen, GOLD))
            pen.path("M-24 -264Q-24 -274 -14 -274H14Q24 -274 24 -264L20 -130H-20Z", turned(pen, "#3a3236"))
            pen.gloss("M-15 -268h8L-6 -134h-8Z", 0.34)
            pen.path(body, pen.slant(mix(tone, "#ffffff", 0.4), mix(tone, "#ffffff", 0.12)))
            pen.path(
                "M-36 -92Q-36 -106 -22 -108H22Q36 -106 36 -92V-20Q36 -8 24 -8H-24Q-36 -8 -36 -20Z",
                pen.ball(lit(tone, 0.16), lit(tone, -0.08)),
            )
            pen.gloss("M-32 -90Q-31 -102 -20 -102h4V-14h-8Q-32 -14 -32 -22Z", 0.4)


def draw_ink(pen: Pen, colour: str) -> None:
    """An ink bottle with a reed pen and a stroke of ink."""
    pen.path("M84 436L330 428L338 452L70 462Z", "#fbf4e2")
    pen.path("M84 436L330 428L331 431L83 440Z", "#ffffff", fill_opacity=0.8)
    pen.line("M104 448Q150 430 176 446Q212 464 262 440", lit(colour, -0.08), 6, stroke_opacity=0.85)
    pen.shadow(184, 420, 112, 15)
    body = "M100 312Q100 290 126 284H224Q250 290 250 312V396Q250 418 228 418H122Q100 418 100 396Z"
    cap(pen, 136, 230, 78, 56, pen.across(*((place, lit(tone, -0.02)) for place, tone in GOLD.around)), 12)
    pen.path(body, pen.slant(lit(colour, 0.16), lit(colour, -0.08)))
    pen.gloss("M110 312Q110 298 124 294H136V408H122Q110 406 110 394Z", 0.26)
    pen.gloss("M110 312Q110 298 126 293H224Q240 297 240 310Q176 300 110 312Z", 0.2)
    label(pen, 140, 322, 80, 70, "#8a6a2f")
    with pen.moved("rotate(24 270 300)"):
        pen.rect(262, 130, 17, 256, 5, pen.across("#8a5a2c", "#d29a5b", "#7a4a20"))
        pen.path("M262 384H279L274 412L270 424L266 412Z", pen.down("#c08a4c", "#3a2a20"))
        for y in (170, 246, 320):
            pen.line(f"M262 {y}h17", "#6d4119", 2.6, stroke_opacity=0.7)
    ring_shadow(pen, 176, 417, 72)


def _pump(pen: Pen, colour: str, cx: float, y: float) -> None:
    """A pump head on a collar whose foot stands at y."""
    fill = turned(pen, colour)
    pen.rect(cx - 6, y - 66, 12, 44, 2, fill)
    pen.path(
        f"M{cx - 70} {y - 88}Q{cx - 72} {y - 98} {cx - 56} {y - 98}H{cx + 22}Q{cx + 34} {y - 98} {cx + 34} {y - 86}V{y - 70}H{cx - 24}Q{cx - 40} {y - 76} {cx - 54} {y - 76}L{cx - 58} {y - 64}H{cx - 70}Z",
        fill,
    )
    pen.gloss(f"M{cx - 62} {y - 94}H{cx + 22}Q{cx + 28} {y - 94} {cx + 29} {y - 88}H{cx - 62}Z", 0.35)
    pen.path(
        f"M{cx - 22} {y - 34}H{cx + 22}Q{cx + 30} {y - 34} {cx + 30} {y - 24}V{y + 4}H{cx - 30}V{y - 24}Q{cx - 30} {y - 34} {cx - 22} {y - 34}Z",
        fill,
    )
    for place in range(-3, 4):
        pen.line(f"M{cx + place * 8} {y - 26}V{y + 2}", "#000000", 1.2, stroke_opacity=0.12)
    pen.dim(f"M{cx - 30} {y - 1}h60v5h-60Z", 0.14)


THINGS = (
    Thing("gel", ("hygiene",), "ژل ضدعفونی‌کننده دست", "pump bottle of hand gel", draw_gel, (("turquoise", "wall", "cyan"), ("green", "plinth", "green"), ("blue", "window", "cream")), 1.12),
    Thing("pumpbottle", ("hygiene", "beauty"), "مایع دست‌شویی پمپی", "pump bottle", draw_pump_bottle, (("white", "niche", "green"), ("pink", "sun", "peach"), ("teal", "wall", "cream")), 1.12),
    Thing("shampoo", ("beauty",), "شامپوی گیاهی", "bottle of plant shampoo", draw_shampoo, (("pistachio", "plinth", "green"), ("honey", "window", "cream"), ("lilac", "niche", "lilac")), 1.12),
    Thing("spray", ("hygiene",), "اسپری ضدعفونی‌کننده سطوح", "surface spray", draw_spray, (("turquoise", "window", "cream"), ("green", "wall", "green")), 1.12),
    Thing("bleach", ("hygiene",), "سفیدکننده خانگی", "jug of household bleach", draw_bleach, (("blue", "wall", "cyan"),), 1.12),
    Thing("oilbottle", ("food",), "بطری روغن زیتون", "bottle of olive oil", draw_oil_bottle, (("olive", "niche", "cream"), ("amber", "plinth", "peach")), 1.12),
    Thing("rosewater", ("food", "beauty"), "بطری گلاب", "bottle of rose water", draw_rose_water, (("pink", "niche", "pink"), ("green", "plinth", "green")), 1.12),
    Thing("perfume", ("beauty",), "عطر", "perfume bottle", draw_perfume, (("amber", "sun", "peach"), ("lilac", "plinth", "lilac"), ("turquoise", "window", "cyan")), 1.12),
    Thing("nailpolish", ("beauty",), "لاک ناخن", "two bottles of nail polish", draw_nail_polish, (("burgundy", "sun", "pink"), ("coral", "wall", "cream")), 1.12),
    Thing("ink", ("stationery",), "مرکب و قلم نی", "bottle of ink with a reed pen", draw_ink, (("black", "wall", "cream"), ("brown", "niche", "peach"), ("blue", "window", "cyan")), 1.12),
)  # fmt: skip
