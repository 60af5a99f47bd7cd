"""Where pictures lie: a folder, or a bucket that all machines share, with each machine's folder as its copy.

A picture's name is made of its content, so a copy is never stale. With `MEDIA_BUCKET` the bucket is the truth: a
picture is kept when it is there, and a machine that has not got it fetches it once. Without it there is the folder
alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from flask import current_app

from marketplace.core.buckets import Bucket, BucketAway, Identity
from marketplace.core.errors import Unavailable
from marketplace.core.settings import Settings
from marketplace.core.whole_files import write_whole

__all__ = ["BucketAway"]
log = structlog.get_logger(__name__)
KINDS = {".avif": "image/avif", ".webp": "image/webp"}


def bucket_of(settings: Settings) -> Bucket | None:
    """The bucket of the settings, one for each app, so that connections are kept; None where there is none."""
    place = settings.bucket
    if place is None:
        return None
    found: Bucket | None = current_app.extensions.get("media_bucket")
    if found is None:
        found = Bucket(place.address, Identity(place.key, place.secret, place.region))
        current_app.extensions["media_bucket"] = found
    return found


def share(names: list[str], settings: Settings) -> None:
    """Puts pictures of this machine's folder into the bucket. Outside a unit. Raises Unavailable."""
    bucket = bucket_of(settings)
    if bucket is None:
        return
    try:
        for name in names:
            bucket.put(name, (settings.media / name).read_bytes(), KINDS[Path(name).suffix])
    except BucketAway as error:
        log.error("bucket_away", error=str(error))
        raise Unavailable(retry_after=30) from error


def fetch(name: str, settings: Settings) -> bool:
    """Brings a picture from the bucket into this machine's folder; False when there is none, or no bucket."""
    bucket = bucket_of(settings)
    if bucket is None:
        return False
    try:
        content = bucket.get(name)
    except BucketAway as error:
        log.error("bucket_away", error=str(error))
        raise Unavailable(retry_after=5) from error
    if content is None:
        return False
    settings.media.mkdir(parents=True, exist_ok=True)
    write_whole(settings.media / name, [content], once=True)
    return True


@contextmanager
def files_to_keep(settings: Settings) -> Iterator[dict[str, Path]]:
    """The folders of a backup. Pictures of a bucket are fetched first, those alone that this machine has not got."""
    bucket = bucket_of(settings)
    if bucket is None:
        yield {"media": settings.media, "evidence": settings.evidence}
        return
    with tempfile.TemporaryDirectory(dir=_present(settings.media)) as place:
        for name in bucket.names():
            here, there = settings.media / name, Path(place) / name
            if here.is_file():
                os.link(here, there)
            else:
                there.write_bytes(bucket.get(name) or b"")
        yield {"media": Path(place), "evidence": settings.evidence}


@contextmanager
def files_to_bring_back(settings: Settings) -> Iterator[dict[str, Path]]:
    """The folders that a backup is restored into; pictures go on into the bucket."""
    yield {"media": settings.media, "evidence": settings.evidence}
    if bucket_of(settings) is not None:
        share([path.name for path in settings.media.iterdir() if path.suffix in KINDS], settings)


def _present(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
