"""What the verifier rests on, against vectors that others published."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from marketplace.lottery.draw import figures_randomness
from marketplace.lottery.proof import beacon
from marketplace.lottery.proof.bundle import verify_program
from marketplace.lottery.proof.ed25519 import ED_ORDER, is_signed
from marketplace.lottery.proof.published import Wrong
from marketplace.lottery.proof.tree import leaf_hash, node_hash, root_from_path, root_of

# The reference leaves and roots of certificate transparency (RFC 6962).
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_5 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
# Two published rounds of drand's quicknet.
ROUNDS = {
    1000: (
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    ),
    657413: (
        "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b",
        "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
    ),
}


@pytest.mark.parametrize("count", range(9))
def test_roots_are_those_of_the_reference(count):
    assert root_of(LEAVES[:count]).hex() == ROOTS[count]


def path_in(leaves: list[bytes], index: int) -> list[bytes]:
    """The audit path by the recursive definition of RFC 6962, 2.1.1."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path_in(leaves[:split], index), root_of(leaves[split:])]
    return [*path_in(leaves[split:], index - split), root_of(leaves[:split])]


def test_a_published_path_leads_to_the_root():
    assert [step.hex() for step in path_in(LEAVES, 5)] == PATH_OF_5
    assert root_from_path(LEAVES[5], 5, 8, [bytes.fromhex(step) for step in PATH_OF_5]).hex() == ROOTS[8]


def test_every_path_of_every_small_tree_leads_to_its_root_and_no_other_does():
    for count in range(1, 65):
        leaves = [bytes([number]) for number in range(count)]
        root = root_of(leaves)
        for index in range(count):
            path = path_in(leaves, index)
            assert root_from_path(leaves[index], index, count, path) == root
            assert root_from_path(b"another", index, count, path) != root
            assert root_from_path(leaves[index], index + 1, count, path) != root
            if path:
                assert root_from_path(leaves[index], index, count, path[:-1]) != root
            assert root_from_path(leaves[index], index, count, [*path, root]) != root


def test_a_leaf_is_never_taken_for_a_node():
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


# --- the beacon --------------------------------------------------------------------------------------------

SOURCE = {"kind": beacon.QUICKNET, "chain_hash": beacon.CHAIN_HASH}


def quicknet(number: int, **changed: object) -> bytes:
    signature, randomness = ROUNDS[657413 if number == 657413 else 1000]
    found = {"round": number, "signature": signature, "randomness": randomness, **changed}
    return beacon.quicknet_bytes({**SOURCE, "round": number}, found)


@pytest.mark.parametrize("number", ROUNDS)
def test_published_rounds_are_true(number):
    assert quicknet(number).endswith(bytes.fromhex(ROUNDS[number][0]))


def test_another_rounds_signature_is_refused_though_its_digest_fits():
    with pytest.raises(Wrong, match="signature of round 1001 is false"):
        quicknet(1001)


def test_forged_bytes_with_a_fitting_digest_are_refused():
    """A verifier that compares digests alone would say yes."""
    for forged in (bytes(range(48)), b"\x80" + bytes(47), b"\xc0" + bytes(47), b"\xff" * 48):
        with pytest.raises(Wrong, match="is false"):
            quicknet(1000, signature=forged.hex(), randomness=hashlib.sha256(forged).hexdigest())


def test_one_bit_of_the_signature_is_noticed():
    raw = bytearray.fromhex(ROUNDS[1000][0])
    raw[47] ^= 1
    with pytest.raises(Wrong):
        quicknet(1000, signature=raw.hex(), randomness=hashlib.sha256(raw).hexdigest())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"round": 1001}, "round 1001 instead of 1000"),
        ({"randomness": "0" * 64}, "not the digest"),
        ({"signature": ROUNDS[1000][0].upper()}, "lower-case hex"),
        ({"signature": ROUNDS[1000][0][:-2]}, "not 48 bytes"),
        ({"signature": ""}, "not 48 bytes"),
        ({"signature": None}, "not 48 bytes"),
    ],
)
def test_what_is_malformed_is_named(changed, words):
    with pytest.raises(Wrong, match=words):
        quicknet(1000, **changed)


def test_another_chain_is_refused():
    testnet = "cc9c398442737cbd141526600919edd69f1d6f9b4adb67e4d912fbc64341a9a5"
    with pytest.raises(Wrong, match="another chain"):
        beacon.quicknet_bytes({**SOURCE, "chain_hash": testnet, "round": 1000}, {})


def test_the_chain_hash_follows_from_the_chains_parts():
    group = "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e"
    parts = (3).to_bytes(4, "big") + beacon.GENESIS.to_bytes(8, "big") + bytes.fromhex(beacon.PUBLIC_KEY)
    told = hashlib.sha256(parts + bytes.fromhex(group) + b"quicknet").hexdigest()
    assert told == beacon.CHAIN_HASH


def test_rounds_of_moments():
    assert beacon.round_at(beacon.GENESIS) == 1
    assert beacon.round_at(1_692_806_364) == 1000
    assert beacon.round_at(1_692_806_366) == 1000
    assert beacon.round_at(1_692_806_367) == 1001
    with pytest.raises(ValueError, match="before"):
        beacon.round_at(beacon.GENESIS - 1)


# --- figures, in the manner of RFC 3797 --------------------------------------------------------------------

POOL = """John Mary Bashful Dopey Sleepy Grouchy Doc Sneazy Handsome Cassandra Pollyanna Pendragon Pandora
    Faith Hope Charity Lee Longsuffering Chastity Smith Pride Sloth Envy Anger Kasczynski"""
PICKED = """Lee Doc Mary Charity Kasczynski Envy Sneazy Anger Chastity Pandora Sloth Sleepy Longsuffering Handsome John
    Dopey"""
FIGURES = {"lottery": [9319], "game": [8, 12, 5, 2, 10], "draw": [41, 9, 34, 18, 45, 26]}


def typed(first: object, second: object, by: str = "b") -> dict[str, object]:
    return {"typed": [{"by": "a", "figures": first}, {"by": by, "figures": second}]}


def test_figures_are_written_as_the_rfc_does_and_give_its_published_selection():
    source = {"figures": [{"name": name} for name in FIGURES]}
    told = beacon.figures_bytes(source, typed(FIGURES, FIGURES))
    key = b"9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert told.endswith(key)
    assert told == figures_randomness(list(FIGURES.values()))
    pool, picked = POOL.split(), []
    for number in range(16):
        mark = number.to_bytes(2, "big")
        place = int.from_bytes(hashlib.md5(mark + key + mark, usedforsecurity=False).digest(), "big")
        picked.append(pool.pop(place % len(pool)))
    assert picked == PICKED.split()


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (typed(FIGURES, {**FIGURES, "lottery": [9318]}), "typed different figures"),
        (typed(FIGURES, FIGURES, by="a"), "not typed by two persons"),
        ({"typed": [{"by": "a", "figures": FIGURES}]}, "not typed by two persons"),
        (typed({"lottery": [1]}, {"lottery": [1]}), "other sources"),
        (typed({**FIGURES, "game": [True]}, {**FIGURES, "game": [True]}), "not whole numbers"),
        (typed({**FIGURES, "game": []}, {**FIGURES, "game": []}), "not whole numbers"),
        (typed({**FIGURES, "game": [-1]}, {**FIGURES, "game": [-1]}), "not whole numbers"),
    ],
)
def test_figures_that_do_not_hold_are_named(found, words):
    with pytest.raises(Wrong, match=words):
        beacon.figures_bytes({"figures": [{"name": name} for name in FIGURES]}, found)


# --- signatures of the officers ----------------------------------------------------------------------------


def test_signatures_agree_with_another_implementation():
    key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"officer").digest())
    public, signature = key.public_key().public_bytes_raw(), key.sign(b"the root")
    assert is_signed(public, b"the root", signature)
    assert not is_signed(public, b"the roof", signature)
    assert not is_signed(public, b"the root", bytes(64))
    assert not is_signed(public[:-1], b"the root", signature)
    other = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"another").digest())
    assert not is_signed(other.public_key().public_bytes_raw(), b"the root", signature)
    scalar = int.from_bytes(signature[32:], "little") + ED_ORDER
    assert not is_signed(public, b"the root", signature[:32] + scalar.to_bytes(32, "little"))


# --- the one file ------------------------------------------------------------------------------------------


def test_the_published_program_needs_the_standard_library_alone(tmp_path):
    text = verify_program().decode()
    tree = ast.parse(text)
    wanted = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in wanted} <= set(sys.stdlib_module_names)
    named = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    named += [
        t.id for n in tree.body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)
    ]
    named += [
        n.target.id for n in tree.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    ]
    assert sorted(named) == sorted(set(named)), "no module's name hides another's"
    program = tmp_path / "verify.py"
    program.write_text(text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (
        1,
        "WRONG  manifest.json: cannot be read: No such file or directory\n",
    )
    done = subprocess.run([sys.executable, "-I", str(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
