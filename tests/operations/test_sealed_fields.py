"""National ids and Shebas stand sealed: read as ever, told by no dump, sealed anew under another key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Text, func, inspect, select, text, type_coerce

from marketplace.accounts import second
from marketplace.accounts.approvals import approve
from marketplace.accounts.errors import ApprovalChanged
from marketplace.accounts.models import ApprovalRow, Person, Role
from marketplace.app import create_app
from marketplace.core.audit import Actor
from marketplace.core.db import Base, db, is_sqlite
from marketplace.core.errors import Conflict
from marketplace.core.sealed_columns import Sealed, SealedContent, reseal_columns, reseal_contents
from marketplace.core.sealing import SealBroken, blinds, is_sealed, is_sealed_anew
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.application_models import ApplicationForm, ApplicationMatch, MatchKind, MatchState
from marketplace.festival.matching import match_states, remark_matches
from marketplace.lottery.figure_models import EntryRing
from marketplace.lottery.ring_marks import Traits, remark_rings, shown_trait
from marketplace.payments.models import RefundTransfer
from marketplace.payments.payout_models import GatewayPayee, Payout, PayoutBatch
from marketplace.payments.payouts import digests_of
from marketplace.stores.models import StoreHolder
from tests import databases
from tests.conftest import miss
from tests.factories import AT, World, an_official, world
from tests.factories.applications import NATIONAL_ID, SHEBA
from tests.factories.private import ID, PRIVATE, private_rows
from tests.factories.settling import SHEBAS

OLD, NEW = "o" * 40, "n" * 40
BEFORE = "0051"


class Kept:
    """The settings with other keys of fields."""

    def __init__(self, known: Any, *keys: str) -> None:
        self._known = known
        self.field_keys = keys

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)


@pytest.fixture
def keys(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Changes the keys of fields."""
    known = app.config["SETTINGS"]

    def use(*told: str) -> None:
        monkeypatch.setitem(app.config, "SETTINGS", Kept(known, *told))

    use(OLD)
    return use


@pytest.fixture
def w(app: Flask, ctx: Any, keys: Any, at: Any) -> World:
    """The small festival with a row in every place that keeps a national id or a Sheba."""
    made = world(at)
    private_rows(app, made, at)
    db.session.rollback()
    return made


def sealed_columns() -> list[Any]:
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    ]


def raw(column: Any) -> list[str]:
    """What stands in a column."""
    db.session.rollback()
    return list(db.session.scalars(select(type_coerce(column, Text)).where(column.is_not(None))))


def dumped() -> Iterator[tuple[str, str]]:
    """Every row of every table as text, with its table's name."""
    db.session.rollback()
    with db.engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"'):
                yield name, "\x1f".join(str(value) for value in row)


def told_in_clear() -> set[str]:
    return {name for name, row in dumped() for value in PRIVATE if value in row or value[2:] in row}


def left_in_the_file() -> list[str]:
    """What SQLite's file still holds, in pages that no row uses too."""
    db.session.rollback()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    body = Path(db.engine.url.database or "").read_bytes()
    assert len(body) > 100_000
    return [one for one in PRIVATE if one[2:].encode() in body]


def test_every_sealed_column_has_a_row_here(w):
    assert [str(column) for column in sealed_columns() if not raw(column)] == []
    assert len(sealed_columns()) == 12


def test_a_dump_tells_no_national_id_and_no_sheba(w, database):
    assert told_in_clear() == set()
    for column in sealed_columns():
        assert all(is_sealed(value) for value in raw(column)), column
    if is_sqlite():
        assert left_in_the_file() == []


def test_what_stands_sealed_is_read_as_ever(w):
    assert db.session.get_one(Person, w.shopper.id).national_id == ID
    holder = db.session.scalars(select(StoreHolder)).one()
    assert (holder.national_id, holder.sheba) == (NATIONAL_ID, SHEBAS[1])
    assert db.session.execute(select(Payout.sheba, Payout.owner_name)).all() == [(SHEBAS[0], "علی محمدی")]
    coalesced = select(func.coalesce(StoreHolder.national_id, Person.national_id).label("id"))
    assert set(db.session.scalars(coalesced.select_from(StoreHolder).join(Person, Person.id > 0))) == {
        NATIONAL_ID
    }
    assert db.session.scalars(select(Person.id).where(Person.national_id.is_not(None))).all() == [
        w.shopper.id
    ]


def test_equal_values_do_not_look_equal_but_for_their_marks(w):
    sealed = [value for column in sealed_columns() for value in raw(column)]
    assert len(set(sealed)) == len(sealed) > len(PRIVATE)
    assert db.session.scalars(select(GatewayPayee.sheba_mark)).one() == blinds(SHEBA, "sheba")[0]
    assert blinds(SHEBA, "sheba") != blinds(SHEBA, "national_id") != blinds(SHEBAS[1], "national_id")


@pytest.mark.parametrize("wrong", [lambda c: c == SHEBA, lambda c: c.in_([SHEBA]), lambda c: c.like("IR%")])
def test_the_database_is_never_asked_to_compare(wrong):
    with pytest.raises(TypeError):
        wrong(StoreHolder.sheba)


def test_the_database_refuses_one_in_clear(w):
    for column in sealed_columns():
        table, value = column.table.name, ID if column.name == "national_id" else SHEBA
        with pytest.raises(Conflict), unit_of_work():
            db.session.execute(text(f"UPDATE {table} SET {column.name} = '{value}'"))
    assert told_in_clear() == set()


# --- another key


def test_a_new_key_takes_over_without_a_break(w, keys):
    before = everything()
    keys(NEW, OLD)
    assert everything() == before
    with unit_of_work():
        assert reseal_columns(2) == 2
    db.session.rollback()
    left = sum(not is_sealed_anew(value) for column in sealed_columns() for value in raw(column))
    assert left > 0, "two are done, others wait: this is where it was stopped"
    assert everything() == before
    with unit_of_work():
        assert reseal_columns() == left
        assert (reseal_columns(), reseal_contents(), reseal_contents()) == (0, 1, 0)
        assert (remark_matches(1), remark_matches(), remark_matches()) == (1, 1, 0)
        assert (remark_rings(), remark_rings()) == (2, 0)
        assert second.reseal_apps() == 0
    keys(NEW)
    assert everything() == before
    keys(OLD)
    with pytest.raises(SealBroken):
        everything()


def test_a_key_that_is_taken_away_too_early_is_heard(w, keys):
    keys(NEW)
    with pytest.raises(SealBroken):
        everything()


def test_what_is_sought_is_found_while_keys_are_changed(w, keys):
    keys(NEW, OLD)
    marks = blinds(SHEBA, "sheba")
    assert db.session.scalars(select(GatewayPayee.payee).where(GatewayPayee.sheba_mark.in_(marks))).all() == [
        "p"
    ]
    form = db.session.scalars(select(ApplicationForm)).one()
    answered = {MatchKind.identity: MatchState.match, MatchKind.account: MatchState.match}
    assert match_states(form) == answered
    batch = db.session.scalars(select(PayoutBatch)).one()
    payouts = list(db.session.scalars(select(Payout)))
    assert batch.digest in digests_of(payouts) and batch.digest != digests_of(payouts)[0]
    known = set(db.session.scalars(select(EntryRing.trait)))
    assert Traits(w.festival.id).of(SHEBAS[0]) in known
    assert any(trait.endswith(Traits(w.festival.id).of(SHEBAS[1])) for trait in known)
    with unit_of_work():
        reseal_columns()
        remark_matches()
        remark_rings()
    keys(NEW)
    db.session.expire_all()
    assert match_states(form) == answered
    assert Traits(w.festival.id).of(SHEBAS[0]) in set(db.session.scalars(select(EntryRing.trait)))


def test_the_command_goes_through_all_of_it_in_batches(app, w, keys):
    keys(NEW, OLD)
    before = everything()
    told = app.test_cli_runner().invoke(args=["reseal", "--batch", "2"])
    assert told.exit_code == 0, told.output
    assert f"national ids and Shebas: {sum(len(raw(c)) for c in sealed_columns())} sealed anew" in told.output
    keys(NEW)
    assert everything() == before
    again = app.test_cli_runner().invoke(args=["reseal"])
    assert [line.rpartition(": ")[2] for line in again.output.splitlines()] == ["0 sealed anew"] * 5


def everything() -> list[Any]:
    """All that is private, as it is read."""
    db.session.rollback()
    values = [db.session.scalars(select(column)).all() for column in sealed_columns()]
    contents = db.session.scalars(select(ApprovalRow.content).order_by(ApprovalRow.id)).all()
    db.session.rollback()
    return [*(sorted(map(str, one)) for one in values), *contents]


# --- what two persons sign


def test_what_two_persons_sign_is_sealed_bound_and_blinded(w):
    row = db.session.scalars(select(ApprovalRow).where(ApprovalRow.action == "transfer_refund")).one()
    assert row.content["sheba"] == SHEBAS[0] and len(row.content["blind"]) == 32
    other = an_official(Role.office)
    kept = db.session.scalars(select(type_coerce(ApprovalRow.content, Text).cast(Text))).all()
    assert all(SHEBAS[0] not in str(one) for one in kept)
    json = "json_set(content, '$.{}', {})" if is_sqlite() else "jsonb_set(content::jsonb, '{{{}}}', {})::json"
    amount = "6" if is_sqlite() else "'6'"
    with pytest.raises(Conflict), unit_of_work():
        db.session.execute(text(f"UPDATE approvals SET content = {json.format('amount_toman', amount)}"))
    another = "'IR1'" if is_sqlite() else "'\"IR1\"'"
    with unit_of_work():
        db.session.execute(
            text(f"UPDATE approvals SET content = {json.format('sheba', another)} WHERE id = {row.id}")
        )
    with pytest.raises(ApprovalChanged), unit_of_work():
        approve(row.id, Actor(other.id, "office", "x"), AT)


def test_nothing_but_the_seal_of_a_transfer_may_change(w):
    for what in ("holder = 'y'", "sheba = 'IR1'", "id = id"):
        with pytest.raises(Conflict), unit_of_work():
            db.session.execute(text(f"UPDATE refund_transfers SET {what}"))
    with pytest.raises(Conflict), unit_of_work():
        db.session.execute(text("DELETE FROM refund_transfers"))
    assert db.session.scalars(select(RefundTransfer.sheba)).all() == [SHEBAS[0]]


def test_a_ring_shows_the_ends_of_a_sheba_alone(w):
    shown = {shown_trait(trait) for trait in db.session.scalars(select(EntryRing.trait))}
    ends = [f"{sheba[:4]} •••• {sheba[-4:]}" for sheba in SHEBAS]
    assert shown == {ends[0], f"{w.stores[0].id}:{ends[1]}", "09129998877"}


# --- the way there and back


@pytest.fixture(params=databases.kinds())
def bare(request, tmp_path, at):
    """An app over a migrated database of its own, for migrations."""
    if not databases.is_there(request.param):
        miss(request.param)
    with databases.bare_database(request.param, tmp_path) as url:
        made = create_app(databases.settings_for(url, tmp_path))
        with made.app_context():
            upgrade()
            yield made
            db.session.remove()
            db.engine.dispose()


KNOWN = ("entry_rings", "application_matches", "approvals", "refund_transfers", "gateway_payees", "people")


def test_rows_that_were_there_are_sealed_and_can_be_opened_again(bare, at):
    small = world(at)
    private_rows(bare, small, at)
    before = everything()
    db.session.remove()
    downgrade(revision=BEFORE)
    clear = sorted(row for row in dumped() if row[0] in KNOWN)
    assert told_in_clear() >= {column.table.name for column in sealed_columns()} | {
        "entry_rings",
        "approvals",
    }
    assert not [row for name, row in clear if ".1." in row or "1." in row[:2]]
    with pytest.raises(Exception, match="no such column|does not exist"):
        db.session.scalars(select(GatewayPayee.sheba_mark)).all()
    db.session.remove()
    if is_sqlite():
        assert set(left_in_the_file()) == PRIVATE
    upgrade()
    assert told_in_clear() == set()
    assert everything() == before
    if is_sqlite():
        db.session.remove()
        assert left_in_the_file() == [], "no page that was freed remembers them"
    form = db.session.scalars(select(ApplicationForm)).one()
    assert set(match_states(form).values()) == {MatchState.match}
    assert Traits(small.festival.id).of(SHEBAS[0]) in set(db.session.scalars(select(EntryRing.trait)))
    db.session.remove()
    downgrade(revision=BEFORE)
    assert sorted(row for row in dumped() if row[0] in KNOWN) == clear
    upgrade()
    assert told_in_clear() == set()


def test_an_answer_to_a_question_that_nobody_asks_any_more_cannot_be_tried_out(bare, at):
    small = world(at)
    private_rows(bare, small, at)
    with unit_of_work():
        form = db.session.scalars(select(ApplicationForm)).one()
        form.national_id = ID
    db.session.remove()
    downgrade(revision=BEFORE)
    upgrade()
    marks = set(db.session.scalars(select(ApplicationMatch.fingerprint)))
    assert len(marks) == 2 and all("." in mark for mark in marks)


def test_content_columns_are_known():
    columns = [
        str(c) for t in Base.metadata.sorted_tables for c in t.columns if isinstance(c.type, SealedContent)
    ]
    assert columns == ["approvals.content"]
