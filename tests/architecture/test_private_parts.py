"""What the house uses of libraries that they promise to nobody: an upgrade that takes it away is told by name.

Each part stands here with the files that lean on it and what they need it for. Another use of a private name is told
as well, so that it is added with a reason or done without.
"""

from __future__ import annotations

import ast
import gettext
import importlib
import inspect
import io
import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from types import FunctionType
from typing import Any, NamedTuple

import flask
import jinja2
import markupsafe
import pytest
import requests
from flask import Flask
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_smorest import Api, Blueprint
from flask_smorest.spec import APISpecMixin
from jinja2 import Environment
from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy import Connection, Date, bindparam, column, select, table, update
from sqlalchemy.dialects import sqlite

from tests.architecture.house import ensure_none, sources

FREE = frozenset(
    {
        "_make",
        "_replace",
        "_fields",
        "_asdict",
        "_mapping",
        "_get_current_object",
        "_deserialize",
        "_serialize",
    }
)
"""Names with an underscore that their makers describe to everybody: named tuples, rows, proxies, fields."""


class Part(NamedTuple):
    """A private part: what of which library, where it is used and what for, and whether it is as it was."""

    library: str
    name: str
    files: tuple[str, ...]
    purpose: str
    is_there: Callable[[], Any]


def _takes(owner: type, name: str, *arguments: str) -> bool:
    """Whether a method is there that takes just these, in this order."""
    method = getattr(owner, name, None)
    return method is not None and list(inspect.signature(method).parameters)[: len(arguments)] == [*arguments]


def _is_called(owner: Any, name: str) -> bool:
    """Whether the library's own code still asks for it; what nobody calls any more is overridden in vain."""
    return name in inspect.getsource(owner)


def _compiled() -> Any:
    return (
        select(column("x", Date))
        .where(column("x") == bindparam("y", type_=Date()))
        .compile(dialect=sqlite.dialect())
    )


def _escapes() -> bool:
    inner = getattr(markupsafe, "_escape_inner", None)
    return inner is not None and inner("<a&'") == "&lt;a&amp;&#39;" and type(inner("a")) is str


def _limiter() -> Limiter:
    app = Flask(__name__)
    limiter = Limiter(key_func=lambda: "x", storage_uri="memory://", in_memory_fallback_enabled=True)
    limiter.init_app(app)
    return limiter


def _histogram() -> Any:
    return Histogram("x", "x", buckets=(1,), registry=CollectorRegistry())


def _words() -> Any:
    return gettext.GNUTranslations(io.BytesIO(b"\xde\x12\x04\x95" + b"\0" * 24))


LIMITS, DRAWING, READY = "accounts/limits.py", "core/drawing.py", "core/ready.py"
CHANGES, WATCH, API = "core/changes.py", "core/watch.py", "api/blueprint.py"
PARTS = (
    Part("markupsafe", "_escape_inner", (DRAWING,), "escapes a text and leaves it a text", _escapes),
    Part(
        "jinja2",
        "_from_namespace",
        (DRAWING,),
        "puts our `escape` and blocks into a template",
        lambda: (
            _takes(jinja2.Template, "_from_namespace", "environment", "namespace", "globals")
            and _is_called(jinja2.Template.from_code, "_from_namespace")
        ),
    ),
    Part(
        "jinja2",
        "_get_default_module",
        (DRAWING,),
        "a template's macros are made once for all pages",
        lambda: (
            _takes(jinja2.Template, "_get_default_module", "self", "ctx")
            and "_get_default_module" in Environment().compile("{% import 'x' as y %}", raw=True)
        ),
    ),
    Part(
        "jinja2",
        "_module",
        (DRAWING,),
        "where a template keeps its macros",
        lambda: Environment().from_string("{% macro a() %}{% endmacro %}")._module is None,
    ),
    Part(
        "flask-limiter",
        "_check_request_limit",
        (LIMITS,),
        "nothing is counted before a view that has no limit of its blueprint",
        lambda: (
            _takes(Limiter, "_check_request_limit", "self", "callable_name", "in_middleware")
            and _is_called(Limiter.init_app, "_check_request_limit")
        ),
    ),
    Part(
        "flask-limiter",
        "_blueprint_limits",
        (LIMITS,),
        "which blueprints have a limit",
        lambda: isinstance(_limiter().limit_manager._blueprint_limits, dict),
    ),
    Part(
        "flask-limiter",
        "_fallback_limiter",
        (LIMITS,),
        "who counts while Redis is away",
        lambda: (
            hasattr(_limiter(), "_fallback_limiter") and _is_called(Limiter.limiter.fget, "_fallback_limiter")
        ),
    ),
    Part(
        "flask-limiter",
        "_fallback_storage",
        (LIMITS,),
        "where is counted while Redis is away",
        lambda: hasattr(_limiter(), "_fallback_storage"),
    ),
    Part(
        "sqlalchemy",
        "_handle_dbapi_exception",
        (READY,),
        "an error of the driver becomes the engine's, and a lost connection leaves the pool",
        lambda: _takes(
            Connection, "_handle_dbapi_exception", "self", "e", "statement", "parameters", "cursor", "context"
        ),
    ),
    Part(
        "sqlalchemy",
        "_bind_processors",
        (READY,),
        "how values go into a statement",
        lambda: _compiled()._bind_processors["y"](date(2026, 3, 25)) == "2026-03-25",
    ),
    Part(
        "sqlalchemy",
        "_result_columns",
        (READY,),
        "the columns of a statement and their types",
        lambda: [(one.keyname, type(one.type)) for one in _compiled()._result_columns] == [("x", Date)],
    ),
    Part(
        "sqlalchemy",
        "_cached_result_processor",
        (READY,),
        "how values come out of a statement",
        lambda: Date()._cached_result_processor(sqlite.dialect(), None)("2026-03-25") == date(2026, 3, 25),
    ),
    Part(
        "sqlalchemy",
        "_returning",
        (CHANGES,),
        "whether an UPDATE gives rows",
        lambda: (
            update(table("x", column("y"))).returning(column("y"))._returning
            and not update(table("x", column("y")))._returning
        ),
    ),
    Part(
        "sqlalchemy",
        "_values",
        (CHANGES,),
        "what an UPDATE sets",
        lambda: [str(key) for key in update(table("x", column("y"))).values(y=1)._values] == ["y"],
    ),
    Part(
        "flask",
        "_cv_request",
        ("core/language.py",),
        "the request, without a proxy around it",
        lambda: flask.globals._cv_request.get(None) is None,
    ),
    Part(
        "flask",
        "_load_form_data",
        ("core/asked.py",),
        "no NUL in what forms say",
        lambda: (
            _takes(flask.Request, "_load_form_data", "self")
            and _is_called(flask.Request.form.fget, "_load_form_data")
        ),
    ),
    Part(
        "flask",
        "_after_request_functions",
        ("core/again.py",),
        "what a view that is done again had put off until its answer is forgotten",
        lambda: (
            _is_called(flask.after_this_request, "_after_request_functions")
            and _is_called(Flask.process_response, "_after_request_functions")
        ),
    ),
    Part(
        "flask-login",
        "_load_user",
        ("accounts/loading.py",),
        "`current_user` is whom we find",
        lambda: (
            _takes(LoginManager, "_load_user", "self")
            and _is_called(importlib.import_module("flask_login.utils")._get_user, "_load_user")
        ),
    ),
    Part(
        "flask-login",
        "_update_request_context_with_user",
        ("accounts/loading.py",),
        "`current_user` is whom we find",
        lambda: _takes(LoginManager, "_update_request_context_with_user", "self", "user"),
    ),
    Part(
        "flask-smorest",
        "_apidoc",
        (API,),
        "what the document says of a call",
        lambda: _is_called(Blueprint, "_apidoc"),
    ),
    Part(
        "flask-smorest",
        "_store_endpoint_docs",
        (API,),
        "what the document says of a call",
        lambda: _takes(Blueprint, "_store_endpoint_docs", "self", "endpoint", "obj", "parameters", "tags"),
    ),
    Part(
        "flask-smorest",
        "_init_spec",
        ("api/document.py",),
        "the document without commands of its own",
        lambda: _takes(APISpecMixin, "_init_spec", "self") and _is_called(Api, "_init_spec"),
    ),
    *(
        Part(
            "flask-smorest",
            name,
            ("api/document.py",),
            "errors and lists are ours, so the document says nothing of the library's",
            lambda name=name, owner=owner: _is_called(owner, f"self.{name}("),
        )
        for name, owner in (
            ("_register_error_handlers", Api),
            ("_register_responses", APISpecMixin),
            ("_register_pagination_header", APISpecMixin),
        )
    ),
    Part(
        "requests",
        "_content",
        ("core/http.py",),
        "an answer read with a limit is an answer like any other",
        lambda: requests.Response()._content is False,
    ),
    Part(
        "prometheus-client",
        "_sum",
        (WATCH,),
        "many observations at once",
        lambda: callable(_histogram()._sum.inc),
    ),
    Part(
        "prometheus-client",
        "_buckets",
        (WATCH,),
        "many observations at once",
        lambda: len(_histogram()._buckets) == 2,
    ),
    Part(
        "python",
        "_catalog",
        ("core/language.py",),
        "the words of all areas in one catalogue",
        lambda: isinstance(_words()._catalog, dict),
    ),
)


@pytest.mark.parametrize("part", PARTS, ids=[f"{part.library} {part.name}" for part in PARTS])
def test_a_private_part_is_as_it_was(part):
    try:
        is_there, why = bool(part.is_there()), "it is used otherwise"
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        is_there, why = False, repr(error)
    number = sys.version.split()[0] if part.library == "python" else version(part.library)
    assert is_there, (
        f"{part.library} {number} has another {part.name} ({why}); {', '.join(part.files)} "
        f"needs it: {part.purpose}. Do without it there, or keep the release before."
    )


def test_every_use_of_a_private_part_is_known():
    known = {(name, file) for part in PARTS for name in (part.name,) for file in part.files}
    own = {name for source in sources() for name in _own_names(source.nodes)}
    used = {
        (name, source.name): source.at(node)
        for source in sources()
        for node, name in _foreign(source.nodes)
        if name not in own - {part.name for part in PARTS} | FREE
    }
    used |= _overridden()
    ensure_none([f"{place} {name}" for (name, file), place in used.items() if (name, file) not in known])
    unused = [f"{name} in {file}" for name, file in sorted(known - used.keys())]
    assert not unused, f"no longer used: {unused}"


def _own_names(nodes: tuple[ast.AST, ...]) -> set[str]:
    """What the house itself calls so."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("self", "cls")
        ):
            found.add(node.attr)
    return found


def _foreign(nodes: tuple[ast.AST, ...]) -> list[tuple[ast.AST, str]]:
    """Private names that are looked up on something, or imported from a library."""
    found: list[tuple[ast.AST, str]] = []
    for node in nodes:
        if isinstance(node, ast.Attribute):
            found.append((node, node.attr))
        elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith("marketplace"):
            found += [(node, alias.name) for alias in node.names]
    return [(node, name) for node, name in found if name.startswith("_") and not name.startswith("__")]


def _overridden() -> dict[tuple[str, str], str]:
    """Private methods of the house's classes that take the place of a library's."""
    found = {}
    for source in sources():
        if any(
            isinstance(node, ast.FunctionDef) and node.name.startswith("_") for node in source.nodes
        ) and not source.name.endswith("__main__.py"):
            name = "marketplace." + source.name.removesuffix(".py").replace("/", ".").removesuffix(
                ".__init__"
            )
            for kind in vars(importlib.import_module(name)).values():
                if inspect.isclass(kind) and kind.__module__ == name:
                    found |= {(method, source.name): f"{name}.{kind.__name__}" for method in _hooks(kind)}
    return found


def _hooks(kind: type) -> list[str]:
    bases = [base for base in kind.__mro__[1:] if not base.__module__.startswith("marketplace")]
    return [
        name
        for name, value in vars(kind).items()
        if name.startswith("_")
        and not name.startswith("__")
        and name not in FREE
        and _is_written_in(kind, getattr(value, "__func__", value))
        and any(name in vars(base) for base in bases)
    ]


def _is_written_in(kind: type, value: Any) -> bool:
    return isinstance(value, FunctionType) and value.__code__.co_filename == inspect.getfile(kind)
