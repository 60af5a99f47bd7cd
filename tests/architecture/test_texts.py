"""The catalogues: every key that is used exists in Persian and English, with the same gaps to fill."""

from __future__ import annotations

import ast
import re
import string
from collections import Counter
from functools import cache

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import nodes

from marketplace.core import errors
from marketplace.core.language import LANGUAGES, TEXTS
from tests.architecture.house import PACKAGE, TEMPLATES, calls, ensure_none, first_text, sources, templates

CODE = re.compile(r"^[a-z][a-z0-9_]*$")
LETTER = "\u0621-\u063a\u0641-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc"
SLIPS = {
    "an Arabic letter": "[يكة\u0660-\u0669]",
    "a Latin comma, semicolon or question mark": rf"[{LETTER}]\s*[,;?]",
    "a verb's می with a space": rf"(?<![{LETTER}\u200c])ن?می (?=[{LETTER}])",
    "a plural or a comparative with a space": rf"[{LETTER}] (?:ها|های|هایی|تر|ترین)(?![{LETTER}\u200c])",
    "a space before a stop": r"\s[،؛؟.!](?=\s|$)",
    "two spaces": "  ",
    "three dots": r"\.\.\.",
    "a lonely half-space": "\u200c\\s|\\s\u200c",
    "ه‌ی or هٔ, which this house writes as ه": rf"ه(?:\u200cی(?![{LETTER}\u200c])|\u0654)",
    "a percent sign of the Latin script": r"[۰-۹]%",
    "an officialism": "می\u200cباشد|لطفا(?!ً)",
}
"""What a careful editor would mark in a Persian sentence."""
KEY = re.compile(r"^[a-z][a-z0-9_]*(\.[a-z0-9_\-]+)+$")


@cache
def _messages(language: str) -> dict[str, Message]:
    found = {}
    for path in sorted((TEXTS / language).glob("*.po")):
        with path.open("rb") as file:
            found.update({_key(m): m for m in read_po(file, locale=language) if m.id})
    return found


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def test_both_languages_have_the_same_keys():
    fa, en = (set(_messages(language)) for language in LANGUAGES)
    ensure_none([f"{key}: not in English" for key in fa - en] + [f"{key}: not in Persian" for key in en - fa])


def test_both_languages_have_the_same_areas():
    fa, en = ({p.name for p in (TEXTS / language).glob("*.po")} for language in LANGUAGES)
    assert fa == en


def test_persian_reads_as_an_editor_would_print_it():
    slips = {what: re.compile(pattern) for what, pattern in SLIPS.items()}
    ensure_none(
        [
            f"{key}: {what}: {form}"
            for key, message in _messages("fa").items()
            for form in _forms(message)
            for what, pattern in slips.items()
            if pattern.search(form)
        ]
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice(language):
    count: Counter[str] = Counter()
    for path in (TEXTS / language).glob("*.po"):
        with path.open("rb") as file:
            count.update(_key(m) for m in read_po(file, locale=language) if m.id)
        count.update(re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.M))
    doubled = [f"{key}: {n // 2} times" for key, n in count.items() if n > 2]
    ensure_none(doubled)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty(language):
    ensure_none([key for key, m in _messages(language).items() if not all(_forms(m))])


def test_gaps_are_the_same_and_well_formed():
    wrong = []
    for key in set(_messages("fa")) & set(_messages("en")):
        gaps = {language: _gaps(_messages(language)[key]) for language in LANGUAGES}
        is_plural = any(len(_forms(_messages(language)[key])) > 1 for language in LANGUAGES)
        fa, en = ({*g, "n"} if is_plural else g for g in gaps.values())
        if fa != en:
            wrong.append(f"{key}: {sorted(gaps['fa'])} and {sorted(gaps['en'])}")
    ensure_none(wrong)


def _gaps(message: Message) -> set[str]:
    return {
        name
        for form in _forms(message)
        for _, name, _, _ in string.Formatter().parse(form)
        if name is not None
    }


def test_keys_named_in_the_code_exist():
    used = {}
    for source in sources():
        for call in calls(source, "t", "has_text"):
            if (key := first_text(call)) and KEY.match(key):
                used[key] = source.at(call)
        for call in calls(source, "put_notice"):
            if key := first_text(call):
                used[f"notice.{key}"] = source.at(call)
        for call in calls(source, "Reason"):
            if key := first_text(call):
                used[f"reason.{key}"] = source.at(call)
        for call in calls(source, *_error_names()):
            if (key := first_text(call)) and CODE.match(key):
                used[f"error.{key}"] = source.at(call)
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and (code := _code_of(node)):
                used[f"error.{code}"] = source.at(node)
    ensure_none(_unknown(used))


@cache
def _error_names() -> set[str]:
    """Names of all error classes of the house, by the classes they stand on."""
    names = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MarketplaceError)
    }
    bases = {
        node.name: {b.id for b in node.bases if isinstance(b, ast.Name)}
        for source in sources()
        for node in source.tree.body
        if isinstance(node, ast.ClassDef)
    }
    grown = True
    while grown:
        more = {name for name, parents in bases.items() if parents & names} - names
        names, grown = names | more, bool(more)
    return names


def _code_of(node: ast.ClassDef) -> str | None:
    if node.name not in _error_names():
        return None
    for statement in node.body:
        if (
            isinstance(statement, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == "code" for t in statement.targets)
            and isinstance(statement.value, ast.Constant)
        ):
            return str(statement.value.value)
    return None


@pytest.mark.databases("sqlite")
def test_keys_named_in_templates_exist(app: Flask):
    used = {}
    for path in templates():
        tree = app.jinja_env.parse(path.read_text(encoding="utf-8"))
        for call in tree.find_all(nodes.Call):
            if (
                isinstance(call.node, nodes.Name)
                and call.node.name in ("t", "has_text")
                and call.args
                and isinstance(call.args[0], nodes.Const)
            ):
                used[str(call.args[0].value)] = f"{path.relative_to(TEMPLATES)}:{call.lineno}"
    ensure_none(_unknown(used))


def _unknown(used: dict[str, str]) -> list[str]:
    return [
        f"{key} ({where}) not in {language}"
        for key, where in used.items()
        for language in LANGUAGES
        if key not in _messages(language)
    ]


def test_states_that_people_see_are_worded():
    """For each family of keys that ends in the members of a StrEnum, all members are worded."""
    families: dict[str, set[str]] = {}
    for key in _messages("fa"):
        stem, _, last = key.rpartition(".")
        families.setdefault(stem, set()).add(last)
    wrong = []
    for source in sources():
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(b, ast.Name) and b.id == "StrEnum" for b in node.bases
            ):
                members = {
                    s.value.value
                    for s in node.body
                    if isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant)
                }
                family = families.get(f"state.{_snake(node.name)}")
                if family is not None:
                    wrong += [f"state.{_snake(node.name)}.{m}" for m in members - family]
    ensure_none(wrong)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_the_catalogues_are_packaged():
    assert TEXTS.is_relative_to(PACKAGE)


def test_every_act_of_the_audit_log_is_worded():
    """The second argument of `record`, where it is written out: what an auditor would read as a code."""
    known = _messages("fa")
    unworded = {
        f"{call.args[1].value} ({source.at(call)})"
        for source in sources()
        for call in calls(source, "record")
        if len(call.args) > 2
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[1].value, str)
        and f"audit.act.{call.args[1].value}" not in known
    }
    ensure_none(sorted(unworded))
