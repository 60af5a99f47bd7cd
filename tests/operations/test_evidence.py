"""Private files: kept once, in bounds, under names of our own; shown to those whom their subject names."""

from __future__ import annotations

import io
import os
import stat
import time
from types import SimpleNamespace

import pytest
from flask import Flask

from marketplace.app import create_app
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.settings import SettingsError
from marketplace.core.unit_of_work import unit_of_work
from marketplace.files.errors import FileRefused, ScannerAway
from marketplace.files.evidence import (
    LARGEST_FILE,
    evidence_of,
    forget_orphans,
    keep_evidence,
    path_of,
    take_upload,
    take_uploads,
)
from marketplace.files.models import EvidenceFile, EvidenceKind
from tests import databases
from tests.factories import a_person, fresh
from tests.factories.buying import rows_of
from tests.factories.uploads import a_pdf, a_picture
from tests.pages import Client


def _taken(content: bytes, name: str = "photo.jpg"):
    return take_upload(io.BytesIO(content), name)


def _sent(*names: str):
    return [SimpleNamespace(stream=io.BytesIO(a_picture()), filename=name) for name in names]


@pytest.fixture
def owner(ctx) -> Actor:
    person = a_person()
    return Actor(person.id, "shopper", "سارا")


def _kept(owner: Actor, at, content: bytes | None = None, subject: str = "test:1", **options) -> EvidenceFile:
    checked = _taken(content or a_picture())
    with unit_of_work():
        row_id = keep_evidence(checked, subject, owner, at, **options).id
    return fresh(db.session.get_one(EvidenceFile, row_id))


def test_a_file_is_kept_privately_under_a_name_of_ours(owner, at, settings):
    row = _kept(owner, at)
    path = path_of(row)
    assert path.is_relative_to(settings.evidence) and not path.is_relative_to(settings.media)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name == row.key and row.name == "photo.jpg"
    assert (row.kind, row.width, row.height, row.place) == (EvidenceKind.jpeg, 64, 48, 1)
    assert path.stat().st_size == row.size_bytes


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\عکس من.jpg", "عکس من.jpg"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("/", "file"),
        ("x" * 300 + ".jpg", "x" * 76 + ".jpg"),
    ],
)
def test_the_senders_name_is_for_showing_alone(ctx, sent, shown):
    assert _taken(a_picture(), sent).name == shown


def test_the_same_file_is_kept_once_for_its_subject(owner, at):
    first = _kept(owner, at)
    assert _kept(owner, at).id == first.id
    assert _kept(owner, at, subject="test:2").id != first.id
    assert rows_of(EvidenceFile) == 2


def test_a_subject_has_a_bound(owner, at):
    for size in (10, 20):
        _kept(owner, at, a_picture(size=(size, size)), most=2)
    with pytest.raises(FileRefused) as refused:
        _kept(owner, at, a_picture(size=(30, 30)), most=2)
    assert refused.value.fields == {"files": "files_many"}
    assert rows_of(EvidenceFile) == 2


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\xff\xd8\xff" + b"\0" * LARGEST_FILE, "file_large"),
        (b"<svg onload='alert(1)'/>", "file_kind"),
        (a_pdf(b"/OpenAction << /S /JavaScript >>"), "file_active"),
    ],
    ids=["empty", "large", "svg", "active"],
)
def test_what_is_refused_leaves_nothing(ctx, content, code, settings):
    with pytest.raises(FileRefused) as refused:
        _taken(content, "invoice.pdf")
    assert refused.value.fields == {"files": code}
    assert not settings.evidence.exists() or not list(settings.evidence.rglob("*"))


@pytest.mark.databases("sqlite")
def test_more_files_than_a_form_may_send_are_refused_before_any_is_opened(ctx):
    assert len(take_uploads([*_sent("1.jpg", "2.jpg"), *_sent("")], most=2)) == 2
    with pytest.raises(FileRefused) as refused:
        take_uploads(_sent(*(f"{n}.jpg" for n in range(50))))
    assert refused.value.fields == {"files": "files_many"}


@pytest.mark.databases("sqlite")
def test_files_are_not_decoded_inside_a_unit(ctx):
    with pytest.raises(RuntimeError), unit_of_work():
        _taken(a_picture())


@pytest.mark.databases("sqlite")
def test_the_scanner_has_the_last_word(database, tmp_path):
    for script, outcome in (("exit 0", None), ("exit 1", FileRefused), ("exit 7", ScannerAway)):
        program = tmp_path / "scan"
        program.write_text(f'#!/bin/sh\ntest -s "$1" || exit 9\n{script}\n')
        program.chmod(0o700)
        app = create_app(databases.settings_for(database, tmp_path, SCAN_COMMAND=str(program)))
        with app.app_context():
            if outcome is None:
                assert _taken(a_picture()).kind is EvidenceKind.jpeg
            else:
                with pytest.raises(outcome):
                    _taken(a_picture())
            db.engine.dispose()


@pytest.mark.databases("sqlite")
def test_private_files_never_lie_where_everybody_looks(database, tmp_path):
    with pytest.raises(SettingsError, match="EVIDENCE_PATH"):
        databases.settings_for(database, tmp_path, EVIDENCE_PATH=str(tmp_path / "media" / "evidence"))


def test_orphans_of_a_unit_that_failed_are_removed_after_a_day(owner, at, settings):
    kept = _kept(owner, at)
    checked = _taken(a_picture(size=(9, 9)))
    with pytest.raises(ZeroDivisionError), unit_of_work():
        lost = path_of(keep_evidence(checked, "test:9", owner, at))
        raise ZeroDivisionError
    assert forget_orphans(at) == 0
    for path in (lost, path_of(kept)):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert forget_orphans(at) == 1
    assert not lost.exists() and path_of(kept).exists()


def test_what_a_killed_process_left_half_written_goes_after_a_day(owner, at, settings):
    kept = path_of(_kept(owner, at))
    half, asked = kept.with_name(f"{kept.name}-a.new"), settings.evidence / "quarantine-a.new"
    for path in (half, asked):
        path.write_bytes(b"half")
    assert forget_orphans(at) == 0
    for path in (half, asked):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert forget_orphans(at) == 2
    assert not half.exists() and not asked.exists() and kept.exists()


# --- the page ------------------------------------------------------------------------------------------------------


@pytest.fixture
def seen_by_owner(app: Flask):
    """Files of subjects `test:<person>` are for that person alone."""
    rules = app.extensions["bazargah"].may_see_evidence
    rules["test"] = lambda visitor, subject: subject == f"test:{visitor.id}"
    yield
    del rules["test"]


@pytest.mark.databases("sqlite")
def test_only_those_named_by_the_wiring_see_a_file(owner, at, client: Client, seen_by_owner, app: Flask):
    row = _kept(owner, at, subject=f"test:{owner.id}")
    client.get(f"/files/{row.key}", expect=404)
    client.sign_in(SimpleNamespace(id=owner.id))
    page = client.get(f"/files/{row.key}")
    assert page.headers["Content-Type"] == "image/jpeg"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not page.headers["Content-Disposition"].startswith("attachment")
    stranger = Client(app)
    stranger.sign_in(a_person())
    stranger.get(f"/files/{row.key}", expect=404)
    for key in ("0" * 40, row.key[:-1], row.key.upper() + "x"):
        client.get(f"/files/{key}", expect=404)


@pytest.mark.databases("sqlite")
def test_a_document_is_handed_over_to_be_saved(owner, at, client: Client, seen_by_owner):
    row = _kept(owner, at, a_pdf(), subject=f"test:{owner.id}")
    client.sign_in(SimpleNamespace(id=owner.id))
    page = client.get(f"/files/{row.key}")
    assert page.headers["Content-Type"] == "application/pdf"
    assert page.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.databases("sqlite")
def test_a_subject_that_nobody_speaks_for_is_seen_by_nobody(owner, at, client: Client):
    row = _kept(owner, at, subject="unknown:1")
    client.sign_in(SimpleNamespace(id=owner.id))
    client.get(f"/files/{row.key}", expect=404)


def test_files_of_several_subjects_come_in_one_statement(owner, at):
    one, two = _kept(owner, at), _kept(owner, at, subject="test:2")
    found = evidence_of(["test:1", "test:2", "test:3"])
    assert {k: [f.id for f in v] for k, v in found.items()} == {
        "test:1": [one.id],
        "test:2": [two.id],
        "test:3": [],
    }
