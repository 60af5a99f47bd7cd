"""What the house is made of: its bill of materials, and a wheel that comes out the same twice.

python scripts/supply.py sbom            # CycloneDX 1.6 to standard output, the same for the same lock
python scripts/supply.py wheel DIR       # builds twice from what is committed, compares, keeps one
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"^([a-z0-9.\-]+)==([^\s;\\]+)(.*?)(?=^\S|\Z)", re.M | re.S)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
VIA = re.compile(r"^    #(?: via)? +(?:via )?([A-Za-z0-9._\-]+)", re.M)
SPDX = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "PSFL": "PSF-2.0",
    "OFL": "OFL-1.1",
}
READ_BY_A_PERSON = {
    "async-timeout": "Apache-2.0",
    "pysqlite3": "Zlib",
    "resvg-py": "MIT",
    "tzdata": "Apache-2.0",
}
"""Packages that name no licence in a form that a machine reads, or are for other machines than this."""
ALLOWED = frozenset(
    {
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
        "ISC",
        "Zlib",
        "PSF-2.0",
        "OFL-1.1",
    }
    | {"MPL-2.0", "LGPL-3.0-only"}
)
"""May be used beside code under another licence: the last two as long as they are not changed by us."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package that runs with the house. `hashes` of every file that the lock lets in; `wanted_by` names of others."""

    kind: str
    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]
    wanted_by: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        return f"pkg:{self.kind}/{self.name}@{self.version}"


def parts() -> list[Part]:
    """Everything that the lock installs and every asset that is brought along."""
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    found = [
        Part("pypi", name, version, licence_of(name), tuple(sorted(HASH.findall(rest))), _wanted_by(rest))
        for name, version, rest in PIN.findall(lock)
    ]
    assets = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    found += [
        Part(
            "npm",
            path.removeprefix("node_modules/"),
            told["version"],
            _plain(told["license"]),
            (told["integrity"],),
        )
        for path, told in assets.items()
        if path
    ]
    return sorted(found, key=lambda part: part.purl)


def licence_of(name: str) -> str:
    """The licence as SPDX writes it; nothing where it is not known."""
    if name in READ_BY_A_PERSON:
        return READ_BY_A_PERSON[name]
    told = metadata.metadata(name)
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    classes = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if line.startswith("License")
    ]
    return _plain(classes[0] if classes else told.get("License") or "")


def is_allowed(licence: str) -> bool:
    """Whether one of the choices that an expression gives is allowed, and all that it demands together."""
    choices = re.split(r"\s+OR\s+", licence.replace("(", "").replace(")", ""))
    if " AND " in licence:
        return all(any(is_allowed(one) for one in re.split(r"\s+OR\s+", each)) for each in _demanded(licence))
    return any(choice in ALLOWED for choice in choices)


def sbom() -> dict[str, Any]:
    """The bill of materials. No moment and no chance in it: its number is made of what it lists."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    known = parts()
    by_name = {part.name: part.purl for part in known}
    house = f"pkg:pypi/{project['name']}@{project['version']}"
    wants: dict[str, list[str]] = {house: [], **{part.purl: [] for part in known}}
    for part in known:
        for name in part.wanted_by or (project["name"],):
            wants[by_name.get(name, house)].append(part.purl)
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": house,
                "name": project["name"],
                "version": project["version"],
                "purl": house,
            }
        },
        "components": [_component(part) for part in known],
        "dependencies": [{"ref": ref, "dependsOn": sorted(set(refs))} for ref, refs in sorted(wants.items())],
    }
    number = uuid5(NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{number}"}


def wheel(target: Path) -> str:
    """Builds what is committed twice, in two places; keeps one and gives its digest. Raises where they differ."""
    moment = _git("log", "-1", "--format=%ct").strip()
    digests: dict[str, Path] = {}
    target.mkdir(parents=True, exist_ok=True)
    for turn in (1, 2):
        with tempfile.TemporaryDirectory(suffix=f"-{turn}" * turn) as folder:
            source, out = Path(folder, "source"), Path(folder, "out")
            source.mkdir()
            packed = subprocess.run(
                ["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True
            ).stdout
            subprocess.run(["tar", "-x", "-C", str(source)], input=packed, check=True)
            subprocess.run(
                [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--quiet", "--wheel-dir", str(out)],
                cwd=source,
                env={**os.environ, "SOURCE_DATE_EPOCH": moment},
                check=True,
            )
            [made] = out.glob("*.whl")
            body = made.read_bytes()
            kept = target / made.name
            kept.write_bytes(body)
            digests[hashlib.sha256(body).hexdigest()] = kept
    if len(digests) != 1:
        raise SystemExit(f"built twice, came out as {sorted(digests)}")
    return next(iter(digests))


def _component(part: Part) -> dict[str, Any]:
    hashes = [{"alg": "SHA-256", "content": one} for one in part.hashes if part.kind == "pypi"]
    told: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
    }
    told |= {"purl": part.purl, "licenses": [{"expression": part.licence}]}
    if hashes:
        told["hashes"] = hashes
    else:
        told["properties"] = [{"name": "integrity", "value": one} for one in part.hashes]
    return told


def _wanted_by(rest: str) -> tuple[str, ...]:
    return tuple(sorted({name for name in VIA.findall(rest) if name != "via"}))


def _demanded(licence: str) -> Iterable[str]:
    return re.split(r"\s+AND\s+", licence.replace("(", "").replace(")", ""))


def _plain(told: str) -> str:
    return SPDX.get(told, told)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    if sys.argv[1:] == ["sbom"]:
        print(json.dumps(sbom(), indent=1, ensure_ascii=False))
    elif len(sys.argv) == 3 and sys.argv[1] == "wheel":
        print(wheel(Path(sys.argv[2])))
    else:
        raise SystemExit(__doc__)
