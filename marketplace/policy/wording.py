"""Numbers of the policy in words: a value with its unit, a planned change as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace.accounts.shown import Change
from marketplace.core.language import current_language, has_text, t
from marketplace.core.web import digits, jdate, number, percent
from marketplace.policy.numbers import NUMBERS, Unit

COUNTED = frozenset(
    {Unit.months, Unit.days, Unit.working_days, Unit.hours, Unit.minutes, Unit.points, Unit.times}
)


def title_of(name: str) -> str:
    """What a number is called; its plain name while nobody worded it."""
    return t(f"policy.{name}") if has_text(f"policy.{name}", "fa") else name


def meaning_of(name: str) -> str:
    """One sentence on what it does; empty while nobody worded it."""
    return t(f"policy.{name}.meaning") if has_text(f"policy.{name}.meaning", "fa") else ""


def worded_value(name: str, value: int) -> str:
    """`۱۰۰٬۰۰۰ تومان`, `۱۵٪`, `۰٫۵٪`, `۱۶۸ ساعت`, `روشن`."""
    unit = NUMBERS[name].unit if name in NUMBERS else Unit.number
    if unit is Unit.toman:
        return f"{number(value)} {t('ui.toman')}"
    if unit is Unit.percent:
        return percent(value)
    if unit is Unit.permille:
        return permille(value)
    if unit is Unit.switch:
        return t("policy_unit.on" if value else "policy_unit.off")
    if unit in COUNTED:
        return t(f"policy_unit.{unit.value}", n=value, count=number(value))
    return number(value)


def permille(value: int) -> str:
    """A permille in percent with one decimal where it has one: 5 -> `۰٫۵٪`."""
    whole, tenth = divmod(value, 10)
    if current_language() == "en":
        return f"{whole}.{tenth}%" if tenth else f"{whole}%"
    return digits(f"{whole}٫{tenth}" if tenth else whole) + "٪"


def describe_number(content: Mapping[str, Any]) -> list[Change]:
    """A proposed change of a number, as rows of a difference."""
    name = str(content["name"])
    return [
        Change(title_of(name), worded_value(name, content["before"]), worded_value(name, content["after"])),
        *_when_and_why(content),
    ]


def describe_tariff(content: Mapping[str, Any]) -> list[Change]:
    """A proposed change of a tariff, as rows of a difference."""
    what = tariff_title(content["method"], content["zone"])
    return [
        *(
            Change(
                f"{what}{t('ui.comma')} {t(f'tariff.{name}')}",
                f"{number(content['before'][name])} {t('ui.toman')}",
                f"{number(content['after'][name])} {t('ui.toman')}",
            )
            for name in ("first_kg_toman", "next_kg_toman")
        ),
        *_when_and_why(content),
    ]


def tariff_title(method: str, zone: int) -> str:
    """`پیشتاز، ناحیه ۲`"""
    return f"{t(f'method.{method}')}{t('ui.comma')} {t('tariff.zone', zone=digits(zone))}"


def _when_and_why(content: Mapping[str, Any]) -> list[Change]:
    day = date.fromisoformat(content["effective_on"])
    return [
        Change(t("approval.field.effective_from"), None, jdate(day)),
        Change(t("approval.field.reason"), None, str(content["reason"])),
    ]
