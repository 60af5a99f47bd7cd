"""What a drawn object is, and shapes that many objects share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from marketplace.demo.art.metals import Metal
from marketplace.demo.art.pen import Pen, at, lit, star

Look = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Thing:
    """An object with the categories that sell it and its looks: (colour, stage, tint of the stage).

    `scale` makes it larger on the stage, from the middle of the ground upwards. `shown` is its colour in the
    index when what is for sale has another colour than the looks name (the almonds, not their bowl)."""

    name: str
    categories: tuple[str, ...]
    fa: str
    en: str
    draw: Callable[[Pen, str], None]
    looks: tuple[Look, ...]
    scale: float = 1.0
    shown: str | None = None


def soft(pen: Pen, colour: str, light: float = 0.06, dark: float = 0.09) -> str:
    """A matt surface lit from above."""
    return pen.down(lit(colour, light), lit(colour, -dark))


def turned(pen: Pen, colour: str) -> str:
    """The bands of light around something round."""
    return pen.across(
        (0, lit(colour, -0.09)), (0.2, lit(colour, 0.08)), (0.42, lit(colour, 0.02)), (0.78, lit(colour, -0.07)),
        (1, lit(colour, -0.14)),
    )  # fmt: skip


def metal_around(pen: Pen, metal: Metal) -> str:
    """A round piece of metal."""
    return pen.across(*metal.around)


def cap(
    pen: Pen, x: float, y: float, w: float, h: float, fill: str, ribs: int = 0, rib: str = "#000000"
) -> None:
    """A screw cap with a rounded top."""
    pen.path(f"M{x} {y + 7}Q{x} {y} {x + 7} {y}H{x + w - 7}Q{x + w} {y} {x + w} {y + 7}V{y + h}H{x}Z", fill)
    for place in range(1, ribs):
        at_x = x + w * place / ribs
        pen.line(f"M{at_x:.1f} {y + 8}V{y + h - 3}", rib, 1.2, stroke_opacity=0.16)
    pen.gloss(f"M{x + w * 0.16:.1f} {y + 5}h{w * 0.12:.1f}V{y + h}h-{w * 0.12:.1f}Z", 0.35)


def label(pen: Pen, x: float, y: float, w: float, h: float, accent: str, paper: str = "#fdf8ec") -> None:
    """A paper label with a border, an eight-pointed mark and lines of writing."""
    pen.rect(x, y, w, h, 5, paper)
    pen.rect(x + 4, y + 4, w - 8, h - 8, 3, "none", stroke=accent, stroke_opacity=0.55, stroke_width=1.2)
    pen.path(star(x + w / 2, y + h * 0.38, h * 0.2, h * 0.11, 8), accent)
    for place, share in enumerate((0.5, 0.34)):
        wide = w * share
        pen.line(
            f"M{x + (w - wide) / 2:.1f} {y + h * (0.7 + 0.13 * place):.1f}h{wide:.1f}",
            accent,
            2.4,
            stroke_opacity=0.5,
        )


def leaf(pen: Pen, x: float, y: float, size: float, degrees: float, colour: str) -> None:
    """A leaf that starts at a point and leans this much from upright."""
    with pen.moved(f"translate({x:.1f},{y:.1f}) rotate({degrees:.1f}) scale({size / 40:.3f})"):
        pen.path(
            "M0 0C-16 -12 -14 -32 0 -42C14 -32 16 -12 0 0Z", pen.down(lit(colour, 0.08), lit(colour, -0.06))
        )
        pen.line("M0 -2V-34", lit(colour, 0.2), 1.4, stroke_opacity=0.7)


def blossom(pen: Pen, x: float, y: float, size: float, colour: str, heart: str = "#e8a33d") -> None:
    """A flower with five round petals."""
    for place in range(5):
        px, py = at(x, y, size * 0.62, place * 72)
        pen.oval(px, py, size * 0.48, size * 0.48, lit(colour, 0.05 if place % 2 else 0))
    pen.oval(x, y, size * 0.26, size * 0.26, heart)


def ring_shadow(pen: Pen, cx: float, y: float, rx: float) -> None:
    """The dark line where something round meets the ground."""
    pen.oval(cx, y, rx, rx * 0.09, "#140a05", fill_opacity=0.28)
