"""Shapes that several drawings share: boxes, cubes, gloves, ornaments, hangers, gems."""

from __future__ import annotations

from collections.abc import Callable

from marketplace.demo.art.metals import COPPER, GOLD, SILVER, Metal
from marketplace.demo.art.pen import Pen, lit, poly, star
from marketplace.demo.art.thing import Look, Thing


def crate(pen: Pen, x: float, y: float, w: float, h: float, deep: float, colour: str) -> None:
    """A closed box seen from the front and a little from above and the end side."""
    dx, dy = deep, deep * 0.5
    pen.path(
        poly((x, y), (x + dx, y - dy), (x + w + dx, y - dy), (x + w, y)),
        pen.down(lit(colour, 0.1), lit(colour, 0.05)),
    )
    pen.path(
        poly((x + w, y), (x + w + dx, y - dy), (x + w + dx, y + h - dy), (x + w, y + h)),
        pen.down(lit(colour, -0.08), lit(colour, -0.16)),
    )
    pen.path(
        poly((x, y), (x + w, y), (x + w, y + h), (x, y + h)), pen.down(lit(colour, 0.03), lit(colour, -0.06))
    )
    pen.line(f"M{x} {y}H{x + w}L{x + w + dx} {y - dy}", lit(colour, 0.2), 1.4, stroke_opacity=0.6)


def arabesque(pen: Pen, x: float, y: float, colour: str, width: float = 2.4) -> None:
    for side in (1, -1):
        with pen.moved(f"translate({x},{y}) scale({side},1)"):
            pen.line(
                "M10 0Q26 -24 46 -10Q58 4 44 12Q34 14 36 4M22 -6Q30 16 58 20Q78 18 74 4M46 -10Q60 -26 80 -16",
                colour,
                width,
            )
            pen.path("M74 4q10 -8 16 0q-6 8 -16 0Z", colour)
    pen.path(star(x, y, 11, 6, 8), colour)


# Beech and the paler pine, across a rounded piece.
WOOD = ("#a4723f", "#dcae76", "#8d5d2f")
PINE = ("#c08a52", "#eac491", "#a97440")


BRIGHT = ("#d8434f", "#2f8fc0", "#efb52f", "#4d9a57", "#8d5fa8", "#e57f3b")


def cube(pen: Pen, x: float, y: float, size: float, tone: str) -> None:
    deep = size * 0.2
    pen.path(
        poly((x, y), (x + deep, y - deep * 0.7), (x + size + deep, y - deep * 0.7), (x + size, y)),
        lit(tone, 0.13),
    )
    pen.path(
        poly(
            (x + size, y),
            (x + size + deep, y - deep * 0.7),
            (x + size + deep, y + size - deep * 0.7),
            (x + size, y + size),
        ),
        lit(tone, -0.13),
    )
    pen.rect(x, y, size, size, 3, pen.slant(lit(tone, 0.06), lit(tone, -0.06)))
    pen.rect(
        x + size * 0.1,
        y + size * 0.1,
        size * 0.8,
        size * 0.8,
        3,
        "none",
        stroke=lit(tone, 0.18),
        stroke_width=1.6,
        stroke_opacity=0.6,
    )


def hanger(pen: Pen, y: float = 120) -> None:
    """A wooden hanger whose shoulders are at y."""
    pen.line(
        f"M200 {y - 16}V{y - 30}Q200 {y - 40} 209 {y - 42}Q219 {y - 46} 217 {y - 56}Q213 {y - 66} 203 {y - 63}",
        SILVER.dark,
        4,
    )
    pen.line(f"M200 {y - 16}V{y - 30}Q200 {y - 40} 209 {y - 42}", SILVER.light, 1.4)
    pen.path(
        f"M200 {y - 20}Q226 {y - 14} 272 {y + 18}Q276 {y + 26} 266 {y + 26}Q230 {y + 6} 200 {y - 2}Q170 {y + 6} 134 {y + 26}Q124 {y + 26} 128 {y + 18}Q174 {y - 14} 200 {y - 20}Z",
        pen.across(*WOOD),
    )


def folds(pen: Pen, lines: str, colour: str, width: float = 3) -> None:
    """Soft folds in cloth: a shade with a light beside it."""
    pen.line(lines, lit(colour, -0.14), width, stroke_opacity=0.4)
    with pen.moved("translate(4,0)"):
        pen.line(lines, lit(colour, 0.16), width * 0.7, stroke_opacity=0.3)


STONES = {
    "#1fa7a4": "#1fa7a4",
    "#b3303a": "#b3303a",
    "#2f6bb0": "#274f9c",
    "#3f7a4c": "#3f8a57",
    "#f4f1ea": "#f6efe2",
}


def metal_of(colour: str) -> Metal:
    return {"#c9a227": GOLD, "#bd7348": COPPER}.get(colour, SILVER)


def gem(pen: Pen, x: float, y: float, rx: float, ry: float, tone: str) -> None:
    pen.oval(x, y, rx, ry, pen.ball(lit(tone, 0.18), tone, lit(tone, -0.14)))
    if tone == "#1fa7a4":
        pen.line(
            f"M{x - rx * 0.5:.1f} {y + ry * 0.1:.1f}q{rx * 0.3:.1f}-{ry * 0.3:.1f} {rx * 0.5:.1f} {ry * 0.1:.1f}t{rx * 0.5:.1f} {ry * 0.3:.1f}",
            "#3b2c22",
            max(1.0, rx * 0.06),
            stroke_opacity=0.5,
        )
    pen.oval(
        x - rx * 0.36,
        y - ry * 0.4,
        rx * 0.3,
        ry * 0.2,
        "#ffffff",
        fill_opacity=0.65,
        transform=f"rotate(-24 {x - rx * 0.36:.1f} {y - ry * 0.4:.1f})",
    )


def jewel(name: str, fa: str, en: str, draw: Callable[[Pen, str], None], *looks: Look) -> Thing:
    return Thing(name, ("jewelry",), fa, en, draw, looks)
