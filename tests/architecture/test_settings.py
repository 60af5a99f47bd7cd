"""Every variable that the settings read is described, and nothing else reads the environment."""

from __future__ import annotations

import ast
import re

from tests.architecture.house import ROOT, ensure_none, sources

REFERENCE = ROOT / "docs/reference/settings.md"
READERS = (
    "core/settings.py",
    "core/bucket_settings.py",
    "core/idle.py",
    "core/replica_settings.py",
    "core/traces_settings.py",
    "core/clock.py",
)
ROW = re.compile(r"^\| `([A-Z_]+)` \|", re.M)


def _read_names() -> set[str]:
    """Names asked of the environment in `core/`."""
    names = set()
    for source in sources():
        if source.name not in READERS:
            continue
        for node in source.nodes:
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|PORT", node.value)
            ):
                names.add(node.value)
    return names


def test_every_setting_is_described_and_every_description_is_read():
    assert set(ROW.findall(REFERENCE.read_text(encoding="utf-8"))) == _read_names()


def test_what_production_needs_is_marked():
    from marketplace.core.settings import REQUIRED_IN_PRODUCTION  # noqa: PLC0415

    text = REFERENCE.read_text(encoding="utf-8")
    marked = set(re.findall(r"^\| `([A-Z_]+)` \|.*\| required \|$", text, re.M))
    assert marked == set(REQUIRED_IN_PRODUCTION)


def test_nothing_else_reads_the_environment():
    found = []
    for source in sources():
        if source.name in READERS or source.name.startswith(("cli/", "demo/", "payments/sandbox/")):
            continue
        for node in source.nodes:
            if (
                isinstance(node, ast.Attribute)
                and node.attr in ("environ", "getenv")
                and isinstance(node.value, ast.Name)
                and node.value.id == "os"
            ):
                found.append(source.at(node))
    ensure_none(found)
