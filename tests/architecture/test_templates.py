"""Templates: each parses, holds no sentence of its own, and asks for nothing that the policy forbids."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from jinja2 import nodes
from jinja2.defaults import DEFAULT_FILTERS

from marketplace.core.language import catalogue
from tests.architecture.house import PERSIAN, TEMPLATES, ensure_none, templates

COMMENT = re.compile(r"\{#.*?#\}", re.S)
CLASSES = re.compile(r"\{%-? block \w*class\w* -?%\}.*?\{%-? endblock")
CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
TAG = re.compile(r"<!--.*?-->|<script\b.*?</script>|<[^>]*>", re.S)
SAYING = re.compile(
    r"""\s(?:alt|title|aria-label|placeholder|label|content)=["']([^"'{}]*[A-Za-z]{3,}[^"'{}]*)["']"""
)
WORDS = re.compile(r"[A-Za-z]{3,}")
ATTRIBUTES = re.compile(r"""^\s*(?:[\w-]+="[^"]*"\s*|yes\s*)+$""")
HTML = (".html", ".svg", ".xml")
# Words that are the same in every language, or that no shopper reads.
SAME_EVERYWHERE = frozenset({"patterns.html"})
NAMES = frozenset(
    {"Paya", "Satna", "drand", "HTML", "JSON", "CSV", "PDF", "XLSX", "API", "bazargah", "SHA", "QR", "SMS"}
)


def _pages() -> list[tuple[str, str]]:
    return [
        (path.relative_to(TEMPLATES).as_posix(), COMMENT.sub("", path.read_text(encoding="utf-8")))
        for path in templates()
    ]


@pytest.mark.databases("sqlite")
def test_each_template_parses(app: Flask):
    broken = []
    for path in templates():
        try:
            app.jinja_env.compile(path.read_text(encoding="utf-8"), path.name, str(path))
        except Exception as error:
            broken.append(f"{path.relative_to(TEMPLATES)}: {error}")
    ensure_none(broken)


def test_no_persian_stands_in_a_template():
    found = [
        f"{name}: {line.strip()[:70]}"
        for name, text in _pages()
        if name not in SAME_EVERYWHERE
        for line in text.splitlines()
        if PERSIAN.search(line)
    ]
    ensure_none(found)


def test_no_english_sentence_stands_in_a_template():
    found = []
    for name, text in _pages():
        if not name.endswith(HTML) or name in SAME_EVERYWHERE:
            continue
        plain = CODE.sub(" ", CLASSES.sub(" ", text))
        found += [
            f"{name}: {words}"
            for words in SAYING.findall(plain)
            if "=" not in words and words not in ("light dark", "noindex", "yes")
        ]
        for line in TAG.sub("\n", plain).splitlines():
            if set(WORDS.findall(line)) - NAMES and not ATTRIBUTES.match(line):
                found.append(f"{name}: {line.strip()[:70]}")
    ensure_none(found)


def test_nothing_is_inline():
    forbidden = re.compile(
        r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*(\bsrc=|application/(ld\+)?json))"
    )
    found = [
        f"{name}: {match[0]}"
        for name, text in _pages()
        if name.endswith(HTML)
        for match in forbidden.finditer(text)
        if "mail" not in name
    ]
    ensure_none(found)


def test_nothing_is_marked_safe_unless_it_was_made_safe():
    """`|safe` turns escaping off; only the listed places may, each with what vouches for it."""
    vouched: dict[str, str] = {}
    found = [
        f"{name}: {line.strip()[:80]}"
        for name, text in _pages()
        for line in text.splitlines()
        if re.search(r"\|\s*safe\b|autoescape\s+false", line) and name not in vouched
    ]
    ensure_none(found)


def test_links_are_made_not_written():
    """Addresses of ours come from `url_for`, `asset` or `switch_url`, so that the language prefix stays."""
    written = re.compile(r"""\s(?:href|action|src)=["'](/[^"'{]*)["']""")
    found = [f"{name}: {address}" for name, text in _pages() for address in written.findall(text)]
    ensure_none(found)


@pytest.mark.databases("sqlite")
def test_no_filter_of_ours_is_worked_out_at_compile_time(app: Flask):
    """Jinja folds a filter of a constant when it compiles, so it would keep the first visitor's language."""
    found = []
    for path in templates():
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for node in tree.find_all(nodes.Filter):
            if node.name not in DEFAULT_FILTERS and _is_constant(node):
                found.append(f"{path.relative_to(TEMPLATES)}:{node.lineno}: {node.name}")
    ensure_none(found)


@pytest.mark.databases("sqlite")
def test_a_filter_of_a_constant_is_told_from_one_of_a_value(app: Flask):
    def is_folded(source: str) -> bool:
        return any(_is_constant(node) for node in app.jinja_env.parse(source).find_all(nodes.Filter))

    assert is_folded("{{ 100 | number }}")
    assert is_folded("{{ t('a', count=(60 * 2) | number) }}")
    assert not is_folded("{{ count | number }}")
    assert not is_folded("{{ rule('days') | digits }}")


def _is_constant(node: nodes.Filter) -> bool:
    """Whether what the filter is given is known before any request."""
    if node.node is None:
        return False
    try:
        node.node.as_const()
    except nodes.Impossible:
        return False
    return True


@pytest.mark.databases("sqlite")
def test_a_button_is_called_by_the_words_on_it(app: Flask):
    """Who speaks to the page says what they read: the longer name for readers holds the words of the button."""
    found = []
    for path in templates():
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            read, spoken = _key(call.args[0]) if call.args else None, _spoken(call)
            for language in ("fa", "en") if read and spoken else ():
                words, name = (catalogue(language).gettext(key) for key in (read or "", spoken or ""))
                if words.casefold() not in name.casefold():
                    found.append(f"{path.relative_to(TEMPLATES)}: «{words}» is called «{name}»")
    ensure_none(found)


def _key(node: nodes.Node) -> str | None:
    """The key of a `t('...')`."""
    is_text = isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "t"
    first = node.args[0] if is_text and node.args else None
    return first.value if isinstance(first, nodes.Const) else None


def _spoken(call: nodes.Call) -> str | None:
    """The key behind `attrs={'aria-label': t('...')}`."""
    attributes = next((each.value for each in call.kwargs if each.key == "attrs"), None)
    pairs = attributes.items if isinstance(attributes, nodes.Dict) else ()
    names = [pair.value for pair in pairs if getattr(pair.key, "value", "") == "aria-label"]
    return _key(names[0]) if names else None
