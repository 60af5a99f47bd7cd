"""Files of offers: the dry run, what is written of them, a killed worker, and the same file again."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import func, select, text

from marketplace.catalog.models import PriceChange, Product, Variant
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, MarketplaceError, NotFound
from marketplace.core.jobs import claim, due_jobs
from marketplace.core.tables import write_csv, write_xlsx
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.import_columns import REQUIRED, match_columns
from marketplace.festival.imports import (
    JOB_KINDS,
    apply_import,
    drop_import,
    forget_imports,
    import_of_store,
    keep_file,
    path_of,
    start_import,
)
from marketplace.festival.models import Offer, OfferState
from marketplace.festival.offer_inputs import FIELDS
from marketplace.festival.offer_models import ImportRow, ImportState, OfferStep
from tests.factories import a_category, world
from tests.factories.buying import later, run_jobs

STORE = Actor(None, "store", "پری")
HEAD = [
    "کد کالا", "نام کالا", "راسته", "شرح کالا", "وزن (گرم)",
    "قیمت عادی", "قیمت جشنواره", "موجودی", "سقف خرید", "نشانی قیمت",
]  # fmt: skip
NAMED = Offer.title_fa.like("کیف شماره%")


@pytest.fixture
def w(ctx, at):
    small = world(at)
    a_category(slug="bags", name_fa="کیف و چمدان", name_en="Bags")
    return small


def a_row(number, **changes):
    row = {
        "sku": f"S-{number}", "title": f"کیف شماره {number}", "category": "كيف و چمدان", "text": "دوخته از چرم گاوی.",
        "weight": "۷۰۰", "regular": "۱٬۰۰۰٬۰۰۰", "festival": "800,000", "stock": "10", "limit": "2",
        "url": "https://prices.example/1",
    }  # fmt: skip
    return list({**row, **changes}.values())


def sent(w, rows, at, *, kind="csv"):
    """Keeps a file and runs its dry run; gives the import."""
    table = [HEAD, *rows]
    if kind == "csv":
        return sent_bytes(w, b"".join(write_csv(table)), at)
    with write_xlsx(table, "x") as book:
        return sent_bytes(w, book.read(), at)


def sent_bytes(w, content, at):
    key, size = keep_file(io.BytesIO(content), "کالاها.csv")
    with unit_of_work():
        import_id, _ = start_import(w.stores[0].id, key, size, "کالاها.csv", STORE, at)
    run_jobs(at)
    return seen(w, import_id)


def seen(w, import_id):
    db.session.rollback()
    return import_of_store(import_id, w.stores[0].id)


def applied(w, import_id, at, **options):
    with unit_of_work():
        apply_import(import_id, w.stores[0].id, at, **options)
    run_jobs(at)
    return seen(w, import_id)


def faults(import_id):
    rows = db.session.scalars(
        select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.is_good.is_(False))
    )
    return {row.number: [tuple(fault) for fault in row.faults] for row in rows}


def counts():
    db.session.rollback()
    models = (Offer, OfferStep, Product, Variant, PriceChange)
    return [db.session.scalar(select(func.count()).select_from(m)) for m in models]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_good_file_becomes_drafts_and_again_changes_nothing(w, at, kind):
    before = counts()
    found = sent(w, [a_row(n) for n in range(130)], at, kind=kind)
    assert (found.state, found.row_count, found.bad_count) == (ImportState.checked, 130, 0)
    assert counts() == before and not path_of(found.file_key).exists()
    found = applied(w, found.id, at)
    assert (found.state, found.created_count, found.failed_count) == (ImportState.applied, 130, 0)
    offer = db.session.scalars(select(Offer).order_by(Offer.id.desc()).limit(1)).one()
    assert (offer.state, offer.title_fa, offer.discount_percent) == (OfferState.draft, "کیف شماره 129", 20)
    assert "bags" in offer.search_text and "کیف" in offer.search_text
    after = counts()
    again = applied(w, sent(w, [a_row(n) for n in range(130)], at, kind=kind).id, at)
    assert (again.same_count, again.created_count, again.changed_count) == (130, 0, 0)
    assert counts() == after


def test_every_fault_names_its_row_and_column(w, at):
    rows = [
        a_row(1, regular="۱۲۰۰۰۰ ریال"),
        a_row(2, sku=""),
        a_row(3, category="هیچ", stock="-4"),
        a_row(4, festival="=800000"),
        a_row(5),
        a_row(5, title="دیگر"),
        a_row(6, title="کیف شماره 5"),
        ["", "", ""],
    ]
    content = b"".join(write_csv([HEAD, *rows])).replace(b"'=800000", b"=800000")
    found = sent_bytes(w, content, at)
    assert (found.good_count, found.bad_count) == (1, 6)
    assert faults(found.id) == {
        2: [("regular_toman", "price_in_rial")],
        3: [("sku", "required")],
        4: [("category", "unknown_category"), ("stocked_count", "bad_number")],
        5: [("festival_toman", "formula")],
        7: [("sku", "sku_twice")],
        8: [("title_fa", "goods_twice")],
    }
    before = counts()
    with pytest.raises(Conflict), unit_of_work():
        apply_import(found.id, w.stores[0].id, at)
    assert counts() == before and seen(w, found.id).state is ImportState.checked
    found = applied(w, found.id, at, only_good=True)
    assert (found.created_count, found.bad_count) == (1, 6)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", None),
        ("کد کالا,نام کالا\n1,2\n".encode(), "offer_columns_missing"),
        (",".join([*HEAD[:5], "قیمت (ریال)", *HEAD[6:]]).encode() + b"\n", "column_in_rial"),
        (",".join([*HEAD, "کد"]).encode() + b"\n1\n", "column_twice"),
        (",".join(HEAD).encode() + b"\n", "table_without_rows"),
        (",".join(HEAD).replace("ی", "ي").encode("cp1256") + b"\n1", "table_encoding"),
        (b"%PDF-1.7", "not_a_table"),
        (b"PK\x03\x04....", "not_a_table"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(w, at, content, code):
    before = counts()
    if code is None:
        with pytest.raises(MarketplaceError):
            sent_bytes(w, content, at)
        return
    found = sent_bytes(w, content, at)
    assert (found.state, found.refusal["code"]) == (ImportState.refused, code)
    assert counts() == before and not path_of(found.file_key).exists()
    assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_running_offers_only_move_their_price_down_and_their_stock(w, at):
    applied(w, sent(w, [a_row(1), a_row(2), a_row(3)], at).id, at)
    with unit_of_work():
        for offer in db.session.scalars(select(Offer).where(NAMED)):
            offer.state = OfferState.live
    rows = [a_row(1, festival="۷۰۰٬۰۰۰", stock="40"), a_row(2, festival="850000"), a_row(3, title="نام دیگر")]
    found = sent(w, rows, at)
    assert faults(found.id) == {
        3: [("festival_toman", "price_only_falls")],
        4: [("title_fa", "fixed_while_selling"), ("title_en", "fixed_while_selling")],
    }
    found = applied(w, found.id, at, only_good=True)
    assert found.changed_count == 1
    moved = db.session.scalars(select(Offer).where(Offer.title_fa == "کیف شماره 1")).one()
    assert (moved.festival_toman, moved.stocked_count, moved.discount_percent) == (700_000, 40, 30)


def test_a_worker_killed_in_the_middle_is_followed_by_another(w, at):
    found = sent(w, [a_row(n) for n in range(300)], at)
    with unit_of_work():
        job_id = apply_import(found.id, w.stores[0].id, at)
    before = counts()
    assert claim(job_id, at) is not None  # and nobody ever records it
    assert due_jobs(at) == [] and counts() == before
    with later(at, seconds=61) as then:
        run_jobs(then)
    found = seen(w, found.id)
    assert (found.state, found.created_count, found.done_number) == (ImportState.applied, 300, 301)
    assert counts()[0] == before[0] + 300


@pytest.mark.databases("postgresql")
def test_a_dry_run_that_collides_is_no_fault_of_the_file(w, at):
    """The database undoes its unit: the job is tried again, and reads the file as it is."""
    undo = "BEGIN RAISE SQLSTATE '40P01'; END"
    with unit_of_work():
        db.session.execute(text(f"CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS $$ {undo} $$"))
        db.session.execute(
            text(
                "CREATE TRIGGER undone BEFORE INSERT ON offer_import_rows FOR EACH ROW EXECUTE FUNCTION undo()"
            )
        )
    key, size = keep_file(io.BytesIO(b"".join(write_csv([HEAD, a_row(1)]))), "کالاها.csv")
    with unit_of_work():
        import_id, _ = start_import(w.stores[0].id, key, size, "کالاها.csv", STORE, at)
    run_jobs(at, may_fail=True)
    found = seen(w, import_id)
    assert (found.state, found.refusal, path_of(key).exists()) == (ImportState.uploaded, None, True)
    with unit_of_work():
        db.session.execute(text("DROP TRIGGER undone ON offer_import_rows"))
    with later(at, minutes=1) as then:
        run_jobs(then)
    found = seen(w, import_id)
    assert (found.state, found.refusal, found.good_count) == (ImportState.checked, None, 1)


def test_a_dry_run_whose_record_is_undone_is_no_fault_of_the_file(w, at):
    """What it found is not written down: the file stays for the next try."""
    key, size = keep_file(io.BytesIO(b"".join(write_csv([HEAD, a_row(1)]))), "کالاها.csv")
    with unit_of_work():
        import_id, _ = start_import(w.stores[0].id, key, size, "کالاها.csv", STORE, at)
    (kind,) = (each for each in JOB_KINDS if each.name == "check_import")
    with pytest.raises(ZeroDivisionError), unit_of_work():
        kind.record({"import_id": import_id}, {"good": 1, "bad": 0, "columns": HEAD, "refusal": None}, at)
        db.session.flush()
        raise ZeroDivisionError
    assert path_of(key).exists()
    run_jobs(at)
    found = seen(w, import_id)
    assert (found.state, found.refusal, found.good_count) == (ImportState.checked, None, 1)
    assert not path_of(key).exists(), "read, and written down"


def test_good_drafts_can_go_straight_to_the_office(w, at):
    found = applied(w, sent(w, [a_row(1), a_row(2, url="")], at).id, at, sends_for_check=True)
    rows = db.session.execute(select(Offer.title_fa, Offer.state).where(NAMED))
    states = {row.title_fa: row.state for row in rows}
    assert states == {"کیف شماره 1": OfferState.checked, "کیف شماره 2": OfferState.draft}
    assert found.created_count == 2


def test_another_stores_import_is_not_there(w, at):
    found = sent(w, [a_row(1)], at)
    for verb in (apply_import, lambda i, s, _: drop_import(i, s), lambda i, s, _: import_of_store(i, s)):
        with pytest.raises(NotFound), unit_of_work():
            verb(found.id, w.stores[1].id, at)
    assert seen(w, found.id).state is ImportState.checked


def test_what_was_given_up_is_not_written(w, at):
    found = sent(w, [a_row(1)], at)
    with unit_of_work():
        drop_import(found.id, w.stores[0].id)
    with pytest.raises(Conflict), unit_of_work():
        apply_import(found.id, w.stores[0].id, at)
    with unit_of_work():
        assert forget_imports(at) == 0


def test_every_field_has_its_column():
    for name in FIELDS:
        head = [other for other in REQUIRED if other != name]
        assert match_columns([*head, name])[-1] == name
    assert match_columns(HEAD)[:3] == ("sku", "title_fa", "category")
