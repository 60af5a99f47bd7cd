"""What the house is made of is listed, may be used, and nothing secret lies among it."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.supply import is_allowed, parts, sbom
from tests.architecture.house import ROOT, ensure_none

PIN = re.compile(r"^([a-z0-9.\-]+)==([^\s;\\]+)", re.M)
SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}",
    "a key of AWS": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a key of Stripe": r"\b[sr]k_live_[0-9A-Za-z]{16,}",
    "a token of GitHub": r"\b(?:gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40,})",
    "a token of PyPI": r"\bpypi-[A-Za-z0-9_-]{60,}",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a secret of ours": r"\bbazargah-backup-secret:[A-Za-z0-9_-]{40,}",
    "a web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "a password in an address": r"\b[a-z][a-z0-9+]{2,12}://[^\s/:@'\"{}<$%]+:(?!CHANGE@|password@)"
    r"[^\s/:@'\"{}<$%*]{6,}@",
    "a value of a secret setting": r"(?m)^(?:SECRET_KEY|SIGNING_KEY|FIELD_KEYS|[A-Z_]*(?:TOKEN|PASSWORD|SECRET))="
    r"(?!\s*$|[<{$]|change|your|\.\.\.)[A-Za-z0-9+/=_-]{24,}",
}
KNOWN = frozenset({"tests/unit/test_bucket_signature.py: a key of AWS"})
"""What looks like a secret and is none, as `path: kind`: the key of the published example of signing."""


def kept_files() -> Iterator[tuple[str, str]]:
    """Every text that is kept in the repository."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    for name in names.decode().split("\0"):
        path = Path(ROOT, name)
        if name and path.is_file() and path.stat().st_size < 2_000_000:
            body = path.read_bytes()
            if b"\0" not in body[:2000]:
                yield name, body.decode("utf-8", "replace")


def secrets_in(text: str) -> set[str]:
    return {kind for kind, pattern in SECRETS.items() if re.search(pattern, text)}


def test_no_secret_lies_in_the_repository():
    found = [f"{name}: {kind}" for name, text in kept_files() for kind in secrets_in(text)]
    assert len(list(kept_files())) > 500
    ensure_none(sorted(set(found) - KNOWN))


PLANTED = [
    "-----BEGIN PRIVATE KEY" + "-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF",
    "key = 'AKIA" + "ABCDEFGHIJKLMNOP'",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "ghp_" + "a" * 36,
    "pypi-" + "A" * 64,
    "xoxb-" + "123456789012-abcdef",
    "bazargah-backup-secret:" + "A" * 43,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlc2lnbmF0dXJl",
    "postgresql://app:hunter2hunter2" + "@db.example/bazargah",
    "SECRET_KEY=" + "q7Jm3Zp9xV2tLr8wYc5nBk1d",
]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_secret_is_found(text):
    assert len(secrets_in(text)) == 1
    assert not secrets_in(text[: len(text) // 2])


def test_each_kind_of_secret_was_planted():
    assert {kind for text in PLANTED for kind in secrets_in(text)} == set(SECRETS)


def test_every_licence_is_known_and_may_be_used():
    ensure_none(
        [f"{part.purl}: {part.licence or 'unknown'}" for part in parts() if not is_allowed(part.licence)]
    )


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("MIT", True),
        ("MIT OR GPL-3.0-only", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("MIT AND GPL-3.0-only", False),
        ("AGPL-3.0-only", False),
        ("", False),
    ],
)
def test_which_licences_may_be_used(licence, may):
    assert is_allowed(licence) is may


def test_the_bill_of_materials_lists_what_the_lock_installs_with_every_digest():
    made = sbom()
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert json.dumps(made) == json.dumps(sbom()), "the same lock, the same bill"
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    listed = {(c["name"], c["version"]) for c in made["components"] if c["purl"].startswith("pkg:pypi/")}
    assert listed == set(PIN.findall(lock)) and len(listed) > 50
    told = sorted(h["content"] for c in made["components"] for h in c.get("hashes", ()))
    assert told == sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", lock))
    assets = {c["name"] for c in made["components"] if c["purl"].startswith("pkg:npm/")}
    assert assets == {"lucide-static", "vazirmatn"}


def test_the_bill_of_materials_says_who_wants_what():
    made = sbom()
    refs = {c["bom-ref"] for c in made["components"]} | {made["metadata"]["component"]["bom-ref"]}
    wants = {one["ref"]: set(one["dependsOn"]) for one in made["dependencies"]}
    assert set(wants) == refs and all(one <= refs for one in wants.values())
    versions = {c["name"]: c["bom-ref"] for c in made["components"]}
    assert versions["jinja2"] in wants[versions["flask"]]
    assert versions["flask"] in wants[made["metadata"]["component"]["bom-ref"]]
    assert refs - set().union(*wants.values()) == {made["metadata"]["component"]["bom-ref"]}
