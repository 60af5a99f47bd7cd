"""How pages looked when somebody last accepted their look, and whether they still do.

For each page one small sheet, `pictures/<name>.webp`: the page in every combination of language, theme and width, a
quarter of its size. Sheets are compared by the mean colour of patches of about 20 by 20 pixels of the page, each free
to sit up to four pixels away: another edge of a letter is no news; a moved card, another colour or an icon that is
gone is. Machines therefore need not draw letters alike.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps

FOLDER = Path(__file__).parent / "pictures"
SMALLER = 4
GAP = 8
PATCH = 2
"""Pixels of a sheet around the one in the middle."""
NEAR = 1
"""How many pixels of the sheet a patch may have moved, each way."""
TOLERATED = 16
"""Of 255: how far the mean of a patch may differ in red, green or blue."""
LEVELS = 52
GREY = "#808080"


def small(shot: bytes, size: tuple[int, int]) -> Image.Image:
    """A screenshot (PNG of any scale) in a quarter of `size`; what lies below is cut off, the rest is white."""
    taken = Image.open(io.BytesIO(shot)).convert("RGB")
    page = Image.new("RGB", (taken.width, round(size[1] * taken.width / size[0])), "white")
    page.paste(taken)
    return page.resize((size[0] // SMALLER, size[1] // SMALLER), Image.Resampling.BOX)


def sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures side by side, far enough apart that no patch reaches from one to the next."""
    whole = Image.new("RGB", (sum(p.width + GAP for p in pictures), max(p.height for p in pictures)), GREY)
    left = 0
    for picture in pictures:
        whole.paste(picture, (left, 0))
        left += picture.width + GAP
    return whole


def apart(accepted: Image.Image, present: Image.Image) -> Image.Image:
    """For each pixel, how far the mean of its patch lies outside of what the patches nearby had; sheets of one size.

    A frame of grey lies around both, or the outermost row, where a page is cut through its letters, counted thrice.
    """
    blur = ImageFilter.BoxBlur(PATCH)
    framed = (ImageOps.expand(each.convert("RGB"), GAP, GREY) for each in (accepted, present))
    before, after = (each.filter(blur) for each in framed)
    lowest, highest = _nearby(before, ImageChops.darker), _nearby(before, ImageChops.lighter)
    return ImageOps.crop(
        ImageChops.lighter(ImageChops.subtract(after, highest), ImageChops.subtract(lowest, after)), GAP
    )


def _nearby(picture: Image.Image, choose: Callable[[Image.Image, Image.Image], Image.Image]) -> Image.Image:
    """For each pixel the darkest or lightest of the square around it; the frame's edges see the opposite ones."""
    for across, down in ((NEAR, 0), (0, NEAR)):
        after, before = (ImageChops.offset(picture, sign * across, sign * down) for sign in (1, -1))
        picture = choose(choose(picture, after), before)
    return picture


def difference(accepted: Image.Image, present: Image.Image) -> int:
    """The largest difference of a patch, 0 to 255; sheets of another size differ wholly."""
    if accepted.size != present.size:
        return 255
    return max(int(highest) for _, highest in apart(accepted, present).getextrema())  # type: ignore[misc]


def judge(name: str, present: Image.Image, folder: Path = FOLDER) -> str | None:
    """What is wrong with a look, None when it is the accepted one. `ACCEPT_LOOKS=1` accepts what differs."""
    path = folder / f"{name}.webp"
    found = difference(Image.open(path), present) if path.is_file() else None
    if found is not None and found <= TOLERATED // (2 if is_accepting() else 1):
        return None
    if is_accepting():
        folder.mkdir(exist_ok=True)
        kept(present).save(path, lossless=True, quality=75, method=4)
        return None
    if found is None:
        return f"{name}: nobody has accepted how it looks (make looks)"
    seen = Path(tempfile.gettempdir()) / f"look-{name}.png"
    explained(Image.open(path), present).save(seen)
    return f"{name}: differs by {found} of 255, {TOLERATED} are tolerated; before, now and where: {seen}"


def kept(present: Image.Image) -> Image.Image:
    """The sheet in `LEVELS` of each colour, which makes its file small and moves a mean by little."""
    step = 255 / (LEVELS - 1)
    return present.point(lambda value: round(round(value / step) * step))


def is_accepting() -> bool:
    return os.environ.get("ACCEPT_LOOKS", "") not in ("", "0")


def explained(accepted: Image.Image, present: Image.Image) -> Image.Image:
    """The accepted sheet, the present one, and the present one with what differs in red, one below the other."""
    marked = present.copy()
    if accepted.size == present.size:
        bands = apart(accepted, present).split()
        most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
        marked.paste("#ff0000", (0, 0), most.point(lambda value: 255 if value > TOLERATED else 0))
    rows = (accepted.convert("RGB"), present, marked)
    whole = Image.new("RGB", (max(r.width for r in rows), sum(r.height + GAP for r in rows)), GREY)
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height + GAP
    return whole
