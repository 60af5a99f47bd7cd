"""A published draw is verified from its files alone, and any change of them is noticed."""

from __future__ import annotations

import json
import os
import random

import pytest

from marketplace.lottery.merkle import MerkleTree
from marketplace.lottery.proof.check import verify
from marketplace.lottery.proof.published import Wrong
from marketplace.lottery.proof.tree import root_from_path
from marketplace.lottery.publishing import (
    as_file,
    canonical,
    csv_lines,
    pseudonym_of,
    salt_of,
    signed,
)
from tests.factories.draws import DRAW, SECRET, officers, publish, some_entries

FLIPS = 1000 if os.environ.get("ROUNDS") else 60
FILES = ("manifest.json", "entries.csv", "result.json")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("draw")
    publish(folder, some_entries(10))
    return folder


@pytest.fixture
def copy(published, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((published / name).read_bytes())
    return tmp_path


def told(folder) -> list[str]:
    lines: list[str] = []
    verify(folder, lines.append)
    return lines


def test_a_true_draw_is_verified_step_by_step(published):
    lines = told(published)
    assert lines[0].startswith("manifest.json   signed by both officers")
    assert "20 entries of 10 persons" in lines[1]
    assert "drand-quicknet/v1 is true" in lines[2]
    assert sum("prize" in line for line in lines) == 3


def test_every_flipped_byte_is_noticed(copy):
    """Signatures first: whatever is changed is either signed, hashed, or recomputed."""
    dice = random.Random(1404)
    whole = {name: (copy / name).read_bytes() for name in FILES}
    for _ in range(FLIPS):
        name = dice.choice(FILES)
        changed = bytearray(whole[name])
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        (copy / name).write_bytes(changed)
        with pytest.raises(Wrong, match=r"^(manifest|entries|result)|^a part is missing"):
            verify(copy, lambda line: None)
        (copy / name).write_bytes(whole[name])


def test_files_that_are_missing_or_too_long_are_named(copy):
    (copy / "entries.csv").write_bytes((copy / "entries.csv").read_bytes()[:-1])
    with pytest.raises(Wrong, match=r"entries\.csv: the last line does not end"):
        verify(copy, print)
    (copy / "entries.csv").unlink()
    with pytest.raises(Wrong, match=r"entries\.csv: cannot be read"):
        verify(copy, print)


def resign(folder, change) -> None:
    """Officers who lie: the result is changed and signed anew by the true keys."""
    result = json.loads((folder / "result.json").read_bytes())
    drawn = result["stages"][0]["drawn"]
    change(drawn, result)
    result["stages"][0] = signed("drawn", drawn, officers())
    (folder / "result.json").write_bytes(as_file(result))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda drawn, result: drawn["picks"].reverse(), "pick 0"),
        (lambda drawn, result: drawn["picks"][-1].update(pseudonym="0" * 64), "is entry"),
        (lambda drawn, result: drawn["picks"].pop(), "picks, published"),
        (lambda drawn, result: drawn["picks"].append(drawn["picks"][0]), "picks, published"),
        (
            lambda drawn, result: drawn["skips"]["told"]["list"].clear(),
            "the skip list: the signature of auditor",
        ),
        (lambda drawn, result: drawn["prizes"].reverse(), "other prizes than the manifest"),
        (lambda drawn, result: drawn.update(undrawn=[[2, 2]]), "other prizes are left over"),
        (lambda drawn, result: drawn["source"].update(round=1001), "round 1001 instead of 1000"),
        (lambda drawn, result: drawn.update(source_number=1), "does not stand in the manifest"),
        (lambda drawn, result: drawn.update(seed="0" * 64), "the seed is"),
        (lambda drawn, result: drawn.update(stage=1), "calls itself 1"),
        (lambda drawn, result: result.update(manifest_sha256="0" * 64), "belongs to another manifest"),
        (lambda drawn, result: result["stages"].append(result["stages"][0]), "more stages than the manifest"),
    ],
)
def test_even_the_officers_cannot_publish_another_result(copy, change, words):
    resign(copy, change)
    with pytest.raises(Wrong, match=words):
        verify(copy, print)


def test_another_list_under_the_same_manifest_names_the_root(copy):
    entries = some_entries(10)
    entries[3], entries[4] = entries[4], entries[3]
    (copy / "entries.csv").write_bytes(b"".join(line + b"\n" for line in csv_lines(entries)))
    with pytest.raises(Wrong, match="out of order"):
        verify(copy, print)
    text = (copy / "entries.csv").read_text().replace(entries[0].pseudonym, "f" * 64)
    entries[3], entries[4] = entries[4], entries[3]
    (copy / "entries.csv").write_bytes(b"".join(line + b"\n" for line in csv_lines(entries)))
    verify(copy, lambda line: None)
    text = (copy / "entries.csv").read_text().replace(entries[0].pseudonym, entries[-1].pseudonym)
    (copy / "entries.csv").write_text(text)
    with pytest.raises(Wrong, match=r"persons is 9|Merkle root"):
        verify(copy, print)


def test_a_repeated_key_or_a_fraction_is_refused(copy):
    text = (copy / "manifest.json").read_text()
    (copy / "manifest.json").write_text(text.replace('{"draw":', '{"draw":{},"draw":', 1))
    with pytest.raises(Wrong, match="a key stands twice"):
        verify(copy, print)
    (copy / "manifest.json").write_text(text.replace('"count":1', '"count":1.0', 1))
    with pytest.raises(Wrong, match="not a whole number"):
        verify(copy, print)


@pytest.mark.parametrize("persons", [0, 1, 2, 3, 500])
def test_draws_of_few_and_of_many(tmp_path, persons):
    result = publish(tmp_path, some_entries(persons), skipped=0)
    drawn = result["stages"][0]["drawn"]
    winners = [pick["pseudonym"] for pick in drawn["picks"] if pick["skipped"] is None]
    assert len(winners) == len(set(winners)) == min(3, persons)
    assert len(drawn["undrawn"]) == 3 - len(winners)
    verify(tmp_path, lambda line: None)


def test_everybody_proves_their_entry_and_tells_of_nobody_else():
    entries = some_entries(33)
    leaves = list(csv_lines(entries))[1:]
    tree = MerkleTree.of(leaves)
    for index, leaf in enumerate(leaves):
        assert root_from_path(leaf, index, len(leaves), tree.path(index)) == tree.root
    with pytest.raises(IndexError):
        tree.path(66)


def test_no_dictionary_finds_a_person_behind_a_pseudonym():
    """Without the salt all numbers lead nowhere; with it the owner's does."""
    shown = {entry.pseudonym for entry in some_entries(50)}
    numbers = [f"0912{person:07d}" for person in range(2000)]
    assert not any(pseudonym_of(bytes(32), DRAW, number) in shown for number in numbers)
    control = sum(
        pseudonym_of(salt_of(SECRET, "person", number), DRAW, number) in shown for number in numbers
    )
    assert control == 50


def test_the_canonical_form_is_the_one_the_verifier_asks_for():
    assert canonical({"ب": 1, "a": ["«", 2]}).decode() == '{"a":["«",2],"ب":1}'
