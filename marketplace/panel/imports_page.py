"""What a store sees of a file of offers: how far it is, what is wrong with which row, and the file of errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import has_text, t
from marketplace.core.tables import Cell
from marketplace.core.web import number
from marketplace.festival.import_columns import REQUIRED, match_columns
from marketplace.festival.imports import MOST_BYTES, MOST_ROWS, import_of_store
from marketplace.festival.offer_inputs import FIELDS
from marketplace.festival.offer_models import ImportRow, ImportState, OfferImport
from marketplace.stores.models import Store

FAULTS_SHOWN = 50
PAST_SHOWN = 10
RUNNING = (ImportState.uploaded, ImportState.applying)
TONES = {
    "uploaded": "zf",
    "checked": "fz",
    "applying": "zf",
    "applied": "ps",
    "refused": "an",
    "dropped": "plain",
}
EXAMPLE = {
    "sku": "BAG-101",
    "weight_grams": "700",
    "regular_toman": "1,000,000",
    "festival_toman": "800,000",
    "stocked_count": "10",
    "limit_per_buyer": "2",
    "evidence_url": "https://shop.example/bag-101",
}


@dataclass(frozen=True, slots=True)
class ImportLine:
    """One file in the list of past ones."""

    name: str
    url: str
    state_label: str
    tone: str
    at: datetime
    row_count: int


@dataclass(frozen=True, slots=True)
class ImportsShown:
    """The page on which a file is sent. `columns`: label, whether it is compulsory, an example."""

    store_name: str
    columns: tuple[tuple[str, bool, str], ...]
    past: tuple[ImportLine, ...]
    most_rows: int
    most_megabytes: int
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault of one row."""

    number: int
    column: str
    message: str
    value: str


@dataclass(frozen=True, slots=True)
class ImportShown:
    """One file: its state, its counts, its first faults, and what may be done now."""

    id: int
    store_name: str
    file_name: str
    state: str
    state_label: str
    tone: str
    is_running: bool
    done_percent: int
    row_count: int
    good_count: int
    bad_count: int
    created_count: int
    changed_count: int
    same_count: int
    failed_count: int
    faults: tuple[FaultLine, ...]
    has_more_faults: bool
    refusal: Mapping[str, Any] | None
    may_apply: bool


def show_imports(store_id: int, error: Mapping[str, Any] | None = None) -> ImportsShown:
    """The form, the columns, and the last files."""
    past = db.session.scalars(
        select(OfferImport)
        .where(OfferImport.store_id == store_id)
        .order_by(OfferImport.id.desc())
        .limit(PAST_SHOWN)
    )
    return ImportsShown(
        store_name=_store_name(store_id),
        columns=tuple(
            (t(f"offers.field.{name}"), name in REQUIRED, EXAMPLE.get(name, "")) for name in FIELDS
        ),
        past=tuple(
            ImportLine(
                one.file_name,
                url_for("panel_imports.show_import", import_id=one.id),
                t(f"state.import_state.{one.state.value}"),
                TONES[one.state.value],
                one.uploaded_at,
                one.row_count,
            )
            for one in past
        ),
        most_rows=MOST_ROWS,
        most_megabytes=MOST_BYTES // 1024 // 1024,
        error=error,
    )


def show_import(import_id: int, store_id: int, refusal: Mapping[str, Any] | None = None) -> ImportShown:
    """One own file. Raises NotFound for another store's."""
    found = import_of_store(import_id, store_id)
    bad = list(_bad_rows(found.id, FAULTS_SHOWN + 1))
    names = _names(found.columns)
    lines = [line for row in bad[:FAULTS_SHOWN] for line in _lines(row, names)]
    said = refusal or (_worded(found.refusal) if found.refusal else None)
    whole = max(1, found.good_count)
    written = found.created_count + found.changed_count + found.same_count + found.failed_count
    return ImportShown(
        id=found.id,
        store_name=_store_name(store_id),
        file_name=found.file_name,
        state=found.state.value,
        state_label=t(f"state.import_state.{found.state.value}"),
        tone=TONES[found.state.value],
        is_running=found.state in RUNNING,
        done_percent=100 * written // whole,
        row_count=found.row_count,
        good_count=found.good_count,
        bad_count=found.bad_count,
        created_count=found.created_count,
        changed_count=found.changed_count,
        same_count=found.same_count,
        failed_count=found.failed_count,
        faults=tuple(lines),
        has_more_faults=len(bad) > FAULTS_SHOWN,
        refusal=said,
        may_apply=found.state is ImportState.checked and found.good_count > 0,
    )


def error_rows(import_id: int, store_id: int) -> Iterator[Sequence[Cell]]:
    """The wrong rows as they came, with their number and what is wrong with them in front: mended and sent again."""
    found = import_of_store(import_id, store_id)
    yield (t("import.row"), t("import.faults"), *found.columns)
    names = _names(found.columns)
    for row in _bad_rows(found.id, None):
        said = t("ui.comma_space").join(f"{line.column}: {line.message}" for line in _lines(row, names))
        yield (row.number, said, *row.cells)


def template_rows() -> list[list[Cell]]:
    """The headings of an empty file in the page's language."""
    return [[t(f"offers.field.{name}") for name in FIELDS]]


def word_fault(code: str) -> str:
    """What is wrong with a cell, in words."""
    for family in ("field", "fault"):
        if has_text(f"{family}.{code}", "fa"):
            return t(f"{family}.{code}")
    return t("fault.other")


def _bad_rows(import_id: int, most: int | None) -> Iterator[ImportRow]:
    query = (
        select(ImportRow)
        .where(ImportRow.import_id == import_id, ImportRow.is_good.is_(False))
        .order_by(ImportRow.number)
        .limit(most)
        .execution_options(yield_per=500)
    )
    yield from db.session.scalars(query)


def _lines(row: ImportRow, names: Mapping[str, int]) -> list[FaultLine]:
    found = []
    for name, code in row.faults:
        place = names.get(name)
        value = row.cells[place] if place is not None and place < len(row.cells) else ""
        label = t(f"offers.field.{name}") if name in FIELDS else name
        found.append(FaultLine(row.number, label, word_fault(code), value[:60]))
    return found


def _names(columns: Sequence[str]) -> dict[str, int]:
    if not columns:
        return {}
    return {name: place for place, name in enumerate(match_columns(columns)) if name}


def _worded(refusal: Mapping[str, Any]) -> dict[str, Any]:
    code = str(refusal["code"])
    params = {
        key: number(value) if isinstance(value, int) else value for key, value in refusal["params"].items()
    }
    if "columns" in params:
        labels = [t(f"offers.field.{name}") for name in str(params["columns"]).split(",")]
        params["columns"] = t("ui.comma_space").join(labels)
    now = t(f"advice.{code}") if has_text(f"advice.{code}", "fa") else None
    return {"title": t(f"error.{code}", **params), "reasons": [], "now": now}


def _store_name(store_id: int) -> str:
    store = db.session.get_one(Store, store_id)
    return store.name_fa if t("ui.dir") == "rtl" else store.name_en
