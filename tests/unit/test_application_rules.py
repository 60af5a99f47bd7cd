"""The machine of an application, its checks and its score, as values in and values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import text
from marketplace.core.errors import Invalid, Malformed
from marketplace.festival.application_facts import Rooms, account_asked, fingerprint
from marketplace.festival.application_inputs import HardHit, Licence, NewStore, StoreAddress, Who
from marketplace.festival.application_models import MatchKind, MatchState
from marketplace.festival.checks import ApplicationFacts, CheckKey, checks_of, result_of
from marketplace.festival.decision_inputs import choice_of, parse_chosen
from marketplace.festival.models import ApplicationState, CheckResult, Pledge
from marketplace.festival.reason_codes import CODES, REVISION_STEPS, steps_asked_for, word_reasons
from marketplace.festival.rules import (
    APPLICATION_TRANSITIONS,
    UNDONE_TRANSITIONS,
    StoreFacts,
    Validity,
    may_become,
)
from marketplace.festival.scoring import Room, score_parts, total
from marketplace.policy.policy import Policy
from marketplace.stores.models import ClearanceState, LegalForm
from tests.factories.applications import NATIONAL_ID, SHEBA
from tests.factories.rows import AT

DAY = timedelta(days=1)
S = ApplicationState
IN_ORDER = StoreFacts(
    application=S.submitted,
    seal=Validity("active", AT - DAY, AT + DAY),
    licence=Validity("active", AT - DAY, AT + DAY),
    clearance_state=ClearanceState.clear,
    clearance_until=AT + DAY,
    has_open_critical_finding=False,
    missing_pledges=frozenset(),
    is_hidden=False,
)
FACTS = ApplicationFacts(
    application_id=1,
    store=IN_ORDER,
    store_domain="a.example",
    given_seal_code="1",
    seal_code="1",
    seal_domain="a.example",
    stars=5,
    given_licence="L",
    licence_number="L",
    has_consent=True,
    identity=MatchState.match,
    account=MatchState.match,
    has_health_answers=True,
    linked_count=0,
    is_hard_hit_category=True,
    fall_percent=50,
    has_evidence=True,
    age_years=5,
    solved_percent=100,
)


def store(**changes: Any) -> ApplicationFacts:
    return replace(FACTS, store=replace(IN_ORDER, **changes))


# --- the machine


def test_what_product_and_rules_say_of_the_machine():
    assert may_become(S.draft, S.submitted) and not may_become(S.draft, S.approved)
    assert may_become(S.revision, S.submitted) and not may_become(S.revision, S.approved)
    assert APPLICATION_TRANSITIONS[S.withdrawn] == frozenset()
    assert all(
        S.withdrawn in row for state, row in APPLICATION_TRANSITIONS.items() if state is not S.withdrawn
    )
    assert all(S.draft not in row for row in APPLICATION_TRANSITIONS.values())


def test_a_way_back_is_the_way_of_a_decision():
    for state, row in UNDONE_TRANSITIONS.items():
        assert all(state in APPLICATION_TRANSITIONS[before] for before in row), state


# --- checks


@pytest.mark.parametrize(
    ("facts", "key", "result", "code"),
    [
        (store(seal=None), CheckKey.seal, "no", "seal_missing"),
        (store(seal=Validity("suspended", AT - DAY, AT + DAY)), CheckKey.seal, "no", "seal_suspended"),
        (store(seal=Validity("active", AT - DAY, AT)), CheckKey.seal, "no", "seal_expired"),
        (replace(FACTS, given_seal_code="2"), CheckKey.seal, "no", "seal_of_another"),
        (replace(FACTS, seal_domain="b.example"), CheckKey.seal, "no", "seal_other_domain"),
        (store(licence=Validity("active", AT - DAY, AT)), CheckKey.licence, "no", "licence_expired"),
        (replace(FACTS, given_licence="M"), CheckKey.licence, "no", "licence_other_number"),
        (
            store(clearance_state=ClearanceState.asked, clearance_until=None),
            CheckKey.clearance,
            "wait",
            "clearance_pending",
        ),
        (store(clearance_state=None), CheckKey.clearance, "wait", "clearance_pending"),
        (store(clearance_state=ClearanceState.adverse), CheckKey.clearance, "no", "clearance_adverse"),
        (store(missing_pledges=frozenset({Pledge.hygiene_kit})), CheckKey.pledges, "no", "pledge_missing"),
        (replace(FACTS, identity=None), CheckKey.identity, "wait", "identity_not_asked"),
        (replace(FACTS, identity=MatchState.mismatch), CheckKey.identity, "no", "identity_mismatch"),
        (replace(FACTS, account=MatchState.asked), CheckKey.account, "wait", "account_asked"),
        (replace(FACTS, account=MatchState.unanswered), CheckKey.account, "wait", "account_unanswered"),
        (store(has_open_critical_finding=True), CheckKey.health, "no", "critical_finding"),
        (replace(FACTS, has_health_answers=False), CheckKey.health, "no", "health_missing"),
        (replace(FACTS, linked_count=2), CheckKey.linked, "look", "linked_found"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_one_thing_wrong_is_one_check_wrong(facts, key, result, code):
    checks = checks_of(facts, AT)
    wrong = [check for check in checks if check.result is not CheckResult.ok]
    assert [(c.key, c.result.value, c.code) for c in wrong] == [(key, result, code)]
    assert result_of(checks).value == result


def test_all_in_order_is_ok():
    assert result_of(checks_of(FACTS, AT)) is CheckResult.ok


def test_the_worst_speaks():
    facts = replace(FACTS, account=MatchState.asked, identity=MatchState.mismatch, linked_count=1)
    assert result_of(checks_of(facts, AT)) is CheckResult.no


# --- score

ROOM = Room(0, 10)


def test_the_score_is_its_parts():
    parts = score_parts(FACTS, ROOM, Policy())
    assert [(p.key.value, p.points, p.most) for p in parts] == [
        ("stars", 30, 30),
        ("record", 25, 25),
        ("hard_hit", 25, 25),
        ("balance", 20, 20),
    ]
    assert total(parts) == 100


@pytest.mark.parametrize(
    ("changes", "room", "score"),
    [
        ({"stars": 0}, ROOM, 70),
        ({"solved_percent": None}, ROOM, 92),
        ({"age_years": 0}, ROOM, 90),
        ({"is_hard_hit_category": False}, ROOM, 85),
        ({"has_evidence": False}, ROOM, 90),
        ({"fall_percent": 25}, ROOM, 95),
        ({}, Room(5, 10), 90),
        ({}, Room(11, 10), 80),
        ({}, Room(0, 0), 80),
    ],
)
def test_each_part_by_itself(changes, room, score):
    assert total(score_parts(replace(FACTS, **changes), room, Policy())) == score


@given(
    st.integers(0, 5),
    st.integers(0, 60),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(1, 100),
    st.integers(0, 40),
)
def test_a_score_stays_in_its_bounds_and_grows_with_stars(stars, years, solved, fall, taken):
    facts = replace(FACTS, stars=stars, age_years=years, solved_percent=solved, fall_percent=fall)
    parts = score_parts(facts, Room(taken, 20), Policy())
    assert all(0 <= part.points <= part.most for part in parts)
    better = score_parts(replace(facts, stars=min(stars + 1, 5)), Room(taken, 20), Policy())
    assert 0 <= total(parts) <= total(better) <= 100


def test_a_category_without_a_number_meets_the_edition():
    rooms = Rooms(Room(3, 300), {7: Room(4, 4)}, {7: 4})
    assert rooms.of(None) == rooms.of(8) == Room(3, 300)
    assert rooms.is_full_for(7) and not rooms.is_full_for(8)
    assert Rooms(Room(300, 300), {}, {}).is_full_for(8)


# --- what is typed

WHO = {
    "legal_form": "natural",
    "national_id": "۰۴۹۹۳۷۰۸۹۹",
    "sheba": SHEBA.lower(),
    "sheba_owner": "مریم رضایی",
}


def wrong(kind: Any, *values: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        kind.parse(*values)
    return refused.value.fields


def test_numbers_with_their_check_digits():
    who = Who.parse(WHO)
    assert (who.national_id, who.sheba, who.legal_id) == (NATIONAL_ID, SHEBA, None)
    assert wrong(Who, {**WHO, "national_id": "0499370898"}) == {"national_id": "bad_national_id"}
    assert wrong(Who, {**WHO, "sheba": SHEBA[:-1] + "2"}) == {"sheba": "bad_sheba"}
    assert wrong(Who, {**WHO, "legal_form": "legal"}) == {"legal_id": "required", "legal_name": "required"}
    company = {**WHO, "legal_form": "legal", "legal_name": "آرتین", "legal_id": "10380284790"}
    assert Who.parse(company).legal_id == "10380284790"
    assert wrong(Who, {**company, "legal_id": "10380284791"}) == {"legal_id": "bad_legal_id"}


@given(st.text(alphabet="0123456789", min_size=10, max_size=10))
def test_a_legal_id_has_one_check_digit(ten):
    fitting = [d for d in "0123456789" if text.legal_id(ten + d)]
    assert len(fitting) <= 1
    assert fitting or len(set(ten)) == 1


def test_a_licence_that_has_run_out_is_refused():
    values = {"licence_number": "ab-1", "licence_from": "1403/1/1", "licence_until": "1405/1/5"}
    assert Licence.parse(values, date(2026, 3, 25)).until_on == date(2026, 3, 25)
    assert wrong(Licence, values, date(2026, 3, 26)) == {"licence_until": "licence_expired"}
    turned = {**values, "licence_from": "1405/1/5"}
    assert wrong(Licence, turned, date(2026, 3, 25)) == {"licence_until": "days_reversed"}
    assert wrong(Licence, {}, date(2026, 3, 25)).keys() == {"licence_number", "licence_from", "licence_until"}


def test_a_store_begins_with_a_domain_or_a_street():
    values = {
        "name_fa": "گلدان",
        "kind": "online",
        "domain": "HTTPS://www.Pots.example/x",
        "province": "گیلان",
    }
    values |= {"city": "رشت", "founded_on": "1398/2/1"}
    today = date(2026, 3, 25)
    assert NewStore.parse(values, today).domain == "pots.example"
    assert wrong(NewStore, {**values, "domain": ""}, today) == {"domain": "required"}
    assert wrong(NewStore, {**values, "domain": "no domain"}, today) == {"domain": "bad_domain"}
    assert NewStore.parse({**values, "kind": "offline", "domain": ""}, today).domain is None
    assert wrong(NewStore, {**values, "founded_on": "1405/1/6"}, today) == {"founded_on": "day_ahead"}


def test_address_and_fall():
    assert wrong(StoreAddress, {}).keys() == {"province", "city", "address", "postal_code", "phone"}
    assert HardHit.parse({"is_hard_hit": "0", "fall_percent": "x"}) == HardHit(False)
    told = {"is_hard_hit": "1", "fall_percent": "۴۰٪", "fall_story": "از مهر فروش کم شد."}
    assert HardHit.parse(told).fall_percent == 40
    assert wrong(HardHit, {**told, "fall_percent": "0"}) == {"fall_percent": "bad_percent"}
    assert wrong(HardHit, {}) == {"is_hard_hit": "required"}


def test_a_choice_is_ids_with_versions():
    assert parse_chosen("17.3,18.1") == {17: 3, 18: 1}
    assert parse_chosen(choice_of({5: 2, 4: 1})) == {4: 1, 5: 2}
    for broken in ("17", "a.b", "17.-1", "1.2;3.4"):
        with pytest.raises(Malformed):
            parse_chosen(broken)
    with pytest.raises(Invalid, match="nothing_chosen"):
        parse_chosen("")
    with pytest.raises(Invalid, match="too_many_chosen"):
        parse_chosen(",".join(f"{n}.1" for n in range(501)))


# --- words


def test_every_reason_is_worded_in_both_languages():
    for codes in CODES.values():
        for language in ("fa", "en"):
            words = word_reasons([{"code": code} for code in codes], language)
            assert all(word not in codes for word in words)
    assert word_reasons([{"code": "x", "fa": "چنین", "en": "so"}], "en") == ["so"]
    assert steps_asked_for([{"code": code} for code in REVISION_STEPS]) == frozenset(REVISION_STEPS.values())


@pytest.mark.parametrize(
    ("form", "holder"),
    [(LegalForm.natural, "0499370899"), (LegalForm.legal, "10380284790")],
)
def test_the_bank_is_asked_about_the_very_applicant_or_the_company(form, holder):
    """Another person's account under that person's own name is not enough."""
    row = SimpleNamespace(
        legal_form=form, national_id="0499370899", legal_id="10380284790", sheba="IR1", sheba_owner="مریم"
    )
    assert account_asked(row) == ("IR1", "مریم", holder)
    asked = fingerprint(MatchKind.account, *account_asked(row))
    row.national_id = row.legal_id = "0084575948"
    assert fingerprint(MatchKind.account, *account_asked(row)) != asked


def test_another_number_is_another_question():
    assert fingerprint(MatchKind.account, "a", "bc") != fingerprint(MatchKind.account, "ab", "c")
    assert fingerprint(MatchKind.account, "a", "b") != fingerprint(MatchKind.identity, "a", "b")
