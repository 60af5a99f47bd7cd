"""What the documents of security name exists, and the rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re

from tests.architecture.house import ROOT, ensure_none, sources

NAMED = re.compile(r"`(test_[a-z0-9_]+)`")
HELD = re.compile(r"^\s*def (test_[a-z0-9_]+)\(", re.M)


def test_tests_that_documents_name_exist():
    held = {
        name
        for path in (ROOT / "tests").rglob("*.py")
        for name in HELD.findall(path.read_text(encoding="utf-8"))
    }
    missing = [
        f"{path.name}: {name}"
        for path in (ROOT / "docs/reference").glob("a*.md")
        if path.name in ("asvs.md", "abuse.md")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
        if name not in held
    ]
    ensure_none(missing)


def test_markup_is_never_made_from_words():
    """Nothing but a template makes HTML, and nothing is evaluated."""
    found = [
        source.at(node)
        for source in sources()
        for node in source.nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Markup", "eval", "exec")
    ]
    ensure_none(found)


def test_forms_are_never_poured_into_rows():
    """`Model(**request.form)` and the like: a field that nobody named would be set."""
    found = [
        source.at(keyword.value)
        for source in sources()
        for call in source.calls
        for keyword in call.keywords
        if keyword.arg is None and "request." in ast.unparse(keyword.value)
    ]
    ensure_none(found)
