"""The average colour that a picture's key carries, from the pixels to the words of the stylesheet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

import marketplace
from marketplace.demo.picture_index import DRAWN, INDEX, drawing
from marketplace.demo.pictures import rasterised
from marketplace.files.tints import average, tint, with_tint, without_tint

STYLE = Path(marketplace.__file__).parent / "static" / "css" / "components" / "picture.css"


def halves(first: str, second: str) -> Image.Image:
    picture = Image.new("RGB", (40, 50), first)
    picture.paste(second, (0, 25, 40, 50))
    return picture


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGB", (712, 890), "#ddccbb"), "dcb"),
        (halves("#000000", "#cccccc"), "666"),
        (halves("#ff0000", "#ffcccc"), "f66"),
        (Image.new("L", (9, 9), 0), "000"),
        (Image.new("RGB", (9, 9), "#ffffff"), "fff"),
    ],
)
def test_the_average_is_one_digit_a_channel(picture: Image.Image, expected: str) -> None:
    assert average(picture) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("almonds-1-tdc9", "rd gc b9"),
        ("u-0123456789abcdef0123456789abcdef-t07f", "r0 g7 bf"),
        ("/media/almonds-1-tdc9-240.webp", "rd gc b9"),
        ("https://cdn.example/media/almonds-1-tdc9-712.avif", "rd gc b9"),
        ("almonds-1", ""),
        ("u-0123456789abcdef0123456789abcdef", ""),
        ("almonds-tdc9-1", ""),
        ("almonds-1-tdg9", ""),
        ("almonds-1-tdc99", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_key_or_address_tells_its_colour_in_words(name: str | None, expected: str) -> None:
    assert tint(name) == expected


def test_a_name_comes_back_out_of_its_key() -> None:
    assert with_tint("almonds-1", "dc9") == "almonds-1-tdc9"
    assert without_tint("almonds-1-tdc9") == "almonds-1"
    assert without_tint("almonds-1") == "almonds-1"


def test_the_stylesheet_knows_every_word_and_its_amount() -> None:
    rules = re.findall(r'\[data-tint~="([rgb])([0-9a-f])"\] \{ --tint-([rgb]): (\d+); \}', STYLE.read_text())
    assert len(rules) == 48
    assert {(word, int(digit, 16) * 17, given, int(amount)) for word, digit, given, amount in rules} == {
        (channel, level * 17, channel, level * 17) for channel in "rgb" for level in range(16)
    }


def test_the_demo_tells_the_colours_that_it_draws() -> None:
    some = list(DRAWN)[::29]
    assert {name: DRAWN[name]["tint"] for name in some} == {
        name: average(rasterised(drawing(name) or Path(), 60)) for name in some
    }
    assert len(INDEX) == len(DRAWN)
    assert all(without_tint(key) in DRAWN and tint(key) for key in INDEX)


def test_a_key_from_before_colours_is_drawn_all_the_same() -> None:
    assert drawing("almonds-1") == drawing(next(iter(INDEX)))
    assert drawing("almonds-0") is None
