"""From a template's name and its params to words, in the reader's language and script.

Params say by their names how they read: `*_toman` an amount, `*_percent` a share, `*_at` an ISO moment,
`*_on` an ISO date, any other whole number a figure; `path` is a page of this site and becomes `{url}`.
Strings are shown as they are, without control signs. `until_at` also ends the message's use: after it
nothing is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from marketplace.core import text
from marketplace.core.clock import tehran
from marketplace.core.language import has_text, t

_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])


class TextMissing(LookupError):
    """The catalogue does not word this template, or the message lacks one of its gaps."""


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it reads; `url` is the page it leads to."""

    subject: str
    body: str
    url: str | None

    @property
    def told(self) -> str:
        """The body for where the link stands by itself; short messages carry it within."""
        return self.body.removesuffix(self.url).rstrip() if self.url else self.body


class Figure(int):
    """A whole number that prints itself in a language's digits; still a number where plurals are chosen."""

    language = "fa"

    @classmethod
    def of(cls, value: int, language: str) -> Figure:
        made = cls(value)
        made.language = language
        return made

    def __format__(self, spec: str) -> str:
        return in_digits(f"{int(self)}", self.language)


def words_of(template: str, params: Mapping[str, Any], language: str, base_url: str = "") -> Words:
    """The words of a message. Raises TextMissing."""
    gaps = gaps_of(params, language)
    path = params.get("path")
    url = base_url + ("/en" if language == "en" else "") + str(path) if path else None
    gaps["url"] = url or base_url
    subject = _one_line(_text(template, "subject", language, gaps))
    return Words(subject, _text(template, "body", language, gaps), url)


def short_words(template: str, params: Mapping[str, Any], language: str) -> str | None:
    """The short form of a message, where its template has one."""
    if not has_text(f"message.{template}.sms", language):
        return None
    return _text(template, "sms", language, {**gaps_of(params, language), "url": ""})


def gaps_of(params: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What fills the gaps of the texts: each param as it reads in this language."""
    return {name: _read(name, value, language) for name, value in params.items()}


def is_outdated(params: Mapping[str, Any], at: datetime) -> bool:
    """Whether the message has lost its use by this moment."""
    until = params.get("until_at")
    return isinstance(until, str) and datetime.fromisoformat(until) <= at


def in_digits(value: str, language: str) -> str:
    return text.persian_digits(value) if language == "fa" else value


def amount(value: int, language: str) -> str:
    """`1736000` as `۱٬۷۳۶٬۰۰۰` or `1,736,000`."""
    figures = f"{abs(value):,}"
    sign = "−" if value < 0 else ""
    return sign + (text.persian_digits(figures.replace(",", "٬")) if language == "fa" else figures)


def day(value: datetime | date, language: str) -> str:
    """A day in Tehran: Jalali in Persian, Gregorian in English."""
    if language == "fa":
        jalali = text.jalali(value)
        return text.persian_digits(f"{jalali.day} {text.MONTHS[jalali.month - 1]} {jalali.year}")
    local = tehran(value).date() if isinstance(value, datetime) else value
    return f"{local.day} {text.ENGLISH_MONTHS[local.month - 1]} {local.year}"


def moment(value: datetime, language: str) -> str:
    """A day in Tehran with its hour."""
    hour = in_digits(tehran(value).strftime("%H:%M"), language)
    return f"{day(value, language)}{'،' if language == 'fa' else ','} {hour}"


def _read(name: str, value: Any, language: str) -> Any:
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        if name.endswith("_toman"):
            return amount(value, language)
        if name.endswith("_percent"):
            return in_digits(str(value), language) + ("٪" if language == "fa" else "%")
        return Figure.of(value, language)
    if name.endswith("_at"):
        return moment(datetime.fromisoformat(str(value)), language)
    if name.endswith("_on"):
        return day(date.fromisoformat(str(value)), language)
    return "".join(c if c.isprintable() or c == "\u200c" else " " for c in str(value).translate(_UNSEEN))


def _text(template: str, part: str, language: str, gaps: dict[str, Any]) -> str:
    key = f"message.{template}.{part}"
    if not has_text(key, language):
        raise TextMissing(key)
    try:
        return t(key, lang=language, **gaps)
    except (KeyError, IndexError) as error:
        raise TextMissing(f"{key} lacks {error}") from error


def _one_line(value: str) -> str:
    return " ".join(value.split())
