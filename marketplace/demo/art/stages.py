"""The quiet stages that things stand on: wall, sun, window light, niche and plinth, in pale tints."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.demo.art.pen import Pen


@dataclass(frozen=True, slots=True)
class Tint:
    """The colours of a stage, each from top to bottom."""

    wall: tuple[str, str]
    deep: tuple[str, str]
    floor: tuple[str, str]
    line: str
    rim: tuple[str, str, str]


TINTS = {
    "pink": Tint(
        ("#fbe0e1", "#f0cecf"),
        ("#f6bdc0", "#fad7d9"),
        ("#fce9ea", "#e7cdce"),
        "#cf9d9f",
        ("#d8abad", "#f3d3d5", "#dfb8ba"),
    ),
    "cyan": Tint(
        ("#d2eef0", "#bbe0e2"),
        ("#a4d3d6", "#c8e6e8"),
        ("#e7f5f6", "#d1eaec"),
        "#86b7ba",
        ("#97c4c7", "#cbe8e9", "#a8d0d2"),
    ),
    "green": Tint(
        ("#e2ecda", "#d0dcc6"),
        ("#bcd0ab", "#d8e5cd"),
        ("#edf3e7", "#cfdcc4"),
        "#9bb287",
        ("#aec29d", "#dbe7d1", "#bacda9"),
    ),
    "cream": Tint(
        ("#f3e6d2", "#e5d5bb"),
        ("#d9c4a3", "#ebdcc4"),
        ("#f4eada", "#dfd3bf"),
        "#bca47d",
        ("#cbb48d", "#efe2cb", "#d5c09c"),
    ),
    "lilac": Tint(
        ("#f1e3ef", "#e3d1e1"),
        ("#d6bfd3", "#e8d8e6"),
        ("#f3e7f1", "#ddcfdb"),
        "#b596b1",
        ("#c4a8c0", "#ebdde9", "#cfb6cb"),
    ),
    "peach": Tint(
        ("#fce6cf", "#f4d5b3"),
        ("#f6bf80", "#fadcb4"),
        ("#fdeedd", "#ecd0b1"),
        "#cda070",
        ("#dcb283", "#f8e2c8", "#e2bd92"),
    ),
}
_NICHE = "M62 500V226C62 150 116 118 200 62C284 118 338 150 338 226V500Z"
_EDGE = "M46 500V222C46 140 104 104 200 40C296 104 354 140 354 222V500"


def draw_stage(pen: Pen, kind: str, tint: str) -> None:
    """One of the five stages in a tint."""
    colours = TINTS[tint]
    pen.rect(0, 0, 400, 500, 0, pen.down(*colours.wall))
    {"wall": _wall, "sun": _sun, "window": _window, "niche": _niche, "plinth": _plinth}[kind](pen, colours)


def _wall(pen: Pen, tint: Tint) -> None:
    pen.path(
        "M0 404H400V500H0Z",
        pen.down((0, tint.floor[1], 0), (0.25, tint.floor[1], 0.55), (1, tint.floor[1], 0.9)),
    )


def _sun(pen: Pen, tint: Tint) -> None:
    pen.oval(200, 235, 140, 140, pen.down(*tint.deep))
    pen.path("M0 396Q200 380 400 396V500H0Z", pen.down(*tint.floor))


def _window(pen: Pen, tint: Tint) -> None:
    pen.gloss("M60 0H210L400 330V396H270Z", 0.34)
    pen.gloss("M236 0H300L400 160V280Z", 0.26)
    pen.rect(0, 396, 400, 104, 0, pen.down(*tint.deep))


def _niche(pen: Pen, tint: Tint) -> None:
    pen.path(_NICHE, pen.down(*tint.deep))
    pen.path(_NICHE, pen.across((0, "#292010", 0.16), (0.25, "#292010", 0), (1, "#292010", 0)))
    pen.path(_EDGE, stroke=tint.line, stroke_width=2)
    pen.path(_EDGE, stroke=tint.line, stroke_width=5, stroke_dasharray="1 13", transform="translate(0,-9)")
    pen.path("M62 400H338V500H62Z", pen.down(*tint.floor))


def _plinth(pen: Pen, tint: Tint) -> None:
    pen.oval(200, 440, 168, 34, tint.rim[0])
    pen.path("M32 408V440A168 34 0 0 0 368 440V408Z", pen.across(*tint.rim))
    pen.oval(200, 408, 168, 34, pen.down(*tint.floor))
