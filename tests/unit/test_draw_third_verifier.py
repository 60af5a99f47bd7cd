"""Three verifiers say the same: verify.py, the page's own (JavaScript, run by Node), and a third in Go.

The page's and the third were each written from docs/reference/draw.md alone. They share no code; the third uses nothing
but the hash and the signatures of its language's library.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from marketplace.lottery.proof.check import verify
from marketplace.lottery.proof.published import Wrong
from marketplace.lottery.publishing import as_file, canonical, signed
from tests.databases import run_folder
from tests.factories.draws import officers, publish, some_entries
from tests.factories.redraws import publish_redrawn
from tests.needs import have

pytestmark = [pytest.mark.needs("node"), pytest.mark.needs("go")]
PROGRAM = Path(__file__).parent.parent / "verifiers" / "verify.mjs"
THIRD = Path(__file__).parent.parent / "verifiers" / "third"
NAMES = ("manifest.json", "entries.csv", "result.json")
FLIPS = 1000 if os.environ.get("ROUNDS") else 250 if os.environ.get("REQUIRE_ALL") else 9
STEPS = ["manifest", "entries", "beacon", "seed", "picks"]


def node(*arguments: object) -> list[dict[str, Any]]:
    """What the third verifier says of each folder, in their order."""
    command = [str(have("node")), "--no-warnings", str(PROGRAM), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@cache
def third_program() -> Path:
    """The third verifier, built once a run."""
    made = run_folder() / "third"
    sources = [str(path) for path in sorted(THIRD.glob("*.go"))]
    subprocess.run([str(have("go")), "build", "-o", str(made), *sources], check=True, timeout=600)
    return made


def third(*arguments: object) -> list[dict[str, Any]]:
    """What the verifier in Go says of each folder, in their order."""
    command = [str(third_program()), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def python_says(folder: Path) -> str | None:
    """None when it holds, else what the Python verifier names."""
    try:
        verify(folder, lambda line: None)
    except Wrong as wrong:
        return str(wrong)
    return None


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ten")
    publish(folder, some_entries(10))
    return folder


def copied(ten: Path, folder: Path) -> Path:
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes((ten / name).read_bytes())
    return folder


def test_true_draws_of_every_size_are_verified_by_all(tmp_path):
    folders = []
    for persons, skipped in ((0, 0), (1, 1), (10, 6), (500, 400)):
        folder = tmp_path / f"{persons}-{skipped}"
        folder.mkdir()
        publish(folder, some_entries(persons), skipped=skipped)
        assert python_says(folder) is None
        folders.append(folder)
    for said in node(*folders):
        assert (said["steps"], said["wrong"], said["doubts"]) == (STEPS, None, [])
    assert {said["wrong"] for said in third(*folders)} == {""}


def test_flipped_bytes_are_noticed_by_all_in_the_same_file(ten, tmp_path):
    dice = random.Random(1404)
    folders = []
    for number in range(FLIPS):
        folder = copied(ten, tmp_path / str(number))
        changed = bytearray((ten / NAMES[number % 3]).read_bytes())
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(7)
        (folder / NAMES[number % 3]).write_bytes(changed)
        folders.append(folder)
    noticed = zip(folders, node(*folders), third(*folders), strict=True)
    for number, (folder, said, said_third) in enumerate(noticed):
        assert python_says(folder) is not None
        assert said["wrong"]["file"] == NAMES[number % 3], said
        assert said["doubts"] == []
        assert said_third["file"] == NAMES[number % 3], said_third


def resigned(folder: Path, change: Any) -> Path:
    """Officers who lie: the stage is changed and signed anew with the true keys."""
    result = json.loads((folder / "result.json").read_bytes())
    drawn = result["stages"][0]["drawn"]
    change(drawn)
    result["stages"][0] = signed("drawn", drawn, officers())
    (folder / "result.json").write_bytes(as_file(result))
    return folder


def any_signature(drawn: dict[str, Any]) -> None:
    """48 bytes that nobody's key made, with the digest that fits them: a verifier without the pairing takes them."""
    made = bytearray(hashlib.sha512(b"any 48 bytes").digest()[:48])
    made[0] = made[0] & 0x1F | 0x80
    drawn["source"].update(signature=made.hex(), randomness=hashlib.sha256(made).hexdigest())


def negative_signature(drawn: dict[str, Any]) -> None:
    """The true point's mirror image: on the curve and in the group, only the pairing tells."""
    made = bytearray.fromhex(drawn["source"]["signature"])
    made[0] ^= 0x20
    drawn["source"].update(signature=made.hex(), randomness=hashlib.sha256(made).hexdigest())


LIES = {
    "random signature": (any_signature, "beacon"),
    "mirrored signature": (negative_signature, "beacon"),
    "another order": (lambda drawn: drawn["picks"].reverse(), "pick"),
    "a pick less": (lambda drawn: drawn["picks"].pop(), "pick"),
    "another seed": (lambda drawn: drawn.update(seed="0" * 64), "seed"),
    "fewer skips": (lambda drawn: drawn["skips"]["told"]["list"].clear(), "signature"),
    "another order of prizes": (lambda drawn: drawn["prizes"].reverse(), "prizes"),
    "left over": (lambda drawn: drawn.update(undrawn=[[2, 2]]), "undrawn"),
    "another stage": (lambda drawn: drawn.update(stage=1), "other_draw"),
    "a truth instead of a one": (lambda drawn: drawn["prizes"][0].__setitem__(1, True), "shape"),
    "a truth instead of a nought": (lambda drawn: drawn.update(source_number=False), "shape"),
    "a stage that is false": (lambda drawn: drawn.update(stage=False), "shape"),
    "a pick that is true": (lambda drawn: drawn["picks"][0].update(of=True), "pick"),
    "another round": (lambda drawn: drawn["source"].update(round=1001), "source"),
}


def test_lies_that_both_officers_signed_are_named(ten, tmp_path):
    folders = [resigned(copied(ten, tmp_path / name), change) for name, (change, _) in LIES.items()]
    codes = [said["wrong"] and said["wrong"]["code"] for said in node(*folders)]
    assert codes == [code for _, code in LIES.values()]
    assert {said["file"] for said in third(*folders)} == {"result.json"}
    told = ("random signature", "mirrored signature", "a truth instead of a one", "a pick that is true")
    assert all(python_says(tmp_path / name) for name in told)
    assert "round's signature" in third(tmp_path / "random signature")[0]["wrong"]


FIGURE_LIES = {
    "different figures": (lambda source: source["typed"][1]["figures"].update(rate=[58_121]), "source"),
    "one person twice": (lambda source: source["typed"][1].update(by="a"), "source"),
    "a third": (lambda source: source["typed"].append(source["typed"][0]), "shape"),
    "a figure less": (lambda source: [each["figures"].pop("rate") for each in source["typed"]], "source"),
    "a truth for a figure": (
        lambda source: [each["figures"].update(rate=[True]) for each in source["typed"]],
        "source",
    ),
    "other figures": (lambda source: [each["figures"].update(rate=[1]) for each in source["typed"]], "seed"),
}


def resign_redraw(folder: Path, change: Any) -> Path:
    """Officers who lie about the redraw."""
    result = json.loads((folder / "result.json").read_bytes())
    drawn = result["stages"][1]["drawn"]
    change(drawn)
    result["stages"][1] = signed("drawn", drawn, officers())
    (folder / "result.json").write_bytes(as_file(result))
    return folder


def test_a_redraw_by_typed_figures_is_verified_and_every_lie_about_it_is_named(tmp_path):
    true = tmp_path / "true"
    true.mkdir()
    result = publish_redrawn(true, some_entries(40))
    drawn = [stage["drawn"] for stage in result["stages"]]
    persons = [pick["pseudonym"] for each in drawn for pick in each["picks"]]
    assert len(persons) == len(set(persons)) == 5
    assert python_says(true) is None
    lies: dict[str, tuple[Any, str]] = {
        name: (lambda drawn, change=change: change(drawn["source"]), code)
        for name, (change, code) in FIGURE_LIES.items()
    }
    lies["what the first stage did not draw"] = (lambda drawn: drawn.update(prizes=[[3, 1]]), "prizes")
    lies["a winner of before"] = (
        lambda drawn: drawn["picks"][0].update(pseudonym=persons[0]),
        "pick",
    )
    folders = [true]
    for name, (change, _) in lies.items():
        folders.append(resign_redraw(copied(true, tmp_path / name), change))
    said = node(*folders)
    assert said[0]["wrong"] is None
    assert [each["wrong"] and each["wrong"]["code"] for each in said[1:]] == [
        code for _, code in lies.values()
    ]
    assert all(python_says(folder) for folder in folders[1:])
    assert [bool(each["wrong"]) for each in third(*folders)] == [False] + [True] * len(lies)


def test_a_round_that_is_not_that_of_its_moment_is_refused_though_both_signed_it(ten, tmp_path):
    folder = copied(ten, tmp_path / "later")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["draw"]["stages"][0]["at"] = "2023-08-23T15:59:27Z"
    (folder / "manifest.json").write_bytes(as_file(signed("draw", manifest["draw"], officers())))
    result = json.loads((folder / "result.json").read_bytes())
    result["manifest_sha256"] = hashlib.sha256(canonical(manifest["draw"])).hexdigest()
    (folder / "result.json").write_bytes(as_file(result))
    assert "not that of its moment" in str(python_says(folder))
    assert node(folder)[0]["wrong"]["code"] == "source"
    assert "not the round of its moment" in third(folder)[0]["wrong"]


def test_other_forms_of_the_same_json_are_refused(ten, tmp_path):
    text = (ten / "manifest.json").read_text("utf-8")
    forms = {
        "a key twice": text.replace('{"draw":', '{"draw":{},"draw":', 1),
        "a space": text.replace('{"draw":', '{"draw": ', 1),
        "no line feed": text[:-1],
        "a fraction": text.replace('"count":1', '"count":1.0', 1),
        "an escape": text.replace("A laptop", "\\u0041 laptop", 1),
        "a byte order mark": "\ufeff" + text,
    }
    folders = []
    for name, form in forms.items():
        folder = copied(ten, tmp_path / name)
        (folder / "manifest.json").write_bytes(form.encode())
        folders.append(folder)
    for folder, said, said_third in zip(folders, node(*folders), third(*folders), strict=True):
        assert said["wrong"]["code"] in ("not_json", "not_canonical"), said
        assert said_third["file"] == "manifest.json"
        assert python_says(folder) is not None


def test_the_published_vectors_are_met():
    told = node("--vectors")[0]
    document = (Path(__file__).parents[2] / "docs" / "reference" / "draw.md").read_text("utf-8")
    assert third("--vectors") == [told]
    assert len(told["below"]) == 8
    for value in told["below"] + told["roots"]:
        assert value in document
