"""Pictures of goods: from any upload to three widths in two formats, every one 4:5 on white, nothing cut off.

made = make_picture(file.stream, f"store:{store_id}")      # decoding and encoding: before the unit
with unit_of_work():
    keep_picture(made, title_fa, title_en, at)
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from flask import current_app
from PIL import Image, ImageOps
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.unit_of_work import is_open
from marketplace.core.whole_files import write_whole
from marketplace.files.errors import FileRefused
from marketplace.files.models import Picture
from marketplace.files.raster import RefusedPicture, clean_picture, kind_of
from marketplace.files.shelf import share
from marketplace.files.tints import average, with_tint

LARGEST_FILE = 8 * 1024 * 1024
LEAST_SIDE = 300
SIZE = (712, 890)
WIDTHS = (240, 480, 712)
SETTINGS = {"avif": {"quality": 58, "speed": 8}, "webp": {"quality": 80, "method": 4}}
ACCEPT = ".jpg,.jpeg,.png,.webp,image/jpeg,image/png,image/webp"
_places = threading.BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture ready to be kept: its files lie in the media folder already, under a name made of their content."""

    key: str
    sha256: str


def make_picture(stream: IO[bytes], owner: str) -> Made:
    """Checks an upload by its content, writes all its sizes and shares them. Outside a unit of work.

    The same bytes of the same owner are the same picture. Raises FileRefused: `file_empty`, `file_large` above 8 MB,
    `picture_kind` (also SVG and GIF), `file_animated`, `file_pixels` above 40 million, `file_polyglot`, `file_broken`,
    `picture_small` under 300 pixels a side; Unavailable when the bucket of pictures does not take it.
    """
    if is_open():
        raise RuntimeError("pictures are decoded outside units of work")
    content = stream.read(LARGEST_FILE + 1)
    try:
        clean = _judge(content)
    except RefusedPicture as refused:
        raise FileRefused(fields={"picture": str(refused.args[0])}) from None
    digest = sha256(content).hexdigest()
    name = "u-" + sha256(f"{owner}|{digest}".encode()).hexdigest()[:32]
    folder: Path = current_app.config["SETTINGS"].media
    folder.mkdir(parents=True, exist_ok=True)
    with _places:
        full = _fitted(clean)
        key = with_tint(name, average(full))
        _write_sizes(full, key, folder)
    names = [f"{key}-{width}.{extension}" for width in WIDTHS for extension in SETTINGS]
    share(names, current_app.config["SETTINGS"])
    return Made(key, digest)


def keep_picture(made: Made, alt_fa: str, alt_en: str, at: datetime) -> str:
    """Keeps a made picture's row, once; gives its key. Inside a unit."""
    if db.session.scalar(select(Picture.id).where(Picture.key == made.key)) is None:
        db.session.add(
            Picture(
                key=made.key,
                width=SIZE[0],
                height=SIZE[1],
                alt_fa=alt_fa,
                alt_en=alt_en,
                sha256=made.sha256,
                added_at=at,
            )
        )
        db.session.flush()
    return made.key


def _judge(content: bytes) -> bytes:
    if not content:
        raise RefusedPicture("file_empty")
    if len(content) > LARGEST_FILE:
        raise RefusedPicture("file_large")
    kind = kind_of(content)
    if kind is None:
        raise RefusedPicture("picture_kind")
    clean, width, height = clean_picture(content, kind)
    if min(width, height) < LEAST_SIDE:
        raise RefusedPicture("picture_small")
    return clean


def _fitted(clean: bytes) -> Image.Image:
    with Image.open(io.BytesIO(clean)) as source:
        seen = source.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        ground.alpha_composite(seen)
        return ImageOps.pad(ground.convert("RGB"), SIZE, Image.Resampling.LANCZOS, color="white")


def _write_sizes(full: Image.Image, key: str, folder: Path) -> None:
    for width in WIDTHS:
        size = (width, width * 5 // 4)
        image = full if full.size == size else full.resize(size, Image.Resampling.LANCZOS)
        for extension, settings in SETTINGS.items():
            path = folder / f"{key}-{width}.{extension}"
            if not path.exists():
                encoded = io.BytesIO()
                image.save(encoded, format=extension.upper(), **settings)
                write_whole(path, [encoded.getbuffer()], once=True)
