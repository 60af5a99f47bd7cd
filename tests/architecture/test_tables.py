"""Foreign keys and relationships point downwards only: what the import contract cannot see."""

from __future__ import annotations

from sqlalchemy import inspect

from marketplace import schema
from marketplace.core.db import Base
from tests.architecture.house import PACKAGE, ensure_none, layer_of

MAPPERS = tuple(Base.registry.mappers)
SLICE_OF = {mapper.local_table.name: mapper.class_.__module__.split(".")[1] for mapper in MAPPERS}


def test_every_models_file_is_in_the_schema():
    slices = {path.parent.name for path in PACKAGE.glob("*/*models.py")}
    assert {module.__name__.split(".")[1] for module in schema.SLICES} == slices


def test_foreign_keys_point_downwards():
    upward = [
        f"{table.name}.{key.parent.name} -> {key.column.table.name}"
        for table in schema.metadata.tables.values()
        for key in table.foreign_keys
        if not _may_know(SLICE_OF[table.name], SLICE_OF[key.column.table.name])
    ]
    ensure_none(upward)


def test_relationships_point_downwards_and_load_nothing_by_themselves():
    wrong = []
    for mapper in MAPPERS:
        for relation in inspect(mapper.class_).relationships:
            near, far = SLICE_OF[mapper.local_table.name], SLICE_OF[relation.mapper.local_table.name]
            if (
                not _may_know(near, far)
                or (relation.back_populates and near != far)
                or relation.lazy != "raise"
            ):
                wrong.append(str(relation))
    ensure_none(wrong)


def test_constraints_have_names():
    unnamed = [
        f"{table.name}: {constraint}"
        for table in schema.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    ensure_none(unnamed)


def test_tables_are_strict_and_money_is_whole():
    loose, parts = [], []
    for table in schema.metadata.tables.values():
        if not table.dialect_options["sqlite"]["strict"]:
            loose.append(table.name)
        parts += [
            str(c) for c in table.columns if c.type.python_type is float or "NUMERIC" in str(c.type).upper()
        ]
        parts += [
            str(c) for c in table.columns if c.name.endswith("_toman") and c.type.python_type is not int
        ]
    assert (loose, parts) == ([], [])


def test_moments_and_dates_are_named_by_their_kind():
    """`*_at`, `*_from`, `*_until` are moments; `*_on` are dates."""
    wrong = [
        str(column)
        for table in schema.metadata.tables.values()
        for column in table.columns
        if (type(column.type).__name__ == "Moment" and not column.name.endswith(("at", "_from", "_until")))
        or (type(column.type).__name__ == "Date" and not column.name.endswith("_on"))
    ]
    ensure_none(wrong)


def _may_know(near: str, far: str) -> bool:
    return near == far or layer_of(near) < layer_of(far)
