"""While a release goes out, the code before it runs on the new schema: a migration adds, and takes nothing away.

A release that removes what its forerunner no longer uses says so in a line `CONTRACTS = "since when nothing uses it"`.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.databases import ROOT

FIRST_RELEASE = 50
"""Migrations up to this number were made before anybody ran the house."""
TAKES_AWAY = {
    "drop_column": "a column goes that old code reads",
    "drop_table": "a table goes that old code reads",
    "rename_table": "old code looks for the old name",
}
CHANGES = {
    "new_column_name": "old code looks for the old name",
    "type_": "the whole table is written anew, under a lock",
}


def complaints(source: str) -> list[str]:
    """What in a migration the release before could not live with. Going down again is not looked at."""
    tree = ast.parse(source)
    if any(isinstance(node, ast.Assign) and _names(node) == {"CONTRACTS"} for node in tree.body):
        return []
    upward = [
        node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")
    ]
    calls = [node for part in upward for node in ast.walk(part) if isinstance(node, ast.Call)]
    return [told for call in calls for told in _of(call)]


def _of(call: ast.Call) -> list[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    given = {each.arg: each.value for each in call.keywords}
    if name in TAKES_AWAY:
        return [f"line {call.lineno}: {name}: {TAKES_AWAY[name]}"]
    if name == "alter_column":
        told = [f"line {call.lineno}: {name}: {CHANGES[key]}" for key in given if key in CHANGES]
        if _is(given.get("nullable"), False) and "server_default" not in given:
            told.append(f"line {call.lineno}: {name}: old code leaves it out")
        return told
    if name == "add_column":
        column = next((each for each in call.args if isinstance(each, ast.Call)), None)
        options = {each.arg: each.value for each in column.keywords} if column else {}
        if _is(options.get("nullable"), False) and "server_default" not in options:
            return [
                f"line {call.lineno}: {name}: old code leaves it out, and rows that are there have nothing in it"
            ]
    return []


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _names(node: ast.Assign) -> set[str]:
    return {target.id for target in node.targets if isinstance(target, ast.Name)}


def test_migrations_add_and_take_nothing_away():
    files = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    found = {
        path.name: told
        for path in files
        if int(path.name[:4]) > FIRST_RELEASE and (told := complaints(Path(path).read_text("utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    "deed",
    [
        "op.drop_column('offers', 'name')",
        "op.drop_table('offers')",
        "op.rename_table('offers', 'goods')",
        "op.alter_column('offers', 'name', new_column_name='title')",
        "op.alter_column('offers', 'name', type_=sa.BigInteger())",
        "op.alter_column('offers', 'name', nullable=False)",
        "op.add_column('offers', sa.Column('name', sa.Text(), nullable=False))",
        "batch.add_column(sa.Column('name', sa.Text(), nullable=False))",
    ],
)
def test_what_would_break_old_code_is_seen(deed):
    source = f"def upgrade():\n    with op.batch_alter_table('offers') as batch:\n        {deed}\n"
    assert len(complaints(source)) == 1
    assert not complaints(source.replace("upgrade", "downgrade"))
    assert not complaints(f"CONTRACTS = 'nothing reads it since 1.2'\n{source}")


@pytest.mark.parametrize(
    "deed",
    [
        "op.add_column('offers', sa.Column('name', sa.Text(), nullable=True))",
        "op.add_column('offers', sa.Column('name', sa.Text(), nullable=False, server_default=''))",
        "op.create_table('goods', sa.Column('id', sa.BigInteger(), nullable=False))",
        "op.create_index('ix_offers_name', 'offers', ['name'])",
        "op.alter_column('offers', 'name', nullable=True)",
    ],
)
def test_what_adds_is_fine(deed):
    assert not complaints(f"def upgrade():\n    {deed}\n")
