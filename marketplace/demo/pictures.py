"""The demo's pictures: which there are, which fit a product, and how they become files for pages."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

ART = Path(__file__).parent / "data" / "art"
SIZE = (712, 890)
WIDTHS = (240, 480, 712)
FORMATS = ("avif", "webp")
# Colours nearer to each other than this count as the same when a picture is looked for.
_NEAR = 28.0


class PictureRow(TypedDict):
    """What the index says of one composition."""

    object: str
    categories: list[str]
    colour_fa: str
    colour_en: str
    hex: str
    alt_fa: str
    alt_en: str


INDEX: dict[str, PictureRow] = json.loads((ART / "index.json").read_text(encoding="utf-8"))
PICTURE_KEYS: tuple[str, ...] = tuple(INDEX)


@cache
def pictures_for(category: str, object_name: str) -> tuple[str, ...]:
    """The keys of the pictures of an object that a category may show."""
    return tuple(
        key for key, row in INDEX.items() if row["object"] == object_name and category in row["categories"]
    )


def pictures_like(category: str, objects: tuple[str, ...], colour: str, turn: int) -> tuple[str, ...]:
    """One to four pictures of the first of these objects in the nearest colour; `turn` varies among equal ones."""
    if not objects:
        return ()
    best, more = _ranked(category, objects, colour)
    start = turn % len(best)
    return (best[start:] + best[:start])[: 1 + turn % 3] + more[: turn % 2]


def render_pictures(
    target: Path,
    keys: Iterable[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Writes `<key>-<width>.<ext>` for every picture into `target`, but for those already there; says how many
    pictures were drawn. A file appears whole or not at all. `progress` hears (done, all) after each picture."""
    target.mkdir(parents=True, exist_ok=True)
    missing = [key for key in (PICTURE_KEYS if keys is None else keys) if not _is_complete(target, key)]
    if not missing:
        return 0
    with ProcessPoolExecutor(max_workers=min(os.cpu_count() or 1, len(missing))) as pool:
        drawn = [pool.submit(render_picture, key, target) for key in missing]
        for done, future in enumerate(as_completed(drawn), 1):
            future.result()
            if progress:
                progress(done, len(missing))
    return len(missing)


def render_picture(key: str, target: Path) -> None:
    """One composition in all widths and formats."""
    import resvg_py
    from PIL import Image

    drawn = resvg_py.svg_to_bytes(svg_string=(ART / f"{key}.svg").read_text(encoding="utf-8"), width=SIZE[0])
    full = Image.open(io.BytesIO(bytes(drawn))).convert("RGB")
    for width in WIDTHS:
        height = width * 5 // 4
        image = (
            full if full.size == (width, height) else full.resize((width, height), Image.Resampling.LANCZOS)
        )
        for extension in FORMATS:
            _save(image, target / f"{key}-{width}.{extension}", extension)


def _save(image: Any, path: Path, extension: str) -> None:
    settings = {"avif": {"quality": 58, "speed": 9}, "webp": {"quality": 80, "method": 3}}[extension]
    part = path.with_name(f".{path.name}.{os.getpid()}")
    image.save(part, format=extension.upper(), **settings)
    part.replace(path)


def _is_complete(target: Path, key: str) -> bool:
    return all((target / f"{key}-{width}.{extension}").exists() for width in WIDTHS for extension in FORMATS)


@cache
def _ranked(category: str, objects: tuple[str, ...], colour: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The equally good pictures of the first object, and the best ones of the others."""
    found = [_nearest(pictures_for(category, name), colour) for name in objects]
    return found[0], tuple(keys[0] for keys in found[1:])


def _nearest(keys: tuple[str, ...], colour: str) -> tuple[str, ...]:
    distances = {key: _distance(INDEX[key]["hex"], colour) for key in keys}
    nearest = min(distances.values())
    return tuple(key for key in sorted(keys, key=distances.__getitem__) if distances[key] <= nearest + _NEAR)


def _distance(one: str, other: str) -> float:
    """How different two colours look: the weighted distance of their channels, 0 to about 765."""
    red, green, blue = (
        int(one[place : place + 2], 16) - int(other[place : place + 2], 16) for place in (1, 3, 5)
    )
    mean = (int(one[1:3], 16) + int(other[1:3], 16)) / 2
    return float(
        ((2 + mean / 256) * red * red + 4 * green * green + (2 + (255 - mean) / 256) * blue * blue) ** 0.5
    )
