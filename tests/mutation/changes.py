"""Small wrongs in a module, one at a time, as a tired person would write them. Pure: source in, mutants out.

Turned round or weakened: comparisons, arithmetic, `and` and `or`, `not`, conditions, `min` and `max`, `any` and `all`.
Changed: numbers by one, truth, texts that code compares (those with a blank are for people and are left alone).
Taken away: what is returned, kept, called or raised, `break`, an entry of a table. Left alone: annotations, names of
types, decorators, imports, docstrings, the belt of `zip(strict=True)`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

TURNED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SIMPLE_TESTS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.NamedExpr)
LEFT_ALONE = ("annotation", "returns", "decorator_list", "type_comment", "kind")
LONGEST = 110

Change = tuple[dict[str, Any], ast.AST, str]
"""What is set on a node, the part that tells it, and how it reads afterwards."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a tree. `code` names the outermost function that it stands in, `table` the dictionary of the module
    that it changes; neither for anything else that is read once, when the module is."""

    owner: ast.AST
    values: dict[str, Any]
    line: int
    where: str
    code: str
    table: str
    was: str
    now: str

    @property
    def name(self) -> str:
        return f"{self.where}: {self.was} => {self.now}"

    def apply(self) -> None:
        for field, value in self.values.items():
            setattr(self.owner, field, value)


def mutants_of(tree: ast.Module) -> list[Mutant]:
    """All mutants of a module, each with a name of its own."""
    found, seen = [], Counter[str]()
    every = [
        mutant
        for statement in tree.body
        if not _is_left_alone(statement)
        for mutant in _walk(statement, _name_of(statement), "", _table_of(statement))
    ]
    for mutant in sorted(every, key=lambda m: m.line):
        seen[mutant.name] += 1
        again = seen[mutant.name]
        found.append(mutant if again == 1 else replace(mutant, now=f"{mutant.now} (no. {again})"))
    return found


def _walk(node: ast.AST, where: str, code: str, table: str = "") -> Iterator[Mutant]:
    for values, shown, now in _changes(node, bool(code)):
        yield Mutant(node, values, getattr(shown, "lineno", 0), where, code, table, _short(shown), now)
    for field, inner in ast.iter_fields(node):
        if field in LEFT_ALONE:
            continue
        within = code or (where if isinstance(node, FUNCTIONS) and field == "body" else "")
        for child in inner if isinstance(inner, list) else [inner]:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                name = f"{where}.{child.name}" if isinstance(child, (*FUNCTIONS, ast.ClassDef)) else where
                yield from _walk(child, name, within, table)


def _name_of(statement: ast.stmt) -> str:
    """The name that a statement of the module gives."""
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return "module"


def _table_of(statement: ast.stmt) -> str:
    is_table = isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Dict)
    return _name_of(statement) if is_table else ""


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("NewType", "TypeVar", "cast")
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Subscript) and isinstance(node.value.slice, ast.Tuple)
    return isinstance(node, (ast.Import, ast.ImportFrom)) or getattr(node, "arg", "") == "strict"


def _changes(node: ast.AST, is_inside: bool) -> Iterator[Change]:
    """Everything that may be changed about one node."""
    match node:
        case ast.Compare():
            for place, op in enumerate(node.ops):
                turned = [*node.ops[:place], TURNED[type(op)](), *node.ops[place + 1 :]]
                yield _told(node, ops=turned)
        case ast.BinOp() | ast.BoolOp() | ast.AugAssign() if type(node.op) in TURNED:
            yield _told(node, op=TURNED[type(node.op)]())
        case ast.Constant():
            for value in _other_constant(node.value):
                yield _told(node, value=value)
        case ast.Call(func=ast.Name(id=name)) if name in OTHER_NAME:
            if name != "sorted" or not node.keywords:
                yield _told(node, func=ast.Name(OTHER_NAME[name], ast.Load()))
        case ast.Set() | ast.Tuple(ctx=ast.Load()) | ast.List() if len(node.elts) > 1:
            if isinstance(node, ast.Set) or not is_inside:
                for place, each in enumerate(node.elts):
                    yield {"elts": _without(node.elts, place)}, each, "nothing"
        case ast.Dict() if not is_inside:
            for place in range(len(node.keys)):
                left = {"keys": _without(node.keys, place), "values": _without(node.values, place)}
                yield left, node.keys[place] or node.values[place], "nothing"
    for field, inner in ast.iter_fields(node):
        if field in LEFT_ALONE:
            continue
        if isinstance(inner, list):
            for place, each in enumerate(inner):
                if (put := _instead(node, field, each, is_inside)) is not None:
                    yield {field: [*inner[:place], put, *inner[place + 1 :]]}, each, _short(put)
        elif (put := _instead(node, field, inner, is_inside)) is not None:
            yield {field: put}, inner, _short(put)


def _other_constant(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, bytes):
        yield value + b"~"
    elif isinstance(value, str) and not any(c.isspace() for c in value):
        yield f"{value}~"


def _without(every: list[Any], place: int) -> list[Any]:
    return every[:place] + every[place + 1 :]


def _instead(node: ast.AST, field: str, part: Any, is_inside: bool) -> ast.AST | None:
    """What is put in the place of a part of a node, if anything."""
    is_test = field == "test" or (isinstance(node, ast.comprehension) and field == "ifs")
    is_statement = field in ("body", "orelse", "finalbody")
    match part:
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            return part.operand
        case ast.Break():
            return ast.Continue()
        case ast.Continue():
            return ast.Break()
        case ast.Raise():
            return ast.Pass()
        case ast.Expr() if is_inside and not isinstance(part.value, ast.Constant):
            return ast.Pass()
        case ast.AST() if is_test and isinstance(part, SIMPLE_TESTS):
            return ast.UnaryOp(ast.Not(), part)
        case ast.AST() if field == "value" and not is_statement and not isinstance(part, ast.Constant):
            if isinstance(node, ast.Return) or (isinstance(node, ast.Assign) and is_inside):
                return ast.Constant(None)
    return None


def _told(node: ast.AST, **values: Any) -> Change:
    """A change that reads as the whole node does after it."""
    kept = {field: getattr(node, field) for field in values}
    for field, value in values.items():
        setattr(node, field, value)
    now = _short(node)
    for field, value in kept.items():
        setattr(node, field, value)
    return values, node, now


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(ast.fix_missing_locations(node)).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
