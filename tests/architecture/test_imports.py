"""Who may import whom, as written in pyproject.toml; and that nobody goes round it."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp

from tests.architecture.house import PACKAGE, ROOT, ensure_none, layers, sources

BLOCK = re.compile(r"<!-- layers -->\s*```\n(.*?)```", re.S)


def test_the_import_contract_is_kept():
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_inner_rooms_of_a_slice_are_its_own():
    """Views, desks, forms and notices are known to their slice, the wiring and the doors, to nobody else."""
    rooms = ("views", "desk", "forms", "notices")
    graph = grimp.build_graph("marketplace", cache_dir=None)
    found = []
    for module in sorted(graph.modules):
        _, slice_name, *rest = (*module.split("."), "")
        if slice_name == "core" or not rest or rest[0] not in rooms:
            continue
        for importer in graph.find_modules_that_directly_import(module):
            if importer.split(".")[1] not in (slice_name, "wiring", "doors"):
                found.append(f"{importer} -> {module}")
    ensure_none(found)


def test_the_reference_tells_the_same_order():
    block = BLOCK.search((ROOT / "docs/reference/architecture.md").read_text())
    assert block, "docs/reference/architecture.md has no block after <!-- layers -->"
    told = tuple(frozenset(name.strip() for name in row.split("|")) for row in block[1].strip().splitlines())
    assert told == layers()


def test_the_reference_shows_every_slice_that_there_is():
    tree = (ROOT / "docs/reference/architecture.md").read_text().split("```")[1]
    told = set(re.findall(r"^  ([a-z]+)/ ", tree, re.M))
    assert told == {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}


def test_nothing_is_imported_inside_a_function():
    found = [
        source.at(inner)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    ensure_none(found)


def test_nothing_is_imported_by_name_at_run_time():
    """`importlib.import_module("marketplace...")` would hide from the contract."""
    found = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.Attribute | ast.Name)
        and getattr(node, "attr", getattr(node, "id", "")) in ("import_module", "__import__")
    ]
    ensure_none(found)


OF_EXTRAS = {"marketplace/core/traces_sent.py": "traces"}
"""Modules that are loaded by name where a setting asks for them, with the extra whose packages they need."""


def test_what_an_extra_brings_is_loaded_only_where_a_setting_asks_for_it():
    names = {path.removesuffix(".py").replace("/", ".") for path in OF_EXTRAS}
    ensure_none(
        [
            f"{path.relative_to(ROOT)}: {name}"
            for path in sorted((ROOT / "marketplace").rglob("*.py"))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in names & _whole_names(node)
        ]
    )


def _whole_names(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.Import):
        return {one.name for one in node.names}
    return {str(node.module), *(f"{node.module}.{one.name}" for one in node.names)}


def test_every_package_that_is_imported_is_declared():
    """What the marketplace imports stands in `dependencies`; what the tests import there or under `dev`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {_name(d) for d in project["dependencies"]}
    extras = {name: {_name(d) for d in wanted} for name, wanted in project["optional-dependencies"].items()}
    tests = declared | extras["dev"]
    owners = packages_distributions()
    found = []
    for folder, allowed in (
        ("marketplace", declared),
        ("migrations", declared),
        ("tests", tests),
        ("benchmarks", tests),
    ):
        for path in sorted((ROOT / folder).rglob("*.py")):
            extra = extras.get(OF_EXTRAS.get(str(path.relative_to(ROOT)), ""), set())
            for module in _imported(ast.parse(path.read_text(encoding="utf-8"))):
                owned = {_name(owner) for owner in owners.get(module, ())}
                is_known = module in sys.stdlib_module_names or module in OURS or owned & (allowed | extra)
                if not is_known:
                    found.append(
                        f"{path.relative_to(ROOT)}: {module} ({', '.join(sorted(owned)) or 'unknown'})"
                    )
    ensure_none(found)


OURS = frozenset({"marketplace", "tests", "benchmarks", "scripts", "wsgi", "__future__"})


def _name(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _imported(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names
