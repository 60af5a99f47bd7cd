"""What a person says about themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.core.errors import Invalid
from marketplace.core.language import LANGUAGES

_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,6}")
_SIGNS = re.compile(r"[<>{}\[\]\\|^~`@#$%*=+/\"0-9\u06f0-\u06f9]")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """Name, mail address and language."""

    given_name: str
    surname: str
    email: str | None
    language: str

    @classmethod
    def parse(cls, form: Mapping[str, str]) -> Profile:
        """Raises Invalid with the fields `given_name`, `surname`, `email`."""
        wrong: dict[str, str] = {}
        names = [_name(form.get(field, ""), field, wrong) for field in ("given_name", "surname")]
        email = form.get("email", "").strip()
        if email and (len(email) > 254 or not _MAIL.fullmatch(email)):
            wrong["email"] = "bad_mail"
        if wrong:
            raise Invalid(fields=wrong)
        language = form.get("language", "")
        return cls(names[0], names[1], email or None, language if language in LANGUAGES else LANGUAGES[0])


def _name(value: str, field: str, wrong: dict[str, str]) -> str:
    name = " ".join("".join(c for c in value[:400] if c.isprintable() or c == "\u200c").split())
    if not name:
        wrong[field] = "required"
    elif len(name) > LONGEST_NAME:
        wrong[field] = "name_long"
    elif _SIGNS.search(name):
        wrong[field] = "name_signs"
    return name
