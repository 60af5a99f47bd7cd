"""Which applications the desk lists, and in which order: read from the address, said back into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, exists, func, or_, select

from marketplace.catalog.models import Category
from marketplace.core.db import AnySelect
from marketplace.core.paging import decode_cursor
from marketplace.core.text import ascii_digits, fold
from marketplace.festival.application_models import (
    AppealState,
    ApplicationAppeal,
    ApplicationForm,
    ApplicationReferral,
)
from marketplace.festival.models import Application, ApplicationState, CheckResult
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store

TABS = (
    "submitted",
    "revision",
    "waitlisted",
    "appeals",
    "tray",
    "approved",
    "rejected",
    "suspended",
    "withdrawn",
    "all",
)
SORTS = ("score", "due", "newest", "name")
PAGE = 50


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """What a list of the desk is narrowed to. Unknown values of the address are passed over."""

    festival_id: int
    tab: str = "submitted"
    category: str = ""
    province: int = 0
    is_hard_hit: bool = False
    result: str = ""
    least_score: int = 0
    words: str = ""
    sort: str = "score"
    edition: str = ""

    @classmethod
    def parse(cls, festival_id: int, values: Mapping[str, Any]) -> DeskFilter:
        """From the address or a form's hidden fields."""

        def one_of(name: str, known: tuple[str, ...], other: str) -> str:
            value = str(values.get(name) or "")
            return value if value in known else other

        return cls(
            festival_id=festival_id,
            tab=one_of("tab", TABS, "submitted"),
            category=str(values.get("category") or "")[:60],
            province=_number(values.get("province")),
            is_hard_hit=values.get("hard_hit") == "1",
            result=one_of("result", tuple(CheckResult), ""),
            least_score=min(_number(values.get("least")), 100),
            words=str(values.get("q") or "")[:80],
            sort=one_of("sort", SORTS, "score"),
            edition=str(values.get("edition") or "")[:60],
        )

    def pairs(self) -> list[tuple[str, str]]:
        """The filter as fields of a form or an address; what is usual is left out."""
        said = {
            "tab": self.tab if self.tab != "submitted" else "",
            "category": self.category,
            "province": str(self.province or ""),
            "hard_hit": "1" if self.is_hard_hit else "",
            "result": self.result,
            "least": str(self.least_score or ""),
            "q": self.words,
            "sort": self.sort if self.sort != "score" else "",
            "edition": self.edition,
        }
        return [(name, value) for name, value in said.items() if value]

    def url(self, base: str, **changes: Any) -> str:
        """The desk's address with something changed."""
        query = urlencode(replace(self, **changes).pairs())
        return f"{base}?{query}" if query else base

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the tab is chosen."""
        names = {name for name, _ in self.pairs()}
        return bool(names - {"tab", "sort", "edition"})


def _number(value: Any) -> int:
    digits = ascii_digits(str(value or "")[:12])
    return int(digits) if digits.isdecimal() else 0


def narrowed(query: AnySelect, wanted: DeskFilter, person_id: int) -> AnySelect:
    """The query over Application and Store, narrowed. It joins what it asks of the category by itself."""
    return query.where(*_conditions(wanted, person_id))


def _conditions(wanted: DeskFilter, person_id: int) -> list[ColumnElement[bool]]:
    found = [Application.festival_id == wanted.festival_id, *_tab(wanted.tab, person_id)]
    if wanted.category:
        found.append(Application.category_id.in_(select(Category.id).where(Category.slug == wanted.category)))
    if wanted.province:
        found.append(Store.province_id == wanted.province)
    if wanted.is_hard_hit:
        found.append(
            or_(
                Application.category_id.in_(select(Category.id).where(Category.is_hard_hit)),
                exists().where(ApplicationForm.application_id == Application.id, ApplicationForm.is_hard_hit),
            )
        )
    if wanted.result:
        found.append(Application.check_result == CheckResult(wanted.result))
    if wanted.least_score:
        found.append(Application.score >= wanted.least_score)
    if words := fold(wanted.words).replace("%", "").replace("_", " "):
        pattern = f"%{words}%"
        found.append(
            or_(
                func.lower(Store.name_fa + " " + Store.name_en).like(pattern),
                exists().where(Seal.store_id == Store.id, Seal.code == ascii_digits(wanted.words).strip()),
            )
        )
    return found


def _tab(tab: str, person_id: int) -> list[ColumnElement[bool]]:
    if tab == "all":
        return [Application.state != ApplicationState.draft]
    if tab == "appeals":
        return [
            exists().where(
                ApplicationAppeal.application_id == Application.id,
                ApplicationAppeal.state == AppealState.filed,
            )
        ]
    if tab == "tray":
        return [
            exists().where(
                ApplicationReferral.application_id == Application.id,
                ApplicationReferral.to_id == person_id,
                ApplicationReferral.answered_at.is_(None),
            )
        ]
    return [Application.state == ApplicationState(tab)]


def ordered(query: AnySelect, sort: str, cursor: str | None) -> AnySelect:
    """The query in its order, after the cursor: by keys, so that a page costs the same wherever it lies."""
    if sort == "name":
        after = decode_cursor(cursor, (str, int))
        if after is not None:
            query = query.where(
                or_(
                    Store.sort_key > after[0],
                    (Store.sort_key == after[0]) & (Application.id > after[1]),
                )
            )
        return query.order_by(Store.sort_key, Application.id)
    if sort == "score":
        after = decode_cursor(cursor, (int, int))
        if after is not None:
            query = query.where(
                or_(
                    Application.score < after[0],
                    (Application.score == after[0]) & (Application.id > after[1]),
                )
            )
        return query.order_by(Application.score.desc(), Application.id)
    if sort == "newest":
        after = decode_cursor(cursor, (int,))
        if after is not None:
            query = query.where(Application.id < after[0])
        return query.order_by(Application.id.desc())
    return _by_due(query, cursor)


def _by_due(query: AnySelect, cursor: str | None) -> AnySelect:
    """The nearest deadline first; what has none stands last."""
    after = decode_cursor(cursor, (int,))
    if after is not None:
        before = select(Application.due_at, Application.id).where(Application.id == after[0]).subquery()
        query = query.join(before, before.c.id != Application.id).where(
            or_(
                Application.due_at > before.c.due_at,
                Application.due_at.is_(None) & before.c.due_at.is_not(None),
                (
                    or_(
                        Application.due_at == before.c.due_at,
                        Application.due_at.is_(None) & before.c.due_at.is_(None),
                    )
                )
                & (Application.id > before.c.id),
            )
        )
    return query.order_by(Application.due_at.is_(None), Application.due_at, Application.id)


def cursor_key(row: Any, sort: str) -> tuple[Any, ...]:
    """The values of a row that the next page begins after."""
    if sort == "score":
        return (row.score, row.id)
    if sort == "name":
        return (row.sort_key, row.id)
    return (row.id,)


ROWS: AnySelect = (
    select(
        Application.id,
        Application.version,
        Application.state,
        Application.score,
        Application.check_result,
        Application.due_at,
        Application.submitted_at,
        Application.category_id,
        Store.id.label("store_id"),
        Store.name_fa,
        Store.name_en,
        Store.city_fa,
        Store.city_en,
        Store.sort_key,
        Province.name_fa.label("province_fa"),
        Province.name_en.label("province_en"),
        Category.name_fa.label("category_fa"),
        Category.name_en.label("category_en"),
        Category.is_hard_hit,
    )
    .join(Store, Store.id == Application.store_id)
    .join(Province, Province.id == Store.province_id)
    .outerjoin(Category, Category.id == Application.category_id)
)
"""What a row of the desk shows."""
