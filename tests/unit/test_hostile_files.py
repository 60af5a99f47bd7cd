"""What strangers send as pictures and documents: made harmless, or refused with what is wrong."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from marketplace.files.documents import RefusedDocument, check_document
from marketplace.files.raster import LONGEST_SIDE, RefusedPicture, clean_picture, kind_of
from tests.factories.uploads import (
    a_packed_object,
    a_pdf,
    a_picture,
    a_picture_with_place,
    a_png_that_claims,
    a_webp_that_claims,
    an_animation,
    an_archive,
)

LETTER = b"/OpenAction [3 0 R /Fit] /Lang (fa)"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_told_by_their_content(kind):
    content = a_picture(kind)
    assert kind_of(content) == f"image/{kind.lower()}"
    clean, width, height = clean_picture(content, kind_of(content))
    assert (width, height) == (64, 48)
    assert kind_of(clean) == kind_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html>",
        an_archive(),
        b"BM123",
    ],
    ids=["nothing", "gif", "svg", "html", "zip", "bmp"],
)
def test_nothing_else_is_a_picture(content):
    assert kind_of(content) is None


def test_place_and_camera_are_gone_and_the_picture_stands_upright():
    clean, width, height = clean_picture(a_picture_with_place(), "image/jpeg")
    assert (width, height) == (32, 64)
    assert b"Exif" not in clean and b"Nokia" not in clean
    with Image.open(io.BytesIO(clean)) as picture:
        assert dict(picture.getexif()) == {}


def test_comments_and_what_stands_behind_the_picture_are_gone():
    clean, _, _ = clean_picture(a_picture(comment=b"secret words") + b"and more behind", "image/jpeg")
    assert b"secret" not in clean and b"behind" not in clean


def test_transparency_survives():
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(out, "PNG")
    clean, _, _ = clean_picture(out.getvalue(), "image/png")
    with Image.open(io.BytesIO(clean)) as picture:
        assert picture.getpixel((1, 1)) == (255, 0, 0, 0)


def test_a_large_picture_is_made_smaller():
    clean, width, height = clean_picture(a_picture("PNG", (LONGEST_SIDE + 600, 30)), "image/png")
    assert (width, height) == (LONGEST_SIDE, 25)
    assert len(clean) > 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(a_png_that_claims(8_000, 5_001), "file_pixels", id="png above the limit"),
        pytest.param(a_png_that_claims(60_000, 60_000), "file_pixels", id="png bomb"),
        pytest.param(a_webp_that_claims(16_000, 16_000), "file_pixels", id="webp bomb"),
        pytest.param(a_png_that_claims(8_000, 5_000), "file_broken", id="at the limit it is decoded"),
        pytest.param(an_animation("PNG"), "file_animated", id="apng"),
        pytest.param(an_animation("WEBP"), "file_animated", id="webp animation"),
        pytest.param(a_picture()[:200], "file_broken", id="cut off"),
        pytest.param(a_picture("PNG")[:-40], "file_broken", id="png cut off"),
        pytest.param(b"\xff\xd8\xff" + b"\0" * 400, "file_broken", id="only a head"),
        pytest.param(b"RIFF\0\0\0\0WEBP", "file_broken", id="empty webp"),
        pytest.param(a_picture() + an_archive(), "file_polyglot", id="archive behind"),
        pytest.param(a_picture(comment=b"%PDF-1.4 "), "file_polyglot", id="document inside"),
        pytest.param(a_picture(comment=b"<ScRiPt>alert(1)</script>"), "file_polyglot", id="script inside"),
        pytest.param(a_picture() + b"<?php system($_GET[0]);", "file_polyglot", id="program behind"),
    ],
)
def test_hostile_pictures_are_refused(content, code):
    with pytest.raises(RefusedPicture, match=code):
        clean_picture(content, kind_of(content))


def test_plain_documents_pass():
    check_document(a_pdf())
    check_document(a_pdf(LETTER))
    check_document(a_pdf(b"", b"<< /S /URI /URI (https://example.com) >>"))
    check_document(a_pdf(b"", a_packed_object(b"1 0 << /Kind /Letter >>")))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"%PDF-1.7\n", "file_broken", id="head alone"),
        pytest.param(a_pdf()[:-30], "file_broken", id="cut off"),
        pytest.param(b"%PDF-x" + a_pdf()[6:], "file_broken", id="no version"),
        pytest.param(a_pdf(trailer=b"/Encrypt 9 0 R"), "file_locked", id="encrypted"),
        pytest.param(
            a_pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "file_active", id="script"
        ),
        pytest.param(a_pdf(b"/OpenAction << /S /J#61vaScript >>"), "file_active", id="script spelt in hex"),
        pytest.param(a_pdf(b"/Names << /EmbeddedFiles 4 0 R >>"), "file_active", id="embedded files"),
        pytest.param(a_pdf(b"", b"<< /Type /EmbeddedFile >>"), "file_active", id="embedded file"),
        pytest.param(a_pdf(b"", b"<< /S /Launch /F (cmd.exe) >>"), "file_active", id="launch"),
        pytest.param(a_pdf(b"/AcroForm << /XFA 5 0 R >>"), "file_active", id="scripted form"),
        pytest.param(a_pdf(b"", b"<< /S /SubmitForm >>"), "file_active", id="form that sends"),
        pytest.param(
            a_pdf(b"", a_packed_object(b"1 0 << /S /JavaScript >>")), "file_active", id="script packed away"
        ),
        pytest.param(
            a_pdf(b"", a_packed_object(b"1 0 << /S /J#61vaScript >>")), "file_active", id="packed and hex"
        ),
        pytest.param(
            a_pdf(b"", a_packed_object(b"00", b"/Filter [/ASCIIHexDecode /FlateDecode]", is_deflated=False)),
            "file_locked",
            id="packed in a way that is not unpacked",
        ),
        pytest.param(a_pdf() + an_archive() + b"startxref %%EOF", "file_polyglot", id="archive behind"),
        pytest.param(a_pdf(b"", b"<script>alert(1)</script>"), "file_polyglot", id="page inside"),
    ],
)
def test_hostile_documents_are_refused(content, code):
    with pytest.raises(RefusedDocument, match=code):
        check_document(content)


def test_a_document_that_unpacks_without_end_is_refused():
    bomb = a_pdf(b"", a_packed_object(b"0" * (65 * 1024 * 1024)))
    assert len(bomb) < 100_000
    with pytest.raises(RefusedDocument, match="file_large"):
        check_document(bomb)
