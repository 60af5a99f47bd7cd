"""A pen for plain SVG: shapes, gradients that are written once, and shades of a colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from math import cos, pi, sin

from marketplace.demo.tones import hex_of, lab

Stop = tuple[float, str] | tuple[float, str, float]
SHADE = "#201308"


class Pen:
    """Draws on a canvas of 400 by 500, of which the middle 356 by 445 are seen."""

    def __init__(self) -> None:
        self._defs: dict[str, str] = {}
        self._stamps: list[str] = []
        self._parts: list[str] = []

    def svg(self) -> str:
        """The finished picture, 712 by 890."""
        defs = "".join(text.replace("ID", name, 1) for text, name in self._defs.items())
        defs += "".join(self._stamps)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" width="712" height="890" viewBox="22 40 356 445" '
            f'preserveAspectRatio="xMidYMid slice"><defs>{defs}</defs>{"".join(self._parts)}</svg>\n'
        )

    def down(self, *stops: Stop | str) -> str:
        """A gradient from top to bottom; plain colours are spread evenly."""
        return self._gradient('linearGradient id="ID" x1="0" y1="0" x2="0" y2="1"', stops)

    def across(self, *stops: Stop | str) -> str:
        """A gradient from left to right."""
        return self._gradient('linearGradient id="ID" x1="0" y1="0" x2="1" y2="0"', stops)

    def slant(self, *stops: Stop | str) -> str:
        """A gradient from the upper left to the lower right."""
        return self._gradient('linearGradient id="ID" x1="0" y1="0" x2="1" y2="1"', stops)

    def ball(self, *stops: Stop | str) -> str:
        """A round gradient lit from the upper left."""
        return self._gradient('radialGradient id="ID" cx="0.36" cy="0.3" r="0.75"', stops)

    def round(self, *stops: Stop | str) -> str:
        """A round gradient from the middle out."""
        return self._gradient('radialGradient id="ID" cx="0.5" cy="0.5" r="0.5"', stops)

    def clip(self, shape: str) -> str:
        """A clip of this path, for `inside`."""
        return self._define(f'<clipPath id="ID"><path d="{shape}"/></clipPath>')

    def path(self, shape: str, fill: str = "none", **style: object) -> None:
        """A path; style names are SVG's with underscores."""
        self._parts.append(f'<path d="{shape}" fill="{fill}"{_style(style)}/>')

    def line(self, shape: str, stroke: str, width: float, **style: object) -> None:
        """An unfilled path with round ends."""
        given = {
            "stroke": stroke,
            "stroke_width": width,
            "stroke_linecap": "round",
            "stroke_linejoin": "round",
            **style,
        }
        self._parts.append(f'<path d="{shape}" fill="none"{_style(given)}/>')

    def stitch(self, shape: str, stroke: str, width: float = 1.6, dash: str = "6 5") -> None:
        """A seam."""
        self.path(shape, stroke=stroke, stroke_width=width, stroke_dasharray=dash, stroke_opacity=0.8)

    def rect(self, x: float, y: float, w: float, h: float, r: float, fill: str, **style: object) -> None:
        """A rectangle with round corners."""
        self._parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" rx="{_n(r)}" fill="{fill}"{_style(style)}/>'
        )

    def oval(self, cx: float, cy: float, rx: float, ry: float, fill: str, **style: object) -> None:
        """An ellipse."""
        self._parts.append(
            f'<ellipse cx="{_n(cx)}" cy="{_n(cy)}" rx="{_n(rx)}" ry="{_n(ry)}" fill="{fill}"{_style(style)}/>'
        )

    def shadow(self, cx: float, cy: float, rx: float, ry: float, dark: float = 0.38) -> None:
        """The soft shadow that a thing throws on the ground."""
        fill = self.round((0, SHADE, dark), (0.5, SHADE, round(dark * 0.45, 3)), (1, SHADE, 0))
        self.oval(cx, cy, rx, ry, fill)

    def gloss(self, shape: str, strength: float = 0.12) -> None:
        """A sheen of light."""
        self.path(shape, "#ffffff", fill_opacity=strength)

    def dim(self, shape: str, strength: float = 0.2) -> None:
        """A part in shade."""
        self.path(shape, "#140a05", fill_opacity=strength)

    @contextmanager
    def moved(self, transform: str) -> Iterator[None]:
        """What is drawn inside is moved, turned or scaled."""
        self._parts.append(f'<g transform="{transform}">')
        yield
        self._parts.append("</g>")

    @contextmanager
    def inside(self, shape: str) -> Iterator[None]:
        """What is drawn inside is seen only within this path."""
        self._parts.append(f'<g clip-path="{self.clip(shape)}">')
        yield
        self._parts.append("</g>")

    @contextmanager
    def stamp(self, name: str) -> Iterator[None]:
        """What is drawn inside is kept under a name, to be put down with `put`."""
        outer, self._parts = self._parts, []
        yield
        self._stamps.append(f'<g id="{name}">{"".join(self._parts)}</g>')
        self._parts = outer

    def put(self, name: str, transform: str) -> None:
        """A kept drawing, moved."""
        self._parts.append(f'<use href="#{name}" transform="{transform}"/>')

    def _gradient(self, tag: str, stops: Sequence[Stop | str]) -> str:
        last = max(1, len(stops) - 1)
        spread = [(place / last, stop) if isinstance(stop, str) else stop for place, stop in enumerate(stops)]
        inner = "".join(_stop(stop) for stop in spread)
        return self._define(f"<{tag}>{inner}</{tag.split()[0]}>")

    def _define(self, text: str) -> str:
        name = self._defs.setdefault(text, f"g{len(self._defs) + 1}")
        return f"url(#{name})"


@cache
def mix(one: str, other: str, share: float) -> str:
    """The colour that lies this share of the way from one to the other."""
    (light, a, b), (other_light, other_a, other_b) = lab(one), lab(other)
    return hex_of(
        (light + (other_light - light) * share, a + (other_a - a) * share, b + (other_b - b) * share)
    )


@cache
def lit(colour: str, by: float) -> str:
    """The colour lighter (by > 0) or darker (by < 0) by this much of the scale from 0 to 1."""
    light, a, b = lab(colour)
    made = min(0.985, max(0.08, light + by))
    keep = 1.0 if by < 0 else max(0.55, 1 - by * 0.9)
    return hex_of((made, a * keep, b * keep))


def at(cx: float, cy: float, radius: float, degrees: float) -> tuple[float, float]:
    """The point at this distance and clockwise angle, 0 being up."""
    turn = degrees * pi / 180
    return round(cx + radius * sin(turn), 1), round(cy - radius * cos(turn), 1)


def star(cx: float, cy: float, outer: float, inner: float, points: int, turn: float = 0) -> str:
    """A path of a star."""
    step = 180 / points
    corners = [at(cx, cy, inner if place % 2 else outer, turn + place * step) for place in range(points * 2)]
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in corners) + "Z"


def poly(*points: tuple[float, float]) -> str:
    """A closed path through points."""
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points) + "Z"


def _stop(stop: tuple[float, Stop | str] | Stop) -> str:
    place, colour, *rest = stop if not isinstance(stop[1], tuple) else stop[1]
    opacity = f' stop-opacity="{rest[0]}"' if rest else ""
    return f'<stop offset="{float(place):.2f}" stop-color="{colour}"{opacity}/>'


def _style(style: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
