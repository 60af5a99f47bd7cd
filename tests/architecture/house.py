"""The house as data: its source files, its slices and their order."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "marketplace"
TEMPLATES = ROOT / "templates"
PERSIAN = re.compile("[\u0600-\u06ff]")


@dataclass(frozen=True)
class Source:
    """One Python file of the marketplace."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """`orders/checkout.py`"""
        return self.path.relative_to(PACKAGE).as_posix()

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the file."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.Call))

    @property
    def slice(self) -> str:
        return self.name.partition("/")[0].removesuffix(".py")

    def at(self, node: ast.AST) -> str:
        return f"marketplace/{self.name}:{getattr(node, 'lineno', '?')}"


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the marketplace."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Source(path, text, ast.parse(text, str(path))))
    return tuple(found)


@cache
def layers() -> tuple[frozenset[str], ...]:
    """The slices in the order of the import contract, the uppermost first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(c["layers"] for c in contracts if c["id"] == "layers")
    return tuple(frozenset(name.strip(" ()") for name in row.split("|")) for row in rows)


def layer_of(slice_name: str) -> int:
    """0 for the uppermost layer. Raises KeyError for a slice that the contract does not name."""
    for place, names in enumerate(layers()):
        if slice_name in names:
            return place
    raise KeyError(slice_name)


def calls(source: Source, *names: str) -> Iterator[ast.Call]:
    """Calls of plain or dotted functions by their last name."""
    return (call for call in source.calls if called_name(call) in names)


def called_name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def first_text(node: ast.Call) -> str | None:
    """The first argument of a call where it is written out as a string."""
    if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
        return node.args[0].value
    return None


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.*"))


def ensure_none(found: list[str]) -> None:
    """Fails naming each of the findings."""
    if found:
        raise AssertionError(f"{len(found)} found:\n  " + "\n  ".join(sorted(found)))
