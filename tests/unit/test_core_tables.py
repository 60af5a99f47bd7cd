"""Tables as files: every usual writing is read, every dangerous one refused, nothing we write is a formula."""

from __future__ import annotations

import csv
import io
import struct
import tracemalloc
import zipfile
from datetime import UTC, date, datetime

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from marketplace.core.errors import MarketplaceError
from marketplace.core.tables import MOST_COLUMNS, read_table, write_csv, write_xlsx

MB = 1024 * 1024
HEAD = ["شناسه کالا", "قیمت"]


def rows_of(body, *, most_rows=100, most_bytes=5 * MB):
    return list(read_table(io.BytesIO(body), "کالاها.csv", most_rows=most_rows, most_bytes=most_bytes))


def cells_of(body, **limits):
    return [row.cells for row in rows_of(body, **limits)]


def refusal(body, **limits):
    with pytest.raises(MarketplaceError) as refused:
        rows_of(body, **limits)
    return refused.value.code


def workbook(rows, **options):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return target.getvalue()


def repacked(body, part, change):
    """The same archive with one part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_in_every_usual_writing(encoding, separator):
    text = f"شناسه کالا{separator}قیمت\r\nالف{separator}۱۲۰۰۰\r\n"
    assert cells_of(text.encode(encoding)) == [("شناسه کالا", "قیمت"), ("الف", "۱۲۰۰۰")]


def test_rows_keep_their_number_and_empty_ones_are_left_out():
    rows = rows_of(b'a,b\n\n,,\n"two\nlines",2,,\n')
    assert [(row.number, row.cells) for row in rows] == [(1, ("a", "b")), (4, ("two\nlines", "2"))]


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("cp1256", "Windows-1256"), ("iso8859_6", "ISO-8859-6"), ("cp1252", "Windows-1252")],
)
def test_a_wrong_encoding_is_named(encoding, told):
    text = "Café à crème, très bon" if encoding == "cp1252" else "سلام جهان عرض خوب وارد شد " * 5
    with pytest.raises(MarketplaceError) as refused:
        rows_of(text.encode(encoding))
    assert (refused.value.code, refused.value.params["encoding"]) == ("table_encoding", told)


def test_a_wrong_encoding_is_found_late_in_the_file_too():
    body = ("کالا,1\n" * 3000).encode() + "کالا".encode("cp1256")
    assert refusal(body, most_rows=9000) == "table_encoding"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "table_empty"),
        (b"\xef\xbb\xbf \r\n", "table_empty"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n....", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 locked", "table_is_locked_or_old"),
        (b"PK\x03\x04 not really", "not_a_table"),
        (b"abc\x00\x01\x02" + b"x" * 400, "not_a_table"),
        (b'a,b\n"x"y,1\n', "table_quotes"),
        (b'a,b\n"never closed,1\n', "table_quotes"),
        (b"a,b\n" + b"x" * 30_000 + b",1\n", "cell_too_long"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "cell_too_long"),
        (b"," * MOST_COLUMNS + b"x\n", "too_many_columns"),
        (b"a\n" + b"1\n" * 101, "too_many_rows"),
        (b"a\n" + b"1\n" * MB, "table_too_large"),
    ],
)
def test_what_is_no_table_or_too_much_is_refused_by_name(body, code):
    assert refusal(body, most_bytes=MB) == code


def test_limits_count_rows_after_the_first_and_are_inclusive():
    assert len(rows_of(b"a\n" + b"1\n" * 100)) == 101


def test_a_stream_that_cannot_be_wound_back_is_read_all_the_same():
    class Pipe(io.RawIOBase):
        def __init__(self, body):
            self.body = io.BytesIO(body)

        def readable(self):
            return True

        def readinto(self, into):
            part = self.body.read(len(into))
            into[: len(part)] = part
            return len(part)

    rows = read_table(io.BufferedReader(Pipe(b"a,b\n1,2\n")), "x", most_rows=9, most_bytes=MB)
    assert [row.cells for row in rows] == [("a", "b"), ("1", "2")]


def test_an_xlsx_is_read_as_another_reader_reads_it():
    rows = [HEAD, ["الف-۱", 15_000], ["نیم‌فاصله", 1.5], ["", 7], ["last", 12_345_678_901_234]]
    body = workbook(rows)
    known = CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    assert [list(cells) for cells in cells_of(body)] == [
        [str(int(c)) if isinstance(c, float) and c == int(c) else str(c) for c in row] for row in known
    ]


def test_dates_booleans_and_errors_of_an_xlsx_are_worded():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"remove_timezone": True}) as book:
        sheet = book.add_worksheet()
        day, moment = (book.add_format({"num_format": f}) for f in ("yyyy/mm/dd", 'dd mmm yyyy "h" hh:mm'))
        sheet.write_datetime(0, 0, datetime(2026, 3, 25, tzinfo=UTC), day)
        sheet.write_datetime(0, 1, datetime(2026, 3, 25, 14, 30, tzinfo=UTC), moment)
        sheet.write_boolean(0, 2, True)
        sheet.write_number(0, 3, 46106, book.add_format({"num_format": '0 "days"'}))
    assert cells_of(target.getvalue()) == [("2026-03-25", "2026-03-25 14:30", "TRUE", "46106")]


def test_formulas_are_told_apart_from_values():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_string(1, 0, "=text, typed as such")
        sheet.write_formula(1, 1, "=1000*12", value=12_000)
    rows = rows_of(target.getvalue())
    assert (rows[1].cells, rows[1].formulas) == (("=text, typed as such", "12000"), frozenset({1}))
    assert rows_of(b"a,b\n1,=1+1\n")[1].formulas == {1}


def test_the_first_visible_sheet_is_read():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        hidden, shown = book.add_worksheet("پنهان"), book.add_worksheet("کالاها")
        hidden.write(0, 0, "no")
        shown.write(0, 0, "yes")
        shown.activate()
        hidden.hide()
    assert cells_of(target.getvalue()) == [("yes",)]


def test_a_lone_cell_in_the_farthest_corner_costs_nothing():
    body = repacked(
        workbook([["a"]]),
        SHEET,
        lambda xml: xml.replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="str"><v>x</v></c></row></sheetData>'
        ),
    )
    tracemalloc.start()
    try:
        assert refusal(body) == "too_many_columns"
        assert tracemalloc.get_traced_memory()[1] < 4 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda xml: xml.replace(b"</sheetData>", b" " * (3 * MB) + b"</sheetData>"), "table_is_a_bomb"),
        (lambda xml: xml[:200], "not_a_table"),
        (lambda xml: b'<!DOCTYPE x [<!ENTITY a "b">]>' + xml.partition(b"?>")[2], "not_a_table"),
        (lambda xml: xml.replace(b'<c r="A1" t="s"><v>0<', b'<c r="A1" t="s"><v>9999<'), "not_a_table"),
        (lambda xml: xml.replace(b'<row r="1"', b'<row r="one"'), "not_a_table"),
    ],
)
def test_a_bomb_or_a_broken_workbook_is_refused(change, code):
    assert refusal(repacked(workbook([["a"]]), SHEET, change)) == code


def test_an_archive_of_many_parts_or_of_something_else_is_refused():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for number in range(300):
            archive.writestr(f"xl/{number}.xml", "x")
    assert refusal(body.getvalue()) == "table_is_a_bomb"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert refusal(other.getvalue()) == "not_a_table"


def test_a_size_that_lies_is_refused():
    body = bytearray(workbook([["a" * 3000]]))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = -1
        while (place := body.find(mark, place + 1)) >= 0:
            body[place + offset : place + offset + 4] = struct.pack("<I", 10)
    assert refusal(bytes(body)) == "not_a_table"


DANGEROUS = ["=1+1", "+98912", "-5", "@sum", "\tx", "\rx", "＝1", "'=x", "''+y", "'plain", "\n=z"]
texts = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\ufffe\u2028\u2029\x85"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() and "_x" not in text)


@given(st.lists(st.lists(texts | st.sampled_from(DANGEROUS), min_size=1, max_size=4), min_size=1, max_size=5))
@example([DANGEROUS])
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back_and_is_never_a_formula(rows):
    body = b"".join(write_csv(rows))
    for line in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")):
        assert not any(cell.startswith(tuple("=+-@\t\r\n＝＋－＠")) for cell in line)
    assert cells_of(body) == [tuple(row) for row in rows]


@given(
    st.lists(st.lists(texts | st.sampled_from(DANGEROUS[:4]), min_size=1, max_size=4), min_size=1, max_size=4)
)
@settings(max_examples=20, deadline=None)
def test_an_xlsx_keeps_text_as_text(rows):
    with write_xlsx(rows, "کالاها/۱") as book:
        body = book.read()
    assert [(row.cells, row.formulas) for row in rows_of(body)] == [(tuple(row), frozenset()) for row in rows]
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        sheet = archive.read(SHEET)
    assert b"<f>" not in sheet and b'rightToLeft="1"' in sheet


def test_numbers_stay_numbers_and_moments_are_tehrans():
    rows = [["n"], [-5], [None, date(2026, 3, 25), datetime(2026, 3, 25, 22, 0, tzinfo=UTC)]]
    read = [("n",), ("-5",), ("", "2026-03-25", "2026-03-26 01:30")]
    assert cells_of(b"".join(write_csv(rows))) == read
    with write_xlsx(rows, "t") as book:
        assert cells_of(book.read()) == read


def test_reading_and_writing_keep_one_row_in_memory():
    many = ([f"SKU-{number}", number, "کالای شماره " * 4] for number in range(5_000))
    tracemalloc.start()
    try:
        with write_xlsx(many, "t") as book:
            count = sum(1 for _ in read_table(book, "t", most_rows=5_000, most_bytes=9 * MB))
        assert count == 5_000
        assert tracemalloc.get_traced_memory()[1] < 8 * MB
    finally:
        tracemalloc.stop()
