"""What may happen once: codes, roles, papers, entries, draws, jobs. Each race names the naive way it is guarded
against."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from marketplace.accounts import codes
from marketplace.accounts.approvals import approve, propose
from marketplace.accounts.models import ApprovalRow, ApprovalState, OneTimeCode, Person, Role, RoleGrant
from marketplace.accounts.people import grant_role
from marketplace.core.audit import Actor, broken_entries, record
from marketplace.core.db import db
from marketplace.core.jobs import claim as claim_job
from marketplace.core.jobs import enqueue
from marketplace.core.models import AuditEntry, Job
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.beacons import bring_beacon
from marketplace.lottery.drawing import draw_winners
from marketplace.lottery.entries import grant_entries
from marketplace.lottery.freezing import freeze_draw, sign_root
from marketplace.lottery.listing import list_stages
from marketplace.lottery.models import Award, Draw, DrawState, EntryGrant
from marketplace.messages.models import Message
from marketplace.orders.events import OrderPaid, PaidPart
from marketplace.orders.models import Order
from marketplace.reviews.inputs import ReviewWords
from marketplace.reviews.models import Review
from marketplace.reviews.reviews import write_review
from marketplace.stores import hosting
from marketplace.stores.hosting_models import Hosting, HostingState
from tests.factories import AT, a_bare_store, a_festival, a_person, an_official, world
from tests.factories.buying import later, parts_of, placed_open
from tests.factories.draws import BEACON, DRAWN_AT, a_draw
from tests.factories.said import actor_of, arrived
from tests.faults.once_only import bazaar, how_many
from tests.faults.rounds import AT_ONCE, Race

BEGAN = DRAWN_AT - timedelta(days=12)
FREEZE = DRAWN_AT - timedelta(hours=48)
OFFICE = frozenset({Role.office})


def places(rounds: int) -> list[int]:
    return list(range(rounds))


# --- accounts


def _mobile(place: int) -> str:
    return f"0919{place:07d}"


def _codes(rounds: int) -> list[Any]:
    found = []
    for place in range(rounds):
        with unit_of_work():
            secret = codes.send_code(_mobile(place), AT, "fa")
        sent = db.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
        found.append((_mobile(place), secret, sent.params["code"]))
    db.session.rollback()
    return found


def _use_code(subject: Any, index: int) -> bool:
    _, secret, code = subject
    with unit_of_work():
        return codes.use_code(secret, code, AT).person_id is not None


def _send_code(place: int, index: int) -> bool:
    with unit_of_work():
        codes.send_code(_mobile(place), AT, "fa")
    return True


def _people(rounds: int) -> list[Any]:
    with unit_of_work():
        return [a_person().id for _ in range(rounds)]


def _grant_role(person: int, index: int) -> bool:
    with unit_of_work():
        grant_role(person, Role.health_inspector, AT)
    return True


def _proposals(rounds: int) -> list[Any]:
    with unit_of_work():
        first = Actor(an_official(Role.office).id, "office", "first")
        seconds = [an_official(Role.office).id for _ in range(AT_ONCE)]
        content = {"before": 50, "after": 40}
        return [(propose("policy", f"policy:race-{n}", content, first, AT), seconds) for n in range(rounds)]


def _approve(subject: Any, index: int) -> bool:
    made, seconds = subject
    with unit_of_work():
        approve(made, Actor(seconds[index], "office", "second"), AT, roles=OFFICE)
    return True


def _approved(subject: Any) -> int:
    state = db.session.scalar(select(ApprovalRow.state).where(ApprovalRow.id == subject[0]))
    acts = how_many(
        AuditEntry, AuditEntry.action == "approved", AuditEntry.subject == f"approval:{subject[0]}"
    )
    return acts if state is ApprovalState.approved else 0


# --- stores


def _guests(rounds: int) -> list[Any]:
    small = world()
    hosts = [store.id for store in small.stores]
    guests = [a_bare_store(kind="offline", slug=f"guest-{n}") for n in range(rounds)]
    return [(hosts, guest.id, guest.slug) for guest in guests]


def _host(subject: Any, index: int) -> bool:
    hosts, _, slug = subject
    with unit_of_work():
        hosting.propose_hosting(hosts[index % len(hosts)], slug, True, Actor(1, "store", "host"), AT)
    return True


def _hostings_of(subject: Any) -> int:
    return how_many(Hosting, Hosting.guest_id == subject[1], Hosting.state == HostingState.proposed)


def _lines(rounds: int) -> list[Any]:
    small, gateway = bazaar()
    with later(AT):
        buyers = [a_person() for _ in range(rounds)]
        return [(arrived(gateway, person, small.soap), actor_of(person)) for person in buyers]


def _review(subject: Any, index: int) -> None:
    line, writer = subject
    with unit_of_work():
        write_review(line, writer, ReviewWords(4, "دوختش تمیز است."), AT)


# --- the draw


def _news(made: Order, festival_id: int, at: Any) -> OrderPaid:
    parts = tuple(PaidPart(p.id, p.store_id, p.goods_toman, p.entries) for p in parts_of(made))
    return OrderPaid(made.id, made.number, made.person_id, festival_id, parts, at)


def _unpaid_orders(rounds: int) -> list[Any]:
    small, _ = bazaar()
    with later(AT):
        return [_news(placed_open(a_person(), (small.soap, 1)), small.festival.id, AT) for _ in range(rounds)]


def _enter(news: OrderPaid, index: int) -> None:
    with unit_of_work():
        grant_entries(news)


def _grants_of(news: OrderPaid) -> int:
    return how_many(EntryGrant, EntryGrant.store_order_id == news.parts[0].store_order_id)


def _draws(rounds: int, entered: int = 2, late: int = 0) -> list[Any]:
    """An edition of its own for each round, with an open draw and some who take part; others are about to."""
    small, _ = bazaar()
    with unit_of_work():
        officers = {
            role: Actor(an_official(role, at=BEGAN).id, role.value, "officer")
            for role in (Role.office, Role.auditor, Role.seal_officer)
        }
    found = []
    for _ in range(rounds):
        with unit_of_work():
            festival = a_festival(at=BEGAN)
            draw = a_draw(festival, at=BEGAN).id
        with later(AT):
            orders = [placed_open(a_person(), (small.soap, 1)) for _ in range(entered + late)]
        news = [_news(each, festival.id, FREEZE) for each in orders]
        for each in news[:entered]:
            with unit_of_work():
                grant_entries(each)
        found.append((draw, officers, news[entered:]))
    return found


def _ready_draws(rounds: int) -> list[Any]:
    found = _draws(rounds)
    for draw, officers, _ in found:
        with unit_of_work():
            freeze_draw(draw, officers[Role.office], FREEZE)
        for role in (Role.auditor, Role.seal_officer):
            with unit_of_work():
                sign_root(draw, role, officers[role], FREEZE + timedelta(hours=1))
    list_stages(DRAWN_AT - timedelta(hours=1))
    for draw, officers, _ in found:
        with unit_of_work():
            bring_beacon(draw, 0, BEACON, officers[Role.office], DRAWN_AT)
    return found


def _draw(subject: Any, index: int) -> None:
    draw, officers, _ = subject
    with unit_of_work():
        draw_winners(draw, 0, officers[Role.office], DRAWN_AT)


def _results_of(subject: Any) -> int:
    """1 where each piece has one winner: two entrants and three pieces leave two of them."""
    won = list(db.session.execute(select(Award.prize_id, Award.unit).where(Award.draw_id == subject[0])))
    return len(won) - 1 if len(won) == len(set(won)) else len(won)


def _closing_draws(rounds: int) -> list[Any]:
    return _draws(rounds, entered=2, late=5)


def _close_or_enter(subject: Any, index: int) -> bool | None:
    draw, officers, late = subject
    if index % 6 == 0:
        with unit_of_work():
            freeze_draw(draw, officers[Role.office], FREEZE)
        return True
    return _enter(late[index % 6 - 1], index)


def _behind_the_list(subject: Any) -> int:
    """1 where the list that was published is the one of those who take part, and more by those who came behind it."""
    draw = db.session.get_one(Draw, subject[0])
    told = json.loads(draw.manifest or "{}")["entries"]["count"] if draw.state is DrawState.frozen else 0
    takes_part = how_many(EntryGrant, EntryGrant.festival_id == draw.festival_id, EntryGrant.weight > 0)
    return 1 + abs(takes_part - told)


# --- the machinery


def _jobs(rounds: int) -> list[Any]:
    with unit_of_work():
        return [enqueue("check-payment", {"payment_id": 0}, key=f"race:{n}", at=AT) for n in range(rounds)]


def _take_job(job: int, index: int) -> bool:
    return claim_job(job, AT) is not None


def _attempts_of(job: int) -> int:
    return db.session.scalar(select(Job.attempts).where(Job.id == job)) or 0


def _note(place: int, index: int) -> None:
    with unit_of_work():
        record(Actor(None, "system", "race"), "race", f"race:{place}", AT, after={"index": index})


def _noted(place: int) -> int:
    """1 where all stand in one chain; else how many links are broken, or missing."""
    missing = AT_ONCE - how_many(AuditEntry, AuditEntry.subject == f"race:{place}")
    return 1 + missing + sum(1 for _ in broken_entries())


UNPAID = ("grants_stand_on_paid_orders",)
REST: dict[str, tuple[Race, str]] = {
    "a one-time code": (
        Race(_codes, _use_code, lambda of: how_many(Person, Person.mobile == of[0])),
        "read the state, then step",
    ),
    "the sending of a code": (
        Race(places, _send_code, lambda place: how_many(OneTimeCode, OneTimeCode.mobile == _mobile(place))),
        "look, then write",
    ),
    "a role": (
        Race(_people, _grant_role, lambda person: how_many(RoleGrant, RoleGrant.person_id == person)),
        "look, then write",
    ),
    "the second person's approval": (Race(_proposals, _approve, _approved), "read the state, then step"),
    "a host's invitation of a guest": (Race(_guests, _host, _hostings_of), "look, then write"),
    "a review": (
        Race(_lines, _review, lambda of: how_many(Review, Review.order_line_id == of[0])),
        "look, then write",
    ),
    "the entries of an order": (Race(_unpaid_orders, _enter, _grants_of, unasked=UNPAID), "look, then write"),
    "a draw": (Race(_ready_draws, _draw, _results_of, unasked=UNPAID), "read the state, then step"),
    "the closing of a list while people enter": (
        Race(_closing_draws, _close_or_enter, _behind_the_list, unasked=UNPAID),
        "look whether it is open, then enter",
    ),
    "a job of the queue": (Race(_jobs, _take_job, _attempts_of), "read the state, then step"),
    "a link of the audit chain": (Race(places, _note, _noted), "highest number and one"),
}
"""With the naive way that each is guarded against."""
