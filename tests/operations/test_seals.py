"""The trust seal, its application and the union licence through their verbs: what is lawful, kept, told and heard."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.accounts.models import Role
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.models import AuditEntry
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.admission import explain_store
from marketplace.messages.models import Message
from marketplace.stores.case_models import SealApplication, SealApplicationState
from marketplace.stores.clearances import (
    add_information,
    answer_clearance,
    mark_asked,
    object_to_clearance,
    renew_clearance,
)
from marketplace.stores.errors import (
    ApplicationOpen,
    NoPaper,
    OwnStore,
    SealNotReady,
    TooEarlyAgain,
    WrongPaperState,
)
from marketplace.stores.expiry import remind_of_expiry
from marketplace.stores.inputs import Outcome, SealWish, Stated
from marketplace.stores.licences import (
    expire_licences,
    register_licence,
    reinstate_licence,
    renew_licence,
    revoke_licence,
    suspend_licence,
)
from marketplace.stores.models import Clearance, ClearanceState, LicenceState, SealState, Store
from marketplace.stores.paper_queries import (
    clearance_of_store,
    history_of_licence,
    history_of_seal,
    licence_of_store,
    seal_of_store,
)
from marketplace.stores.seal_applications import (
    apply_for_seal,
    grant_application,
    refuse_application,
    withdraw_application,
)
from marketplace.stores.seals import (
    change_stars,
    expire_seals,
    overturn_revocation,
    reinstate_seal,
    renew_seal,
    revoke_seal,
    suspend_seal,
)
from tests.factories import AT, a_bare_store, a_member, a_person, an_official, change, world, writing
from tests.unchanged import nothing_written

DAY = timedelta(days=1)
WISH = SealWish("negar.example", "0084575948", "")


@pytest.fixture
def w(ctx, at):
    return world(at)


@pytest.fixture
def officer(w) -> Actor:
    person = an_official(Role.seal_officer)
    return Actor(person.id, "seal_officer", person.display_name)


def seal(store: Store):
    db.session.rollback()
    return seal_of_store(store.id)


def act(verb, *args, **options):
    with unit_of_work():
        return verb(*args, **options)


def reasons(w, store, at=AT) -> list[str]:
    db.session.rollback()
    return [objection.code.value for objection in explain_store(store.id, w.festival.id, at)]


def test_a_seal_lives_through_a_case(w, officer):
    store = w.stores[0]
    act(suspend_seal, store.id, "complaints", officer, AT, "هشت شکایت")
    assert seal(store).state is SealState.suspended and reasons(w, store) == ["seal_suspended"]
    act(reinstate_seal, store.id, "defence_accepted", officer, AT + DAY)
    assert reasons(w, store) == []
    act(suspend_seal, store.id, "inspection", officer, AT + DAY)
    act(revoke_seal, store.id, "defence_refused", officer, AT + 2 * DAY)
    assert seal(store).revoked_at == AT + 2 * DAY and reasons(w, store) == ["seal_revoked"]
    act(overturn_revocation, store.id, "error_corrected", officer, AT + 3 * DAY)
    assert seal(store).revoked_at is None
    lines = history_of_seal(seal(store).id)
    assert [(line.state_before, line.state_after) for line in reversed(lines)] == [
        ("active", "suspended"),
        ("suspended", "active"),
        ("active", "suspended"),
        ("suspended", "revoked"),
        ("revoked", "active"),
    ]
    assert (lines[-1].reason_code, lines[-1].reason_text, lines[-1].actor_id) == (
        "complaints",
        "هشت شکایت",
        officer.id,
    )
    audited = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "change_seal")).all()
    assert len(audited) == len(lines)
    told = set(db.session.scalars(select(Message.template)))
    assert {"seal_suspended", "seal_reinstated", "seal_revoked"} <= told


@pytest.mark.parametrize(
    ("state", "verb", "args"),
    [
        ("active", revoke_seal, ("other",)),
        ("active", reinstate_seal, ("other",)),
        ("active", overturn_revocation, ("other",)),
        ("suspended", suspend_seal, ("other",)),
        ("expired", suspend_seal, ("other",)),
        ("revoked", reinstate_seal, ("other",)),
        ("revoked", change_stars, (3, "other")),
        ("expired", change_stars, (3, "other")),
    ],
)
def test_what_does_not_follow_is_refused_and_writes_nothing(w, officer, state, verb, args):
    store = w.stores[0]
    change(seal(store), state=SealState(state))
    if verb is change_stars:
        stars, code = args
        arguments = (store.id, stars, code, officer, AT)
    else:
        arguments = (store.id, *args, officer, AT)
    with nothing_written(), pytest.raises(WrongPaperState):
        act(verb, *arguments)


def test_renewal_prolongs_from_the_end_or_begins_anew(w, officer):
    store = w.stores[0]
    end = seal(store).valid_until
    act(renew_seal, store.id, officer, AT)
    assert seal(store).valid_until == end + 730 * DAY
    change(seal(store), state=SealState.expired, valid_until=AT - DAY)
    act(renew_seal, store.id, officer, AT)
    assert (seal(store).state, seal(store).valid_from, seal(store).valid_until) == (
        "active",
        AT,
        AT + 730 * DAY,
    )


def test_stars_are_an_attribute_with_a_history(w, officer):
    store = w.stores[0]
    act(change_stars, store.id, 4, "late_answers", officer, AT)
    assert history_of_seal(seal(store).id) == [], "the same number changes nothing"
    act(change_stars, store.id, 3, "late_answers", officer, AT)
    line = history_of_seal(seal(store).id)[0]
    assert (line.stars_before, line.stars_after, line.state_before, line.state_after) == (
        4,
        3,
        "active",
        "active",
    )
    with nothing_written(), pytest.raises(ValueError):
        act(change_stars, store.id, 6, "late_answers", officer, AT)


def test_nobody_decides_about_their_own_store(w, officer):
    store = w.stores[0]
    member = an_official(Role.seal_officer)
    a_member(store, member, "staff", ended_at=AT - DAY)
    actor = Actor(member.id, "seal_officer", "x")
    for verb, args in (
        (suspend_seal, ("other", actor, AT)),
        (renew_seal, (actor, AT)),
        (change_stars, (1, "other", actor, AT)),
        (suspend_licence, ("other", actor, AT)),
    ):
        with nothing_written(), pytest.raises(OwnStore):
            act(verb, store.id, *args)


def test_a_store_without_a_seal_has_none_to_suspend(w, officer):
    bare = a_bare_store(province=w.provinces[0])
    with nothing_written(), pytest.raises(NoPaper):
        act(suspend_seal, bare.id, "other", officer, AT)


def test_seals_and_licences_expire_by_themselves_to_the_second(w):
    store = w.stores[0]
    change(seal(store), valid_until=AT + timedelta(seconds=1))
    change(licence_of_store(store.id), valid_until=AT + timedelta(seconds=1))
    assert (act(expire_seals, AT), act(expire_licences, AT)) == (0, 0)
    later = AT + timedelta(seconds=1)
    assert reasons(w, store, later) == ["seal_expired", "licence_expired"], "before any sweep"
    assert (act(expire_seals, later), act(expire_licences, later)) == (1, 1)
    assert (act(expire_seals, later), act(expire_licences, later)) == (0, 0)
    assert seal(store).state is SealState.expired and licence_of_store(store.id).state is LicenceState.expired
    assert history_of_seal(seal(store).id)[0].actor_role == SYSTEM.role
    assert reasons(w, store, later) == ["seal_expired", "licence_expired"]


def test_reminders_come_once_for_each_distance(w):
    store = w.stores[0]
    with writing():
        for other in w.stores[1:]:
            change(seal_of_store(other.id), valid_until=AT + 900 * DAY)
        change(seal_of_store(store.id), valid_until=AT + 60 * DAY)

    def told() -> list[int]:
        db.session.rollback()
        rows = db.session.scalars(
            select(Message)
            .where(Message.template == "seal_expiry", Message.channel == "app")
            .order_by(Message.id)
        )
        return [row.params["days"] for row in rows]

    for moment, expected in (
        (AT - timedelta(seconds=1), []),
        (AT, [60]),
        (AT + DAY, [60]),
        (AT + 30 * DAY, [60, 30]),
        (AT + 53 * DAY, [60, 30, 7]),
        (AT + 59 * DAY, [60, 30, 7]),
        (AT + 60 * DAY, [60, 30, 7]),
    ):
        act(remind_of_expiry, moment)
        assert told() == expected, moment


@pytest.fixture
def applicant(w):
    store = a_bare_store(province=w.provinces[0], slug="negar")
    owner = a_person()
    a_member(store, owner)
    return store, owner, Actor(owner.id, "store", "owner")


def apply(applicant, at=AT, wish=WISH) -> SealApplication:
    store, owner, actor = applicant
    return act(apply_for_seal, store.id, owner.id, wish, actor, at)


def make_ready(store, officer, at=AT):
    """The domain is proven and the inquiry answered."""
    with unit_of_work():
        application = db.session.scalars(
            select(SealApplication).where(
                SealApplication.store_id == store.id, SealApplication.state == SealApplicationState.open
            )
        ).one()
        application.proven_at = at
        clearance = db.session.scalars(select(Clearance).where(Clearance.store_id == store.id)).one()
        if clearance.state is ClearanceState.queued:
            mark_asked(clearance.id, officer, at)
            answer_clearance(clearance.id, Outcome(ClearanceState.clear, None), officer, at)


def test_nothing_is_granted_before_all_is_there(w, officer, applicant):
    application = apply(applicant)
    with nothing_written(), pytest.raises(SealNotReady) as told:
        act(grant_application, application.id, 4, officer, AT)
    assert {reason.code for reason in told.value.reasons} == {"domain_not_proven", "clearance_not_clear"}
    make_ready(applicant[0], officer)
    act(grant_application, application.id, 4, officer, AT)
    assert seal(applicant[0]).state is SealState.active
    with nothing_written(), pytest.raises(WrongPaperState):
        act(grant_application, application.id, 4, officer, AT)


def test_one_application_at_a_time(w, officer, applicant):
    apply(applicant)
    with nothing_written(), pytest.raises(ApplicationOpen):
        apply(applicant)
    act(withdraw_application, applicant[0].id, applicant[2], AT)
    apply(applicant)
    clearance = clearance_of_store(applicant[0].id)
    assert clearance.state is ClearanceState.queued and clearance.clock_from == AT


def test_a_refused_store_may_apply_again_at_once(w, officer, applicant):
    application = apply(applicant)
    act(refuse_application, application.id, Stated("documents_missing", "روزنامه رسمی"), officer, AT)
    assert seal(applicant[0]).state is SealState.applied
    assert apply(applicant).kind == "first"


def test_after_a_revocation_six_months_pass(w, officer):
    store = w.stores[0]
    who = (store, w.owners[0], Actor(w.owners[0].id, "store", "owner"))
    act(suspend_seal, store.id, "complaints", officer, AT)
    with nothing_written(), pytest.raises(WrongPaperState):
        apply(who)
    act(revoke_seal, store.id, "complaints", officer, AT)
    half_year = AT + timedelta(days=186)  # the first six months of the Jalali year have 31 days
    with nothing_written(), pytest.raises(TooEarlyAgain):
        apply(who, half_year - timedelta(seconds=1))
    code = seal(store).code
    application = apply(who, half_year)
    assert application.kind == "again" and seal(store).state is SealState.applied
    make_ready(store, officer, half_year)
    act(grant_application, application.id, 2, officer, half_year)
    assert (seal(store).code, seal(store).stars, seal(store).state) == (code, 2, "active")
    assert history_of_seal(seal(store).id)[0].reason_code == "reissued"


@pytest.mark.parametrize("domain", ["store", "www"])
def test_a_domain_has_one_seal(w, applicant, domain):
    taken = seal(w.stores[1]).domain
    wish = SealWish(taken if domain == "store" else f"www.{taken}", "0084575948", "")
    with nothing_written(), pytest.raises(Invalid) as told:
        apply(applicant, wish=wish)
    assert told.value.fields == {"domain": "domain_taken"}


def test_the_national_id_on_file_is_the_one(w, applicant):
    apply(applicant)
    act(withdraw_application, applicant[0].id, applicant[2], AT)
    with nothing_written(), pytest.raises(Invalid) as told:
        apply(applicant, wish=SealWish("negar.example", "0499370899", ""))
    assert told.value.fields == {"national_id": "other_national_id"}


def test_a_renewal_near_the_end_asks_anew_and_the_store_stays_admitted(w, officer):
    store = w.stores[0]
    who = (store, w.owners[0], Actor(w.owners[0].id, "store", "owner"))
    wish = SealWish(seal(store).domain, "0084575948", "")
    change(seal(store), valid_until=AT + 900 * DAY)
    change(licence_of_store(store.id), valid_until=AT + 900 * DAY)
    end, number = clearance_of_store(store.id).valid_until, clearance_of_store(store.id).id
    assert apply(who, wish=wish).kind == "renewal"
    assert clearance_of_store(store.id).state is ClearanceState.clear
    with nothing_written(), pytest.raises(WrongPaperState):
        act(renew_clearance, store.id, w.owners[0].id, who[2], end - 60 * DAY - timedelta(seconds=1))
    near = end - 60 * DAY
    act(renew_clearance, store.id, w.owners[0].id, who[2], near)
    act(mark_asked, number, officer, near)
    act(answer_clearance, number, Outcome(ClearanceState.more_information, "other"), officer, near)
    assert reasons(w, store, end - timedelta(seconds=1)) == []
    assert reasons(w, store, end) == ["clearance_pending"]
    act(add_information, store.id, "شناسنامه‌ی تازه", who[2], near)
    assert clearance_of_store(store.id).information == "شناسنامه‌ی تازه"
    act(mark_asked, number, officer, near)
    act(answer_clearance, number, Outcome(ClearanceState.clear, None), officer, near + DAY)
    renewed = clearance_of_store(store.id)
    assert (renewed.valid_until, renewed.information) == (near + 366 * DAY, None)


def test_an_adverse_answer_to_a_renewal_ends_the_earlier_one_at_once(w, officer):
    store = w.stores[0]
    clearance = clearance_of_store(store.id)
    near = clearance.valid_until - DAY
    owner = Actor(w.owners[0].id, "store", "owner")
    act(renew_clearance, store.id, w.owners[0].id, owner, near)
    act(mark_asked, clearance.id, officer, near)
    act(answer_clearance, clearance.id, Outcome(ClearanceState.adverse, "record"), officer, near)
    assert "clearance_adverse" in reasons(w, store, near)
    act(object_to_clearance, store.id, owner, near)
    assert "clearance_pending" in reasons(w, store, near)


def test_a_renewed_seal_keeps_its_stars_or_takes_those_of_the_grant(w, officer):
    store = w.stores[0]
    change(seal(store), stars=5)
    act(renew_seal, store.id, officer, AT)
    assert seal(store).stars == 5
    who = (store, w.owners[0], Actor(w.owners[0].id, "store", "owner"))
    application = apply(who, wish=SealWish(seal(store).domain, "0084575948", ""))
    make_ready(store, officer)
    act(grant_application, application.id, 3, officer, AT)
    line = history_of_seal(seal(store).id)[0]
    assert (seal(store).stars, line.stars_before, line.stars_after) == (3, 5, 3)


def test_a_licence_lives_with_its_history(w, officer):
    store = w.stores[0]
    act(suspend_licence, store.id, "union_decision", officer, AT)
    assert reasons(w, store) == ["licence_not_active"]
    with nothing_written(), pytest.raises(WrongPaperState):
        act(renew_licence, store.id, AT + 900 * DAY, officer, AT)
    act(reinstate_licence, store.id, "union_decision", officer, AT)
    with nothing_written(), pytest.raises(Invalid):
        act(renew_licence, store.id, AT, officer, AT)
    act(renew_licence, store.id, AT + 900 * DAY, officer, AT)
    with nothing_written(), pytest.raises(WrongPaperState):
        act(revoke_licence, store.id, "union_decision", officer, AT)
    act(suspend_licence, store.id, "union_decision", officer, AT)
    act(revoke_licence, store.id, "union_decision", officer, AT)
    lines = history_of_licence(licence_of_store(store.id).id)
    assert [line.state_after for line in reversed(lines)] == [
        "suspended",
        "active",
        "active",
        "suspended",
        "revoked",
    ]
    with nothing_written(), pytest.raises(WrongPaperState):
        act(register_licence, store.id, "X-1", AT, AT + DAY, officer, AT)
