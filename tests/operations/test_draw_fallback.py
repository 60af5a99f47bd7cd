"""Where drand does not come: figures of two persons, in their time alone. And rings, decided before the freeze."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.accounts.models import Role
from marketplace.core.audit import SYSTEM
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.jobs import run_due
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery import errors, files
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.figure_models import EntryRing, FigureEntry, RingGrant, RingState
from marketplace.lottery.figures import differing_figures, figure_names, read_figures, type_figures
from marketplace.lottery.listing import list_stages, skip_entry
from marketplace.lottery.models import Award, DrawStage, EntryGrant, EntryVoid, GrantState, PublishedEntry
from marketplace.lottery.proof.check import verify
from marketplace.lottery.rings import decide_ring, find_rings
from marketplace.lottery.witnesses import enter_witness, witnesses_of
from marketplace.orders.models import Order
from marketplace.payments.models import PaymentCard
from marketplace.payments.reconciling import begin_run
from tests.factories import change
from tests.factories.draws import BEACON, DRAWN_AT
from tests.operations.test_draws import FREEZE, HOUR, acting, do, fair, frozen, now, signed  # noqa: F401

WAIT = timedelta(hours=72)
FIGURES = {
    "tehran-exchange-overall-index": [2_118_473],
    "central-bank-euro-rate": [58_120],
    "mercantile-exchange-gold-coin": [28_400_000, 27_900_000],
}


def listed(fair) -> DrawStage:  # noqa: F811
    frozen(fair)
    signed(fair)
    list_stages(DRAWN_AT - HOUR)
    db.session.rollback()
    return db.session.scalars(select(DrawStage).where(DrawStage.number == 0)).one()


def typing(fair, role: Role, figures=FIGURES, at=DRAWN_AT + WAIT) -> bool:  # noqa: F811
    return do(type_figures, fair.draw.id, 0, figures, fair.officers[role], at)


class TestFigures:
    def test_two_persons_who_agree_draw_and_the_files_verify(self, fair, tmp_path):  # noqa: F811
        stage = listed(fair)
        assert sorted(figure_names(stage)) == sorted(FIGURES)
        typed = read_figures(stage, {name: " ".join(map(str, n)) for name, n in FIGURES.items()})
        assert typed == {name: sorted(n) for name, n in FIGURES.items()}
        assert typing(fair, Role.office) is False
        with pytest.raises(errors.AlreadySigned):
            typing(fair, Role.office)
        with pytest.raises(errors.OfficerTakesPart):
            do(type_figures, fair.draw.id, 0, FIGURES, acting(fair.people[0], "office"), DRAWN_AT + WAIT)
        assert typing(fair, Role.seal_officer) is True
        with pytest.raises(errors.DrawNotOpen):
            typing(fair, Role.auditor)
        do(draw_winners, fair.draw.id, 0, fair.officers[Role.office], DRAWN_AT + WAIT + HOUR)
        files.write_files(now(fair), tmp_path)
        verify(tmp_path, lambda line: None)
        assert len(db.session.scalars(select(Award)).all()) == 3

    def test_who_differ_both_type_anew_and_nothing_is_drawn(self, fair):  # noqa: F811
        listed(fair)
        other = {**FIGURES, "central-bank-euro-rate": [58_121]}
        typing(fair, Role.office)
        assert typing(fair, Role.auditor, other) is False
        assert differing_figures(fair.draw.id, 0) == ["central-bank-euro-rate"]
        db.session.rollback()
        assert db.session.scalars(select(DrawStage.randomness).where(DrawStage.number == 0)).one() is None
        assert typing(fair, Role.auditor) is False
        assert typing(fair, Role.office) is True
        assert differing_figures(fair.draw.id, 0) == []
        rows = db.session.scalars(select(FigureEntry.attempt).order_by(FigureEntry.id)).all()
        assert rows == [1, 1, 2, 2]

    def test_each_source_has_its_time_so_that_nobody_can_choose(self, fair):  # noqa: F811
        listed(fair)
        with pytest.raises(errors.TooEarly):
            typing(fair, Role.office, at=DRAWN_AT + WAIT - timedelta(seconds=1))
        with pytest.raises(errors.RoundTooLate):
            do(bring_beacon, fair.draw.id, 0, BEACON, fair.officers[Role.office], DRAWN_AT + WAIT)
        do(
            bring_beacon,
            fair.draw.id,
            0,
            BEACON,
            fair.officers[Role.office],
            DRAWN_AT + WAIT - timedelta(seconds=1),
        )
        with pytest.raises(errors.DrawNotOpen):
            typing(fair, Role.office)
        assert db.session.scalar(select(func.count()).select_from(FigureEntry)) == 0

    @pytest.mark.parametrize("typed", ["", "1.5", "-3", "x", "9" * 19, " ".join("1" * 21)])
    def test_what_is_no_figure_is_named(self, typed):
        stage = DrawStage(sources=json.dumps([{"kind": "figures/v1", "figures": [{"name": "a"}]}]))
        with pytest.raises(Invalid) as refused:
            read_figures(stage, {"a": typed})
        assert refused.value.fields == {"a": "bad_figure"}
        assert read_figures(stage, {"a": "۲٬۱۱۸٬۴۷۳ 7"}) == {"a": [7, 2_118_473]}


class TestRings:
    def test_a_ring_is_shown_decided_with_a_reason_and_the_list_waits_for_it(self, fair):  # noqa: F811
        for number, order in enumerate(fair.orders):
            mobile = "09129998877" if number < 2 else f"0912777000{number}"
            change(db.session.get_one(Order, order.id), receiver_mobile=mobile, postal_code=f"{number}" * 10)
        assert find_rings(FREEZE - HOUR) == 1
        assert find_rings(FREEZE - HOUR) == 0
        ring = db.session.scalars(select(EntryRing)).one()
        assert (ring.kind.value, ring.trait) == ("mobile", "09129998877")
        with pytest.raises(errors.RingsOpen):
            frozen(fair)
        office = fair.officers[Role.office]
        with pytest.raises(Invalid):
            do(lambda: decide_ring(ring.id, stands=False, reason=" ", actor=office, at=FREEZE))
        do(lambda: decide_ring(ring.id, stands=False, reason="یک نفر", actor=office, at=FREEZE))
        db.session.rollback()
        out = db.session.scalars(select(EntryGrant).where(EntryGrant.state == GrantState.excluded)).all()
        assert {grant.person_id for grant in out} == {fair.people[0].id, fair.people[1].id}
        assert {(grant.weight, grant.reason) for grant in out} == {(0, "ring")}
        assert db.session.scalar(select(func.count()).select_from(EntryVoid)) == len(out)
        frozen(fair)
        persons = set(db.session.scalars(select(PublishedEntry.person_id)))
        assert persons == {fair.people[2].id, fair.people[3].id}
        with pytest.raises(errors.DrawNotOpen):
            do(lambda: decide_ring(ring.id, stands=True, reason="نه", actor=office, at=FREEZE))

    def test_two_persons_who_paid_with_one_card_are_shown(self, fair):  # noqa: F811
        """The gateway's list of captures names the card; the run that holds it against ours keeps the name."""
        for number, order in enumerate(fair.orders):
            row = db.session.get_one(Order, order.id)
            change(row, receiver_mobile=f"0912777000{number}", postal_code=f"{number}" * 10)
        for page, card in zip(fair.gateway.pages, ("one", "two", "one", None), strict=True):
            fair.gateway.cards[page] = card
        for _ in range(2):
            with unit_of_work():
                begin_run("stripe", SYSTEM, FREEZE - HOUR)
            while run_due(FREEZE - HOUR):
                pass
        cards = select(PaymentCard.fingerprint).order_by(PaymentCard.payment_id)
        assert db.session.scalars(cards).all() == ["one", "two", "one"]
        assert find_rings(FREEZE - HOUR) == 1
        ring = db.session.scalars(select(EntryRing)).one()
        assert (ring.kind.value, ring.trait) == ("card", "one")
        grants = select(EntryGrant.person_id).join(RingGrant, RingGrant.grant_id == EntryGrant.id)
        assert set(db.session.scalars(grants)) == {fair.people[0].id, fair.people[2].id}

    def test_a_buyer_with_the_stores_own_phone_is_shown_and_may_stand(self, fair):  # noqa: F811
        store = fair.small.stores[1]
        for number, order in enumerate(fair.orders):
            change(
                db.session.get_one(Order, order.id),
                receiver_mobile=store.phone if number == 0 else f"0912777000{number}",
                postal_code=f"{number}" * 10,
            )
        assert find_rings(FREEZE - HOUR) == 1
        ring = db.session.scalars(select(EntryRing)).one()
        assert (ring.kind.value, ring.trait) == ("store", f"{store.id}:{store.phone}")
        office = fair.officers[Role.office]
        do(lambda: decide_ring(ring.id, stands=True, reason="مشتری قدیمی", actor=office, at=FREEZE))
        frozen(fair)
        assert db.session.scalars(select(EntryRing.state)).one() is RingState.cleared
        assert len(set(db.session.scalars(select(PublishedEntry.person_id)))) == 4


def test_one_entry_alone_may_be_barred_and_witnesses_are_kept(fair):  # noqa: F811
    frozen(fair)
    signed(fair)
    office = fair.officers[Role.office]
    entry = db.session.scalars(select(PublishedEntry).order_by(PublishedEntry.place)).first()
    do(skip_entry, fair.draw.id, entry.entry_id, "returned goods", office, FREEZE + HOUR)
    with pytest.raises(Invalid):
        do(skip_entry, fair.draw.id, "0" * 32, "unknown", office, FREEZE + HOUR)
    list_stages(DRAWN_AT - HOUR)
    db.session.rollback()
    told = json.loads(db.session.scalars(select(DrawStage.skips).where(DrawStage.number == 0)).one())["told"]
    assert [(each["kind"], each["id"]) for each in told["list"]] == [("entry", entry.entry_id)]
    for _ in range(2):
        do(enter_witness, fair.draw.id, "ژاله میرزایی", "خبرنگار", office, DRAWN_AT)
    assert [each.name for each in witnesses_of(fair.draw.id)] == ["ژاله میرزایی"]
    with pytest.raises(Invalid):
        do(enter_witness, fair.draw.id, "", "x", office, DRAWN_AT)
