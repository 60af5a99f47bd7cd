"""The demo's pictures as files for pages: every composition once, in three widths and two formats."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import resvg_py
from PIL import Image

from marketplace.demo.picture_index import INDEX, PICTURE_KEYS, drawing, pictures_for

__all__ = [
    "FORMATS",
    "INDEX",
    "PICTURE_KEYS",
    "SIZE",
    "WIDTHS",
    "pictures_for",
    "rasterised",
    "render_file",
    "render_picture",
    "render_pictures",
]

SIZE = (712, 890)
WIDTHS = (240, 480, 712)
FORMATS = ("avif", "webp")
_drawing = threading.BoundedSemaphore(2)


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
    found = drawing(key)
    if found is None:
        raise KeyError(key)
    full = rasterised(found, SIZE[0])
    for width in WIDTHS:
        height = width * 5 // 4
        image = (
            full if full.size == (width, height) else full.resize((width, height), Image.Resampling.LANCZOS)
        )
        for extension in FORMATS:
            _save(image, target / f"{key}-{width}.{extension}", extension)


def render_file(name: str, target: Path) -> bool:
    """Draws one size of one composition, `<key>-<width>.<ext>`, if it is one of ours; says whether it is."""
    stem, _, extension = name.rpartition(".")
    key, _, width = stem.rpartition("-")
    found = drawing(key)
    if found is None or width not in map(str, WIDTHS) or extension not in FORMATS:
        return False
    with _drawing:
        if not (target / name).exists():
            target.mkdir(parents=True, exist_ok=True)
            _save(rasterised(found, int(width)), target / name, extension)
    return True


def rasterised(composition: Path, width: int) -> Image.Image:
    """A composition as pixels of this width."""
    drawn = resvg_py.svg_to_bytes(svg_string=composition.read_text(encoding="utf-8"), width=width)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGB")


def _save(image: Any, path: Path, extension: str) -> None:
    settings = {"avif": {"quality": 58, "speed": 9}, "webp": {"quality": 80, "method": 2}}[extension]
    part = path.with_name(f".{path.name}.{os.getpid()}")
    image.save(part, format=extension.upper(), **settings)
    part.replace(path)


def _is_complete(target: Path, key: str) -> bool:
    return all((target / f"{key}-{width}.{extension}").exists() for width in WIDTHS for extension in FORMATS)
