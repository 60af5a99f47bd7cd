"""Acts and readings of the desks in few words: each is a call of the document like every other.

An act reads a body as a form would be read, gives the verb to do, and is answered with what the verb made; a reading
gives a document. Both stand under the same access as their page.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from io import BytesIO
from typing import Any

from flask import Response
from marshmallow import Schema
from werkzeug.datastructures import FileStorage, ImmutableMultiDict

from marketplace.accounts.access import scoped, visitor
from marketplace.accounts.models import Role
from marketplace.api.answers import answer
from marketplace.api.blueprint import answers, call, needs_key, reads, refuses, takes
from marketplace.api.once import once
from marketplace.api.schemas.made import Done, Makes, nothing
from marketplace.core.audit import Actor
from marketplace.core.errors import Invalid
from marketplace.core.web import takes_body
from marketplace.files.evidence import MOST_FILES, Checked, take_uploads

Verb = Callable[[datetime], object]
FILES_BYTES = 24 * 1024 * 1024
"""A body that carries files, each of at most 8 MB, written in base64."""


class Said(ImmutableMultiDict[str, str]):
    """A body as a form says it: text by name. `body`: as it was sent."""

    body: dict[str, Any]


def as_form(wish: dict[str, Any]) -> Said:
    """A body in the words of a form: numbers as digits, truths as 1 and 0, lists as values of one name."""
    pairs = []
    for name, value in wish.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool):
                pairs.append((name, "1" if one else "0"))
            elif isinstance(one, str | int):
                pairs.append((name, str(one)))
    said = Said(pairs)
    said.body = wish
    return said


def act(
    rule: str,
    tag: str,
    scope: str,
    *roles: Role,
    says: type[Schema] | None = None,
    makes: Makes | None = None,
    status: int = 200,
    method: str = "POST",
    store: bool = False,
    moves_money: bool = False,
    carries_files: bool = False,
) -> Callable[[Callable[..., Verb]], Callable[..., Response]]:
    """Makes a function a call that does one verb. It is given what was said (where `says` reads a body) and the names
    of the address, and gives the verb, which is done once; what that gives is told as `makes` says, or nothing is."""
    told = makes.document if makes is not None else nothing

    def decorate(view: Callable[..., Verb]) -> Callable[..., Response]:
        @wraps(view)
        def acted(*said: dict[str, Any], **names: Any) -> Response:
            verb = view(*(as_form(one) for one in said), **names)
            made: list[dict[str, Any]] = []
            return once(lambda at: made.append(told(verb(at))), lambda: made[0], status)

        made = answers(status, makes.schema if makes is not None else Done)(refuses(404)(acted))
        made = reads(says)(made) if says is not None else made
        made = needs_key(made) if moves_money else made
        made = takes_body(FILES_BYTES)(made) if carries_files else made
        return call(method, rule, tag)(scoped(scope, *roles, store=store)(made))

    return decorate


def reading(
    rule: str,
    tag: str,
    scope: str,
    *roles: Role,
    gives: type[Schema],
    asks: type[Schema] | None = None,
    store: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Makes a function that gives a document a call that reads."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(view)
        def shown(**names: Any) -> Response:
            return answer(view(**names))

        made = answers(200, gives)(refuses(404)(shown))
        made = takes(asks)(made) if asks is not None else made
        return call("GET", rule, tag)(scoped(scope, *roles, store=store)(made))

    return decorate


def files_in(said: Said, *, most: int = MOST_FILES, field: str = "files") -> tuple[Checked, ...]:
    """The files of a body, checked and made harmless. Outside a unit of work. Raises Invalid, FileRefused."""
    found = [FileStorage(content_of(one, field), one["name"]) for one in said.body.get(field, ())]
    return take_uploads(found, most=most, field=field)


def content_of(sent: dict[str, Any], field: str = "picture") -> BytesIO:
    """The bytes of a file that stands in a body. Raises Invalid."""
    try:
        return BytesIO(base64.b64decode(sent["content"], validate=True))
    except (binascii.Error, ValueError):
        raise Invalid(fields={field: "file_broken"}) from None


def acting(*roles: Role) -> Actor:
    """The official behind this call, in the first of these roles that is held."""
    return visitor().actor(next(role for role in roles if role in visitor().roles).value)
