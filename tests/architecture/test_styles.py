"""No style is dead: each class, token and file of the stylesheet is there for something that pages show."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE, TEMPLATES, ensure_none

STYLES = PACKAGE / "static" / "css"
COMMENT = re.compile(r"/\*.*?\*/|url\([^)]*\)", re.DOTALL)
SELECTOR = re.compile(r"([^{};]+)\{")
CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")
NAME = re.compile(r"[A-Za-z0-9_]+(?:-+[A-Za-z0-9_]+)*")
BEGUN = re.compile(r"(?<![\w-])([a-z][\w-]*(?:-|__))(?=\{|['\"]\s*[~+]|\$\{)")
"""The part of a class that is put together: `button--` of `button--{{ kind }}`."""


@cache
def _told() -> str:
    """Everything that can name a class or a token: templates, scripts, drawings and Python."""
    static = PACKAGE / "static"
    files = [
        *TEMPLATES.rglob("*.html"),
        *PACKAGE.rglob("*.py"),
        *static.rglob("*.js"),
        *static.rglob("*.svg"),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if "vendor" not in file.parts)


@cache
def _words(told: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """All names, and how names that are put together begin."""
    return frozenset(NAME.findall(told)), tuple(set(BEGUN.findall(told)))


def _sheets() -> list[tuple[str, str]]:
    return [
        (path.relative_to(STYLES).as_posix(), COMMENT.sub("", path.read_text(encoding="utf-8")))
        for path in sorted(STYLES.rglob("*.css"))
    ]


def dead(style: str, told: str) -> list[str]:
    """Classes of a stylesheet that nothing told can carry."""
    names, begun = _words(told)
    classes = {c for selector in SELECTOR.findall(style) for c in CLASS.findall(selector)}
    return sorted(
        c
        for c in classes - names
        if not any(c.startswith(start) and c[len(start) :] in names for start in begun)
    )


def test_each_class_is_one_that_a_page_can_have():
    ensure_none([f"{name}: .{c}" for name, style in _sheets() for c in dead(style, _told())])


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('class="meter"', ["meter--full"]),
        ("class=\"meter meter--{{ 'full' if is_full }}\"", []),
        ("class=\"meter{{ ' meter--' ~ tone }}\" {# full #}", []),
        ("class=\"meter{{ ' meter--' ~ tone }}\"", ["meter--full"]),
        ("`meter meter--${tone}`; const tone = 'full'", []),
        ('class="meter-bar meter--fuller"', ["meter", "meter--full"]),
    ],
)
def test_a_dead_class_is_told_from_one_that_is_put_together(told: str, expected: list[str]):
    assert dead(".meter { } @media (width > 1px) { .meter--full { margin: .5em } }", told) == expected


def test_each_token_is_used_and_each_that_is_used_is_there():
    styles = "\n".join(style for _, style in _sheets())
    there = set(re.findall(r"(?<![\w-])(--[\w-]+)\s*:", styles))
    used = set(re.findall(r"var\(\s*(--[\w-]+)", styles + _told()))
    written = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", _told()))
    ensure_none([f"never used: {name}" for name in sorted(there - used - written)])
    ensure_none([f"nowhere given: {name}" for name in sorted(used - there - written)])


def test_each_file_is_in_the_bundle_and_the_other_way_round():
    bundle = (STYLES / "bundle.txt").read_text(encoding="utf-8")
    listed = [line for line in bundle.split("\n") if line and not line.startswith("#")]
    files = {path.relative_to(STYLES).as_posix() for path in STYLES.rglob("*.css")}
    assert set(listed) == files - _linked_alone()
    assert len(listed) == len(set(listed))


def _linked_alone() -> set[str]:
    """Stylesheets of pages that are not ours to dress: named by a template."""
    return {Path(name).as_posix() for name in re.findall(r"asset\('css/([^']+)'\)", _told())} - {"app.css"}


OWN_RULE = re.compile(r"(?:^|[{}])\s*\.([a-z][\w-]*)\s*(?=\{)")
EVERYWHERE = frozenset(["forced.css"])
"""What draws lines for everything where the reader's system chooses the colours."""


def dressed_twice(sheets: list[tuple[str, str]]) -> list[str]:
    """Classes whose own look two stylesheets give: the second is seen on the pages of the first."""
    found: dict[str, set[str]] = {}
    for name, style in sheets:
        for one in OWN_RULE.findall(re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", style)):
            found.setdefault(one, set()).add(name)
    return sorted(f".{one}: {', '.join(sorted(names))}" for one, names in found.items() if len(names) > 1)


def test_each_class_gets_its_look_in_one_file():
    ensure_none(dressed_twice([(name, style) for name, style in _sheets() if name not in EVERYWHERE]))


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("@layer pages { .way { border: 0; } }", [".way: cart.css, show.css"]),
        ("@layer pages { .path { border: 0; } .path .way { color: red; } }", []),
        ("@layer pages { @media (width > 1px) { .way { color: red; } } }", []),
    ],
)
def test_a_name_taken_twice_is_found(other: str, expected: list[str]):
    own = "@layer pages { .ways { gap: 0; } .way { color: blue; } }"
    assert dressed_twice([("cart.css", own), ("show.css", other)]) == expected
