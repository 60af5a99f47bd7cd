"""The average colour of a picture, which its key carries: what a page shows until the picture has come.

`saffron-2-tdc9` is a picture of the colour #dc9. A key is made of what the picture shows, so the colour needs no
column, no query and no second request. Keys without one are right too: their pictures wait on plain ground.
"""

from __future__ import annotations

import re

from PIL import Image

_MARK = re.compile(r"-t([0-9a-f]{3})(?:-\d+\.[a-z]+)?$")


def average(picture: Image.Image) -> str:
    """The mean colour as three hexadecimal digits, a sixteenth of red, green and blue each."""
    red, green, blue = picture.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    return "".join(f"{round(each / 17):x}" for each in (red, green, blue))


def with_tint(name: str, tint: str) -> str:
    """The key of a picture of this name and colour."""
    return f"{name}-t{tint}"


def without_tint(key: str) -> str:
    """The name that a key was made of."""
    return _MARK.sub("", key)


def tint(name: str | None) -> str:
    """Of a key or an address of a picture, the words of `data-tint`: `rd gc b9`; none where the colour is not known.

    One word for each of red, green and blue: the stylesheet has sixteen of each, as the pages carry no styles.
    """
    found = _MARK.search(name or "")
    digits = found[1] if found else ""
    return " ".join(channel + digit for channel, digit in zip("rgb", digits, strict=False))
