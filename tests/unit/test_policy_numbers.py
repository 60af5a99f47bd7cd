"""The table of numbers: complete, worded, within its bounds, and no number against another."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest

from marketplace.core.errors import Invalid
from marketplace.core.language import has_text
from marketplace.policy.errors import UnknownNumber
from marketplace.policy.inputs import NumberChange, TariffChange
from marketplace.policy.numbers import NUMBERS, Part, Unit, unit_of
from marketplace.policy.policy import POLICY_NAMES, Policy
from marketplace.policy.quarrels import ASCENDING, NOT_ABOVE, quarrels_of
from marketplace.policy.wording import permille, worded_value
from tests.architecture.house import ensure_none

AT = datetime(2026, 3, 25, 22, 0, tzinfo=UTC)
"""01:30 on 26 March in Tehran, while it is still the 25th in UTC."""
GOOD = {"value": "20", "effective_on": "1405/01/15", "reason": "تصمیم جلسه", "seen": "3"}


def test_every_number_stands_in_its_part():
    assert set(NUMBERS) == set(POLICY_NAMES)
    ensure_none([name for name, number in NUMBERS.items() if number.part is Part.other])


def test_every_number_is_worded():
    ensure_none(
        [
            f"{key} ({lang})"
            for name in NUMBERS
            for key in (f"policy.{name}", f"policy.{name}.meaning")
            for lang in ("fa", "en")
            if not has_text(key, lang)
        ]
    )


def test_the_first_edition_is_within_its_bounds_and_at_peace():
    values = asdict(Policy())
    ensure_none([n.name for n in NUMBERS.values() if not n.least <= values[n.name] <= n.most])
    assert quarrels_of(values) == []


def test_what_may_not_be_above_what_is_a_number():
    named = {name for row in (*ASCENDING, *NOT_ABOVE) for name in row}
    assert named - set(NUMBERS) <= {"complaint_warn_from", "complaint_limit"}


def test_money_and_the_draw_need_two():
    for name in ("free_shipping_above_toman", "fund_coverage_percent", "entries_cap", "lottery_freeze_hours"):
        assert NUMBERS[name].needs_two
    for name in ("min_discount_percent", "clearance_hours", "capacity_stores"):
        assert not NUMBERS[name].needs_two


@pytest.mark.parametrize(
    ("name", "value", "pair"),
    [
        ("clearance_amber_hours", 96, ("clearance_amber_hours", "clearance_red_hours")),
        ("clearance_amber_hours", 95, None),
        ("clearance_hours", 96, ("clearance_red_hours", "clearance_hours")),
        ("clearance_hours", 97, None),
        ("kit_warning_reports", 5, ("kit_warning_reports", "kit_freeze_reports")),
        ("kit_warning_reports", 4, None),
        ("fund_cap_per_order_toman", 10_000_000, None),
        ("fund_cap_per_order_toman", 10_000_001, ("fund_cap_per_order_toman", "fund_cap_per_person_toman")),
        ("prize_claim_days", 12, ("prize_claim_days", "redraw_step_days")),
    ],
)
def test_numbers_that_contradict_each_other(name, value, pair):
    assert quarrels_of({**asdict(Policy()), name: value}) == ([pair] if pair else [])


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("entries_cap", Unit.number),
        ("claim_payment_working_days", Unit.working_days),
        ("claim_appeal_days", Unit.days),
        ("fund_contribution_permille", Unit.permille),
        ("cost_share_cap_times", Unit.times),
    ],
)
def test_the_unit_is_the_end_of_the_name(name, unit):
    assert unit_of(name) is unit


@pytest.mark.parametrize(("value", "words"), [(5, "۰٫۵٪"), (10, "۱٪"), (0, "۰٪"), (12, "۱٫۲٪")])
def test_a_permille_reads_in_percent(value, words):
    assert permille(value) == words


def test_values_read_with_their_unit():
    assert worded_value("free_shipping_above_toman", 100_000) == "۱۰۰٬۰۰۰ تومان"
    assert worded_value("min_discount_percent", 15) == "۱۵٪"
    assert worded_value("complaint_answer_hours", 168) == "۱۶۸ ساعت"
    assert worded_value("fund_payer_is_insurer", 0) == "خاموش"


def test_a_change_is_read_in_any_script():
    change = NumberChange.parse(
        "free_shipping_above_toman", {**GOOD, "value": "۱۲۰٬۰۰۰", "effective_on": "۱۴۰۵/۰۱/۱۵"}, AT
    )
    assert (change.value, change.effective_on, change.seen) == (120_000, date(2026, 4, 4), 3)


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("value", "", "required"),
        ("value", "-1", "bad_whole_number"),
        ("value", "1.5", "bad_whole_number"),
        ("value", "=1+1", "bad_whole_number"),
        ("value", "91", "out_of_bounds"),
        ("value", "9" * 40, "bad_whole_number"),
        ("effective_on", "", "required"),
        ("effective_on", "روزی", "bad_date"),
        ("effective_on", "2026-03-25", "date_past"),
        ("effective_on", "1405/01/05", "date_past"),
        ("effective_on", "2040-01-01", "date_far"),
        ("reason", " ", "required"),
        ("reason", "چون", "too_short"),
        ("reason", "چ" * 501, "too_long"),
    ],
)
def test_a_wrong_field_is_named(field, typed, code):
    with pytest.raises(Invalid) as refused:
        NumberChange.parse("min_discount_percent", {**GOOD, field: typed}, AT)
    assert refused.value.fields == {field: code}


@pytest.mark.parametrize(("value", "is_in"), [("0", True), ("90", True), ("91", False)])
def test_bounds_are_inclusive(value, is_in):
    try:
        assert NumberChange.parse("min_discount_percent", {**GOOD, "value": value}, AT).value == int(value)
    except Invalid:
        assert not is_in


def test_today_is_the_day_in_tehran():
    """At 01:30 in Tehran the new day has begun, whatever the day is elsewhere."""
    assert NumberChange.parse("min_discount_percent", {**GOOD, "effective_on": "2026-03-26"}, AT)


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(Invalid) as refused:
        NumberChange.parse("min_discount_percent", {}, AT)
    assert set(refused.value.fields) == {"value", "effective_on", "reason"}


@pytest.mark.parametrize(("method", "zone"), [("drone", 0), ("pishtaz", 5), ("pishtaz", -1)])
def test_a_tariff_of_nothing_is_unknown(method, zone):
    with pytest.raises(UnknownNumber):
        TariffChange.parse(method, zone, {}, AT)


def test_an_unknown_number_is_unknown():
    with pytest.raises(UnknownNumber):
        NumberChange.parse("nonsense", GOOD, AT)
