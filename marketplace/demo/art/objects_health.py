"""Health and hygiene: masks, gloves, wipes, kits, thermometers, paper, toothbrushes, plasters."""

from __future__ import annotations

from marketplace.demo.art.metals import SILVER
from marketplace.demo.art.pen import Pen, lit, mix, star
from marketplace.demo.art.shapes import crate
from marketplace.demo.art.thing import Thing, label, leaf, soft, turned


def draw_mask_box(pen: Pen, colour: str) -> None:
    """A box of masks with one drawn out and one lying in front."""
    pen.shadow(210, 420, 152, 18)
    crate(pen, 78, 262, 206, 156, 50, "#f4f6f6")
    pen.path("M78 330H284V418H78Z", soft(pen, colour))
    pen.path("M284 330L334 305V393L284 418Z", lit(colour, -0.12))
    pen.path("M130 249Q206 232 296 243Q270 256 220 255Q160 258 130 249Z", "#2a3238", fill_opacity=0.55)
    _mask(pen, 214, 222, 0.86, mix(colour, "#ffffff", 0.6), -4)
    pen.path("M128 252Q206 262 300 246L292 258Q206 270 124 262Z", pen.down("#ffffff", "#e6eaea"))
    label(pen, 96, 280, 66, 62, lit(colour, -0.05))
    pen.line("M178 290H262M178 304H244M178 318H230", lit(colour, -0.05), 4, stroke_opacity=0.5)
    pen.line("M100 372H190M100 386H170", "#ffffff", 4, stroke_opacity=0.7)
    pen.path(star(248, 378, 20, 11, 8), "#ffffff", fill_opacity=0.85)
    _mask(pen, 276, 418, 0.8, mix(colour, "#ffffff", 0.72), 8)


def draw_cloth_mask(pen: Pen, colour: str) -> None:
    """Two washable cloth masks."""
    pen.shadow(200, 424, 140, 16)
    for y, scale, tone, turn in ((264, 1.3, lit(colour, 0.12), -7), (364, 1.5, colour, 4)):
        with pen.moved(f"translate(200,{y}) rotate({turn}) scale({scale})"):
            pen.line("M-62 -18Q-104 -30 -98 6Q-92 34 -58 24M62 -18Q104 -30 98 6Q92 34 58 24", "#f3ece0", 4)
            body = "M-66 -26Q-30 -38 0 -46Q30 -38 66 -26Q72 0 58 28Q30 42 0 50Q-30 42 -58 28Q-72 0 -66 -26Z"
            pen.path(body, pen.slant(lit(tone, 0.07), lit(tone, -0.1)))
            with pen.inside(body):
                for row in range(-2, 3):
                    for place in range(-3, 4):
                        x = place * 21 + row % 2 * 10
                        pen.path(star(x, row * 20, 7, 3.4, 5), "#fdf6e6", fill_opacity=0.7)
                pen.dim("M0 -46Q30 -38 66 -26Q72 0 58 28Q30 42 0 50Q8 0 0 -46Z", 0.12)
            pen.line("M0 -45Q9 0 0 49", lit(tone, -0.16), 1.8, stroke_opacity=0.7)
            pen.stitch(
                "M-60 -23Q-30 -33 0 -40Q30 -33 60 -23M-54 24Q-30 37 0 44Q30 37 54 24",
                lit(tone, 0.22),
                1.4,
                "4 4",
            )


def draw_glove_box(pen: Pen, colour: str) -> None:
    """A box of disposable gloves with one coming out."""
    pen.shadow(210, 420, 150, 18)
    glove(pen, 196, 250, 0.92, mix(colour, "#ffffff", 0.35), 6)
    crate(pen, 74, 264, 214, 154, 48, "#f2f5f5")
    pen.oval(206, 252, 62, 9, "#27323a", fill_opacity=0.7)
    glove(pen, 200, 262, 0.84, mix(colour, "#ffffff", 0.25), -4, cuff=False)
    pen.path("M132 256Q206 270 282 254Q276 264 206 266Q138 266 132 256Z", "#ffffff")
    pen.path("M74 300H288V384H74Z", soft(pen, colour))
    pen.path("M288 300L336 276V360L288 384Z", lit(colour, -0.13))
    _hand_mark(pen, 116, 342)
    pen.line("M166 328H262M166 344H240M166 360H222", "#ffffff", 5, stroke_opacity=0.8)


def draw_wipes(pen: Pen, colour: str) -> None:
    """A soft pack of wipes with an open lid."""
    pen.shadow(206, 420, 150, 18)
    body = "M64 318Q58 296 84 292Q200 280 320 292Q344 296 338 318Q330 352 340 396Q342 416 318 418Q200 426 84 418Q60 416 62 396Q72 352 64 318Z"
    pen.path(body, soft(pen, colour, 0.08, 0.1))
    with pen.inside(body):
        pen.line(
            "M74 292Q86 350 74 420M88 290Q98 350 88 420M326 290Q314 350 326 420M312 290Q304 350 312 420",
            lit(colour, -0.12),
            3,
            stroke_opacity=0.4,
        )
        pen.gloss("M104 292Q200 284 300 292V308Q200 298 104 308Z", 0.35)
    pen.path("M150 268Q158 206 200 196Q196 222 226 226Q252 232 254 268Z", pen.down("#ffffff", "#dfe8ea"))
    pen.line("M176 262Q180 226 198 204M212 264Q206 242 224 230", "#c7d4d8", 2.2, stroke_opacity=0.8)
    pen.rect(126, 262, 152, 44, 16, soft(pen, "#f6f8f8"))
    pen.rect(138, 266, 128, 28, 12, "#cfdadd")
    pen.path("M150 280Q160 262 200 262Q240 262 254 280Q200 294 150 280Z", "#ffffff")
    pen.path(
        "M266 262Q300 236 300 190Q302 176 290 178L270 184Q274 236 250 262Z", pen.across("#ffffff", "#d3dde0")
    )
    label(pen, 164, 326, 76, 72, lit(colour, -0.1))
    for x, turn in ((122, -30), (132, 24), (284, 30), (274, -24)):
        leaf(pen, x, 384, 30, turn, "#8fbf7f")


def draw_kit(pen: Pen, colour: str) -> None:
    """A hygiene kit: a zip bag with a pair of gloves and an alcohol pad."""
    pen.shadow(206, 420, 140, 18)
    bag = "M92 190Q92 178 104 178H296Q308 178 308 190V402Q308 418 292 418H108Q92 418 92 402Z"
    pen.path(bag, pen.slant("#f7fbfb", mix(colour, "#ffffff", 0.7)))
    with pen.inside(bag):
        glove(pen, 166, 420, 1.12, mix(colour, "#ffffff", 0.2), -8)
        glove(pen, 218, 424, 1.12, mix(colour, "#ffffff", 0.05), 7)
        with pen.moved("rotate(9 254 350)"):
            pen.rect(206, 312, 94, 88, 5, pen.slant("#ffffff", "#ccd9e4"))
            pen.rect(206, 312, 94, 10, 2, "#e9f0f4", stroke="#b8c8d2", stroke_width=0.8)
            pen.rect(206, 390, 94, 10, 2, "#e9f0f4", stroke="#b8c8d2", stroke_width=0.8)
            pen.path("M253 332Q270 352 264 366Q258 378 253 378Q246 378 241 366Q236 352 253 332Z", "#3f8fc0")
            pen.gloss("M214 326h10v58h-10Z", 0.7)
        pen.gloss("M92 178L180 178L92 330Z", 0.24)
    pen.rect(92, 178, 216, 28, 8, soft(pen, colour))
    pen.line("M100 192H300", "#ffffff", 3, stroke_opacity=0.75)
    pen.rect(278, 182, 30, 20, 5, soft(pen, "#f4f1e8"))
    pen.path(bag, stroke=lit(colour, -0.05), stroke_opacity=0.35, stroke_width=2)


def draw_first_aid(pen: Pen, colour: str) -> None:
    """A first-aid box with a handle and two clasps."""
    pen.shadow(206, 420, 154, 18)
    pen.path(
        "M160 246V226Q160 210 176 210H228Q244 210 244 226V246H230V228Q230 224 226 224H178Q174 224 174 228V246Z",
        pen.down("#5d636b", "#33373d"),
    )
    crate(pen, 70, 262, 226, 156, 40, colour)
    pen.line("M70 312H296L336 292", lit(colour, -0.2), 3, stroke_opacity=0.7)
    pen.line("M70 315H296L336 295", lit(colour, 0.2), 1.4, stroke_opacity=0.6)
    for x in (110, 238):
        pen.rect(x, 298, 22, 30, 4, pen.down(*SILVER.down))
        pen.rect(x + 6, 314, 10, 10, 2, SILVER.mark, fill_opacity=0.6)
    pen.oval(183, 360, 44, 44, "#fdfaf4")
    pen.path("M173 332H193V350H211V370H193V388H173V370H155V350H173Z", "#2f8f5b")
    pen.gloss("M78 268H110L86 412H78Z", 0.16)


def draw_tissue_box(pen: Pen, colour: str) -> None:
    """A box of tissues, one standing up."""
    pen.shadow(210, 420, 152, 18)
    crate(pen, 70, 302, 232, 116, 56, colour)
    pen.oval(214, 288, 74, 9, "#2a2226", fill_opacity=0.5)
    pen.path(
        "M154 288Q150 232 186 176Q196 204 214 182Q230 210 252 190Q246 240 276 288Q214 300 154 288Z",
        pen.across("#ffffff", "#eef2f4", "#d9e1e6"),
    )
    pen.line(
        "M186 182Q180 236 188 288M214 188Q216 240 208 290M250 196Q236 240 240 286",
        "#c6d1d8",
        2,
        stroke_opacity=0.8,
    )
    with pen.inside("M70 302H302V418H70Z"):
        for row in range(3):
            for place in range(8):
                x, y = 84 + place * 32 + row % 2 * 16, 326 + row * 36
                pen.path(star(x, y, 12, 6, 8), "#fdf8ea", fill_opacity=0.75)
                pen.oval(x, y, 3, 3, lit(colour, -0.1))


def _mask(pen: Pen, x: float, y: float, scale: float, tone: str, turn: float) -> None:
    with pen.moved(f"translate({x},{y}) rotate({turn}) scale({scale})"):
        pen.line("M-66 -22Q-108 -20 -96 16Q-88 34 -64 26M66 -22Q108 -20 96 16Q88 34 64 26", "#ffffff", 3.4)
        pen.path(
            "M-70 -32Q0 -44 70 -32Q74 0 66 32Q0 52 -66 32Q-74 0 -70 -32Z",
            pen.down(lit(tone, 0.03), lit(tone, -0.07)),
        )
        pen.line(
            "M-70 -12Q0 -20 70 -12M-71 6Q0 2 71 6M-69 22Q0 26 69 22", lit(tone, -0.14), 2, stroke_opacity=0.6
        )
        pen.line("M-70 -9Q0 -17 70 -9M-71 9Q0 5 71 9", "#ffffff", 1.6, stroke_opacity=0.8)
        pen.line("M-26 -34Q0 -38 26 -34", lit(tone, -0.2), 3, stroke_opacity=0.5)


def glove(pen: Pen, x: float, y: float, scale: float, tone: str, turn: float, cuff: bool = True) -> None:
    with pen.moved(f"translate({x},{y}) rotate({turn}) scale({scale})"):
        shape = "M-34 0V-62Q-40 -84 -52 -98Q-58 -110 -48 -112Q-36 -108 -26 -90V-146Q-26 -156 -18 -156Q-11 -156 -11 -146L-9 -104V-160Q-9 -170 -1 -170Q7 -170 7 -160L8 -104L12 -152Q13 -162 20 -161Q28 -160 27 -150L25 -100L32 -132Q35 -141 41 -138Q47 -136 45 -127L36 -62L32 0Z"
        pen.path(shape, pen.across(lit(tone, 0.06), lit(tone, -0.01), lit(tone, -0.1)))
        pen.line("M-10 -104Q-2 -84 -6 -60M8 -104Q12 -86 6 -70", lit(tone, -0.13), 2, stroke_opacity=0.6)
        pen.gloss("M-28 -60Q-24 -90 -20 -148h5Q-14 -90 -18 -4h-8Z", 0.35)
        if cuff:
            pen.rect(-37, -10, 72, 12, 5, lit(tone, -0.05))


def _hand_mark(pen: Pen, x: float, y: float) -> None:
    with pen.moved(f"translate({x},{y + 30}) scale(0.36)"):
        pen.path(
            "M-34 0V-62Q-40 -84 -52 -98Q-58 -110 -48 -112Q-36 -108 -26 -90V-146Q-18 -164 -11 -146L-9 -104V-160Q-1 -176 7 -160L8 -104L12 -152Q20 -168 27 -150L25 -100L32 -132Q41 -146 45 -127L36 -62L32 0Z",
            "#ffffff",
        )


def draw_thermometer(pen: Pen, colour: str) -> None:
    """A forehead thermometer."""
    pen.shadow(214, 420, 96, 15)
    pen.path(
        "M190 268Q182 350 170 404Q168 420 184 420H252Q266 420 264 402Q256 340 262 268Z",
        turned(pen, "#f5f5f2"),
    )
    pen.path("M196 290Q192 350 184 396H250Q246 340 250 290Z", turned(pen, colour))
    body = "M92 176Q96 122 150 118H272Q318 124 318 178V236Q314 280 268 282H196Q150 282 130 244L98 236Q86 224 92 176Z"
    pen.path(body, pen.down("#ffffff", "#d9dedf"))
    pen.path("M92 176Q94 146 112 132L126 240L98 236Q86 224 92 176Z", turned(pen, colour))
    pen.rect(160, 138, 122, 72, 12, pen.slant("#24424a", "#16303c"))
    for place, digit in enumerate(("M0 0H16V28H0M0 14H16", "M16 0H0V28H16V14H0", "M16 0H0V28H16V14H0")):
        with pen.moved(f"translate({176 + place * 28 + (place == 2) * 8},160)"):
            pen.line(digit, "#7fe3c4", 4)
    pen.oval(235, 188, 3, 3, "#7fe3c4")
    pen.oval(222, 246, 17, 17, pen.ball(lit(colour, 0.14), lit(colour, -0.1)))
    pen.path("M190 284Q168 290 166 316Q178 322 190 312Z", soft(pen, lit(colour, -0.06)))
    pen.gloss("M140 126H268Q304 130 310 160Q240 134 140 138Z", 0.8)


THINGS = (
    Thing("maskbox", ("hygiene",), "جعبه ماسک", "box of masks", draw_mask_box, (("blue", "wall", "cyan"), ("turquoise", "plinth", "green"), ("green", "window", "cream"))),
    Thing("clothmask", ("hygiene",), "ماسک پارچه‌ای", "two cloth masks", draw_cloth_mask, (("teal", "wall", "cream"), ("coral", "sun", "pink"))),
    Thing("glovebox", ("hygiene",), "جعبه دستکش یک‌بارمصرف", "box of gloves", draw_glove_box, (("turquoise", "wall", "green"), ("blue", "niche", "cyan"), ("lilac", "plinth", "lilac"))),
    Thing("wipes", ("hygiene",), "بسته دستمال مرطوب", "pack of wipes", draw_wipes, (("turquoise", "sun", "cyan"), ("pistachio", "wall", "green"))),
    Thing("kit", ("hygiene",), "بسته بهداشتی", "hygiene kit of gloves and an alcohol pad", draw_kit, (("turquoise", "wall", "cream"), ("blue", "plinth", "cyan"))),
    Thing("firstaid", ("hygiene",), "جعبه کمک‌های اولیه", "first-aid box", draw_first_aid, (("red", "wall", "cream"), ("white", "plinth", "cyan"))),
    Thing("tissuebox", ("hygiene",), "جعبه دستمال کاغذی", "box of tissues", draw_tissue_box, (("teal", "wall", "peach"), ("coral", "niche", "pink"))),
    Thing("thermometer", ("hygiene",), "تب‌سنج پیشانی", "forehead thermometer", draw_thermometer, (("turquoise", "wall", "cream"), ("blue", "plinth", "cyan"), ("pink", "wall", "lilac"))),
)  # fmt: skip
