"""The facets of a large edition: counted by a job, read from its file, equal to a recount."""

from __future__ import annotations

import json
import os
import subprocess
import time
from array import array
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from pyroaring import FrozenBitMap
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.festival.models import Offer
from marketplace.policy.policy import Policy
from marketplace.storefront import bitmaps, counting, facets, postings, ranked
from marketplace.storefront.filters import Filters
from marketplace.storefront.shelf import count_cards
from marketplace.stores.models import Store
from tests.factories import AT, change
from tests.worlds import database, the_world  # noqa: F401

SEARCHES = ("صابون", "چای", "ص", "صا", "صابون ن", "نیک", "شکلات چای", "هیچ")


@pytest.fixture
def festival(ctx: Any, app: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> int:
    bitmaps._loaded.clear()
    monkeypatch.setattr(bitmaps, "kept_path", lambda festival_id: tmp_path / f"facets-{festival_id}")
    monkeypatch.setattr(counting, "kept_path", lambda festival_id: tmp_path / f"facets-{festival_id}")
    return int(the_world().festival.id)


def told(shelf: bitmaps.Shelf) -> object:
    return (
        list(shelf.prices),
        list(shelf.places),
        {
            name: {value: list(bits) for value, bits in values.items()}
            for name, values in shelf.fields.items()
        },
    )


def a_sellable() -> Offer:
    offer = db.session.get(
        Offer, next(iter(bitmaps.read_shelf(the_world().festival.id, AT).of_ids([1])), 0) or 1
    )
    assert offer is not None
    return offer


def test_what_the_job_leaves_is_what_a_recount_gives(festival: int) -> None:
    assert counting.count_facets(AT)
    found = bitmaps.counted_beside(festival)
    assert found is not None
    assert found.count > 0
    assert told(found) == told(bitmaps.read_shelf(festival, AT))


def test_a_newer_file_is_read_and_the_same_one_is_not_read_twice(festival: int) -> None:
    assert counting.count_facets(AT)
    first = bitmaps.counted_beside(festival)
    assert bitmaps.counted_beside(festival) is first
    offer = a_sellable()
    change(offer, festival_toman=offer.festival_toman - 1_000)
    assert counting.count_facets(AT)
    second = bitmaps.counted_beside(festival)
    assert second is not None
    assert told(second) == told(bitmaps.read_shelf(festival, AT)) != told(first)  # type: ignore[arg-type]


def test_what_nobody_looks_after_is_trusted_after_a_start_alone(festival: int) -> None:
    assert counting.count_facets(AT)
    path = bitmaps.kept_path(festival)
    long_ago = time.time() - bitmaps.LOOKED_AFTER_SECONDS - 5
    os.utime(path, (long_ago, long_ago))
    assert bitmaps.counted_beside(festival) is not None
    assert bitmaps.counted_beside(festival) is None


def test_of_many_the_last_count_is_shown_however_old(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert counting.count_facets(AT)
    first = bitmaps.shelf_of(festival, AT)
    assert first.count
    monkeypatch.setattr(bitmaps, "MANY", 1)
    monkeypatch.setattr(bitmaps, "read_shelf", lambda *asked: pytest.fail("read by a page"))
    os.utime(bitmaps.kept_path(festival), (1, 1))
    assert bitmaps.shelf_of(festival, AT) is first
    bitmaps._loaded.clear()
    again = bitmaps.shelf_of(festival, AT)
    assert told(again) == told(first)
    bitmaps.kept_path(festival).unlink()
    assert bitmaps.shelf_of(festival, AT) is again
    bitmaps.kept_path(festival).write_bytes(b"lost")
    assert bitmaps.shelf_of(festival, AT) is again


def test_a_page_over_many_that_were_never_counted_is_shown_without_counts(
    festival: int, app: Any, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not refused, and not read by the page: what it says of numbers is left out until they are counted."""
    store = db.session.scalars(select(Store.slug).join(Offer, Offer.store_id == Store.id)).first()
    pages = ["/", "/search?q=صابون", "/search?min_discount=15&sort=price", "/c/beauty", f"/stores/{store}"]
    bitmaps._kept.clear()
    monkeypatch.setattr(bitmaps, "MANY", 1)
    with monkeypatch.context() as patch:
        patch.setattr(bitmaps, "read_shelf", lambda *asked: pytest.fail("read by a page"))
        client = app.test_client()
        for n, page in enumerate(pages):
            db.session.rollback()
            answer = client.get(page)
            assert answer.status_code == 200, page
            assert n == 0 or 'class="list__count"' not in answer.text
        assert "/offers/" in client.get("/search?sort=price").text
        assert client.get("/api/v1/categories").status_code == 200
    db.session.rollback()
    assert counting.count_facets(AT)
    assert 'class="list__count"' in app.test_client().get("/search?sort=discount&min_toman=1").text
    bitmaps._kept.clear()


def test_a_broken_file_counts_as_none(festival: int) -> None:
    bitmaps.kept_path(festival).write_bytes(b'{"prices": 8, "places": 4, "fields": {}}\nabc')
    assert bitmaps.counted_beside(festival) is None


def told_file(path: Path) -> tuple[dict[str, Any], bytes]:
    head, _, rest = path.read_bytes().partition(b"\n")
    return json.loads(head), rest


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0" * 4_096,
        b"[]\n",
        b"7\n",
        b'"prices"\n',
        b'{"prices": "8", "places": 4, "fields": {}, "sum": 0, "words": {}, "sums": []}\n',
        b'{"prices": 0, "places": 0, "fields": [], "sum": 0, "words": {}, "sums": []}\n',
        b'{"prices": 0, "places": 0, "fields": {"stars": {"a": 0}}, "sum": 0, "words": {}, "sums": []}\n',
        b'{"prices": 0, "places": 0, "fields": {}, "sum": 0, "words": {"a": 1}, "sums": []}\n',
        b'{"prices": 0, "places": 0, "fields": {}, "sum": 0, "words": ["a"], "sums": [1]}\n',
        b"cposix\nsystem\n(S'true'\ntR.",
        b"[" * 200_000 + b"\n",
        b'{"prices": 1' + b"0" * 5_000 + b"}\n",
    ],
)
def test_whatever_lies_there_instead_counts_as_none_and_is_put_away(festival: int, said: bytes) -> None:
    path = bitmaps.kept_path(festival)
    path.write_bytes(said)
    assert bitmaps.counted_beside(festival) is None
    assert not path.exists()
    assert told(bitmaps.shelf_of(festival, AT)) == told(bitmaps.read_shelf(festival, AT))


def test_the_file_of_the_release_before_is_put_away_and_counted_anew(festival: int) -> None:
    """It tells whose the hidden offers are alone, so that a search would find none of the others of a province."""
    shelf = bitmaps.read_shelf(festival, AT)
    shelf.fields["hidden"] = shelf.fields.pop("store")
    path = bitmaps.kept_path(festival)
    bitmaps.write_shelf(shelf, path)
    assert "hidden" in told_file(path)[0]["fields"]
    assert bitmaps.counted_beside(festival) is None
    assert not path.exists()
    assert counting.count_facets(AT)
    assert told(bitmaps.counted_beside(festival)) == told(bitmaps.read_shelf(festival, AT))


def test_one_bit_lost_of_what_is_counted_is_noticed(festival: int) -> None:
    assert counting.count_facets(AT)
    path = bitmaps.kept_path(festival)
    head, rest = told_file(path)
    ends = head["prices"], head["prices"] + head["places"], len(rest) - head["shown"] - head["ids"]
    for lost in (0, *ends, len(rest) - 1):
        changed = bytearray(rest)
        changed[lost] ^= 1
        path.write_bytes(json.dumps(head).encode() + b"\n" + changed)
        assert bitmaps.counted_beside(festival) is None


@pytest.mark.parametrize("harm", ["bits", "short", "sizes", "words"])
def test_words_not_as_they_were_written_are_not_counted_from(
    festival: int, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    """The page is counted from the hits instead, and is what it was."""
    monkeypatch.setattr(ranked, "FEW", 0)
    monkeypatch.setattr(facets, "LEAST_COUNTED", 1)
    monkeypatch.setattr(postings, "LEAST_OFFERS", 1)
    read = {q: facets.facet_counts(Filters.parse({"q": q}), festival, Policy(), AT) for q in SEARCHES}
    assert counting.count_facets(AT)
    path = bitmaps.kept_path(festival)
    head, rest = told_file(path)
    end = len(rest) - head["ids"] - head["shown"]
    begin = end - sum(head["words"].values())
    if harm == "bits":
        rest = rest[:begin] + bytes(byte ^ 0x55 for byte in rest[begin:end]) + rest[end:]
    elif harm == "short":
        rest = rest[:begin] + rest[end:]
    elif harm == "sizes":
        head["words"] = dict.fromkeys(head["words"], -(10**30))
    else:
        head["sums"] = ["<script>"] * len(head["sums"])
    path.write_bytes(json.dumps(head).encode() + b"\n" + rest)
    bitmaps._kept.clear()
    found = bitmaps.counted_beside(festival)
    assert found is not None
    assert found.words is not None
    assert found.words.with_all(("ص",)) is None
    assert {q: facets.facet_counts(Filters.parse({"q": q}), festival, Policy(), AT) for q in SEARCHES} == read


def test_a_writer_leaves_nothing_beside_but_what_another_writes_now(festival: int) -> None:
    path = bitmaps.kept_path(festival)
    killed, other = path.with_name(f"{path.name}-a.new"), path.with_name(f"{path.name}-b.new")
    for beside in (killed, other):
        beside.write_bytes(b"half")
    os.utime(killed, (1, 1))
    assert counting.count_facets(AT)
    assert sorted(path.parent.glob("facets-*")) == [path, other]
    path.unlink()
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        counting.count_facets(AT)
    assert sorted(path.parent.glob("facets-*")) == [path, other]


def test_of_few_offers_no_process_is_begun(festival: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *told, **more: pytest.fail("begun"))
    assert counting.look_after_facets(AT) == 0


def test_of_many_they_are_counted_once_a_change_and_touched_between(
    festival: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[object] = []

    class Done:
        def __init__(self, command: list[str], **more: Any) -> None:
            begun.append(command)
            counting.count_facets(AT)

        def poll(self) -> int:
            return 0

    monkeypatch.setattr(bitmaps, "MANY", 1)
    monkeypatch.setattr(subprocess, "Popen", Done)
    monkeypatch.setattr(counting, "_here", counting._Counting())
    monkeypatch.setattr(counting, "SHARE", 0)
    assert counting.look_after_facets(AT) == 1
    path = bitmaps.kept_path(festival)
    os.utime(path, (1, 1))
    assert counting.look_after_facets(AT) == 0
    assert path.stat().st_mtime > 1
    offer = a_sellable()
    change(offer, festival_toman=offer.festival_toman - 1_000)
    assert counting.look_after_facets(AT) == 1
    assert begun == [counting.COMMAND] * 2


@pytest.mark.parametrize("least", [1, 3, 1_000])
def test_searches_with_many_hits_are_counted_from_the_file(
    festival: int, app: Any, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    """Whatever words were left out for being rare: each count is what reading the hits gives."""
    monkeypatch.setattr(ranked, "FEW", 0)
    monkeypatch.setattr(facets, "LEAST_COUNTED", 1)
    monkeypatch.setattr(postings, "LEAST_OFFERS", least)
    read = {q: facets.facet_counts(Filters.parse({"q": q}), festival, Policy(), AT) for q in SEARCHES}
    assert counting.count_facets(AT)
    bitmaps._kept.clear()
    whole = dict.fromkeys(SEARCHES, 0)
    with_all = postings.Words._with_all

    def noted(self: postings.Words, typed: tuple[str, ...]) -> Any:
        found = with_all(self, typed)
        whole[" ".join(typed)] = len(found or ())
        return found

    monkeypatch.setattr(postings.Words, "_with_all", noted)
    for q in SEARCHES:
        filters = Filters.parse({"q": q})
        assert facets.facet_counts(filters, festival, Policy(), AT) == read[q], q
        narrow = filters.with_(store="nik", in_stock=True)
        counted = facets.total_of(facets.facet_counts(narrow, festival, Policy(), AT))
        assert counted == count_cards(narrow, festival, Policy(), AT), q
    assert sum(map(bool, whole.values())) >= (4 if least == 1 else 1)


def test_a_file_without_words_is_read(festival: int) -> None:
    """As it was left before words were counted."""
    bitmaps.write_shelf(bitmaps.read_shelf(festival, AT), bitmaps.kept_path(festival))
    found = bitmaps.counted_beside(festival)
    assert found is not None
    assert (found.words, told(found)) == (None, told(bitmaps.read_shelf(festival, AT)))


def packed(found: dict[str, FrozenBitMap]) -> postings.Words:
    """As a page finds them in the file: one behind the other, each with its check sum."""
    body, index = b"", {}
    for name, bits in found.items():
        said = bits.serialize()
        index[name] = (len(body), len(body) + len(said), crc32(said))
        body += said
    return postings.Words(index, memoryview(body))


def test_a_beginning_is_counted_with_the_words_that_were_left_out() -> None:
    """Of `samovar`, which many have, and of rare words that begin with the same three, four or five letters."""
    rare = ["sam", "samo", "samov", "samovars", "samba", "sand"]
    said = [(n, "samovar\n\n") for n in range(1, 101)]
    said += [(101 + n, f"{rare[n % len(rare)]}\n\n") for n in range(90)]
    found = postings.words_of(said, array("i", range(300)))
    words = packed(found)
    assert "samo" not in found
    for size in range(1, len("samovar") + 1):
        typed = "samovar"[:size]
        wanted = {n - 1 for n, text in said if text.startswith(typed)}
        assert set(words.with_all((typed,)) or ()) == wanted, typed


def test_words_are_found_by_how_they_begin() -> None:
    """More words than are kept apart, rare ones, one letter, none; and what databases part differently is not told."""
    said = [(n, f"w{n % 20:02} all\nstore{n % 3}\nrow 2.5") for n in range(1, 200)]
    places = array("i", range(300))
    found = postings.words_of(said, places)
    assert {"w*", "al"} & set(found) == {"w*"}
    words = packed(found)

    def told_of(*typed: str) -> set[int] | None:
        bits = words.with_all(typed)
        return None if bits is None else set(bits)

    everything = set(range(199))
    assert told_of("w") == told_of("a", "al") == told_of("ro") == told_of("2") == everything
    assert told_of("store1") == told_of("store1", "w") == {n - 1 for n in range(1, 200) if n % 3 == 1}
    assert told_of("x") == told_of("all", "x") == set()
    assert told_of("2.5") is None
