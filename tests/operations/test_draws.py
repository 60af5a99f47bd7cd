"""A draw from its freeze to the hand-over of its prizes: when, by whom, once, and provable from its files."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from marketplace.accounts.models import Person, Role
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery import errors, files
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.entries import grant_entries
from marketplace.lottery.freezing import freeze_draw, sign_root, void_draw
from marketplace.lottery.listing import list_stages, skip_person
from marketplace.lottery.models import (
    Award,
    AwardState,
    Draw,
    DrawSigner,
    DrawStage,
    DrawState,
    EntryGrant,
    GrantState,
    PublishedEntry,
    StageState,
)
from marketplace.lottery.prizes import (
    check_identity,
    claim_prize,
    give_up_prize,
    hand_over_prize,
    lapse_prizes,
    settle_draws,
)
from marketplace.lottery.proof.check import verify
from marketplace.lottery.proof.published import Wrong
from marketplace.lottery.queries import skips_added
from marketplace.lottery.taking import take_entries
from marketplace.messages.models import Channel, Message
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import StoreOrder, StoreOrderState
from tests.factories import a_person, a_role, an_official, change, world, writing
from tests.factories.buying import paid, parts_of, placed_open
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.fakes.gateway import MemoryGateway, use_gateway
from tests.together import at_once

HOUR = timedelta(hours=1)
BEGAN = DRAWN_AT - timedelta(days=12)
FREEZE = DRAWN_AT - timedelta(hours=48)


def acting(person, role: str) -> Actor:
    return Actor(person.id, role, "officer")


def pay(gateway, person, *lines, at: datetime):
    """A paid order of a day long ago."""
    with time_machine.travel(at, tick=False):
        return paid(gateway, person, *lines, at=at)


@pytest.fixture
def fair(ctx, app) -> SimpleNamespace:
    """Four shoppers with paid orders of known chances, two officers of each kind, a draw that is open."""
    gateway = MemoryGateway()
    use_gateway(app, gateway)
    small = world(BEGAN)
    with writing():
        people = [small.shopper, small.shopper2, a_person(at=BEGAN), a_person(at=BEGAN)]
        draw = a_draw(small.festival, at=BEGAN)
        officers = {
            role: acting(an_official(role, at=BEGAN), role.value)
            for role in (Role.office, Role.auditor, Role.seal_officer)
        }
    orders = []
    for number, person in enumerate(people):
        wanted = [(small.soap, 1), (small.saffron, 1)] if number % 2 else [(small.tea, 1)]
        orders.append(pay(gateway, person, *wanted, at=BEGAN + number * HOUR))
    return SimpleNamespace(
        small=small, people=people, draw=draw, officers=officers, orders=orders, gateway=gateway
    )


def do(verb, *args, **options):
    with unit_of_work():
        return verb(*args, **options)


def frozen(fair, at: datetime = FREEZE) -> None:
    do(freeze_draw, fair.draw.id, fair.officers[Role.office], at)


def signed(fair, at: datetime = FREEZE + HOUR) -> None:
    for role in (Role.auditor, Role.seal_officer):
        do(sign_root, fair.draw.id, role, fair.officers[role], at)


def ready(fair) -> None:
    frozen(fair)
    signed(fair)
    list_stages(DRAWN_AT - HOUR)
    do(bring_beacon, fair.draw.id, 0, BEACON, fair.officers[Role.office], DRAWN_AT)


def drawn(fair) -> DrawStage:
    ready(fair)
    return do(draw_winners, fair.draw.id, 0, fair.officers[Role.office], DRAWN_AT)


def now(fair) -> Draw:
    db.session.rollback()
    return db.session.get_one(Draw, fair.draw.id, populate_existing=True)


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestFreeze:
    def test_the_list_is_everything_that_takes_part_and_tells_of_nobody(self, fair):
        frozen(fair)
        draw = now(fair)
        manifest = json.loads(draw.manifest)
        grants = db.session.execute(
            select(func.count(), func.sum(EntryGrant.weight)).where(EntryGrant.weight > 0)
        ).one()
        assert manifest["entries"]["count"] == grants[0] == 6
        assert manifest["entries"]["weight"] == grants[1]
        assert manifest["entries"]["persons"] == 4
        assert len(manifest["stages"]) == 4
        assert manifest["stages"][0]["sources"][0]["round"] == BEACON["round"]
        sent = db.session.execute(
            select(Message.person_id, Message.params).where(Message.template == "draw_frozen")
        ).all()
        assert {row.person_id for row in sent} == {
            fair.officers[role].id for role in (Role.auditor, Role.seal_officer)
        }
        assert {row.params["root"] for row in sent} == {manifest["entries"]["merkle_root"]}
        published = b"".join(files.entries_csv(draw)).decode()
        for person in fair.people:
            assert person.mobile not in published

    @pytest.mark.parametrize(
        ("at", "error"),
        [
            (FREEZE - timedelta(seconds=1), errors.TooEarly),
            (DRAWN_AT, errors.TooLate),
        ],
    )
    def test_it_has_its_hours(self, fair, at, error):
        with pytest.raises(error):
            frozen(fair, at)
        assert now(fair).state is DrawState.open
        assert count(PublishedEntry) == 0

    def test_freezing_twice_is_refused(self, fair):
        frozen(fair)
        manifest = now(fair).manifest
        with pytest.raises(errors.DrawNotOpen):
            frozen(fair, FREEZE + HOUR)
        assert now(fair).manifest == manifest

    def test_an_officer_with_chances_has_no_hand_in_it(self, fair):
        with pytest.raises(errors.OfficerTakesPart):
            do(freeze_draw, fair.draw.id, acting(fair.people[0], "office"), FREEZE)
        assert now(fair).state is DrawState.open

    def test_a_draw_without_prizes_is_not_closed(self, fair):
        with unit_of_work():
            db.session.execute(text("DELETE FROM prizes"))
        with pytest.raises(Invalid):
            frozen(fair)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE entry_grants SET weight = weight - 1 WHERE weight > 1",
            "UPDATE published_entries SET weight = weight + 1",
            "DELETE FROM published_entries",
            "UPDATE draws SET manifest = '{}'",
            "UPDATE draws SET draw_at = opens_at",
            "DELETE FROM draws",
        ],
    )
    def test_from_then_on_the_database_refuses_changes(self, fair, statement):
        frozen(fair)
        with pytest.raises((IntegrityError, Conflict)), unit_of_work():
            db.session.execute(text(statement))

    def test_a_purchase_after_the_freeze_earns_nothing_and_is_paid_all_the_same(self, fair):
        frozen(fair)
        order = pay(fair.gateway, fair.people[0], (fair.small.bowl, 1), at=FREEZE + HOUR)
        grant = db.session.scalars(
            select(EntryGrant)
            .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
            .where(StoreOrder.order_id == order.id)
        ).one()
        assert (grant.state, grant.weight, grant.reason) == (GrantState.excluded, 0, "list_closed")


class TestSigning:
    def test_two_officers_sign_and_nobody_signs_for_both(self, fair):
        frozen(fair)
        do(sign_root, fair.draw.id, Role.auditor, fair.officers[Role.auditor], FREEZE + HOUR)
        with pytest.raises(errors.AlreadySigned):
            do(sign_root, fair.draw.id, Role.seal_officer, fair.officers[Role.auditor], FREEZE + HOUR)
        with pytest.raises(errors.AlreadySigned):
            do(sign_root, fair.draw.id, Role.auditor, fair.officers[Role.seal_officer], FREEZE + HOUR)
        with pytest.raises(Forbidden):
            do(sign_root, fair.draw.id, Role.office, fair.officers[Role.office], FREEZE + HOUR)

    def test_not_before_the_freeze_and_not_once_the_round_is_known(self, fair):
        with pytest.raises(errors.DrawNotOpen):
            do(sign_root, fair.draw.id, Role.auditor, fair.officers[Role.auditor], FREEZE)
        frozen(fair)
        with pytest.raises(errors.TooLate):
            do(sign_root, fair.draw.id, Role.auditor, fair.officers[Role.auditor], DRAWN_AT)


class TestDrawing:
    def test_what_was_drawn_is_verified_from_the_files_alone(self, fair, tmp_path):
        drawn(fair)
        folder = tmp_path / "files"
        folder.mkdir()
        files.write_files(now(fair), folder)
        lines: list[str] = []
        verify(folder, lines.append)
        assert sum("prize" in line for line in lines) == 3
        assert sorted(p.name for p in folder.iterdir()) == sorted(files.NAMES)
        awards = db.session.scalars(select(Award)).all()
        assert len({award.person_id for award in awards}) == 3
        sent = db.session.scalars(select(Message.channel).where(Message.template == "prize_won")).all()
        assert {channel.value for channel in sent} >= {"app", "sms"}

    def test_drawing_again_gives_the_same_and_tells_nobody_twice(self, fair):
        first = drawn(fair).result
        messages = count(Message)
        assert do(draw_winners, fair.draw.id, 0, fair.officers[Role.office], DRAWN_AT + HOUR).result == first
        assert count(Message) == messages
        assert count(Award) == 3

    def test_each_thing_that_is_missing_is_named_and_nothing_is_written(self, fair):
        officer = fair.officers[Role.office]

        def refused(error, at=DRAWN_AT):
            with pytest.raises(error):
                do(draw_winners, fair.draw.id, 0, officer, at)
            assert count(Award) == 0

        with pytest.raises(NotFound):
            do(draw_winners, fair.draw.id, 0, officer, DRAWN_AT)
        frozen(fair)
        refused(errors.NotSigned)
        signed(fair)
        refused(errors.TooEarly, DRAWN_AT - timedelta(seconds=1))
        refused(errors.DrawNotOpen)
        list_stages(DRAWN_AT - HOUR)
        refused(errors.NoRandomness)
        do(bring_beacon, fair.draw.id, 0, BEACON, officer, DRAWN_AT)
        with pytest.raises(errors.OfficerTakesPart):
            do(draw_winners, fair.draw.id, 0, acting(fair.people[1], "office"), DRAWN_AT)
        do(draw_winners, fair.draw.id, 0, officer, DRAWN_AT)

    @pytest.mark.parametrize(
        "forged",
        [
            {**BEACON, "round": 1001},
            {**BEACON, "signature": "b4" * 48},
            {**BEACON, "signature": BEACON["signature"][:-2]},
            {"round": 1000},
            {},
        ],
    )
    def test_a_forged_round_is_refused(self, fair, forged):
        frozen(fair)
        signed(fair)
        list_stages(DRAWN_AT - HOUR)
        with pytest.raises(errors.FalseBeacon):
            do(bring_beacon, fair.draw.id, 0, forged, fair.officers[Role.office], DRAWN_AT)
        db.session.rollback()
        assert db.session.scalars(select(DrawStage.randomness).where(DrawStage.number == 0)).one() is None

    def test_no_round_is_taken_before_its_moment(self, fair):
        frozen(fair)
        signed(fair)
        list_stages(DRAWN_AT - HOUR)
        with pytest.raises(errors.TooEarly):
            do(bring_beacon, fair.draw.id, 0, BEACON, fair.officers[Role.office], DRAWN_AT - HOUR)

    def test_a_list_changed_behind_us_does_not_verify(self, fair, tmp_path):
        drawn(fair)
        files.write_files(now(fair), tmp_path)
        path = tmp_path / "entries.csv"
        path.write_bytes(path.read_bytes().replace(b",1\n", b",2\n", 1))
        with pytest.raises(Wrong, match=r"entries\.csv"):
            verify(tmp_path, print)


class TestAtOnce:
    """Many officers at the same moment; each verb locks the draw, and constraints decide what a lock does not."""

    def test_of_those_who_freeze_at_once_one_does(self, fair, app):
        draw_id, officer = fair.draw.id, fair.officers[Role.office]

        def freeze(index: int) -> None:
            do(freeze_draw, draw_id, officer, FREEZE)

        told = at_once(app, 4, freeze)
        assert sorted(told, key=str) == [errors.DrawNotOpen] * 3 + [None]
        assert count(PublishedEntry) == json.loads(now(fair).manifest)["entries"]["count"] == 6
        assert count(DrawSigner) == 2

    def test_those_who_draw_at_once_draw_once(self, fair, app):
        ready(fair)
        draw_id, officer = fair.draw.id, fair.officers[Role.office]

        def draw(index: int) -> str | None:
            return do(lambda: draw_winners(draw_id, 0, officer, DRAWN_AT).result)

        told = at_once(app, 6, draw)
        assert len(set(told)) == 1
        assert count(Award) == 3
        shown = select(func.count()).where(Message.template == "prize_won", Message.channel == Channel.app)
        assert db.session.scalar(shown) == 3

    def test_what_is_paid_while_the_list_closes_is_in_it_or_earns_nothing(self, fair, app):
        draw_id, officer = fair.draw.id, fair.officers[Role.office]
        with time_machine.travel(BEGAN, tick=False):
            orders = [placed_open(person, (fair.small.bowl, 1), at=BEGAN) for person in fair.people]
        news = [
            OrderPaid(
                made.id,
                made.number,
                made.person_id,
                made.festival_id,
                tuple(PaidPart(p.id, p.store_id, p.goods_toman, p.entries) for p in parts_of(made)),
                FREEZE,
            )
            for made in orders
        ]

        def act(index: int) -> None:
            if index == 2:
                do(freeze_draw, draw_id, officer, FREEZE)
            else:
                do(grant_entries, news[index - (index > 2)])

        assert at_once(app, 5, act) == [None] * 5
        told = json.loads(now(fair).manifest)["entries"]
        found = db.session.execute(
            select(func.count(), func.sum(EntryGrant.weight)).where(EntryGrant.weight > 0)
        ).one()
        assert (told["count"], told["weight"]) == tuple(found)
        assert count(EntryGrant) == 10, "whoever came late has a grant of nothing, with its reason"


@pytest.mark.databases("sqlite")
class TestFewEntries:
    def test_a_list_without_entries_is_closed_drawn_and_leaves_all_prizes_over(self, ctx, app, tmp_path):
        small = world(BEGAN)
        with writing():
            made = SimpleNamespace(
                draw=a_draw(small.festival, at=BEGAN),
                officers={
                    role: acting(an_official(role, at=BEGAN), role.value)
                    for role in (Role.office, Role.auditor, Role.seal_officer)
                },
            )
        result = json.loads(drawn(made).result)["drawn"]
        assert (result["picks"], result["undrawn"]) == ([], [[1, 1], [2, 1], [2, 2]])
        assert count(Award) == 0
        files.write_files(now(made), tmp_path)
        verify(tmp_path, lambda line: None)

    def test_one_person_with_all_entries_wins_the_first_prize_and_no_other(self, fair, tmp_path):
        alone = fair.people[1]
        for grant in db.session.scalars(select(EntryGrant).where(EntryGrant.person_id != alone.id)).all():
            change(grant, state=GrantState.voided, weight=0, reason="cancelled", voided_at=FREEZE)
        result = json.loads(drawn(fair).result)["drawn"]
        assert [award.person_id for award in db.session.scalars(select(Award))] == [alone.id]
        assert result["undrawn"] == [[2, 1], [2, 2]]
        files.write_files(now(fair), tmp_path)
        verify(tmp_path, lambda line: None)


class TestSkips:
    def test_who_lost_the_right_is_struck_an_hour_before_and_never_wins(self, fair, tmp_path):
        frozen(fair)
        signed(fair)
        barred = db.session.scalars(
            select(PublishedEntry.pseudonym).where(PublishedEntry.person_id == fair.people[0].id)
        ).first()
        do(skip_person, fair.draw.id, barred, "self-dealing", fair.officers[Role.office], FREEZE + HOUR)
        with writing():
            a_role(fair.people[1], Role.auditor, at=FREEZE + HOUR)
        part = db.session.scalars(select(StoreOrder).where(StoreOrder.order_id == fair.orders[2].id)).one()
        change(part, state=StoreOrderState.cancelled)
        assert list_stages(DRAWN_AT - HOUR - timedelta(seconds=1)) == 0
        assert list_stages(DRAWN_AT - HOUR) == 1
        do(bring_beacon, fair.draw.id, 0, BEACON, fair.officers[Role.office], DRAWN_AT)
        do(draw_winners, fair.draw.id, 0, fair.officers[Role.office], DRAWN_AT)
        files.write_files(now(fair), tmp_path)
        verify(tmp_path, lambda line: None)
        assert [award.person_id for award in db.session.scalars(select(Award))] == [fair.people[3].id]
        told = json.loads((tmp_path / "result.json").read_text())["stages"][0]["drawn"]["skips"]["told"]
        assert {each["reason"] for each in told["list"]} == {"self-dealing", "official", "cancelled"}

    def test_after_the_list_is_signed_nobody_is_added(self, fair):
        ready(fair)
        stage = db.session.scalars(select(DrawStage).where(DrawStage.number == 0)).one()
        before = stage.skips
        list_stages(DRAWN_AT - HOUR / 2)
        db.session.rollback()
        assert db.session.scalars(select(DrawStage.skips).where(DrawStage.number == 0)).one() == before

    def test_entries_that_the_office_takes_after_the_freeze_are_skipped_under_a_bare_word(self, fair):
        frozen(fair)
        officer, part = fair.officers[Role.office], parts_of(fair.orders[0])[0]
        assert do(take_entries, [part.id], fair.people[1].id, officer, FREEZE + HOUR) == 0, "not theirs"
        assert do(take_entries, [part.id], fair.people[0].id, officer, FREEZE + HOUR) == 1
        assert [(skip.kind, skip.reason) for skip in skips_added(fair.draw.id)] == [("entry", "abuse")]


class TestVoiding:
    def test_a_draw_is_called_off_before_its_round_alone_and_with_a_reason(self, fair):
        officer = fair.officers[Role.office]
        with pytest.raises(Invalid):
            do(void_draw, fair.draw.id, "  ", officer, FREEZE)
        frozen(fair)
        with pytest.raises(errors.TooLate):
            do(void_draw, fair.draw.id, "a fault", officer, DRAWN_AT)
        do(void_draw, fair.draw.id, "a fault", officer, DRAWN_AT - HOUR)
        assert now(fair).state is DrawState.voided
        with pytest.raises(errors.DrawNotOpen):
            do(draw_winners, fair.draw.id, 0, officer, DRAWN_AT)


class TestPrizes:
    def award(self, fair) -> Award:
        drawn(fair)
        return db.session.scalars(select(Award).order_by(Award.id)).first()

    def test_claimed_checked_handed_over(self, fair):
        award = self.award(fair)
        office = fair.officers[Role.office]
        do(claim_prize, award.id, award.person_id, is_named=False, at=DRAWN_AT + HOUR)
        with pytest.raises(errors.PrizeGone):
            do(hand_over_prize, award.id, "too soon", office, DRAWN_AT + HOUR)
        do(check_identity, award.id, "identity card", office, DRAWN_AT + 2 * HOUR)
        done = do(hand_over_prize, award.id, "in person", office, DRAWN_AT + 3 * HOUR)
        assert (done.state, done.is_named) == (AwardState.handed_over, False)

    def test_anothers_prize_is_unknown(self, fair):
        award = self.award(fair)
        stranger = next(p for p in fair.people if p.id != award.person_id)
        with pytest.raises(NotFound):
            do(claim_prize, award.id, stranger.id, is_named=True, at=DRAWN_AT + HOUR)

    def test_seven_days_to_the_second_and_then_it_is_drawn_again(self, fair):
        award = self.award(fair)
        last = DRAWN_AT + timedelta(days=7)
        assert award.claim_until == last
        assert lapse_prizes(last) == 0
        do(claim_prize, award.id, award.person_id, is_named=True, at=last)
        assert lapse_prizes(last + timedelta(seconds=1)) == 2
        db.session.rollback()
        states = db.session.scalars(select(Award.state).order_by(Award.id)).all()
        assert states == [AwardState.claimed, AwardState.lapsed, AwardState.lapsed]
        with pytest.raises(errors.PrizeGone):
            late = db.session.scalars(select(Award).where(Award.state == AwardState.lapsed)).first()
            do(claim_prize, late.id, late.person_id, is_named=True, at=last + HOUR)

    def test_a_redraw_is_announced_a_day_before_and_takes_what_was_not_taken(self, fair):
        award = self.award(fair)
        do(give_up_prize, award.id, award.person_id, DRAWN_AT + HOUR)
        for other in db.session.scalars(select(Award).where(Award.id != award.id)).all():
            do(claim_prize, other.id, other.person_id, is_named=True, at=DRAWN_AT + HOUR)
        redraw = DRAWN_AT + timedelta(days=12)
        assert list_stages(redraw - timedelta(hours=24, seconds=1)) == 0
        list_stages(redraw - timedelta(hours=24))
        db.session.rollback()
        stage = db.session.scalars(select(DrawStage).where(DrawStage.number == 1)).one()
        assert json.loads(stage.units) == [[1, 1]]
        assert stage.state is StageState.planned
        list_stages(redraw - HOUR)
        db.session.refresh(stage)
        assert stage.state is StageState.listed

    def test_where_everything_was_taken_a_redraw_stays_idle(self, fair):
        self.award(fair)
        for each in db.session.scalars(select(Award)).all():
            do(claim_prize, each.id, each.person_id, is_named=True, at=DRAWN_AT + HOUR)
        list_stages(DRAWN_AT + timedelta(days=11))
        db.session.rollback()
        stage = db.session.scalars(select(DrawStage).where(DrawStage.number == 1)).one()
        assert stage.state is StageState.idle

    def test_a_draw_is_settled_once_nothing_is_to_come_and_nothing_on_its_way(self, fair):
        self.award(fair)
        office = fair.officers[Role.office]
        awards = [(each.id, each.person_id) for each in db.session.scalars(select(Award))]
        for award_id, person_id in awards:
            do(claim_prize, award_id, person_id, is_named=True, at=DRAWN_AT + HOUR)
        for day in (11, 23, 35):
            list_stages(DRAWN_AT + timedelta(days=day))
        assert settle_draws(DRAWN_AT + timedelta(days=36)) == 0
        for award_id, _ in awards:
            do(check_identity, award_id, "identity card", office, DRAWN_AT + 2 * HOUR)
            assert settle_draws(DRAWN_AT + timedelta(days=36)) == 0
            do(hand_over_prize, award_id, "in person", office, DRAWN_AT + 3 * HOUR)
        assert now(fair).state is DrawState.drawn
        assert settle_draws(DRAWN_AT + timedelta(days=36)) == 1
        assert now(fair).state is DrawState.settled
        assert settle_draws(DRAWN_AT + timedelta(days=37)) == 0


class TestCommands:
    def run(self, app, *arguments: str):
        return app.test_cli_runner().invoke(args=["lottery", *arguments])

    def test_two_officers_freeze_by_command_and_one_alone_does_not(self, fair, app):
        first = db.session.get_one(Person, fair.officers[Role.office].id).mobile
        second = db.session.get_one(Person, fair.officers[Role.seal_officer].id).mobile
        stranger = fair.people[0].mobile
        slug = fair.draw.slug
        with time_machine.travel(FREEZE, tick=False):
            for one, other in ((first, first), (first, stranger), (stranger, second)):
                assert self.run(app, "freeze", slug, "--first", one, "--second", other).exit_code == 1
                assert now(fair).state is DrawState.open
            done = self.run(app, "freeze", slug, "--first", first, "--second", second)
        assert done.exit_code == 0, done.output
        assert now(fair).state is DrawState.frozen

    def test_anybody_verifies_a_folder(self, fair, app, tmp_path):
        folder = tmp_path / "files"
        folder.mkdir()
        assert self.run(app, "verify", str(folder)).exit_code == 1
        drawn(fair)
        files.write_files(now(fair), folder)
        done = self.run(app, "verify", str(folder))
        assert (done.exit_code, "verified" in done.output) == (0, True)
