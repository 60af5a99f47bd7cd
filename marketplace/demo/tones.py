"""Colours as the eye orders them (OKLab)."""

from __future__ import annotations

from functools import cache

Lab = tuple[float, float, float]
# Light and dark of one colour are nearer to each other than two colours.
_LIGHT_COUNTS = 0.45


@cache
def lab(colour: str) -> Lab:
    """Lightness from 0 to 1, green to red, blue to yellow."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def hex_of(tone: Lab) -> str:
    """The colour as `#rrggbb`; what a screen cannot show is cut to what it can."""
    light, a, b = tone
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return "#" + "".join(f"{round(255 * _curved(channel)):02x}" for channel in (red, green, blue))


def distance(one: str, other: str) -> float:
    """How different two colours look to a shopper: 10 is a shade, 40 another colour, 100 black and white."""
    light, a, b = (x - y for x, y in zip(lab(one), lab(other), strict=True))
    return float(300 * ((_LIGHT_COUNTS * light) ** 2 + a * a + b * b) ** 0.5)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _curved(value: float) -> float:
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else float(1.055 * value ** (1 / 2.4) - 0.055)
