"""Templates drawn in fewer calls say what Jinja says."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, Undefined, UndefinedError, pass_context
from markupsafe import Markup, escape

from marketplace.core.drawing import OfOneHouse, QuickContext, escaped


class Word(StrEnum):
    bold = "<b>"


class Drawn:
    def __html__(self) -> str:
        return "<i>"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "plain",
        "<a href=\"x\" title='y'>&</a>",
        Markup("<b>"),
        Word.bold,
        Drawn(),
        0,
        -7,
        True,
        None,
        1.5,
        ["<"],
        Undefined(name="x"),
    ],
)
def test_what_is_escaped_reads_as_markupsafe_says(value: Any) -> None:
    assert str(escaped(value)) == str(escape(value))


def test_a_name_that_must_be_there_is_still_missed() -> None:
    with pytest.raises(UndefinedError):
        escaped(StrictUndefined(name="x"))


TEMPLATES = {
    "parts.html": "{% macro bold(word, mark='!') %}<b>{{ word }}{{ mark }}</b>{% endmacro %}",
    "page.html": "{% from 'parts.html' import bold %}{% for n in [1, 2] %}{% set own = n %}{{ bold(word ~ n) }}"
    "{{ told() }}{{ seen('own') }}{{ '-' if n > 1 }}{% endfor %}{{ seen('word') }}",
    "house.html": "<{% block title %}house{% endblock %}>{% block body %}{% block inner %}<p>{% endblock %}"
    "{% endblock %}",
    "room.html": "{% extends 'house.html' %}{% block title %}{{ word }} {{ super() }}{% endblock %}"
    "{% block inner %}{{ self.title() }}{{ super() }}{% endblock %}",
    "letter.txt": "{% from 'parts.html' import bold %}{{ word }}{{ bold('<', mark='&') }}",
}


def drawn(name: str, *, quick: bool) -> str:
    """A template of ours, drawn by Jinja's own means or by ours."""

    @pass_context
    def seen(context: Any, key: str) -> Any:
        return context.get(key)

    house = Environment(
        loader=DictLoader(TEMPLATES), autoescape=lambda file: file is None or not file.endswith(".txt")
    )
    if quick:
        house.template_class, house.context_class = OfOneHouse, QuickContext
    house.globals.update(seen=seen, told=lambda: "<told>")
    return house.get_template(name).render(word="<w>")


def test_blocks_stand_within_blocks_and_know_those_before_them() -> None:
    assert drawn("room.html", quick=True) == drawn("room.html", quick=False)
    assert drawn("room.html", quick=True) == "<&lt;w&gt; house>&lt;w&gt; house<p>"


@pytest.mark.parametrize("name", ["page.html", "letter.txt"])
def test_functions_get_what_they_ask_for_and_macros_escape_as_their_caller_does(name: str) -> None:
    assert drawn(name, quick=True) == drawn(name, quick=False)
    assert ("&lt;w&gt;" in drawn(name, quick=True)) is (name == "page.html")
