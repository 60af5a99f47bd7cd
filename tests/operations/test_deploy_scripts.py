"""The scripts that are shipped, with stand-ins for what they call: in whose name, and with which settings."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
PROGRAM = """#!/bin/sh
echo "bazargah $* as ${DATABASE_URL-nobody} with ${FIELD_KEYS-no keys}" >> "$HEARD"
"""
OTHERS = {
    "runuser": 'echo "runuser $1 $2" >> "$HEARD"; shift 3; exec "$@"',
    "psql": 'for last; do :; done; echo "psql $last" >> "$HEARD"',
    "systemctl": 'echo "systemctl $*" >> "$HEARD"',
    "curl": "exit 0",
}
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """A machine as the guide makes it; gives the environment of a shell there."""
    release = tmp_path / "place" / "releases" / "one"
    for path, text in (
        (release / ".venv/bin/bazargah", PROGRAM),
        *((tmp_path / "bin" / name, f"#!/bin/sh\n{text}\n") for name, text in OTHERS.items()),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        path.chmod(0o755)
    (tmp_path / "place" / "current").symlink_to(release)
    (tmp_path / "environment").write_text(
        f"DATABASE_URL=app\nFIELD_KEYS='new old'\nINSTANCE_PATH={tmp_path}\n", "utf-8"
    )
    (tmp_path / "owner-environment").write_text("DATABASE_URL=owner\n", "utf-8")
    return {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HEARD": str(tmp_path / "heard"),
        "PLACE": str(tmp_path / "place"),
        "SETTINGS_FOLDER": str(tmp_path),
        "ENVIRONMENT": str(tmp_path / "environment"),
        "OWNER_ENVIRONMENT": str(tmp_path / "owner-environment"),
        "REST_SECONDS": "0",
    }


def heard(machine: dict[str, str], script: str, *given: str) -> list[str]:
    """What was called, in order."""
    subprocess.run(["/bin/sh", str(DEPLOY / script), *given], env=machine, check=True, capture_output=True)
    return Path(machine["HEARD"]).read_text("utf-8").splitlines()


def test_an_operator_runs_the_command_as_the_services_do(machine):
    assert heard(machine, "bazargah", "doctor") == [
        "runuser -u bazargah",
        "bazargah doctor as app with new old",
    ]


def test_a_copy_is_made_past_the_pooler_as_the_unit_makes_it(machine):
    folder = Path(machine["SETTINGS_FOLDER"])
    (folder / "backup-environment").write_text("DATABASE_URL=direct\n", "utf-8")
    assert heard(machine, "bazargah", "backup", "--to", "there")[1:] == [
        "bazargah backup --to there as direct with new old"
    ]
    assert heard(machine, "bazargah", "doctor")[-1] == "bazargah doctor as app with new old"


def test_as_the_owner_the_keys_are_the_same_and_the_services_user_sees_nothing(machine):
    assert heard(machine, "bazargah", "--owner", "reseal") == ["bazargah reseal as owner with new old"]


def test_a_release_migrates_as_the_owner_with_the_keys_of_the_services_before_anything_is_started(machine):
    release = f"{machine['PLACE']}/releases/one"
    told = heard(machine, "release.sh", release)
    assert told == [
        "bazargah --help as nobody with no keys",
        "bazargah db upgrade as owner with new old",
        "psql owner",
        "systemctl restart bazargah-web@8000",
        "systemctl restart bazargah-web@8001",
        "systemctl restart bazargah-worker@1",
        "systemctl restart bazargah-worker@2",
    ]


def test_a_release_without_the_owners_address_changes_nothing(machine):
    Path(machine["OWNER_ENVIRONMENT"]).unlink()
    with pytest.raises(subprocess.CalledProcessError):
        heard(machine, "release.sh", f"{machine['PLACE']}/releases/one")
    assert Path(machine["HEARD"]).read_text("utf-8").splitlines() == [
        "bazargah --help as nobody with no keys"
    ]
