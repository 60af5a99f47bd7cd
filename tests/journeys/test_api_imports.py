"""Offers by file for a store's programs: judged, written once, refused by name; another store's is not found."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.festival.imports import MOST_BYTES, path_of
from marketplace.festival.models import Offer
from marketplace.festival.offer_models import OfferImport
from tests.factories import a_category, world
from tests.factories.buying import broken_invariants
from tests.journeys.api_calls import a_program
from tests.unchanged import nothing_written

pytestmark = pytest.mark.databases("sqlite")
HEAD = [
    "کد کالا", "نام کالا", "راسته", "شرح کالا", "وزن (گرم)",
    "قیمت عادی", "قیمت جشنواره", "موجودی", "سقف خرید", "نشانی قیمت",
]  # fmt: skip
PATH = "/store/offers/import"


@pytest.fixture
def w(ctx, at):
    made = world(at)
    a_category(slug="bags", name_fa="کیف و چمدان", name_en="Bags")
    return made


@pytest.fixture
def program(app, w):
    return a_program(app, w.owners[0], language="en")


def a_row(number, festival="800,000"):
    return [
        f"S-{number}", f"کیف شماره {number}", "کیف و چمدان", "دوخته از چرم گاوی.", "۷۰۰",
        "۱٬۰۰۰٬۰۰۰", festival, "10", "2", "https://prices.example/1",
    ]  # fmt: skip


def a_csv(*rows, encoding="utf-8"):
    return b"".join(write_csv([HEAD, *rows])).decode("utf-8-sig").encode(encoding)


def send(program, content, *, query="", kind="text/csv", expect=201, **options):
    return program.call("POST", PATH + query, data=content, content_type=kind, expect=expect, **options)


def written_offers():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Offer).where(Offer.title_fa.like("کیف شماره%")))


def files(app):
    folder = path_of("x").parent
    return sorted(folder.iterdir()) if folder.exists() else []


def test_a_dry_run_tells_and_writes_nothing(app, program):
    told = send(program, a_csv(a_row(1), a_row(2, festival="much")), query="?dry_run=1").json
    assert (told["state"], told["row_count"], told["good_count"], told["bad_count"]) == ("checked", 2, 1, 1)
    assert [row["number"] for row in told["wrong_rows"]] == [3]
    assert told["wrong_rows"][0]["faults"][0]["column"] == "festival_toman"
    assert program.get(f"/store/offers/imports/{told['id']}")["wrong_rows"] == told["wrong_rows"]
    assert written_offers() == 0
    path = f"/store/offers/imports/{told['id']}/application"
    assert program.post(path, {}, expect=409)["code"] == "rows_are_wrong"
    program.post(path, {"only_good": "yes"}, expect=422)
    assert written_offers() == 0
    program.post(path, {"only_good": True})
    assert program.get(f"/store/offers/imports/{told['id']}")["created_count"] == written_offers() == 1
    assert program.post(path, {"only_good": True}, expect=409)["code"] == "import_not_ready"
    assert not broken_invariants()


@pytest.mark.parametrize("way", ["raw", "form", "xlsx"])
def test_good_rows_are_written_at_once(app, program, way):
    table = [a_row(1), a_row(2)]
    if way == "raw":
        told = send(program, a_csv(*table)).json
    elif way == "form":
        form = {"table": (io.BytesIO(a_csv(*table, encoding="utf-16")), "کالاها.csv")}
        told = send(program, form, kind="multipart/form-data").json
        assert told["file_name"] == "کالاها.csv"
    else:
        with write_xlsx([HEAD, *table], "x") as book:
            kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            told = send(program, book.read(), kind=kind).json
    assert (told["state"], told["created_count"], told["wrong_rows"]) == ("applied", 2, [])
    assert written_offers() == 2 and files(app) == []


def test_wrong_rows_hold_the_good_ones_back_unless_told(program):
    content = a_csv(a_row(1), a_row(2, festival="much"))
    assert send(program, content).json["state"] == "checked"
    assert written_offers() == 0
    assert send(program, content, query="?only_good=true").json["created_count"] == 1
    assert written_offers() == 1


def test_the_same_key_writes_once(app, program):
    first = send(program, a_csv(a_row(1)), key="file-1")
    again = send(program, a_csv(a_row(1)), key="file-1")
    assert again.json == first.json and again.headers["Idempotency-Replayed"] == "true"
    refused = send(program, a_csv(a_row(2)), key="file-1", expect=422).json
    assert refused["code"] == "idempotency_key_reused"
    assert send(program, a_csv(a_row(1)), key="file-1", query="?dry_run=1", expect=422)
    assert db.session.scalar(select(func.count()).select_from(OfferImport)) == written_offers() == 1
    assert files(app) == []


def test_what_cannot_be_read_is_refused_by_name(app, program):
    with nothing_written():
        told = send(program, "نام كالا,قيمت\nكيف,100\n".encode("cp1256"), expect=422, key="k").json
        assert told["code"] == "table_encoding" and "Windows-1256" in told["title"]
        assert send(program, b"", expect=422).json["code"] == "table_empty"
        assert send(program, b"%PDF-1.7 ...", expect=422).json["code"] == "not_a_table"
        assert send(program, a_csv(), expect=422).json["code"] == "table_without_rows"
        assert send(program, "کد,چیز\n1,2\n".encode(), expect=422)
        assert send(program, b"x", query="?dry_run=perhaps", expect=400).json["code"] == "bad_filter"
        assert send(program, b"{}", kind="application/json", expect=415).json["code"] == "not_a_file"
        assert send(program, {}, kind="multipart/form-data", expect=422).json["code"] == "no_file"
        assert send(program, b"x" * (MOST_BYTES + 2), expect=413).json["code"] == "table_too_large"
        assert send(program, b"x" * (MOST_BYTES + 2 * 1024 * 1024), expect=413)
    assert files(app) == []


def test_another_stores_file_is_not_found(app, w, program):
    told = send(program, a_csv(a_row(1)), query="?dry_run=1").json
    other, shopper = a_program(app, w.owners[1]), a_program(app, w.shopper)
    with nothing_written():
        assert other.get(f"/store/offers/imports/{told['id']}", expect=404)["code"] == "unknown_import"
        other.post(f"/store/offers/imports/{told['id']}/application", {}, expect=404)
        shopper.get(f"/store/offers/imports/{told['id']}", expect=404)


def test_a_large_file_is_left_to_the_worker(app, program):
    content = a_csv(*[a_row(n) for n in range(2500)])
    told = send(program, content, key="large").json
    assert told["state"] == "uploaded" and len(files(app)) == 1
