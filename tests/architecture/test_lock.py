"""The exact versions fit the ranges, carry hashes, and name no host."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.house import ROOT, ensure_none

PIN = re.compile(r"^([a-z0-9.\-]+)==([^\s;\\]+)", re.M)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_fits_the_ranges(name):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"]]
    if "dev" in name:
        wanted += project["optional-dependencies"]["dev"]
    pins = dict(PIN.findall((ROOT / name).read_text()))
    wrong = []
    for requirement in map(Requirement, wanted):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement}: {version} (run `make lock`)")
    ensure_none(wrong)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_carries_hashes_and_names_no_host(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    ensure_none([entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry])


def test_what_runs_is_what_is_tested():
    """The lock of the tests holds the same versions as the lock of the festival."""
    run, test = (
        dict(PIN.findall((ROOT / name).read_text())) for name in ("requirements.txt", "requirements-dev.txt")
    )
    ensure_none(
        [
            f"{name}: {version} and {test.get(name)}"
            for name, version in run.items()
            if test.get(name) != version
        ]
    )
