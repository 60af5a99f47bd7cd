"""Games: puzzles, chess, backgammon, memory cards."""

from __future__ import annotations

from math import cos, pi, sin

from marketplace.demo.art.metals import GOLD
from marketplace.demo.art.pen import Pen, lit, poly, star
from marketplace.demo.art.shapes import PINE
from marketplace.demo.art.thing import Thing, soft, turned


def draw_puzzle(pen: Pen, colour: str) -> None:
    """A puzzle of nine pieces, one being put in."""
    pen.shadow(200, 424, 140, 15)
    pen.rect(74, 166, 252, 252, 10, pen.across(*PINE))
    pen.rect(88, 180, 224, 224, 4, lit(PINE[0], -0.14))
    tones = (
        colour,
        "#efb52f",
        lit(colour, 0.14),
        "#d8605a",
        "#fdf3da",
        "#4d9a57",
        lit(colour, -0.1),
        "#e58f4a",
        "#7fb6c9",
    )
    for place in reversed(range(8)):
        x, y = 89 + place % 3 * 74, 181 + place // 3 * 74
        _piece(pen, x, y, 74, tones[place], place)
    pen.path(star(200, 292, 60, 32, 8), "#fdf6e4", fill_opacity=0.5)
    with pen.moved("translate(34,-150) rotate(14 274 366)"):
        pen.path("M237 329h74v74h-74Z", "#201308", fill_opacity=0.2, transform="translate(5,9)")
        _piece(pen, 237, 329, 74, tones[8], 8)


def draw_chess(pen: Pen, colour: str) -> None:
    """A chess board with pieces."""
    pen.shadow(204, 422, 164, 18)
    corners = ((86, 306), (314, 306), (364, 404), (36, 404))
    pen.path(
        poly((36, 404), (364, 404), (364, 420), (36, 420)),
        pen.across(lit(colour, -0.1), lit(colour, 0.04), lit(colour, -0.14)),
    )
    pen.path(poly(*corners), soft(pen, colour))
    for rank in range(8):
        for file in range(8):
            square = [_on_board(file + dx, rank + dy) for dx, dy in ((0, 0), (1, 0), (1, 1), (0, 1))]
            pen.path(poly(*square), "#f3e0bb" if (rank + file) % 2 else lit(colour, -0.14))
    pale, dark = "#f0dcb4", lit(colour, -0.16)
    for column, row, kind, tone in (
        (1.5, 1.5, "rook", dark),
        (4.5, 1.5, "king", dark),
        (6.5, 2.5, "pawn", dark),
        (2.5, 4.5, "pawn", pale),
        (5.5, 5.5, "pawn", dark),
        (0.5, 6.5, "rook", pale),
        (3.5, 6.5, "king", pale),
        (6.5, 6.5, "pawn", pale),
    ):
        x, y = _on_board(column, row)
        _chessman(pen, x, y, 0.7 + row * 0.07, kind, tone)


def draw_backgammon(pen: Pen, colour: str) -> None:
    """An inlaid backgammon board, open, with pieces and dice."""
    pen.shadow(204, 424, 158, 15)
    pen.rect(44, 150, 312, 270, 10, soft(pen, colour))
    for left in (58, 206):
        pen.rect(left, 164, 136, 242, 3, pen.down("#f3ddb0", "#e2c38a"))
        for place in range(6):
            x = left + 4 + place * 21.6
            pen.path(
                f"M{x:.1f} 166L{x + 10:.1f} 262L{x + 20:.1f} 166Z",
                "#7a2e2a" if place % 2 else lit(colour, -0.1),
            )
            pen.path(
                f"M{x:.1f} 404L{x + 10:.1f} 308L{x + 20:.1f} 404Z",
                lit(colour, -0.1) if place % 2 else "#7a2e2a",
            )
        pen.path(star(left + 68, 285, 20, 11, 8), lit(colour, -0.1))
        pen.path(star(left + 68, 285, 9, 4.500, 8), GOLD.light)
    for x in range(50, 352, 15):
        for y in (157, 413):
            pen.path(star(x + 4, y, 5, 2.500, 6), "#f0d9a6")
    for x, y, tone in (
        (73, 178, 0),
        (73, 197, 0),
        (73, 216, 0),
        (137, 392, 1),
        (137, 373, 1),
        (221, 392, 0),
        (221, 373, 0),
        (285, 178, 1),
        (285, 197, 1),
        (329, 392, 0),
    ):
        fill = ("#fdf3da", "#3a211a")[tone]
        pen.oval(x, y + 2, 10, 10, "#201308", fill_opacity=0.3)
        pen.oval(x, y, 10, 10, pen.ball(lit(fill, 0.1), lit(fill, -0.08)))
        pen.oval(x, y, 6, 6, "none", stroke=lit(fill, -0.14 if tone == 0 else 0.2), stroke_width=1.2)
    for x, y, turn in ((256, 268, 14), (282, 292, -18)):
        with pen.moved(f"rotate({turn} {x} {y})"):
            pen.rect(x - 10, y - 10, 20, 20, 4, pen.slant("#ffffff", "#ddd5c6"))
            for dx, dy in ((-5, -5), (5, 5), (0, 0), (5, -5), (-5, 5)):
                pen.oval(x + dx, y + dy, 2, 2, "#2c2326")
    pen.rect(196, 150, 8, 270, 0, lit(colour, -0.2))


def draw_memory(pen: Pen, colour: str) -> None:
    """A box of picture cards with three cards in front."""
    pen.shadow(204, 424, 152, 16)
    pen.rect(86, 152, 228, 196, 10, soft(pen, colour))
    pen.rect(98, 164, 204, 172, 6, "none", stroke="#fdf6e4", stroke_width=2.4)
    for row in range(3):
        for place in range(4):
            pen.path(
                star(126 + place * 49, 194 + row * 52, 17, 9, 8),
                "#fdf6e4" if (row + place) % 2 else "#efb52f",
            )
    for x, y, turn, kind in ((96, 300, -12, 0), (162, 314, 2, 1), (228, 300, 13, 2)):
        with pen.moved(f"rotate({turn} {x + 40} {y + 54})"):
            pen.rect(x + 3, y + 4, 80, 108, 9, "#201308", fill_opacity=0.2)
            pen.rect(x, y, 80, 108, 9, pen.slant("#fffdf6", "#f1e6d0"))
            pen.rect(x + 7, y + 7, 66, 94, 6, ("#d9edf0", "#fbe3d6", "#e3efd6")[kind])
            _card_picture(pen, x + 40, y + 54, kind)


def _piece(pen: Pen, x: float, y: float, size: float, tone: str, place: int) -> None:
    knob = size * 0.15
    right = (
        f"v{size * 0.36:.1f}a{knob:.1f} {knob:.1f} 0 1 1 0 {size * 0.28:.1f}v{size * 0.36:.1f}"
        if place % 3 < 2
        else f"v{size}"
    )
    foot = (
        f"h-{size * 0.36:.1f}a{knob:.1f} {knob:.1f} 0 1 1 -{size * 0.28:.1f} 0h-{size * 0.36:.1f}"
        if place // 3 < 2
        else f"h-{size}"
    )
    pen.path(
        f"M{x} {y}h{size}{right}{foot}Z",
        pen.slant(lit(tone, 0.06), lit(tone, -0.05)),
        stroke=lit(tone, -0.16),
        stroke_width=1.6,
    )


def _on_board(column: float, row: float) -> tuple[float, float]:
    share = (row / 8) ** 1.15
    half = 106 + 44 * share
    return 200 - half + 2 * half * column / 8, 311 + 88 * share


def _chessman(pen: Pen, x: float, y: float, scale: float, kind: str, tone: str) -> None:
    with pen.moved(f"translate({x:.1f},{y:.1f}) scale({scale:.2f})"):
        fill = turned(pen, tone)
        pen.oval(0, 2, 24, 7, "#201308", fill_opacity=0.3)
        pen.path("M-21 0Q-21 -12 -12 -14L-8 -52H8L12 -14Q21 -12 21 0Q0 8 -21 0Z", fill)
        if kind == "pawn":
            pen.oval(0, -60, 14, 14, pen.ball(lit(tone, 0.1), lit(tone, -0.1)))
            return
        pen.path("M-10 -50L-14 -86H14L10 -50Z", fill)
        if kind == "rook":
            pen.path("M-18 -86V-108H-9V-100H-4V-108H4V-100H9V-108H18V-86Z", fill)
            return
        pen.path("M-18 -88Q-26 -112 -10 -108L0 -120L10 -108Q26 -112 18 -88Z", fill)
        pen.oval(0, -126, 7, 7, pen.ball(lit(tone, 0.14), lit(tone, -0.1)))


def _card_picture(pen: Pen, x: float, y: float, kind: int) -> None:
    if kind == 0:
        pen.path(
            f"M{x - 24} {y}Q{x} {y - 22} {x + 16} {y}L{x + 28} {y - 12}V{y + 12}L{x + 16} {y}Q{x} {y + 22} {x - 24} {y}Z",
            "#e57f3b",
        )
        pen.oval(x - 12, y - 3, 3, 3, "#2c2326")
    elif kind == 1:
        pen.oval(x, y + 4, 22, 22, pen.ball("#e8515b", "#a32a38"))
        pen.path(
            f"M{x - 8} {y - 16}L{x - 12} {y - 30}L{x - 4} {y - 24}L{x} {y - 34}L{x + 4} {y - 24}L{x + 12} {y - 30}L{x + 8} {y - 16}Z",
            "#a32a38",
        )
    else:
        for place in range(6):
            px, py = x + 16 * sin(place * pi / 3), y - 16 * cos(place * pi / 3)
            pen.oval(px, py, 11, 11, "#8d5fa8")
        pen.oval(x, y, 9, 9, "#efb52f")


THINGS = (
    Thing("puzzle", ("toys",), "جورچین", "puzzle", draw_puzzle, (("blue", "wall", "cream"), ("turquoise", "wall", "pink")), 1.0, "multicolour"),
    Thing("chess", ("toys",), "شطرنج", "chess set", draw_chess, (("brown", "niche", "cream"), ("amber", "wall", "green"))),
    Thing("backgammon", ("toys",), "تخته نرد", "backgammon board", draw_backgammon, (("brown", "wall", "cream"), ("amber", "wall", "peach"))),
    Thing("memory", ("toys",), "کارت‌های جفت‌یابی", "memory cards", draw_memory, (("blue", "wall", "cream"), ("coral", "wall", "green")), 1.02, "multicolour"),
)  # fmt: skip
