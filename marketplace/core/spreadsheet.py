"""The first sheet of an XLSX workbook as a stream: one row in memory, shared texts in a file on disk.

Checked before anything is unpacked: the number of parts, their size together, and how tightly each is packed. The
XML is read by expat with declarations of entities refused. A formula is told apart from a value, which the quick
readers do not do, and a lone cell in the farthest corner costs nothing.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from array import array
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from xml.parsers import expat

from marketplace.core.errors import Invalid, TooLarge

MOST_PARTS = 200
MOST_UNPACKED_BYTES = 160 * 1024 * 1024
TIGHTEST_RATIO = 120
RATIO_COUNTS_FROM_BYTES = 2 * 1024 * 1024
FARTHEST_COLUMN = 255
LONGEST_TEXT = 32_767
MOST_PIECES = 2_000
_PART = 65_536
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001  a spreadsheet's days have no zone
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')

RawRow = tuple[int, list[str], list[int]]
"""(number of the row from 1, its cells as text, places of formulas)."""
RawRows = Generator[RawRow, None, None]


def is_workbook(start: bytes) -> bool:
    """Whether a file begins like a ZIP archive, as every XLSX does."""
    return start.startswith(b"PK\x03\x04")


def workbook_rows(source: IO[bytes], name: str) -> RawRows:
    """Rows of the first visible sheet. Raises Invalid `not_a_table`, TooLarge `table_is_a_bomb`."""
    try:
        with zipfile.ZipFile(source) as archive:
            _ensure_modest(archive, name)
            path = _first_sheet(archive)
            with _SharedTexts(archive) as texts:
                yield from _sheet_rows(archive, path, texts, _date_styles(archive))
    except (zipfile.BadZipFile, KeyError, expat.ExpatError, _Refused, NotImplementedError, EOFError, OSError,
            RuntimeError, ValueError):  # fmt: skip
        raise Invalid("not_a_table", params={"name": name[:80]}) from None


class _Refused(Exception):
    """The XML holds what no spreadsheet writes."""


def _ensure_modest(archive: zipfile.ZipFile, name: str) -> None:
    parts = archive.infolist()
    is_bomb = len(parts) > MOST_PARTS or sum(p.file_size for p in parts) > MOST_UNPACKED_BYTES
    for part in parts:
        is_large = part.file_size > RATIO_COUNTS_FROM_BYTES
        is_bomb |= is_large and part.file_size > TIGHTEST_RATIO * max(1, part.compress_size)
    if is_bomb:
        raise TooLarge("table_is_a_bomb", params={"name": name[:80]})


def _first_sheet(archive: zipfile.ZipFile) -> str:
    targets: dict[str, str] = {}
    sheets: list[tuple[str, str]] = []

    def relation(tag: str, values: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[values.get("Id", "")] = values.get("Target", "")

    def sheet(tag: str, values: dict[str, str]) -> None:
        if tag == "sheet":
            key = next((value for key, value in values.items() if key.endswith(":id")), "")
            sheets.append((key, values.get("state", "visible")))

    for part, heard in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", relation)):
        for _ in _parse(archive, part, _Heard(heard)):
            pass
    shown = next((key for key, state in sheets if state == "visible"), None)
    if shown is None:
        raise _Refused()
    target = targets[shown]
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _date_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """Places of cell styles under which a number is a date."""
    own: set[int] = set()
    styles: list[int] = []
    within: list[str] = []

    def opened(tag: str, values: dict[str, str]) -> None:
        within.append(tag)
        if tag == "numFmt" and re.search("[ymdhs]", _LITERAL.sub("", values.get("formatCode", "").lower())):
            own.add(int(values["numFmtId"]))
        elif tag == "xf" and within[-2:-1] == ["cellXfs"]:
            styles.append(int(values.get("numFmtId", "0")))

    if "xl/styles.xml" in archive.namelist():
        for _ in _parse(archive, "xl/styles.xml", _Heard(opened, lambda tag: within.pop())):
            pass
    return frozenset(place for place, number in enumerate(styles) if number in own or number in _DATE_FORMATS)


class _Heard:
    """What is done at the start and the end of an element and with the text between. Tags come without their prefix."""

    def __init__(
        self,
        opened: Callable[[str, dict[str, str]], Any],
        closed: Callable[[str], Any] | None = None,
        text: Callable[[str], Any] | None = None,
    ) -> None:
        self.opened, self.closed, self.text = opened, closed, text


def _parse(archive: zipfile.ZipFile, part: str, heard: _Heard) -> Iterator[None]:
    """Feeds a part of the archive to expat; gives the turn back after each piece."""
    parser = expat.ParserCreate(namespace_separator=None)
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise _Refused()

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, values: heard.opened(tag.rpartition(":")[2], values)
    if heard.closed is not None:
        closed = heard.closed
        parser.EndElementHandler = lambda tag: closed(tag.rpartition(":")[2])
    if heard.text is not None:
        parser.CharacterDataHandler = heard.text
    with archive.open(part) as stream:
        while piece := stream.read(_PART):
            parser.Parse(piece, False)
            yield
    parser.Parse(b"", True)
    yield


class _SharedTexts:
    """The workbook's table of texts, kept in a file without a name; only their places are in memory."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._places = array("Q", [0])
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115  closed by `__exit__`
        self._kept: dict[int, str] = {}

    def __enter__(self) -> _SharedTexts:
        if "xl/sharedStrings.xml" in self._archive.namelist():
            self._load()
        return self

    def __exit__(self, *_: Any) -> None:
        self._file.close()

    def _load(self) -> None:
        parts: list[str] = []
        state = {"spoken": False, "reading_aid": False}

        def opened(tag: str, values: dict[str, str]) -> None:
            state["spoken"] = tag == "t"
            state["reading_aid"] |= tag == "rPh"

        def closed(tag: str) -> None:
            state["spoken"] = False
            if tag == "rPh":
                state["reading_aid"] = False
            elif tag == "si":
                size = self._file.write("".join(parts)[:LONGEST_TEXT].encode())
                self._places.append(self._places[-1] + size)
                parts.clear()

        def text(piece: str) -> None:
            if state["spoken"] and not state["reading_aid"] and len(parts) < MOST_PIECES:
                parts.append(piece)

        for _ in _parse(self._archive, "xl/sharedStrings.xml", _Heard(opened, closed, text)):
            pass

    def __getitem__(self, place: int) -> str:
        known = self._kept.get(place)
        if known is None:
            if not 0 <= place < len(self._places) - 1:
                raise _Refused()
            self._file.seek(self._places[place])
            known = self._file.read(self._places[place + 1] - self._places[place]).decode()
            if len(self._kept) > 2_000:
                self._kept.clear()
            self._kept[place] = known
        return known


class _SheetReader:
    """Collects the cells of a sheet into rows."""

    def __init__(self, texts: _SharedTexts, dates: frozenset[int]) -> None:
        self.done: list[RawRow] = []
        self._texts, self._dates = texts, dates
        self._number = 0
        self._cells: list[str] = []
        self._formulas: list[int] = []
        self._column = -1
        self._kind, self._style = "n", 0
        self._value: list[str] = []
        self._hears = False

    def opened(self, tag: str, values: dict[str, str]) -> None:
        if tag in ("v", "t"):
            self._hears = True
        elif tag == "c":
            self._column = _column(values["r"]) if "r" in values else self._column + 1
            self._kind, self._style = values.get("t", "n"), int(values.get("s", "0"))
            self._value.clear()
        elif tag == "f":
            self._formulas.append(min(self._column, FARTHEST_COLUMN))
        elif tag == "row":
            self._number = int(values["r"]) if "r" in values else self._number + 1
            self._cells, self._formulas, self._column = [], [], -1

    def text(self, piece: str) -> None:
        if self._hears and len(self._value) < MOST_PIECES:
            self._value.append(piece)

    def closed(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._hears = False
        elif tag == "c" and self._value:
            place = min(self._column, FARTHEST_COLUMN)
            self._cells.extend([""] * (place + 1 - len(self._cells)))
            self._cells[place] = self._worded("".join(self._value)[:LONGEST_TEXT])
        elif tag == "row" and (self._cells or self._formulas):
            self._cells.extend([""] * (max(self._formulas, default=-1) + 1 - len(self._cells)))
            self.done.append((self._number, self._cells, self._formulas))

    def _worded(self, value: str) -> str:
        if self._kind == "s":
            value = self._texts[int(value)]
        if self._kind in ("s", "inlineStr", "str"):
            return _ESCAPE.sub(_unescaped, value)
        if self._kind == "b":
            return "TRUE" if value.strip() == "1" else "FALSE"
        if self._kind == "n":
            return _number(value.strip(), self._style in self._dates)
        return value


def _sheet_rows(
    archive: zipfile.ZipFile, path: str, texts: _SharedTexts, dates: frozenset[int]
) -> Iterator[RawRow]:
    reader = _SheetReader(texts, dates)
    for _ in _parse(archive, path, _Heard(reader.opened, reader.closed, reader.text)):
        yield from reader.done
        reader.done.clear()


def _column(reference: str) -> int:
    """`C7` -> 2."""
    place = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        place = place * 26 + ord(letter) - 64
    return max(0, place - 1)


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def _number(value: str, is_date: bool) -> str:
    """A number as plain digits; under a date's style the day, and the hour where it has one."""
    if not re.fullmatch(r"[0-9]{1,15}", value):
        amount = float(value)
        if amount != amount or abs(amount) > 1e18:
            return value
        value = str(int(amount)) if amount == int(amount) else repr(amount)
    if not is_date:
        return value
    moment = _DAY_ZERO + timedelta(seconds=round(min(float(value), 2_958_465) * 86_400))
    has_hour = moment.hour or moment.minute or moment.second
    return moment.isoformat(" ", "minutes") if has_hour else moment.date().isoformat()
