"""The units and the Compose file as they are shipped, read by systemd's and Compose's own programs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from tests.needs import have

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
PLACES = {"bazargah-web": "8000", "bazargah-worker": "1"}
SYSTEMDS_OWN = Path("/usr/lib/systemd/system")
PROGRAMS = ("/opt/bazargah/current/.venv/bin/bazargah", "/bin/sh", "/usr/bin/find")
LASTING = ("bazargah-web@.service", "bazargah-worker@.service")
MOST_EXPOSED = 5.0
"""Of ten, as `systemd-analyze security` counts."""

pytestmark = pytest.mark.databases("sqlite")


def started(name: str) -> str:
    """The name under which a unit is started: templates with what they are started for."""
    stem, at, ending = name.partition("@")
    return f"{stem}@{PLACES[stem]}{ending}" if at else name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with the units and the programs that they start, and with nothing else."""
    folder = tmp_path / "root"
    shutil.copytree(SYSTEMDS_OWN, folder / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(DEPLOY / "systemd", folder / "etc/systemd/system")
    for program in PROGRAMS:
        path = folder / program.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    return folder


def verified(root: Path) -> tuple[int, str]:
    """What systemd says of all units."""
    units = [started(unit.name) for unit in UNITS]
    done = subprocess.run(
        [
            str(have("systemd-analyze")),
            "verify",
            f"--root={root}",
            "--man=no",
            "--recursive-errors=one",
            *units,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.needs("systemd-analyze")
def test_systemd_reads_every_unit_without_a_word(root: Path):
    assert verified(root) == (0, "")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize(
    ("unit", "right", "wrong", "told"),
    [
        ("bazargah-web@.service", "ProtectHome=", "ProtectHouse=", "Unknown key 'ProtectHouse'"),
        ("bazargah-web@.service", "bin/bazargah ", "bin/bazaar ", "is not executable"),
        ("bazargah-worker@.service", "Restart=always", "Restart=ever", "Failed to parse service restart"),
        ("bazargah-backup.timer", "Asia/Tehran", "Asia/Teheran", "Failed to parse calendar"),
        ("bazargah-invariants.service", "Type=oneshot", "Type=once", "Failed to parse service type"),
    ],
)
def test_control_what_is_wrong_in_a_unit_is_told(root: Path, unit: str, right: str, wrong: str, told: str):
    path = root / "etc/systemd/system" / unit
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), "utf-8")
    assert told in verified(root)[1]


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("unit", [unit.name for unit in UNITS if unit.suffix == ".service"])
def test_a_service_that_was_taken_over_has_little_in_its_hands(root: Path, unit: str):
    done = subprocess.run(
        [
            str(have("systemd-analyze")),
            "security",
            "--offline=true",
            f"--root={root}",
            "--no-pager",
            started(unit),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    (level,) = re.findall(r"exposure level for \S+: ([0-9.]+)", done.stdout)
    assert float(level) < MOST_EXPOSED


def unit(name: str) -> ConfigParser:
    read = ConfigParser(interpolation=None, strict=True)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    text = (DEPLOY / "systemd" / name).read_text("utf-8")
    read.read_string(re.sub(r"^EnvironmentFile=-.*\n", "", text, flags=re.M))  # systemd takes a second one
    return read


def test_the_backup_may_have_an_address_of_its_own_and_what_it_says_comes_last():
    """Nothing is dumped through PgBouncer; systemd lets the later file have its way, and `-` may be missing."""
    text = (DEPLOY / "systemd" / "bazargah-backup.service").read_text("utf-8")
    assert re.findall(r"^EnvironmentFile=(.+)$", text, re.M) == [
        "/etc/bazargah/environment",
        "-/etc/bazargah/backup-environment",
    ]


@pytest.mark.parametrize("name", LASTING)
def test_what_was_killed_is_started_again_however_often(name: str):
    """kill -9 of the server, of a worker, or of who looks after the job processes (the server then ends with 1)."""
    read = unit(name)
    assert read["Service"]["Restart"] == "always"
    assert read["Unit"]["StartLimitIntervalSec"] == "0"
    assert read["Install"]["WantedBy"] == "multi-user.target"


def test_every_timer_has_its_service_and_every_service_its_starter():
    names = {path.name for path in UNITS}
    for name in names:
        if name.endswith(".timer"):
            assert name.replace(".timer", ".service") in names
            assert unit(name)["Install"]["WantedBy"] == "timers.target"
        elif name not in LASTING:
            assert name.replace(".service", ".timer") in names
            assert "Restart" not in unit(name)["Service"], "the timer comes again"


# --- Compose --------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The checkout as an operator has it: with the files that hold the secrets."""
    folder = tmp_path / "checkout" / "deploy"
    shutil.copytree(DEPLOY, folder)
    shutil.copy(folder / "environment.example", folder / "environment")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "database").write_text("x")
    return folder


def composed(project: Path) -> tuple[int, str]:
    done = subprocess.run(
        [str(have("compose-go")), "-format", "json", "compose.yml"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr


def services(project: Path) -> dict[str, Any]:
    status, told = composed(project)
    assert status == 0, told
    found: dict[str, Any] = json.loads(told)["services"]
    return found


def loose_ends(told: str) -> list[str]:
    """What a service names and nobody is: the program that reads the file leaves that to who runs it."""
    model = json.loads(told)
    found = []
    for name, each in model["services"].items():
        volumes = [one["source"] for one in each.get("volumes", ()) if one["type"] == "volume"]
        mode = each.get("network_mode", "")
        others = [*each.get("depends_on", ()), *([mode.removeprefix("service:")] if mode else [])]
        secrets = [one["source"] for one in each.get("secrets", ())]
        for kind, names in (("volumes", volumes), ("services", others), ("secrets", secrets)):
            found += [f"{name}: {one}" for one in names if one not in model.get(kind, {})]
    return found


@pytest.mark.needs("compose-go")
def test_compose_reads_the_file_and_finds_what_it_names(project: Path):
    found = services(project)
    assert not loose_ends(composed(project)[1])
    assert {"web", "worker", "database", "redis", "nginx"} <= found.keys()
    for name, each in found.items():
        assert each["restart"] == "unless-stopped", name
        if "build" in each:
            context = Path(each["build"]["context"])
            assert context == project.parent
            assert (context / each["build"]["dockerfile"]).is_file()
        for volume in each.get("volumes", ()):
            if volume["type"] == "bind" and not volume["source"].startswith("/etc/"):
                assert Path(volume["source"]).is_file(), f"{name}: {volume['source']}"


def test_an_image_is_built_of_what_it_copies_alone_and_secrets_are_not_kept_in_the_repository():
    top = DEPLOY.parent
    copied = [
        name
        for line in re.findall(r"^COPY (.+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M)
        for name in line.split()[:-1]
    ]
    rules = [
        line for line in (top / ".dockerignore").read_text("utf-8").splitlines() if not line.startswith("#")
    ]
    assert len(copied) > 5
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == set(copied)
    assert all((top / name).exists() for name in copied)
    kept_out = (top / ".gitignore").read_text("utf-8").splitlines()
    assert {"deploy/environment", "deploy/secrets/"} <= set(kept_out)


@pytest.mark.needs("compose-go")
def test_a_web_server_that_is_started_again_does_not_cut_nginx_off(project: Path):
    """Who shares another's network loses it with that one's end: it belongs to one that does nothing else."""
    found = services(project)
    assert found["nginx"]["network_mode"] == found["web"]["network_mode"] == "service:line"
    line = found["line"]
    assert line["command"] == ["sleep", "infinity"]
    assert {port["published"] for port in line["ports"]} == {"80", "443"}
    assert not [name for name, each in found.items() if each.get("ports") and name != "line"]


@pytest.mark.needs("compose-go")
@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("stop_grace_period: 40s", "stop_grace: 40s", "stop_grace"),
        ("{condition: service_started}", "{condition: service_begun}", "condition"),
    ],
)
def test_control_what_compose_does_not_know_is_told(project: Path, right: str, wrong: str, told: str):
    path = project / "compose.yml"
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), "utf-8")
    status, said = composed(project)
    assert status == 1
    assert told in said


@pytest.mark.needs("compose-go")
@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('"rows:/var/lib', '"lines:/var/lib', "database: lines"),
        ("depends_on: {web:", "depends_on: {server:", "nginx: server"),
        ("secrets: [database]", "secrets: [base]", "database: base"),
    ],
)
def test_control_a_name_that_nobody_has_is_told(project: Path, right: str, wrong: str, told: str):
    path = project / "compose.yml"
    text = path.read_text("utf-8")
    assert text.count(right) == 1
    path.write_text(text.replace(right, wrong), "utf-8")
    assert loose_ends(composed(project)[1]) == [told]
