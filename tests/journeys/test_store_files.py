"""What a store takes home as a file names no shopper; only the papers of one order do, and the shopper reads who opened
them."""

from __future__ import annotations

import io
import subprocess

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from marketplace.accounts.reading_models import Reading
from marketplace.core.db import db
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.orders.invoices import issue_invoice
from marketplace.orders.statements import write_statements
from tests.factories import AT
from tests.factories.buying import parts_of
from tests.factories.settling import settled
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.needs import have
from tests.pages import Client
from tests.worlds import database, the_world  # noqa: F401

IN_BULK = {
    "settlement.show_statement_csv": "/panel/settlement/1.csv",
    "settlement.show_statement_xlsx": "/panel/settlement/1.xlsx",
    "settlement.show_statement_pdf": "/panel/settlement/1.pdf",
    "storefront.show_record_csv": "/stores/{slug}/record.csv",
    "storefront.show_record_json": "/stores/{slug}/record.json",
    "storefront.show_store_feed": "/feeds/stores/{slug}.csv",
    "storefront.show_feed": "/feeds/offers.csv",
}
OF_ONE_ORDER = {
    "panel_after.print_slip": "/panel/orders/{part}/slip.pdf",
    "panel_after.print_invoice": "/panel/orders/{part}/invoices/1.pdf",
}
WITHOUT_ORDERS = {
    "panel_imports.download_errors",
    "panel_imports.download_template",
    "lottery_panel.show_invoice",
}
"""A store's own upload read back, an empty table, the share of the lottery's cost."""


@pytest.fixture
def order(ctx, at, app):
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    w = the_world()
    made = settled(gateway, w.shopper, (w.tea, 1), (w.bowl, 2))
    write_statements(AT)
    return made


@pytest.fixture
def owner(order, client: Client) -> Client:
    client.sign_in(the_world().owners[2])
    return client


@pytest.fixture
def places(order) -> dict[str, object]:
    store = the_world().stores[2]
    part = next(part for part in parts_of(order) if part.store_id == store.id)
    with unit_of_work():
        issue_invoice(part, AT)
    return {"slug": store.slug, "part": part.id}


def told(path: str, body: bytes) -> str:
    """All words of a file, every digit a Latin one."""
    if path.endswith(".xlsx"):
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
        return ascii_digits("\n".join(str(cell) for sheet in sheets for row in sheet for cell in row))
    if path.endswith(".pdf"):
        program = str(have("pdftotext"))
        done = subprocess.run(
            [program, "-layout", "-", "-"], input=body, capture_output=True, check=True, timeout=20
        )
        body = done.stdout
    return ascii_digits(body.decode("utf-8-sig"))


def opened() -> set[str]:
    db.session.rollback()
    return {row.subject for row in db.session.scalars(select(Reading))}


@pytest.mark.needs("pdftotext")
def test_a_file_over_many_orders_names_no_shopper(order, owner, places):
    for prefix in ("", "/en"):
        for path in (prefix + each.format(**places) for each in IN_BULK.values()):
            words = told(path, owner.get(path).body)
            assert words.strip(), path
            for secret in (
                order.receiver_mobile,
                order.receiver_mobile.lstrip("0"),
                order.receiver,
                order.postal_code,
            ):
                assert secret not in words, path
    assert opened() == set(), "none of them shows a person's data"


@pytest.mark.needs("pdftotext")
@pytest.mark.parametrize("paper", OF_ONE_ORDER.values())
def test_the_papers_of_one_order_name_its_receiver_and_are_written_down(order, owner, places, paper):
    path = paper.format(**places)
    assert order.receiver_mobile in told(path, owner.get(path).body)
    assert opened() == {f"order:{places['part']}"}


def test_every_file_of_the_panel_is_one_of_these(app):
    files = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/panel/", "/feeds/", "/stores/", "/api/v1/store/"))
        and "." in rule.rule.rpartition("/")[2]
    }
    assert files == IN_BULK.keys() | OF_ONE_ORDER.keys() | WITHOUT_ORDERS
