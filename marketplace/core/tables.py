"""Tables as files: CSV and XLSX read as a stream of rows with limits, and written so that no cell becomes a formula.

Reading goes by content, never by the file's name, and keeps one row at a time. A file that is refused is refused
with its reason before the row that shows it is given; nothing is guessed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeAlias

import xlsxwriter

from marketplace.core.clock import tehran
from marketplace.core.errors import Invalid, TooLarge
from marketplace.core.spreadsheet import RawRow, RawRows, is_workbook, workbook_rows

Cell: TypeAlias = str | int | date | None
"""What can be written: text, a whole number, a date or moment (its day and hour in Tehran), nothing."""

MOST_COLUMNS = 200
LONGEST_CELL = 20_000
SPOOLED_BYTES = 1024 * 1024
_FORMULA_START = tuple("=+-@\t\r\n＝＋－＠")
_SEPARATORS = ",;\t|"
_OTHER_FORMATS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ESCAPED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file that is not empty. `number`: as a spreadsheet shows it, from 1. `formulas`: places of cells
    that hold a formula instead of a value."""

    number: int
    cells: tuple[str, ...]
    formulas: frozenset[int] = frozenset()


class UnreadableTable(Invalid):
    """A file that is no table, or not in an encoding that we read; `code` says which."""

    code = "not_a_table"


class TableTooLarge(TooLarge):
    """More bytes, rows, columns, or more packed into it than is read."""

    code = "table_too_large"


def read_table(stream: IO[bytes], name: str, *, most_rows: int, most_bytes: int) -> Iterator[Row]:
    """The rows of a CSV (UTF-8, UTF-16) or XLSX file, the header first, empty ones left out.

    `most_rows` counts the rows after the first. Numbers come as plain digits, dates as `2026-03-25`. `name` is only
    told in refusals. Raises UnreadableTable, TableTooLarge: at the first row, or at the one that shows the fault.
    """
    with ExitStack() as held:
        source = stream if stream.seekable() else held.enter_context(_copied(stream, most_bytes))
        rows = held.enter_context(closing(_rows(source, name, most_bytes)))
        yield from _limited(rows, name, most_rows)


def _rows(source: IO[bytes], name: str, most_bytes: int) -> RawRows:
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    if size > most_bytes:
        raise TableTooLarge("table_too_large", params={"name": name[:80], "most": most_bytes // 1024 // 1024})
    start = source.read(4096)
    source.seek(0)
    if not start.strip(b"\x00\xef\xbb\xbf\xff\xfe \r\n\t"):
        raise UnreadableTable("table_empty", params={"name": name[:80]})
    if start.startswith(_OLD_EXCEL):
        raise UnreadableTable("table_is_locked_or_old", params={"name": name[:80]})
    if start.startswith(_OTHER_FORMATS):
        raise UnreadableTable("not_a_table", params={"name": name[:80]})
    return workbook_rows(source, name) if is_workbook(start) else _csv_rows(source, start, name)


def _copied(stream: IO[bytes], most_bytes: int) -> IO[bytes]:
    """A copy that can be read twice of a stream that cannot; not much more than `most_bytes` of it."""
    copy: IO[bytes] = SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115
    held = 0
    while held <= most_bytes and (part := stream.read(65536)):
        held += copy.write(part)
    return copy


def _limited(rows: Iterator[RawRow], name: str, most_rows: int) -> Iterator[Row]:
    count = -1
    for number, cells, formulas in rows:
        while cells and not cells[-1].strip() and len(cells) - 1 not in formulas:
            cells.pop()
        if not cells:
            continue
        if len(cells) > MOST_COLUMNS:
            raise TableTooLarge("too_many_columns", params={"name": name[:80], "most": MOST_COLUMNS})
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise TableTooLarge("cell_too_long", params={"name": name[:80], "row": number})
        count += 1
        if count > most_rows:
            raise TableTooLarge("too_many_rows", params={"name": name[:80], "most": most_rows})
        yield Row(number, tuple(cell.replace("\0", "") for cell in cells), frozenset(formulas))


def _csv_rows(source: IO[bytes], start: bytes, name: str) -> RawRows:
    encoding = _encoding(start, name)
    source.seek(0)
    text = io.TextIOWrapper(source, encoding=encoding, errors="strict", newline="")
    number = 0
    try:
        head = text.read(4096)
        text.seek(0)
        for number, cells in enumerate(csv.reader(text, delimiter=_separator(head), strict=True), 1):
            formulas = [place for place, cell in enumerate(cells) if cell.lstrip().startswith("=")]
            yield number, [_plain(cell) for cell in cells], formulas
    except UnicodeDecodeError:
        raise UnreadableTable(
            "table_encoding", params={"name": name[:80], "encoding": _probable(source)}
        ) from None
    except csv.Error as error:
        if "field larger" in str(error):
            raise TableTooLarge("cell_too_long", params={"name": name[:80], "row": number + 1}) from None
        raise UnreadableTable("table_quotes", params={"name": name[:80], "row": number + 1}) from None
    finally:
        with suppress(ValueError):  # whoever gave the file closed it before the last row
            text.detach()


def _encoding(start: bytes, name: str) -> str:
    """UTF-8 or UTF-16, told by the mark at the start or, for UTF-16 without one, by where its zero bytes stand."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\x00" not in start:
        return "utf-8-sig"
    evens, odds = start[::2].count(0), start[1::2].count(0)
    if max(evens, odds) * 20 < len(start):
        raise UnreadableTable("not_a_table", params={"name": name[:80]})
    return "utf-16-be" if evens > odds else "utf-16-le"


def _probable(source: IO[bytes]) -> str:
    """A name for bytes that are no UTF-8, to be told to whoever sent them."""
    source.seek(0)
    sample = source.read(65536)
    letters = {
        encoding: sum("\u0600" <= c <= "\u06ff" for c in sample.decode(encoding, "replace"))
        for encoding in ("cp1256", "iso8859_6")
    }
    if max(letters.values()) * 3 < len(re.findall(rb"[A-Za-z]", sample)):
        return "Windows-1252"
    return "Windows-1256" if letters["cp1256"] >= letters["iso8859_6"] else "ISO-8859-6"


def _separator(head: str) -> str:
    """What parts the cells of the first line, quoted text left out; a comma where nothing does."""
    line = re.sub(r'"[^"]*"', "", head).lstrip().splitlines()
    counts = {mark: line[0].count(mark) if line else 0 for mark in _SEPARATORS}
    best = max(_SEPARATORS, key=lambda mark: counts[mark])
    return best if counts[best] else ","


def _plain(cell: str) -> str:
    """A cell as it was before `write_csv` made it safe."""
    return cell[1:] if _ESCAPED.match(cell) else cell


def write_csv(rows: Iterable[Sequence[Cell]], *, mark: bool = True) -> Iterator[bytes]:
    """A CSV file in parts: UTF-8 (with its mark, for spreadsheets), CRLF, every cell quoted.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; `read_table` takes it away again.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    if mark:
        buffer.write("\ufeff")
    for row in rows:
        writer.writerow([_safe(_written(cell)) if isinstance(cell, str) else _written(cell) for cell in row])
        if buffer.tell() > 32_768:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(rows: Iterable[Sequence[Cell]], title: str, *, right_to_left: bool = True) -> IO[bytes]:
    """An XLSX file with one sheet, its first row standing while one scrolls; open at its start, closed by the caller.

    All text is typed as text, whatever it begins with; numbers are numbers. One row is in memory at a time.
    """
    target: IO[bytes] = SpooledTemporaryFile(SPOOLED_BYTES)  # noqa: SIM115
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "1")
        if right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, MOST_COLUMNS - 1, 18)
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "text": book.add_format({"quote_prefix": True}),
            "number": book.add_format({"num_format": "#,##0"}),
        }
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                _put(sheet, place, column, cell, formats)
    target.seek(0)
    return target


def _put(sheet: Any, place: int, column: int, cell: Cell, formats: dict[str, Any]) -> None:
    value = _written(cell)
    if isinstance(value, int):
        sheet.write_number(place, column, value, formats["head" if place == 0 else "number"])
    elif value:
        kind = "head" if place == 0 else "text" if value.startswith(_FORMULA_START) else None
        sheet.write_string(place, column, value[:LONGEST_CELL], formats[kind] if kind else None)


def _written(cell: Cell) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return tehran(cell).strftime("%Y-%m-%d %H:%M")
    return cell.isoformat() if isinstance(cell, date) else cell


def _safe(value: str | int) -> str | int:
    if isinstance(value, str) and (value.startswith(_FORMULA_START) or _ESCAPED.match(value)):
        return f"'{value}"
    return value
