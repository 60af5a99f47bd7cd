"""Hygiene: paper, toothbrushes, rubber gloves, plasters."""

from __future__ import annotations

from marketplace.demo.art.pen import Pen, lit, mix, star
from marketplace.demo.art.thing import Thing, label, soft, turned


def draw_paper_roll(pen: Pen, colour: str) -> None:
    """Two rolls of paper towel."""
    pen.shadow(206, 420, 140, 18)
    for x, top, wide in ((236, 176, 88), (84, 206, 96)):
        pen.path(
            f"M{x} {top}V404Q{x + wide * 0.6:.0f} 428 {x + wide * 1.2:.0f} 404V{top}Z",
            pen.across("#d8dcdd", "#ffffff", "#f4f4f1", "#c6cbcd"),
        )
        with pen.inside(f"M{x} {top}V404Q{x + wide * 0.6:.0f} 428 {x + wide * 1.2:.0f} 404V{top}Z"):
            for row in range(8):
                for place in range(5):
                    px, py = x + 8 + place * wide * 0.27, top + 30 + row * 28 + place % 2 * 14
                    pen.path(star(px, py, 8, 4, 8), mix(colour, "#ffffff", 0.35))
            pen.line(
                f"M{x} {top + 118}Q{x + wide * 0.6:.0f} {top + 142} {x + wide * 1.2:.0f} {top + 118}",
                "#c9ced0",
                1.6,
                stroke_dasharray="5 5",
            )
        cx, rx = x + wide * 0.6, wide * 0.6
        pen.oval(cx, top, rx, 17, "#f4f4f1")
        pen.oval(cx, top, rx * 0.74, 12, "none", stroke="#d5d9da", stroke_width=1.6)
        pen.oval(cx, top, rx * 0.46, 8, "#c8a878")
        pen.oval(cx, top + 1, rx * 0.36, 6, "#7d5b34")
    pen.path("M199 404Q216 396 226 404L224 420Q206 428 196 416Z", "#ffffff", fill_opacity=0.8)


def draw_tooth_brush(pen: Pen, colour: str) -> None:
    """Two toothbrushes in a glass."""
    pen.shadow(204, 420, 92, 15)
    for x, turn, tone in ((182, -13, colour), (222, 12, "#e57f6b" if colour != "#e07f78" else "#1fa7a4")):
        with pen.moved(f"rotate({turn} {x} 410)"):
            pen.path(
                f"M{x - 8} 400Q{x - 12} 280 {x - 7} 220Q{x - 5} 170 {x - 8} 104Q{x} 94 {x + 8} 104Q{x + 6} 170 {x + 8} 220Q{x + 12} 280 {x + 8} 400Z",
                turned(pen, tone),
            )
            for row in range(5):
                pen.rect(x - 32, 106 + row * 11, 26, 9, 2, pen.across("#ffffff", "#dfeaf0"))
                pen.rect(x - 32, 106 + row * 11, 9, 9, 2, mix(tone, "#ffffff", 0.45))
    glass = "M138 256H262L252 400Q250 420 230 420H170Q150 420 148 400Z"
    pen.path(glass, "#ffffff", fill_opacity=0.5)
    pen.path("M144 330H256L251 400Q249 416 230 416H170Q151 416 149 400Z", "#bfe3ec", fill_opacity=0.6)
    pen.path(glass, stroke="#ffffff", stroke_width=3, stroke_opacity=0.9)
    pen.oval(200, 256, 62, 9, "none", stroke="#ffffff", stroke_width=3)
    pen.oval(200, 330, 56, 7, "#d9f0f5", fill_opacity=0.8)
    pen.gloss("M152 268H166L170 412H162Q156 408 155 400Z", 0.6)


def draw_rubber_gloves(pen: Pen, colour: str) -> None:
    """A pair of washing-up gloves."""
    pen.shadow(204, 424, 120, 15)
    for x, turn, side, tone in ((250, 12, -1, lit(colour, -0.04)), (158, -8, 1, colour)):
        with pen.moved(f"translate({x},416) rotate({turn}) scale({side * 1.42},1.42)"):
            shape = "M-36 0L-34 -74Q-42 -94 -54 -108Q-60 -120 -49 -122Q-36 -116 -26 -100V-160Q-26 -171 -17 -171Q-9 -171 -9 -160L-7 -116V-176Q-7 -187 2 -187Q11 -187 11 -176L12 -112L16 -166Q17 -177 25 -176Q34 -175 33 -164L31 -110L38 -142Q41 -151 48 -148Q54 -146 52 -136L40 -72L38 0Z"
            pen.path(shape, pen.across(lit(tone, 0.08), lit(tone, 0.01), lit(tone, -0.1)))
            with pen.inside(shape):
                pen.path("M-60 -70H60V10H-60Z", lit(tone, -0.04))
                for row in range(4):
                    for place in range(5):
                        pen.oval(
                            -22 + place * 12 + row % 2 * 6,
                            -104 + row * 11,
                            3,
                            3,
                            lit(tone, 0.12),
                            fill_opacity=0.7,
                        )
                pen.rect(-40, -22, 84, 22, 0, mix(tone, "#fdf6e4", 0.7))
                pen.gloss("M-30 -70L-22 -158h6L-20 -4h-10Z", 0.3)
            pen.rect(-41, -6, 84, 12, 6, lit(tone, -0.08))


def draw_plaster(pen: Pen, colour: str) -> None:
    """A box of plasters with three lying in front."""
    pen.shadow(204, 422, 142, 17)
    pen.path("M96 196L120 172H316L298 196Z", lit(colour, 0.12))
    pen.path("M298 196L316 172V348L298 372Z", lit(colour, -0.16))
    pen.rect(96, 196, 202, 176, 4, soft(pen, colour))
    pen.rect(108, 208, 178, 152, 4, "none", stroke="#fdf6e4", stroke_width=2)
    label(pen, 156, 224, 84, 76, lit(colour, -0.08))
    pen.line("M132 326H264M150 342H246", "#fdf6e4", 4, stroke_opacity=0.8)
    for x, y, turn, tone in ((120, 390, -16, "#e9b98f"), (206, 404, 7, "#f1cfae"), (284, 386, -6, "#dba478")):
        with pen.moved(f"translate({x},{y}) rotate({turn})"):
            pen.rect(-62, -16, 128, 38, 19, "#201308", fill_opacity=0.16)
            pen.rect(-64, -20, 128, 38, 19, soft(pen, tone, 0.05, 0.05))
            pen.rect(-22, -17, 44, 32, 5, lit(tone, 0.07))
            for dx in (-10, 0, 10):
                for dy in (-8, -1, 6):
                    pen.oval(dx, dy, 1.6, 1.6, lit(tone, -0.14))
            for dx in (-46, -36, 36, 46):
                pen.oval(dx, -1, 2, 2, lit(tone, -0.12))


THINGS = (
    Thing("paperroll", ("hygiene",), "رول دستمال حوله‌ای", "rolls of paper towel", draw_paper_roll, (("turquoise", "wall", "cream"), ("coral", "wall", "green"))),
    Thing("toothbrush", ("hygiene",), "مسواک", "toothbrushes in a glass", draw_tooth_brush, (("turquoise", "wall", "pink"), ("blue", "window", "cream"), ("green", "wall", "peach"))),
    Thing("rubbergloves", ("hygiene",), "دستکش ظرف‌شویی", "washing-up gloves", draw_rubber_gloves, (("yellow", "wall", "cyan"), ("pink", "wall", "cream"), ("green", "sun", "peach"))),
    Thing("plaster", ("hygiene",), "چسب زخم", "box of plasters", draw_plaster, (("teal", "wall", "cream"), ("coral", "wall", "cyan"))),
)  # fmt: skip
