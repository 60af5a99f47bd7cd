"""What stands on a desk: mice, keyboards, stands, lamps, tripods."""

from __future__ import annotations

from marketplace.demo.art.metals import GOLD, SILVER, STEEL
from marketplace.demo.art.pen import Pen, lit, mix, poly, star
from marketplace.demo.art.thing import Thing, metal_around, soft, turned


def draw_mouse(pen: Pen, colour: str) -> None:
    """A mouse on its pad."""
    pen.path(
        poly((66, 332), (318, 312), (366, 420), (50, 436)),
        pen.slant(mix(colour, "#f3e6d2", 0.55), mix(colour, "#d9c4a3", 0.5)),
    )
    pen.stitch(poly((76, 338), (314, 320), (352, 412), (62, 426)), "#fdf6e4", 1.6, "6 5")
    pen.shadow(206, 400, 108, 20)
    body = "M104 352Q96 236 190 214Q286 206 308 318Q316 388 262 402Q178 420 130 400Q106 390 104 352Z"
    pen.path(body, pen.ball(lit(colour, 0.16), colour, lit(colour, -0.12)))
    pen.path("M190 214Q196 258 206 290Q264 296 308 310Q288 210 190 214Z", lit(colour, 0.08), fill_opacity=0.7)
    pen.line("M190 214Q196 258 206 290M112 306Q160 284 206 290Q262 296 308 312", lit(colour, -0.18), 2.4)
    with pen.moved("rotate(-12 202 250)"):
        pen.rect(194, 232, 15, 44, 7, pen.across("#2a2d33", "#6b7079", "#24272c"))
        for y in range(238, 274, 6):
            pen.line(f"M195 {y}h13", "#15171a", 1.4)
    pen.gloss("M122 336Q124 262 176 234Q142 276 142 340Z", 0.35)
    pen.path(star(226, 350, 15, 8, 8), lit(colour, 0.24), fill_opacity=0.8)


def draw_keyboard(pen: Pen, colour: str) -> None:
    """A keyboard seen at a slant."""
    pen.shadow(204, 410, 166, 22)
    corners = ((78, 258), (322, 258), (368, 390), (32, 390))
    pen.path(
        poly((32, 390), (368, 390), (366, 410), (34, 410)),
        pen.across(lit(colour, -0.18), lit(colour, -0.06), lit(colour, -0.2)),
    )
    pen.path(poly(*corners), pen.down(lit(colour, 0.04), lit(colour, -0.06)))
    pale = mix(colour, "#fdfaf2", 0.82)
    for row, keys in enumerate((12, 12, 11, 10)):
        top, bottom = _row_y(row), _row_y(row + 0.86)
        for key in range(keys):
            tone = (
                "#e0705f" if (row, key) in ((0, 0), (2, 10)) else "#3fa39b" if (row, key) == (1, 11) else pale
            )
            _key(pen, (key + 0.08) / keys, (key + 0.92) / keys, top, bottom, tone)
    for left, right, tone in (
        (0.01, 0.1, pale),
        (0.12, 0.21, pale),
        (0.23, 0.74, "#f3e3c4"),
        (0.76, 0.86, pale),
        (0.88, 0.99, pale),
    ):
        _key(pen, left, right, _row_y(4), _row_y(4.86), tone)
    pen.line("M200 258Q196 214 240 196Q300 176 300 110", lit(colour, -0.1), 7)


def draw_laptop_stand(pen: Pen, colour: str) -> None:
    """A laptop on an aluminium stand."""
    pen.shadow(204, 422, 148, 18)
    pen.path(
        "M112 420L150 330H250L288 420H262L236 356H164L138 420Z",
        pen.across(lit(colour, -0.1), lit(colour, 0.1), lit(colour, -0.14)),
    )
    pen.path("M86 152Q86 138 100 138H300Q314 138 314 152V318H86Z", pen.down("#4d525b", "#2b2e34"))
    pen.rect(96, 148, 208, 158, 4, pen.slant("#17666e", "#1f4d78"))
    with pen.inside("M96 148H304V306H96Z"):
        pen.path(star(200, 228, 70, 38, 8), "#3fb5b8", fill_opacity=0.35)
        pen.path(star(200, 228, 42, 22, 8), "#f0bd55", fill_opacity=0.6)
        pen.gloss("M96 148H210L96 306Z", 0.14)
    pen.path(poly((60, 338), (340, 338), (314, 318), (86, 318)), pen.down(*SILVER.down))
    pen.path(
        "M60 338H340Q340 350 326 350H74Q60 350 60 338Z", pen.across(SILVER.dark, SILVER.light, SILVER.dark)
    )
    pen.rect(172, 338, 56, 5, 2, SILVER.mark, fill_opacity=0.5)
    pen.path("M84 350H120V362H92Q84 362 84 350ZM280 350H316Q316 362 308 362H280Z", lit(colour, -0.12))


def draw_tripod(pen: Pen, colour: str) -> None:
    """A tripod with a phone holder."""
    pen.shadow(200, 424, 130, 14)
    for x, w in ((92, 11), (308, 11), (204, 9)):
        pen.line(f"M200 236L{x} 420", lit(colour, -0.14), w + 3)
        pen.line(f"M199 236L{x - 1} 420", lit(colour, 0.12), w - 5)
        mx, my = 200 + (x - 200) * 0.55, 236 + 184 * 0.55
        pen.oval(mx, my, 10, 8, STEEL.dark)
        pen.oval(x, 420, 9, 6, "#2a2d33")
    pen.path("M172 220H228L220 258H180Z", turned(pen, colour))
    pen.rect(193, 168, 14, 60, 4, metal_around(pen, STEEL))
    pen.rect(228, 228, 52, 10, 5, turned(pen, "#3a3e45"))
    pen.rect(122, 92, 156, 84, 14, pen.slant("#565c66", "#23262c"))
    pen.rect(128, 98, 144, 72, 9, pen.slant("#8fd0d4", "#f3c7a6"))
    pen.oval(200, 132, 17, 17, "#ffffff", fill_opacity=0.6)
    pen.path("M196 123L210 132L196 141Z", "#17666e")
    pen.path("M184 84H216V98H184ZM184 170H216V184H184Z", soft(pen, lit(colour, -0.06)))


def draw_desk_lamp(pen: Pen, colour: str) -> None:
    """A jointed desk lamp, lit."""
    pen.path("M104 222L22 424H228L186 196Z", pen.down((0, "#fff0b8", 0.75), (1, "#fff0b8", 0)))
    pen.shadow(258, 420, 84, 13)
    pen.path("M186 420Q186 402 222 398H294Q328 402 328 420Z", turned(pen, lit(colour, -0.04)))
    for d in ("M258 400L292 264", "M292 264L196 152"):
        pen.line(d, STEEL.dark, 11)
        pen.line(d, STEEL.light, 4)
    pen.oval(292, 264, 14, 14, pen.ball(GOLD.light, GOLD.dark))
    pen.oval(258, 398, 11, 9, pen.ball(GOLD.light, GOLD.dark))
    with pen.moved("rotate(-38 170 170)"):
        pen.path("M150 108H194L236 200Q172 226 108 200Z", turned(pen, colour))
        pen.oval(172, 202, 64, 15, "#fff3cf")
        pen.oval(172, 204, 28, 8, "#ffffff")
        pen.rect(154, 94, 36, 18, 6, turned(pen, lit(colour, -0.08)))
    pen.oval(228, 408, 6, 4, "#e4536a")


def _row_y(row: float) -> float:
    return 268 + float((row / 5) ** 1.12) * 114


def _key(pen: Pen, left: float, right: float, top: float, bottom: float, tone: str) -> None:
    def x(share: float, y: float) -> float:
        half = 114 + (y - 258) / 132 * 44
        return 200 - half + 2 * half * share

    pen.path(
        poly(
            (x(left, top), top + 3),
            (x(right, top), top + 3),
            (x(right, bottom), bottom + 4),
            (x(left, bottom), bottom + 4),
        ),
        lit(tone, -0.2),
    )
    pen.path(
        poly(
            (x(left, top), top), (x(right, top), top), (x(right, bottom), bottom), (x(left, bottom), bottom)
        ),
        pen.down(lit(tone, -0.03), lit(tone, 0.03)),
    )


THINGS = (
    Thing("mouse", ("digital",), "ماوس", "mouse on its pad", draw_mouse, (("black", "wall", "cream"), ("white", "wall", "cyan"), ("green", "window", "peach")), 1.06),
    Thing("keyboard", ("digital",), "صفحه‌کلید", "keyboard", draw_keyboard, (("black", "wall", "peach"), ("navy", "wall", "cream"), ("white", "wall", "cyan")), 1.04),
    Thing("laptopstand", ("digital",), "پایه لپ‌تاپ", "laptop stand", draw_laptop_stand, (("silver", "wall", "cream"), ("black", "window", "peach"))),
    Thing("desklamp", ("digital",), "چراغ مطالعه", "desk lamp", draw_desk_lamp, (("turquoise", "wall", "lilac"), ("black", "wall", "peach"), ("white", "wall", "green"))),
    Thing("tripod", ("digital",), "سه‌پایه", "tripod with a phone", draw_tripod, (("black", "wall", "cream"), ("silver", "wall", "pink"))),
)  # fmt: skip
