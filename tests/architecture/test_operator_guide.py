"""What operators are told exists: commands and their options, settings, files, alerts, figures."""

from __future__ import annotations

import re
from configparser import ConfigParser

import pytest

from marketplace.core.settings import SettingsError, read_settings
from marketplace.doors import COMMANDS
from tests.architecture.house import ROOT

GUIDE = (ROOT / "docs/guide/operator.md").read_text("utf-8")
DEPLOY = ROOT / "deploy"
WRITTEN = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".json"]
SETTINGS = set(
    re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/reference/settings.md").read_text("utf-8"), re.M)
)
BY_NAME = {command.name: command for command in COMMANDS}
CALL = re.compile(
    r"(?:\bbin/bazargah|(?<![\w/])bazargah)\"?(?: --owner)? +([a-z]+)(?: ([a-z]+)\b)?"
    r"((?: +--?[a-z-]+(?:[= ][^ `\n-][^ `\n]*)?)*)"
)
COMPOSED = re.compile(r'"bazargah", "([a-z]+)"()((?:, "[^"]*")*)')
ROLES = {"bazargah_owner", "bazargah_app", "bazargah_reader"}
DASHBOARD = (DEPLOY / "grafana" / "bazargah.json").read_text("utf-8")


def calls() -> list[tuple[str, str, str, str]]:
    """Every call of a command that is written down: where, command, subcommand, the rest."""
    found = []
    for path in [ROOT / "docs/guide/operator.md", *WRITTEN]:
        lines = path.read_text("utf-8").splitlines()
        if path.suffix in (".service", ".timer", ".sh", ".yml", "") or path.name == "Dockerfile":
            lines = [line for line in lines if re.search(r'bin/bazargah|"bazargah"', line)]
        else:
            lines = [
                line
                for line in lines
                if re.search(r"`bazargah |^ *bazargah |\.\.\. bazargah |/\w+ bazargah ", line)
            ]
        for line in lines:
            for pattern in (CALL, COMPOSED):
                found += [(path.name, *match) for match in pattern.findall(line)]
    return found


def test_the_guide_is_heard():
    assert len(calls()) > 15
    assert {"serve", "worker", "backup", "restore", "doctor", "invariants", "db", "user"} <= {
        each[1] for each in calls()
    }


def test_every_command_and_option_exists():
    for where, name, sub, rest in calls():
        command = BY_NAME.get(name)
        assert command is not None, f"{where}: bazargah {name}"
        inner = getattr(command, "commands", {}).get(sub)
        if getattr(command, "commands", None):
            assert inner is not None, f"{where}: bazargah {name} {sub}"
        known = {option for parameter in (inner or command).params for option in parameter.opts} | {"--help"}
        for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", rest):
            assert option in known, f"{where}: bazargah {name} {sub} {option}"


def test_every_setting_named_exists():
    example = (DEPLOY / "environment.example").read_text("utf-8")
    given = set(re.findall(r"^([A-Z_]+)=", example, re.M))
    told = set(re.findall(r"`([A-Z]+_[A-Z_]+)(?:=\S+)?`", GUIDE))
    assert len(told) > 4
    assert (given | told) <= SETTINGS | {"PORTS", "WORKERS"}


def test_the_example_is_enough_for_production(tmp_path):
    example = (DEPLOY / "environment.example").read_text("utf-8")
    env = dict(line.split("=", 1) for line in example.splitlines() if line and not line.startswith("#"))
    long = dict.fromkeys(("SECRET_KEY", "SIGNING_KEY", "FIELD_KEYS"), "k" * 40)
    settings = read_settings({**env, **long})
    assert (settings.mode, settings.trusted_proxies, settings.database_pooler) == (
        "production",
        1,
        "transaction",
    )
    assert settings.is_secure
    with pytest.raises(SettingsError, match="32 characters"):
        read_settings(env)


def test_every_file_named_is_there():
    for name in set(re.findall(r"deploy/([\w./-]+\w)", GUIDE)):
        assert (DEPLOY / name).exists(), name
    for unit in set(re.findall(r"bazargah-[a-z]+(?:@|\.timer)", GUIDE)):
        name = unit if unit.endswith(".timer") else f"{unit}.service"
        assert (DEPLOY / "systemd" / name).is_file(), name


def test_every_alert_and_figure_named_is_ours():
    alerts = (DEPLOY / "alerts.yml").read_text("utf-8")
    named = set(re.findall(r"`(Bazargah\w+)`", GUIDE))
    assert named == set(re.findall(r"alert: (\S+)", alerts)), "one that wakes somebody who finds nothing here"
    told = set(re.findall(r"`(bazargah_[a-z_]+)`", GUIDE)) - ROLES
    assert told
    assert told <= set(re.findall(r"\bbazargah_[a-z_]+\b", DASHBOARD)), "it shows all that is told"


def test_who_is_woken_by_an_alert_is_told_so():
    alerts = (DEPLOY / "alerts.yml").read_text("utf-8")
    severity = dict(re.findall(r"alert: (\S+)\n(?:(?!.*alert:).*\n)*?.*severity: (\w+)", alerts))
    marked = re.findall(r"`(Bazargah\w+)`(\*?)", GUIDE.partition("## 9. When it burns")[2])
    assert {name: "ticket" if mark else "page" for name, mark in marked} == severity


def test_every_line_of_the_log_that_is_told_is_written():
    table = GUIDE.partition("| `event` | Says |")[2].partition("\n\n")[0]
    told = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`(\w+)`", row.split("|")[1:2][0] if row else "")
    }
    written = "".join(
        path.read_text("utf-8")
        for folder in ("marketplace", "migrations")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert len(told) > 12
    assert not [name for name in told if not re.search(rf'log\.\w+\(\s*"{name}"', written)]


def test_every_check_of_readiness_is_told_what_to_do_about():
    looked = (ROOT / "marketplace/core/health.py").read_text("utf-8")
    asked = set(re.findall(r'Finding\(\s*"([a-z]+)"', looked))
    assert len(asked) > 6
    table = GUIDE.partition("### When `/readyz` is red")[2].partition("\n**")[0]
    assert set(re.findall(r"^\| `([a-z]+)` \|", table, re.M)) == asked


def test_units_can_be_read_and_run_nothing_as_root():
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert len(units) >= 4
    for path in units:
        unit = ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read_string(path.read_text("utf-8"))
        assert unit["Service"]["User"] == "bazargah", path.name
        assert unit["Service"]["ExecStart"].startswith(
            ("/opt/bazargah/current/", "/bin/sh -c 'exec /opt/bazargah/current/")
        )


def test_the_fault_table_names_tests_that_are_there():
    page = (ROOT / "docs/reference/faults.md").read_text("utf-8").partition("## What a house does")[2]
    rows = [line for line in page.splitlines() if line.startswith("| ") and "|---|" not in line]
    assert len(rows) > 15
    folder = ""
    for row in rows:
        for name in re.findall(r"`((?:tests/\w+/)?test_\w+\.py)`", row):
            folder = name.rpartition("/")[0] or folder
            assert (ROOT / folder / name.rpartition("/")[2]).is_file(), name
