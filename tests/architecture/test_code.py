"""Habits that a reader relies on, held by looking at the code itself."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Mapping

from tests.architecture.house import called_name, calls, ensure_none, sources

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
MONEY = re.compile(
    r"^(core/money|ledger/|orders/|policy/|festival/(policy|rules)|lottery/cost_share|guarantee/|"
    r"payments/(?!gateways/|sandbox/))"
)
WORD = re.compile("[\u0620-\u064a\u0671-\u06d3]{2,}")
WORDED = ("demo/", "cli/", "payments/sandbox/", "core/text.py")
FORBIDDEN_FILES = frozenset({"services", "utils", "helpers", "common", "util", "misc", "managers"})


def test_commit_stands_in_one_place():
    ensure_none(
        [
            source.at(call)
            for source in sources()
            for call in calls(source, "commit")
            if source.name != "core/unit_of_work.py"
        ]
    )


def test_no_file_is_long():
    long = [
        f"{source.name}: {lines} lines"
        for source in sources()
        if (lines := source.text.count("\n")) > LONGEST_FILE
    ]
    ensure_none(long)


def test_files_are_written_whole_in_one_way():
    """`core.whole_files` alone gives a finished file its name: drafts named by hand are shared by threads, or not yet
    on the disk. The demo's pictures may be drawn again; a restored database is looked at before it has its name."""
    ensure_none(
        [
            source.at(call)
            for source in sources()
            for call in calls(source, "replace", "rename", "move")
            if not source.name.startswith(("core/", "demo/")) and _is_of_files(call)
        ]
    )


def _is_of_files(call: ast.Call) -> bool:
    """`os.replace(a, b)`, `path.replace(b)`: texts are given two arguments, moments and dataclasses named ones."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = call.func.value
    is_module = isinstance(owner, ast.Name) and owner.id in ("os", "shutil")
    return is_module or (
        call.func.attr in ("replace", "rename") and len(call.args) == 1 and not call.keywords
    )


def test_no_function_is_long():
    long = []
    for source in sources():
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{source.at(node)} {node.name}: {lines} lines")
    ensure_none(long)


def test_files_are_named_by_what_they_hold():
    ensure_none([source.name for source in sources() if source.path.stem in FORBIDDEN_FILES])


def test_money_knows_no_fractions():
    found = []
    for source in sources():
        if not MONEY.match(source.name):
            continue
        waiting = _about_waiting(source.tree)
        for node in source.nodes:
            if id(node) in waiting:
                continue
            is_fraction = isinstance(node, ast.Constant) and isinstance(node.value, float)
            is_float = isinstance(node, ast.Name) and node.id in ("float", "Decimal", "Fraction")
            is_division = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
            if (
                is_fraction
                or is_float
                or is_division
                or (isinstance(node, ast.Call) and called_name(node) == "round")
            ):
                found.append(source.at(node))
    ensure_none(found)


def _about_waiting(tree: ast.Module) -> set[int]:
    """Ids of nodes that say how long to wait: types and defaults of `patience` and `seconds`."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arguments):
            args = [*node.posonlyargs, *node.args]
            pairs = [
                *zip(args[len(args) - len(node.defaults) :], node.defaults, strict=True),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ]
            named = [a for a in [*args, *node.kwonlyargs] if a.arg in ("patience", "seconds")]
            parts = [a.annotation for a in named] + [d for a, d in pairs if a in named]
            found |= {id(inner) for part in parts if part is not None for inner in ast.walk(part)}
    return found


def test_no_sentence_for_people_stands_in_the_code():
    """Persian words come from the catalogues; code holds letters only where it is about letters."""
    found = []
    for source in sources():
        if source.name.startswith(WORDED):
            continue
        documented = _docstrings(source.tree)
        for node in source.nodes:
            is_text = (
                isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
            )
            if is_text and WORD.search(node.value):
                found.append(f"{source.at(node)}: {node.value[:40]}")
    ensure_none(found)


def _docstrings(tree: ast.Module) -> set[int]:
    """Ids of the strings that stand alone: docstrings of modules, classes, functions and names."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def test_the_clock_is_read_at_the_edge_only():
    """Verbs take `at`; only views, desks, commands, jobs, and what stands around a request, ask the clock."""
    edge = re.compile(
        r"(^(app|cli/|demo/|api/|core/|wiring/|doors)|/(views|desk|loading|last_use|opened|sandbox|gateways)\b|_views\.py$|"
        r"^(storefront|panel|office|stats)/)"
    )
    found = []
    for source in sources():
        for call in calls(source, "now", "utcnow", "today"):
            if not edge.search(source.name):
                found.append(source.at(call))
    ensure_none(found)


def test_only_core_asks_python_for_the_time():
    found = []
    for source in sources():
        if source.name == "core/clock.py" or "sandbox" in source.name or source.name.startswith("demo/"):
            continue
        for call in calls(source, "now", "utcnow", "today"):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id in ("datetime", "date"):
                found.append(source.at(call))
    ensure_none(found)


def test_verbs_say_what_they_promise():
    """Every public function that takes the moment of an act has a docstring."""
    found = []
    for source in sources():
        if source.path.stem in ("forms", "views", "desk") or source.name.startswith(("demo/", "cli/")):
            continue
        for node in source.tree.body:
            if (
                isinstance(node, ast.FunctionDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                arguments = {a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
                if "at" in arguments:
                    found.append(f"{source.at(node)} {node.name}")
    ensure_none(found)


def test_every_file_says_what_it_is():
    ensure_none([source.name for source in sources() if not ast.get_docstring(source.tree)])


def test_vocabulary_of_flask_stays_out_of_verbs():
    """Rules, verbs and queries know neither request nor response."""
    allowed = re.compile(
        r"(^(app|wiring/|doors|core/|cli/|demo/|api/|storefront/|panel/|office/|stats/|oversight/)|"
        r"/(views|desk|forms|access|loading|cookies|limits|next_page|entering|last_use|proof)\b|_views\.py$|sandbox/)"
    )
    webby = {
        "request",
        "session",
        "render_template",
        "redirect",
        "url_for",
        "flash",
        "abort",
        "make_response",
        "jsonify",
    }
    found = []
    for source in sources():
        if allowed.search(source.name):
            continue
        for node in source.nodes:
            if isinstance(node, ast.ImportFrom) and node.module == "flask":
                names = webby & {alias.name for alias in node.names}
                if names:
                    found.append(f"{source.at(node)}: {', '.join(sorted(names))}")
    ensure_none(found)


def test_states_stand_in_their_transition_tables():
    """Where a slice has a transition table, every state of its class has a row, and a table for one slice has one."""
    missing, tables = [], 0
    for source in sources():
        if not source.name.endswith("/rules.py"):
            continue
        module = importlib.import_module(f"marketplace.{source.slice}.rules")
        for name, table in vars(module).items():
            if name.endswith("TRANSITIONS") and isinstance(table, Mapping):
                tables += 1
                kind = type(next(iter(table)))
                known = set(table)
                missing += [
                    f"{source.name}: {name} has no row for {state!r}" for state in kind if state not in known
                ]
                missing += [
                    f"{source.name}: {name} leads to {state!r}"
                    for row in table.values()
                    for state in row
                    if not isinstance(state, kind)
                ]
    ensure_none(missing)
    assert tables, "no transition table was found: does this test still look in the right place?"
