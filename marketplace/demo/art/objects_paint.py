"""Drawing and painting: pencils, paints, brushes, pads."""

from __future__ import annotations

from marketplace.demo.art.metals import SILVER, STEEL
from marketplace.demo.art.pen import Pen, at, lit, poly, star
from marketplace.demo.art.shapes import PINE
from marketplace.demo.art.thing import Thing, metal_around, soft, turned

SIX = ("#d8434f", "#efb52f", "#4d9a57", "#2f8fc0", "#8d5fa8", "#e57f3b")


def draw_pencils(pen: Pen, colour: str) -> None:
    """Pencils in a tiled cup."""
    pen.shadow(204, 420, 110, 17)
    for x, top, turn, tone in (
        (162, 150, -14, "#efb52f"),
        (182, 122, -6, colour),
        (204, 136, 1, "#d8434f"),
        (224, 118, 8, "#4d9a57"),
        (242, 152, 15, "#8d5fa8"),
    ):
        with pen.moved(f"rotate({turn} {x} 400)"):
            _pencil(pen, x, top, 220, tone, rubber=tone == "#efb52f")
    _cup(pen, colour)


def draw_colour_pencils(pen: Pen, colour: str) -> None:
    """A tin of twelve colour pencils."""
    pen.shadow(204, 424, 156, 15)
    tones = (*SIX, "#1f7f86", "#a8703f", "#e58a9c", "#2a2d33", "#9cc24a", "#5a6fc0")
    for place, tone in enumerate(tones):
        _pencil(pen, 68 + place * 22.4, 120 + abs(place - 5.5) * 4.5, 250, tone, wide=19)
    pen.path("M52 270H348V404Q348 420 332 420H68Q52 420 52 404Z", soft(pen, colour))
    pen.path("M52 270H348V280H52Z", lit(colour, 0.18))
    pen.rect(64, 292, 272, 116, 8, "none", stroke="#fdf6e4", stroke_width=2)
    pen.path(star(200, 350, 46, 25, 8), "#fdf6e4")
    for place, tone in enumerate(SIX):
        x, y = at(200, 350, 24, place * 60)
        pen.oval(x, y, 8, 8, tone)
    pen.oval(200, 350, 8, 8, tones[6])
    pen.line("M84 340H138M84 356H120M262 340H316M280 356H316", "#fdf6e4", 4, stroke_opacity=0.7)


def draw_watercolour(pen: Pen, colour: str) -> None:
    """A watercolour tin with a brush."""
    pen.shadow(200, 424, 152, 16)
    pen.path(poly((70, 232), (330, 232), (314, 132), (86, 132)), pen.down("#fffdf8", "#e9e4da"))
    pen.path(
        poly((70, 232), (330, 232), (314, 132), (86, 132)),
        stroke=lit(colour, -0.06),
        stroke_width=8,
        stroke_linejoin="round",
    )
    for x, y, r, tone in (
        (136, 182, 22, "#e58a9c"),
        (196, 170, 19, "#7fc0d0"),
        (248, 190, 24, "#f2cf72"),
        (288, 162, 12, "#9cc27a"),
    ):
        pen.oval(x, y, r * 1.3, r * 0.8, tone, fill_opacity=0.75)
        pen.oval(x - 4, y - 3, r * 0.7, r * 0.4, lit(tone, 0.08), fill_opacity=0.7)
    pen.path(poly((62, 240), (338, 240), (352, 404), (48, 404)), soft(pen, colour))
    pen.path(poly((76, 252), (324, 252), (336, 392), (64, 392)), "#f6f2ea")
    tones = (*SIX, "#1f7f86", "#a8703f", "#e58a9c", "#24303f", "#9cc24a", "#6a4a2c")
    for place, tone in enumerate(tones):
        row, column = divmod(place, 6)
        y_pan = 264 + row * 66
        wide = (248 + row * 10) / 6
        x_pan = 200 - 3 * wide + column * wide
        pen.rect(x_pan + 3, y_pan, wide - 6, 52, 4, "#ffffff", stroke="#d5cdbd", stroke_width=1.4)
        pen.rect(x_pan + 7, y_pan + 5, wide - 14, 42, 3, pen.slant(lit(tone, 0.08), lit(tone, -0.06)))
        pen.gloss(f"M{x_pan + 9:.0f} {y_pan + 8}h10v34h-10Z", 0.26)
    pen.path(poly((48, 404), (352, 404), (350, 420), (50, 420)), lit(colour, -0.12))
    with pen.moved("rotate(62 210 330)"):
        _brush(pen, 210, 196, 250, "#2f8fc0")


def draw_paints(pen: Pen, colour: str) -> None:
    """Three paint tubes with a stroke of paint."""
    pen.path(
        "M60 408Q130 372 200 404T346 392Q356 424 320 428Q200 444 88 432Q52 430 60 408Z", soft(pen, colour)
    )
    pen.line("M76 414Q136 386 200 414T336 402", lit(colour, 0.14), 5, stroke_opacity=0.7)
    for x, turn, tone in ((270, 20, "#efb52f"), (128, -18, "#d8434f"), (200, 2, colour)):
        with pen.moved(f"translate({x},396) rotate({turn})"):
            pen.shadow(4, 8, 52, 9, 0.26)
            pen.path(
                "M-46 -244H46L40 -64Q38 -46 18 -42H-18Q-38 -46 -40 -64Z",
                pen.across("#c9ced3", "#fbfcfd", "#b4bbc2"),
            )
            pen.path(
                "M-45 -206H45L41 -92H-41Z", pen.across(lit(tone, -0.05), lit(tone, 0.09), lit(tone, -0.09))
            )
            pen.path(star(0, -150, 30, 16, 8), "#fdf6e4")
            pen.path(star(0, -150, 16, 8, 8), tone)
            pen.rect(-49, -258, 98, 20, 3, metal_around(pen, SILVER))
            for place in range(-4, 5):
                pen.line(f"M{place * 10} -256v15", SILVER.mark, 1.2, stroke_opacity=0.4)
            pen.path("M-18 -42H18V-14Q18 -4 8 -4H-8Q-18 -4 -18 -14Z", turned(pen, "#2f3238"))


def draw_brush_cup(pen: Pen, colour: str) -> None:
    """Brushes in a glazed cup."""
    pen.shadow(204, 420, 110, 17)
    for x, top, turn, tone in (
        (160, 118, -16, "#d8434f"),
        (184, 92, -6, "#2f8fc0"),
        (212, 104, 4, "#4d9a57"),
        (240, 122, 15, "#efb52f"),
    ):
        with pen.moved(f"rotate({turn} {x} 400)"):
            _brush(pen, x, top, 240, tone)
    _cup(pen, colour)


def draw_sketch_pad(pen: Pen, colour: str) -> None:
    """A spiral sketch pad with a drawing of a cypress and a pencil."""
    pen.shadow(204, 424, 128, 16)
    pen.rect(92, 128, 216, 294, 8, lit(colour, -0.08))
    pen.rect(96, 122, 212, 290, 5, pen.slant("#fffdf7", "#f0e6d2"))
    pen.rect(92, 108, 216, 34, 6, soft(pen, colour))
    for place in range(12):
        x = 104 + place * 17.4
        pen.oval(x, 128, 4, 4, "#2a2326", fill_opacity=0.6)
        pen.line(
            f"M{x:.1f} 128Q{x - 7:.1f} 104 {x + 1:.1f} 96Q{x + 8:.1f} 104 {x + 2:.1f} 118", STEEL.dark, 3
        )
    pen.path("M200 184Q240 262 224 334Q216 354 200 356Q184 354 176 334Q160 262 200 184Z", "#cfd8c4")
    for place in range(11):
        pen.line(
            f"M{188 + place * 2} {214 + place * 10}Q{176 + place * 6} {250 + place * 6} {180 + place * 5} {316 + place * 2}",
            "#5f6f5a",
            1.4,
            stroke_opacity=0.7,
        )
    pen.line(
        "M200 184Q240 262 224 334Q216 354 200 356Q184 354 176 334Q160 262 200 184ZM200 356V380M122 380Q200 366 282 382",
        "#4b4a46",
        2,
    )
    pen.line("M126 350Q150 320 168 352M238 350Q258 322 280 356", "#4b4a46", 1.8, stroke_opacity=0.7)
    with pen.moved("rotate(34 300 320)"):
        _pencil(pen, 300, 204, 230, "#efb52f", down=True)


def _pencil(
    pen: Pen,
    x: float,
    top: float,
    long: float,
    tone: str,
    wide: float = 22,
    rubber: bool = False,
    down: bool = False,
) -> None:
    turn = f"rotate(180 {x} {top + long / 2})" if down else "rotate(0)"
    half = wide / 2
    with pen.moved(turn):
        if rubber:
            pen.rect(x - half, top + 4, wide, 24, 5, soft(pen, "#e58a9c"))
            pen.rect(x - half, top + 24, wide, 16, 1, metal_around(pen, SILVER))
        else:
            pen.path(
                f"M{x - half} {top + 38}L{x} {top}L{x + half} {top + 38}Z",
                pen.across("#d9b27a", "#f3d9ae", "#c99b5f"),
            )
            pen.path(f"M{x - half * 0.36:.1f} {top + 14}L{x} {top}L{x + half * 0.36:.1f} {top + 14}Z", tone)
        pen.rect(
            x - half,
            top + 38,
            wide,
            long - 38,
            0,
            pen.across(lit(tone, -0.07), lit(tone, 0.1), lit(tone, 0.02), lit(tone, -0.1)),
        )
        pen.line(
            f"M{x - half * 0.36:.1f} {top + 40}V{top + long}M{x + half * 0.4:.1f} {top + 40}V{top + long}",
            lit(tone, -0.14),
            1.2,
            stroke_opacity=0.5,
        )


def _brush(pen: Pen, x: float, top: float, long: float, tone: str) -> None:
    pen.path(
        f"M{x - 11} {top + 52}Q{x - 17} {top + 24} {x} {top}Q{x + 17} {top + 24} {x + 11} {top + 52}Z",
        pen.down(tone, "#6b4a2c"),
    )
    pen.line(
        f"M{x - 4} {top + 20}L{x - 4} {top + 50}M{x + 4} {top + 20}L{x + 4} {top + 50}",
        "#2a1608",
        1.2,
        stroke_opacity=0.35,
    )
    pen.path(f"M{x - 12} {top + 50}H{x + 12}L{x + 9} {top + 92}H{x - 9}Z", metal_around(pen, SILVER))
    pen.path(
        f"M{x - 9} {top + 92}H{x + 9}Q{x + 12} {top + 130} {x + 6} {top + long}H{x - 6}Q{x - 12} {top + 130} {x - 9} {top + 92}Z",
        pen.across(*PINE),
    )


def _cup(pen: Pen, colour: str) -> None:
    body = "M128 292H272L264 404Q262 420 244 420H156Q138 420 136 404Z"
    pen.path(body, turned(pen, colour))
    pen.path(
        "M128 292Q130 306 200 306Q270 306 272 292L271 304Q266 318 200 318Q134 318 129 304Z", lit(colour, 0.14)
    )
    pen.path("M128 292Q130 306 200 306Q270 306 272 292Q236 296 200 296Q164 296 128 292Z", lit(colour, -0.18))
    with pen.inside(body):
        for place in range(6):
            x = 146 + place * 22
            pen.path(star(x, 362, 14, 7, 8), "#fdf6e4")
            pen.path(star(x, 362, 6, 3, 8), lit(colour, -0.08))
        pen.gloss("M144 312H158L164 418H156Q150 414 148 402Z", 0.35)


THINGS = (
    Thing("pencils", ("stationery",), "مداد در جامدادی رومیزی", "pencils in a cup", draw_pencils, (("turquoise", "wall", "cream"), ("navy", "niche", "peach"))),
    Thing("colourpencils", ("stationery",), "مدادرنگی", "tin of colour pencils", draw_colour_pencils, (("blue", "wall", "cream"), ("teal", "wall", "pink")), 1.0, "multicolour"),
    Thing("watercolour", ("stationery",), "آبرنگ", "watercolour tin", draw_watercolour, (("black", "wall", "cream"), ("teal", "window", "peach")), 1.0, "multicolour"),
    Thing("paints", ("stationery",), "تیوب رنگ", "paint tubes", draw_paints, (("blue", "wall", "cream"), ("turquoise", "wall", "peach"), ("red", "wall", "cyan"), ("green", "wall", "pink")), 0.9),
    Thing("brushcup", ("stationery",), "قلم‌مو", "brushes in a cup", draw_brush_cup, (("brick", "niche", "green"), ("navy", "wall", "cream"))),
    Thing("sketchpad", ("stationery",), "دفتر طراحی", "sketch pad", draw_sketch_pad, (("brick", "wall", "cream"), ("teal", "niche", "peach"))),
)  # fmt: skip
