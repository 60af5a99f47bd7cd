"""Who reads a page that was made for many: one statement over session, person and cart, before Flask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from markupsafe import escape
from sqlalchemy import (
    BigInteger,
    Dialect,
    Engine,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.compiler import SQLCompiler

from marketplace.accounts.loading import IS_OFFICIAL, SIGNED_IN, USED_AT, display_name
from marketplace.accounts.models import Person, SignInSession
from marketplace.accounts.secrets import secret_hash
from marketplace.core.csrf import token_for
from marketplace.core.db import AnySelect, Moment
from marketplace.core.holes import HAS_CART, HAS_SESSION, Question, Shape
from marketplace.core.idle import DESK_LAST_USE, LAST_USE, Idle
from marketplace.core.quick_reads import QuickReader
from marketplace.core.web import number_in
from marketplace.orders.models import Cart, CartLine
from marketplace.reviews.models import Wish
from marketplace.stores.models import StoreMember

_PIECES = select(func.coalesce(func.sum(CartLine.quantity), 0)).join(Cart, Cart.id == CartLine.cart_id)
_PERSON = (
    select(
        Person.id,
        Person.given_name,
        Person.surname,
        Person.mobile,
        exists().where(StoreMember.person_id == Person.id, StoreMember.ended_at.is_(None)).label("is_member"),
        IS_OFFICIAL.label("is_official"),
        or_(
            bindparam("lately", type_=Moment()) >= USED_AT,
            and_(bindparam("desk_lately", type_=Moment()) >= USED_AT, IS_OFFICIAL),
        ).label("is_use_to_note"),
        _PIECES.where(Cart.person_id == Person.id).correlate(Person).scalar_subquery().label("pieces"),
    )
    .join(SignInSession, SignInSession.person_id == Person.id)
    .where(*SIGNED_IN)
)
_GUEST = select(
    cast(null(), BigInteger),
    literal(""),
    literal(""),
    literal(""),
    literal(False),
    literal(False),
    literal(False),
    _PIECES.where(Cart.guest_hash == bindparam("hash", type_=Text())).scalar_subquery(),
)
_READER = union_all(_PERSON, _GUEST)
_WISHES = select(exists().where(Wish.person_id == bindparam("person"), Wish.offer_id == bindparam("offer")))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks. `person_id` is None without a session that stands; `is_use_to_note`: it is time for another note."""

    shape: Shape = field(default_factory=Shape)
    words: Mapping[str, bytes] = field(default_factory=dict)
    answers: Mapping[Question, bool] = field(default_factory=dict)
    person_id: int | None = None
    is_use_to_note: bool = False


@cache
def nobody(language: str) -> Reader:
    """A visitor without a session cookie."""
    return Reader(words=_words("", "", 0, language), answers={HAS_SESSION: False, HAS_CART: False})


class Readers:
    """Finds readers by their session cookie, without Flask and without a session of SQLAlchemy."""

    def __init__(self, engine: Engine, reader: QuickReader, secret_key: str, idle: Idle) -> None:
        self._reader, self._key, self._dialect, self._idle = reader, secret_key, engine.dialect, idle
        self._who, self._wishes = _Ready(_READER, engine.dialect), _Ready(_WISHES, engine.dialect)

    def find(self, session_name: str, language: str, at: datetime) -> Reader:
        """The reader with this cookie: a person, or a guest with or without a cart. Raises what the driver raises."""
        values = {"hash": secret_hash(session_name), "at": at, **self._idle.edges(at)}
        values |= {"lately": at - LAST_USE, "desk_lately": at - DESK_LAST_USE}
        rows = self._reader.rows(self._who.text, self._who.values(values))
        row = next((row for row in rows if row[0] is not None), rows[0])
        person, given_name, surname, mobile, is_member, is_official, is_use_to_note, pieces = row
        name = display_name(given_name, surname, mobile) if person is not None else ""
        csrf = token_for(session_name, self._key)
        return Reader(
            shape=Shape(person is not None, bool(is_member), bool(is_official)),
            words=_words(name, csrf, int(pieces), language),
            answers={HAS_SESSION: True, HAS_CART: pieces > 0},
            person_id=person,
            is_use_to_note=bool(is_use_to_note),
        )

    def answer(self, reader: Reader, questions: Iterable[Question]) -> dict[Question, bool]:
        """All that a page asks of its reader. Raises what the driver raises."""
        answers = dict(reader.answers)
        for question in questions:
            if question not in answers:
                values = self._wishes.values({"person": reader.person_id, "offer": question.id})
                answers[question] = bool(self._reader.rows(self._wishes.text, values)[0][0])
        return answers


def _words(name: str, csrf: str, pieces: int, language: str) -> dict[str, bytes]:
    return {
        "name": str(escape(name)).encode(),
        "csrf": csrf.encode(),
        "count": str(pieces).encode(),
        "countwords": number_in(language, pieces).encode(),
    }


class _Ready:
    """A statement as the driver takes it, written once."""

    def __init__(self, statement: AnySelect | Any, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("no statement")
        self.text, self._dialect = compiled.string, dialect
        self._names = compiled.positiontup
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def values(self, given: dict[str, Any]) -> Any:
        """What fills the statement, as the driver wants it."""
        known = self._fixed | {name: self._taken(value) for name, value in given.items()}
        return known if self._names is None else [known[name] for name in self._names]

    def _taken(self, value: Any) -> Any:
        if isinstance(value, datetime):
            moment = Moment().process_bind_param(value, self._dialect)
            is_text = self._dialect.name == "sqlite" and moment is not None
            return moment.isoformat(" ", "microseconds") if is_text and moment else moment
        return value
