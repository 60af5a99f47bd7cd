"""A sealed file opens with its key alone, whole alone, and in its own place alone."""

from __future__ import annotations

import random

import pytest

from marketplace.core.sealed_files import (
    PIECE,
    TAG,
    SealRefused,
    new_key,
    open_file,
    read_public,
    read_secret,
    seal_file,
)

SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE + 7)


@pytest.fixture
def sealed(tmp_path):
    """What seals and opens, a function that seals bytes and one that opens what was made of them."""
    public, secret = new_key()
    plain, box, back = (tmp_path / name for name in ("plain", "box", "back"))

    def seal(content: bytes, label: str = "a") -> bytes:
        plain.write_bytes(content)
        seal_file(plain, box, read_public(public), label)
        return box.read_bytes()

    def unseal(content: bytes, label: str = "a", key: str = secret) -> bytes:
        box.write_bytes(content)
        open_file(box, back, read_secret(key), label)
        return back.read_bytes()

    return seal, unseal


@pytest.mark.parametrize("size", SIZES)
def test_it_comes_back(sealed, size):
    seal, unseal = sealed
    content = random.Random(size).randbytes(size)
    assert unseal(seal(content)) == content


def test_nothing_can_be_read_and_no_two_are_alike(sealed):
    seal, _ = sealed
    one, two = seal(b"a secret of somebody" * 9), seal(b"a secret of somebody" * 9)
    assert b"secret" not in one
    assert one != two


def test_a_wrong_key_another_place_and_a_foreign_file_are_refused(sealed):
    seal, unseal = sealed
    box = seal(b"content")
    for wrong in ({"key": new_key()[1]}, {"label": "b"}):
        with pytest.raises(SealRefused):
            unseal(box, **wrong)
    with pytest.raises(SealRefused):
        unseal(b"something else" * 20)


def test_each_changed_byte_and_each_cut_is_refused(sealed, tmp_path):
    seal, unseal = sealed
    box, dice = seal(random.Random(1).randbytes(2 * PIECE)), random.Random(2)
    head = len(box) - 2 * (PIECE + TAG)
    for _ in range(12):
        place = dice.randrange(len(box))
        with pytest.raises(SealRefused):
            unseal(box[:place] + bytes([box[place] ^ 1 << dice.randrange(8)]) + box[place + 1 :])
    swapped = box[:head] + box[head + PIECE + TAG :] + box[head : head + PIECE + TAG]
    for wrong in (box[:-1], box[: head + PIECE + TAG], box[:head], box[:9], b"", swapped, box + b"x"):
        with pytest.raises(SealRefused):
            unseal(wrong)
    assert not (tmp_path / "back").exists(), "nothing of a refused file is left"


def test_what_is_no_key_is_refused():
    public, secret = new_key()
    for wrong in ("", "x", secret, public[:-4], public + "AAAA", "bazargah-backup-public:***"):
        with pytest.raises(SealRefused):
            read_public(wrong)
    with pytest.raises(SealRefused):
        read_secret(public)
