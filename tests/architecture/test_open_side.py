"""What a person can do on a page, a program can do: every verb of a page's write route is called by the API as well.

Verbs are found, not listed: whatever a write route reaches through the modules of pages, that no reading route reaches,
and that does something at a moment or for somebody. Roles are compared on the way: a program of the office may do
nothing that none of its pages' roles may do.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import pytest
from flask import Flask

from marketplace.accounts.models import Role
from tests.architecture.house import ensure_none

pytestmark = pytest.mark.databases("sqlite")
API = "/api/v1/"
PAGES = ("views", ".desk", ".offer_answers", ".order_answers")
"""How modules of pages end."""
BESIDE: dict[str, str] = {
    "accounts": "who one is, is proved by a person: signing in and up, passwords, second factors, sessions, tokens "
    "themselves, copies of one's data, the end of an account",
    "payments.webhooks": "the gateway speaks here, and no person",
    "stores.callbacks": "the police's service speaks here, and no person",
    "orders.payout_run.propose_payouts": "the API's `propose_now` proposes the same inside its own unit",
    "messages.preferences.stop_": "a link in a mail for whoever holds it, and what carriers are told",
    "office.applications_list.chosen_by_filter": "what a preview shows",
    "messages.outbox.tell": "told of an account's security",
    "payments.payout_accounts.enter_payout_account": "where a store's money goes: with a fresh proof of the person",
}
"""What stays on pages, by the beginning of its name, and why."""


@cache
def _tree(function: Any) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return None


def _bare(function: Any) -> Any:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _resolve(node: ast.AST, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _resolve(node.value, names)
        return getattr(base, node.attr, None) if isinstance(base, ModuleType) else None
    return None


@cache
def _named_in(function: Any) -> frozenset[Any]:
    """Our functions that a function names, also those of a table that it looks into."""
    tree = _tree(function)
    if tree is None:
        return frozenset()
    names = dict(function.__globals__)
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    names |= {name: cell.cell_contents for name, cell in cells}
    found: set[Any] = set()
    for node in ast.walk(tree):
        thing = _resolve(node, names)
        for one in thing.values() if isinstance(thing, dict) else [thing]:
            one = _bare(one)
            if isinstance(one, FunctionType) and one.__module__.startswith("marketplace."):
                found.add(one)
    return frozenset(found)


def _reached(view: Any, *ends: str) -> Iterator[Any]:
    """Functions outside of the modules of pages that a view comes to through them."""
    seen, waiting = set(), [_bare(view)]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for one in _named_in(function):
            if one.__module__.endswith(ends) or (API in ends and ".api." in one.__module__):
                waiting.append(one)
            else:
                yield one


def _views(app: Flask) -> tuple[list[Any], list[Any], list[Any]]:
    """(writing pages, reading pages, calls of the API)."""
    writing, reading, api = [], [], []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        kind = api if rule.rule.startswith(API) else writing if "POST" in (rule.methods or ()) else reading
        kind.append(view)
    return writing, reading, api


def _verbs(app: Flask) -> dict[Any, set[Any]]:
    """What only writing pages reach, and acts: with its pages."""
    writing, reading, _ = _views(app)
    read = {one for view in reading for one in _reached(view, *PAGES)}
    found: dict[Any, set[Any]] = defaultdict(set)
    for view in writing:
        for one in _reached(view, *PAGES):
            if one not in read and _acts(one):
                found[one].add(view)
    return found


def _acts(function: Any) -> bool:
    """Whether a function does something: at a moment, or for somebody."""
    return bool({"at", "actor", "person_id"} & set(inspect.signature(function).parameters)) and not (
        function.__module__.startswith("marketplace.core")
        or function.__name__.startswith(("parse", "read_", "show_"))
    )


def _name(function: Any) -> str:
    return f"{function.__module__.removeprefix('marketplace.')}.{function.__name__}"


def test_every_verb_of_a_page_is_called_by_a_program_too(app: Flask):
    _, _, api = _views(app)
    programs = {one for view in api for one in _reached(view, "views", API)}
    verbs = _verbs(app)
    missing = {_name(verb) for verb in verbs if verb not in programs}
    excused = {name for name in missing if name.startswith(tuple(BESIDE))}
    assert len(verbs) > 200, "the walk finds the verbs"
    ensure_none(sorted(missing - excused))
    needless = [start for start in BESIDE if not any(_name(verb).startswith(start) for verb in verbs)]
    ensure_none(needless)


def test_the_walk_would_miss_a_call_that_is_gone(app: Flask):
    """The control: without its one call, hiding a store is named as missing."""
    _, _, api = _views(app)
    others = [view for view in api if view.__name__ != "create_store_hiding"]
    programs = {one for view in others for one in _reached(view, "views", API)}
    assert {_name(verb) for verb in _verbs(app) if verb not in programs} >= {"stores.visibility.hide_store"}


def test_a_program_of_the_office_may_do_nothing_more_than_its_pages(app: Flask):
    _, _, api = _views(app)
    verbs = _verbs(app)
    wrong, compared = [], 0
    for view in api:
        roles = view.access.roles if hasattr(view, "access") else frozenset[Role]()
        for verb in set(_reached(view, "views", API)) & verbs.keys():
            pages = {role for page in verbs[verb] for role in page.access.roles}
            if roles and pages:
                compared += 1
                if not roles <= pages:
                    wrong.append(f"{view.__name__} lets {sorted(roles - pages)} {_name(verb)}")
    assert compared > 80, compared
    ensure_none(wrong)
