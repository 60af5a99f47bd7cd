"""The black box: the same bytes each time, checked without us, and any altered byte found and its part named."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from marketplace.catalog.prices import broken_prices, record_price
from marketplace.core.audit import SYSTEM, Actor, record
from marketplace.core.audit_digests import publish_digest
from marketplace.core.db import db
from marketplace.core.jobs import run_due
from marketplace.core.models import Job, JobState
from marketplace.core.signing import public_key
from marketplace.core.unit_of_work import unit_of_work
from marketplace.oversight.black_box import build_box, collect_parts, file_of, list_boxes, order_box
from marketplace.oversight.proof.box import MANIFEST, packed, unpacked, wrong_in_box
from marketplace.oversight.proof.bundle import verify_program
from marketplace.stats.rollups import refresh_figures
from marketplace.wiring.tables import WIRING
from tests.factories import world
from tests.operations.tampering import tamper

OFFICE = Actor(1, "office", "علی محمدی")


@pytest.fixture
def box(ctx, at):
    """A box of the small festival, with prices, digests and figures."""
    small = world(at)
    with unit_of_work():
        for offer in small.offers:
            record_price(offer.variant_id, offer.festival_toman, at)
        record(SYSTEM, "acted", "store:1", at)
    publish_digest(at + timedelta(days=1))
    refresh_figures(at)
    return build_box(at)


def test_it_is_whole_says_what_it_should_and_is_the_same_again(box, at):
    key = public_key()
    assert list(wrong_in_box(box, key)) == []
    assert build_box(at) == box
    parts, _ = unpacked(box)
    assert {
        "manifest.json",
        "manifest.sig",
        "verify.py",
        "rules.jsonl",
        "stores.jsonl",
        "prices.jsonl",
        "fund.jsonl",
        "complaints.jsonl",
        "sales.jsonl",
        "audit_digests.jsonl",
    } <= set(parts)
    stores = [json.loads(line)["slug"] for line in parts["stores.jsonl"].splitlines()]
    assert stores == ["artin", "lalejin", "nik"]
    assert b"0912" not in b"".join(body for name, body in parts.items() if name != "verify.py")


def test_any_altered_byte_is_found(box):
    key, (parts, _) = public_key(), unpacked(box)
    places = st.integers(0, len(box) - 1)

    @given(places, st.integers(1, 255))
    @examples(max_examples=25, database=None)
    def one_byte(place, mask):
        altered = bytearray(box)
        altered[place] ^= mask
        assert list(wrong_in_box(bytes(altered), key)), place

    one_byte()
    for name, body in parts.items():
        if not body:
            continue
        place = box.index(body)
        altered = box[:place] + bytes([box[place] ^ 1]) + box[place + 1 :]
        assert any(name in line for line in wrong_in_box(altered, key)), name


def test_a_part_that_is_made_anew_with_its_manifest_needs_the_key(box):
    parts, _ = unpacked(box)
    manifest = json.loads(parts[MANIFEST])
    parts["fund.jsonl"] = b"\n"
    for told in manifest["parts"]:
        told["sha256"] = hashlib.sha256(parts[told["name"]]).hexdigest()
    parts[MANIFEST] = json.dumps(manifest).encode()
    assert any("signature" in line for line in wrong_in_box(b"".join(packed(parts)), public_key()))
    assert any("another key" in line for line in wrong_in_box(box, "0" * 64))


def test_the_published_program_and_the_command_say_the_same(box, app, tmp_path):
    path, program = tmp_path / "box.tar", tmp_path / "verify.py"
    path.write_bytes(box)
    program.write_bytes(verify_program())
    key = public_key()

    def both():
        ran = subprocess.run(
            [sys.executable, "-I", program, path, key], capture_output=True, text=True, check=False
        )
        told = app.test_cli_runner().invoke(args=["blackbox", "verify", str(path), "--key", key])
        return (ran.returncode, ran.stdout), (told.exit_code, told.output)

    assert [code for code, _ in both()] == [0, 0]
    place = box.index(b'"price_toman"')
    path.write_bytes(box[:place] + b"'" + box[place + 1 :])
    for code, told in both():
        assert code == 1 and "prices.jsonl was altered" in told


def test_the_command_builds_what_it_verifies(box, app, tmp_path):
    path, runner = tmp_path / "made.tar", app.test_cli_runner()
    assert runner.invoke(args=["blackbox", "build", "--to", str(path)]).exit_code == 0
    assert runner.invoke(args=["blackbox", "verify", str(path)]).exit_code == 0
    assert runner.invoke(args=["blackbox", "build", "--to", str(path)]).exit_code == 1


def test_a_price_changed_in_the_database_is_named_there_and_in_the_box(box, at):
    db.session.rollback()
    tamper("UPDATE price_history SET price_toman = price_toman + 1 WHERE id = 3")
    assert list(broken_prices()) == [3]
    assert list(WIRING.invariants["price_history_is_whole"]()) == [3]
    db.session.rollback()
    assert any("price change 3 " in line for line in wrong_in_box(build_box(at), public_key()))


def test_a_worker_builds_what_the_office_ordered_once(box, at):
    with unit_of_work():
        made = order_box(OFFICE, at)
    with pytest.raises(Exception, match="black_box_ordered"), unit_of_work():
        order_box(OFFICE, at)
    assert run_due(at) == 1
    path = file_of(made)
    assert list(wrong_in_box(path.read_bytes(), public_key())) == []
    shown = list_boxes()[0]
    assert (shown.state, shown.byte_count) == ("built", path.stat().st_size)
    assert shown.part_count == len(unpacked(path.read_bytes())[0])
    db.session.rollback()
    assert db.session.query(Job).filter(Job.state == JobState.done).count() == 1


def test_a_new_part_needs_one_line(box, at):
    assert len(collect_parts(WIRING.black_box_parts, at)) >= len(WIRING.black_box_parts)
