"""What people type to sign in, checked: each `parse()` gives the input or raises Invalid, field -> code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from marketplace.accounts.passwords import LONGEST
from marketplace.core import text
from marketplace.core.errors import Invalid

LONGEST_NAME = 60
_BLANK = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_NAME_BLANK = re.compile(r"[\s\u0000-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_NOT_IN_NAMES = re.compile(r"[<>{}\\\x00-\x1f]|https?:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SignInInput:
    """Mobile and password. The password is taken as it is; whether it is good is asked when it is set."""

    mobile: str
    password: str = field(repr=False)

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        password = _text(data, "password")
        wrong = {} if 0 < len(password) <= 4 * LONGEST else {"password": "required"}
        mobile = _mobile(data, wrong)
        return cls(mobile, _or_refuse(password, wrong))


@dataclass(frozen=True, slots=True)
class CodeRequestInput:
    """A mobile to which a code is to go."""

    mobile: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        wrong: dict[str, str] = {}
        return cls(_or_refuse(_mobile(data, wrong), wrong))


@dataclass(frozen=True, slots=True)
class SignUpInput:
    """Name and mobile of somebody new."""

    mobile: str
    given_name: str
    surname: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        wrong: dict[str, str] = {}
        given, surname = _name(data, "given_name", wrong), _name(data, "surname", wrong)
        return cls(_or_refuse(_mobile(data, wrong), wrong), given, surname)


@dataclass(frozen=True, slots=True)
class CodeInput:
    """The six digits of a code, in any script."""

    code: str

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        code = _BLANK.sub("", text.ascii_digits(_text(data, "code")[:40]))
        wrong = {} if re.fullmatch(r"[0-9]{6}", code) else {"code": "code_digits"}
        return cls(_or_refuse(code, wrong))


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _mobile(data: Mapping[str, Any], wrong: dict[str, str]) -> str:
    typed = _text(data, "mobile").strip()
    mobile = text.mobile(typed[:40])
    if mobile is None:
        wrong["mobile"] = "mobile" if typed else "required"
    return mobile or ""


def _name(data: Mapping[str, Any], name: str, wrong: dict[str, str]) -> str:
    value = _NAME_BLANK.sub(" ", _text(data, name)).strip()
    if not value:
        wrong[name] = "required"
    elif len(value) > LONGEST_NAME:
        wrong[name] = "name_long"
    elif _NOT_IN_NAMES.search(value):
        wrong[name] = "name_signs"
    return value


def _or_refuse(value: str, wrong: dict[str, str]) -> str:
    if wrong:
        raise Invalid(fields=wrong)
    return value
