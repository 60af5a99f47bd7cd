"""Trees over long lists, folded chunk by chunk, are those of the plain definition; so are the paths through them."""

from __future__ import annotations

import pytest

from marketplace.lottery.draw import Entry
from marketplace.lottery.merkle import CHUNK, MerkleTree, chunk_roots, fold, path_through
from marketplace.lottery.proof.tree import root_from_path, root_of
from marketplace.lottery.publishing import csv_lines, summary_of
from marketplace.lottery.roll import Roll
from tests.factories.draws import some_entries

AROUND = (0, 1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK + 3, 3 * CHUNK, 5 * CHUNK + 1)


def leaves_of(count: int) -> list[bytes]:
    return [f"leaf {number}".encode() for number in range(count)]


@pytest.mark.parametrize("count", AROUND)
def test_a_list_folded_in_chunks_has_the_root_of_the_whole(count):
    leaves = leaves_of(count)
    assert fold(chunk_roots(leaves)) == MerkleTree.of(leaves).root == root_of(leaves)


@pytest.mark.parametrize("count", [1, CHUNK, CHUNK + 1, 2 * CHUNK + 3, 5 * CHUNK + 1])
def test_a_path_through_its_chunk_leads_to_the_root_of_the_whole(count):
    leaves = leaves_of(count)
    roots, whole = chunk_roots(leaves), MerkleTree.of(leaves)
    for place in {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 2, count - 1} & set(range(count)):
        start = place // CHUNK * CHUNK
        path = path_through(roots, MerkleTree.of(leaves[start : start + CHUNK]), place)
        assert path == whole.path(place)
        assert root_from_path(leaves[place], place, count, path) == whole.root


def test_a_stream_is_summed_up_as_the_list_is_across_chunks():
    entries = some_entries(1_300)
    assert len(entries) > 2 * CHUNK
    told = summary_of(iter(entries))
    assert (told.count, told.persons) == (2_600, 1_300)
    assert told.weight == sum(entry.weight for entry in entries)
    assert told.merkle_root == root_of(list(csv_lines(entries))[1:]).hex()
    assert summary_of(iter(entries), persons=1_300) == told


def test_a_roll_reads_like_the_entries_it_was_made_of():
    entries = some_entries(7)
    roll = Roll(entries)
    assert list(roll) == entries
    assert [roll[index] for index in range(len(roll))] == entries
    assert (roll[-1], roll[2:5]) == (entries[-1], entries[2:5])
    assert entries[3] in roll
    assert Entry("0" * 32, "0" * 64, 1) not in roll
    with pytest.raises(IndexError):
        roll[len(entries)]
    assert list(Roll([])) == []
