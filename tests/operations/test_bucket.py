"""Pictures in object storage, against a real server of the S3 API that checks every signature."""

from __future__ import annotations

import dataclasses
import io
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from PIL import Image

from marketplace.app import create_app
from marketplace.core.bucket_settings import BucketPlace
from marketplace.core.buckets import Bucket, BucketAway, Identity
from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.files.pictures import make_picture
from tests.databases import ROOT
from tests.needs import have

pytestmark = [pytest.mark.needs("versitygw"), pytest.mark.databases("sqlite")]
WHO = Identity("festival-key", "festival-secret-festival-secret")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty bucket."""
    folder = tmp_path_factory.mktemp("storage")
    (folder / "buckets" / "festival").mkdir(parents=True)
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    identity = ["--access", WHO.key, "--secret", WHO.secret, "--region", WHO.region]
    server = subprocess.Popen(
        [str(have("versitygw")), *identity, "--port", f"127.0.0.1:{port}", "posix", str(folder / "buckets")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            with closing(socket.socket()) as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/festival"
    finally:
        server.terminate()
        server.wait(20)


def test_objects_come_and_go(storage):
    bucket = Bucket(f"{storage}/some/where", WHO)
    content = random.Random(4).randbytes(70_000)
    assert bucket.is_there()
    assert bucket.get("a-1.webp") is None
    for name in ("a-1.webp", "b & c+ü.webp"):
        bucket.put(name, content, "image/webp")
        bucket.put(name, content, "image/webp")
        assert bucket.get(name) == content
    assert sorted(bucket.names()) == ["a-1.webp", "b & c+ü.webp"]
    bucket.delete("a-1.webp")
    bucket.delete("a-1.webp")
    assert list(bucket.names()) == ["b & c+ü.webp"]


def test_more_names_than_one_answer_holds(storage, monkeypatch):
    bucket = Bucket(f"{storage}/many", WHO)
    for number in range(7):
        bucket.put(f"{number}.webp", b"x", "image/webp")
    monkeypatch.setattr("marketplace.core.buckets.AT_ONCE", 3)
    assert sorted(bucket.names()) == [f"{number}.webp" for number in range(7)]


def test_a_stranger_and_a_storage_that_is_away_are_told_apart_from_a_missing_object(storage):
    stranger = Bucket(storage, Identity(WHO.key, "another-secret-another-secret"))
    with pytest.raises(BucketAway, match="403 SignatureDoesNotMatch"):
        stranger.put("a.webp", b"x", "image/webp")
    assert not stranger.is_there()
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    nobody = Bucket(f"http://127.0.0.1:{port}/festival", WHO)
    with pytest.raises(BucketAway):
        nobody.get("a.webp")


@pytest.mark.of_sqlite
def test_a_picture_made_on_one_machine_is_shown_by_another_and_comes_out_of_a_backup(
    ctx, app, settings, storage, tmp_path
):
    def machine(name: str):
        place = BucketPlace(f"{storage}/pictures", WHO.key, WHO.secret, WHO.region)
        return create_app(dataclasses.replace(settings, media=tmp_path / name, bucket=place))

    one, two = machine("one"), machine("two")
    drawn = io.BytesIO()
    Image.new("RGB", (400, 500), "teal").save(drawn, "PNG")
    with one.app_context():
        made = make_picture(io.BytesIO(drawn.getvalue()), "store:1")
    shown = two.test_client().get(f"/media/{made.key}-240.webp")
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert shown.data == (tmp_path / "one" / f"{made.key}-240.webp").read_bytes()
    assert two.test_client().get(f"/media/{'0' * 20}-240.webp").status_code == 404
    shown.close()
    with two.app_context():
        assert "bucket    fine" in two.test_cli_runner().invoke(args=["doctor"]).output
        backup = two.test_cli_runner().invoke(args=["backup", "--to", str(tmp_path / "backup")])
    assert backup.exit_code == 0, backup.output
    listed = subprocess.run(
        ["tar", "-tf", str(tmp_path / "backup" / "media.tar")], capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.split()) == 6
    for house in (one, two):
        with house.app_context():
            db.session.remove()
            db.engine.dispose()


def test_without_the_storage_no_picture_is_kept_by_halves(ctx, settings, tmp_path):
    """An upload is refused for now; a picture that this machine has is shown."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    place = BucketPlace(f"http://127.0.0.1:{port}/festival", "k", "s", "here")
    app = create_app(dataclasses.replace(settings, media=tmp_path, bucket=place))
    drawn = io.BytesIO()
    Image.new("RGB", (400, 500), "teal").save(drawn, "PNG")
    with app.app_context():
        with pytest.raises(Unavailable):
            make_picture(io.BytesIO(drawn.getvalue()), "store:1")
        assert "WANTING" in next(
            line
            for line in app.test_cli_runner().invoke(args=["doctor"]).output.splitlines()
            if line.startswith("bucket")
        )
    mine = next(tmp_path.glob("*-240.webp"))
    shown = app.test_client().get(f"/media/{mine.name}")
    assert shown.status_code == 200
    shown.close()
    assert app.test_client().get(f"/media/{'0' * 20}-240.webp").status_code == 503
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_guide_names_the_settings():
    guide = (ROOT / "docs" / "guide" / "operator.md").read_text("utf-8")
    for name in ("MEDIA_BUCKET", "MEDIA_KEY", "MEDIA_SECRET"):
        assert name in guide
