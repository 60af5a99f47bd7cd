"""What the environment says of object storage for pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Object storage for pictures: `https://host/bucket[/prefix]`, and who we are there."""

    address: str
    key: str
    secret: str
    region: str


def read_bucket(env: Mapping[str, str]) -> BucketPlace | None:
    """Where pictures are shared; None where each machine's folder is all there is."""
    address = env.get("MEDIA_BUCKET", "").rstrip("/")
    who = env.get("MEDIA_KEY", ""), env.get("MEDIA_SECRET", ""), env.get("MEDIA_REGION") or "us-east-1"
    return BucketPlace(address, *who) if address else None


def bucket_problems(env: Mapping[str, str]) -> list[str]:
    """What is wrong with it, in words."""
    bucket = env.get("MEDIA_BUCKET", "")
    problems = []
    if bucket and not re.fullmatch(r"https?://[^/?#@]+/[^?#]+", bucket):
        problems.append("MEDIA_BUCKET must be https://host/bucket, a prefix may follow")
    if bucket and not (env.get("MEDIA_KEY") and env.get("MEDIA_SECRET")):
        problems.append("MEDIA_KEY and MEDIA_SECRET are needed beside MEDIA_BUCKET")
    return problems
