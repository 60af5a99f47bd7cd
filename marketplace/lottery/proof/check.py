"""`python3 verify.py DIR`: re-derives a draw from manifest.json, entries.csv and result.json."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marketplace.lottery.proof.beacon import (
    PARTS,
    QUICKNET,
    figures_bytes,
    quicknet_bytes,
    round_at,
    seconds_of,
)
from marketplace.lottery.proof.ed25519 import is_signed
from marketplace.lottery.proof.picking import Entries, picks_of
from marketplace.lottery.proof.published import (
    Wrong,
    alike,
    canonical,
    hex_bytes,
    lp,
    read_json,
    require,
    sha256,
    u64,
)
from marketplace.lottery.proof.stream import words
from marketplace.lottery.proof.tree import root_of

RULES = "festival-draw/v1"
HEADER = "index,entry_id,pseudonym,weight"
ROW = re.compile(r"(0|[1-9][0-9]{0,9}),([0-9a-f]{32}),([0-9a-f]{64}),([1-9][0-9]{0,9})\Z", re.ASCII)
SIGNERS = ["auditor", "seal_officer"]


def check_manifest(folder: Path) -> dict[str, Any]:
    """The manifest's draw, its format known and signed by auditor and seal officer. Raises Wrong."""
    manifest = read_json(folder / "manifest.json")
    require(
        sorted(manifest) == ["draw", "signatures"],
        "manifest.json: holds something else than draw and signatures",
    )
    draw: dict[str, Any] = manifest["draw"]
    require(
        draw.get("format") == "bazargah-draw/1", "manifest.json: a format that this verifier does not know"
    )
    require(
        draw.get("rules") == RULES,
        f"manifest.json: rules that this verifier does not know: {draw.get('rules')}",
    )
    check_signatures(draw, canonical(draw), manifest["signatures"], "manifest.json")
    return draw


def check_signatures(draw: dict[str, Any], signed: bytes, signatures: Any, name: str) -> None:
    """Both officers signed these bytes with the keys that the manifest names. Raises Wrong."""
    keys = {each["role"]: each["key"] for each in draw.get("signers", []) if isinstance(each, dict)}
    are_two = len(draw["signers"]) == 2 and sorted(keys) == SIGNERS and len(set(keys.values())) == 2
    require(are_two, "manifest.json: does not name the keys of auditor and seal officer")
    found = {each.get("role"): each for each in signatures} if isinstance(signatures, list) else {}
    are_both = len(signatures) == 2 and sorted(map(str, found)) == SIGNERS
    require(are_both, f"{name}: is not signed by auditor and seal officer")
    require(
        all(sorted(each) == ["role", "signature"] for each in signatures),
        f"{name}: a signature has other parts",
    )
    for role in SIGNERS:
        key = hex_bytes(keys[role], 32, f"manifest.json: the key of {role}")
        signature = hex_bytes(found[role].get("signature"), 64, f"{name}: the signature of {role}")
        require(is_signed(key, signed, signature), f"{name}: the signature of {role} is false")


def check_entries(folder: Path, draw: dict[str, Any]) -> Entries:
    """The entries of entries.csv, which are those whose digest, root and sums the manifest tells. Raises Wrong."""
    named: dict[str, Any] = draw["entries"]
    ids: list[str] = []
    persons: list[str] = []
    weights: list[int] = []
    digest = hashlib.sha256()

    def leaves() -> Iterator[bytes]:
        for number, line in enumerate(_lines(folder / "entries.csv", digest)):
            text = line.decode("ascii", "replace")
            if number == 0:
                require(text == HEADER, "entries.csv: another first line")
                continue
            row = ROW.match(text)
            if row is None:
                raise Wrong(f"entries.csv: line {number + 1} is malformed")
            require(int(row[1]) == number - 1, f"entries.csv: line {number + 1} has index {row[1]}")
            require(not ids or ids[-1] < row[2], f"entries.csv: line {number + 1} is out of order")
            ids.append(row[2])
            persons.append(sys.intern(row[3]))
            weights.append(int(row[4]))
            yield line

    root = root_of(leaves()).hex()
    entries = Entries(ids, persons, weights)
    told = {"count": len(ids), "weight": entries.left, "persons": entries.person_count}
    for name, value in told.items():
        require(
            alike(named.get(name), value),
            f"entries.csv: {name} is {value}, the manifest says {named.get(name)}",
        )
    require(
        named.get("merkle_root") == root,
        f"entries.csv: the Merkle root is {root}, the manifest says otherwise",
    )
    require(named.get("sha256") == digest.hexdigest(), "entries.csv: another digest than the manifest's")
    return entries


def _lines(path: Path, digest: Any) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for line in file:
                require(line.endswith(b"\n"), "entries.csv: the last line does not end")
                digest.update(line)
                yield line[:-1]
    except OSError as error:
        raise Wrong(f"entries.csv: cannot be read: {error.strerror}") from error


def seed_of(draw: dict[str, Any], stage: int, randomness: bytes) -> bytes:
    """The seed of a stage: everything that was fixed before, and the randomness that came after."""
    entries = draw["entries"]
    return sha256(
        RULES.encode("ascii")
        + b"\x00"
        + lp(draw["id"].encode("utf-8"))
        + lp(sha256(canonical(draw)))
        + lp(bytes.fromhex(entries["merkle_root"]))
        + u64(entries["count"])
        + u64(entries["weight"])
        + u64(stage)
        + randomness
    )


def check_result(folder: Path, draw: dict[str, Any], entries: Entries) -> list[dict[str, Any]]:
    """The stages of result.json, each recomputed. Raises Wrong."""
    result = read_json(folder / "result.json")
    require(
        sorted(result) == ["draw", "format", "manifest_sha256", "stages"],
        "result.json: other parts than known",
    )
    require(result["format"] == "bazargah-result/1", "result.json: a format that this verifier does not know")
    require(result["draw"] == draw["id"], "result.json: belongs to another draw")
    require(
        result["manifest_sha256"] == sha256(canonical(draw)).hex(), "result.json: belongs to another manifest"
    )
    stages = result["stages"]
    require(isinstance(stages, list) and bool(stages), "result.json: has no stage")
    require(len(stages) <= len(draw["stages"]), "result.json: has more stages than the manifest")
    open_prizes = [[p["rank"], unit] for p in draw["prizes"] for unit in range(1, p["count"] + 1)]
    for number, stage in enumerate(stages):
        require(
            sorted(stage) == ["drawn", "signatures"],
            f"result.json: stage {number} has other parts than known",
        )
        check_signatures(draw, canonical(stage["drawn"]), stage["signatures"], f"result.json: stage {number}")
        open_prizes = _check_stage(draw, entries, number, stage["drawn"], open_prizes)
    return list(stages)


def _check_stage(
    draw: dict[str, Any], entries: Entries, number: int, drawn: dict[str, Any], open_prizes: list[list[int]]
) -> list[list[int]]:
    name = f"result.json: stage {number}"
    parts = ["picks", "prizes", "seed", "skips", "source", "source_number", "stage", "undrawn"]
    require(sorted(drawn) == parts, f"{name} has other parts than known")
    require(alike(drawn["stage"], number), f"{name} calls itself {drawn['stage']}")
    prizes = drawn["prizes"]
    if number == 0:
        require(alike(prizes, open_prizes), f"{name} draws other prizes than the manifest names")
    require(
        isinstance(prizes, list)
        and bool(prizes)
        and alike(prizes, [each for each in open_prizes if each in prizes]),
        f"{name} draws prizes that were not open, or in another order",
    )
    seed = seed_of(draw, number, _randomness(draw["stages"][number], drawn, name))
    require(drawn["seed"] == seed.hex(), f"{name}: the seed is {seed.hex()}, not {drawn['seed']}")
    skips = _skips(draw, number, drawn["skips"], name)
    picks, undrawn = picks_of(entries, prizes, skips, words(seed))
    require(isinstance(drawn["picks"], list), f"{name} has no picks")
    for place, (ours, theirs) in enumerate(zip(picks, drawn["picks"], strict=False)):
        require(alike(ours, theirs), f"{name}, pick {place}: is entry {ours['index']}, not what is published")
    require(len(picks) == len(drawn["picks"]), f"{name}: {len(picks)} picks, published {len(drawn['picks'])}")
    require(alike(drawn["undrawn"], undrawn), f"{name}: other prizes are left over than is published")
    return list(prizes)


def _skips(draw: dict[str, Any], number: int, skips: dict[str, Any], name: str) -> dict[tuple[str, str], str]:
    require(sorted(skips) == ["signatures", "told"], f"{name}: the skip list has other parts than known")
    told = skips["told"]
    require(
        told.get("draw") == draw["id"] and alike(told.get("stage"), number),
        f"{name}: the skip list is of another stage",
    )
    check_signatures(draw, canonical(told), skips["signatures"], f"{name}: the skip list")
    found: dict[tuple[str, str], str] = {}
    for each in told["list"]:
        require(
            sorted(each) == ["id", "kind", "reason"] and all(isinstance(text, str) for text in each.values()),
            f"{name}: a skip without its reason",
        )
        require(bool(each["reason"]), f"{name}: a skip without its reason")
        require(each["kind"] in ("entry", "person"), f"{name}: a skip of neither entry nor person")
        found[each["kind"], each["id"]] = each["reason"]
    return found


def _randomness(stage: dict[str, Any], drawn: dict[str, Any], name: str) -> bytes:
    sources, number = stage["sources"], drawn["source_number"]
    is_known = type(number) is int and 0 <= number < len(sources)
    require(is_known, f"{name}: its source does not stand in the manifest")
    source, found = sources[number], drawn["source"]
    require(found.get("kind") == source["kind"], f"{name}: another kind of source than the manifest's")
    is_named = source["kind"] in PARTS
    require(is_named, f"{name}: a source that this verifier does not know: {source['kind']}")
    require(sorted(found) == PARTS[source["kind"]], f"{name}: its source has other parts than known")
    if source["kind"] == QUICKNET:
        is_of_moment = alike(source.get("round"), round_at(seconds_of(stage["at"])))
        require(is_of_moment, f"manifest.json: the round of stage {drawn['stage']} is not that of its moment")
        return quicknet_bytes(source, found)
    return figures_bytes(source, found)


def verify(folder: Path, say: Any) -> None:
    """Checks a folder of published files, telling each step. Raises Wrong at the first thing that does not hold."""
    try:
        draw = check_manifest(folder)
        say(f"manifest.json   signed by both officers; rules {draw['rules']}")
        entries = check_entries(folder, draw)
        say(
            f"entries.csv     {len(entries.ids)} entries of {entries.person_count} persons, the Merkle root is signed"
        )
        stages = check_result(folder, draw, entries)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise Wrong(f"a part is missing or of another kind than it must be: {error!r}") from error
    for stage in stages:
        drawn = stage["drawn"]
        say(
            f"result.json     stage {drawn['stage']}: {drawn['source']['kind']} is true, seed {drawn['seed'][:16]}..."
        )
        for pick in drawn["picks"]:
            outcome = (
                f"skipped: {pick['skipped']}"
                if pick["skipped"]
                else f"prize {pick['prize'][0]}.{pick['prize'][1]}"
            )
            say(
                f"                ticket {pick['ticket']} of {pick['of']} -> entry {pick['index']}: {outcome}"
            )


def main(arguments: list[str]) -> int:
    """The command: 0 when everything holds, 1 with the first thing that is wrong, 2 when misused."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        _tell("usage: python3 verify.py DIR   (a folder with manifest.json, entries.csv and result.json)")
        return 2
    try:
        verify(Path(arguments[0]), _tell)
    except Wrong as wrong:
        _tell(f"WRONG  {wrong}")
        return 1
    _tell("verified: the result follows from the published files, and from nothing else")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
