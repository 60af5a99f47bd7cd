"""Editions of the festival: made and changed by the office, in Tehran's days; what has begun stays as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.dates import day_begins, parse_date, typed_day
from marketplace.core.db import db, is_sqlite
from marketplace.core.errors import Conflict, Invalid, NotFound
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import on_violation
from marketplace.festival.models import Festival
from marketplace.policy.policy import policy_at

MOMENTS = ("applications_from", "applications_until", "live_from", "live_until", "draw_at")
TEXTS = {"title_fa": 120, "title_en": 120, "story_fa": 4000, "story_en": 4000}
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,8}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


class EditionExists(Conflict):
    """Another edition has this address."""

    code = "edition_exists"


class EditionChanged(Conflict):
    """Somebody changed the edition since the page was made."""

    code = "edition_changed"


on_violation("uq_festivals_slug", EditionExists)


@dataclass(frozen=True, slots=True)
class EditionWish:
    """An edition as the office wants it: texts in both languages and windows, half-open, from midnight to midnight."""

    slug: str
    title_fa: str
    title_en: str
    story_fa: str
    story_en: str
    applications_from: datetime
    applications_until: datetime
    live_from: datetime
    live_until: datetime
    draw_at: datetime

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> EditionWish:
        """Raises Invalid with the code of each wrong field. Dates are Jalali or Gregorian."""
        errors: dict[str, str] = {}
        slug = str(values.get("slug") or "").strip().lower()
        if not _SLUG.fullmatch(slug) or len(slug) > 60:
            errors["slug"] = "bad_slug" if slug else "required"
        texts = {name: _text(values, name, most, errors) for name, most in TEXTS.items()}
        days = {name: _day(values, f"{name}_on", errors) for name in MOMENTS}
        clock = re.fullmatch(
            r"([01]?\d|2[0-3]):([0-5]\d)", ascii_digits(str(values.get("draw_time") or "")).strip()
        )
        if clock is None:
            errors["draw_time"] = "bad_time"
        if not errors and clock is not None:
            draw = days["draw_at"] + timedelta(hours=int(clock[1]), minutes=int(clock[2]))
            columns: dict[str, Any] = {**texts, **days, "draw_at": draw}
            wish = cls(slug=slug, **columns)
            errors = wish.quarrels()
            if not errors:
                return wish
        raise Invalid("bad_edition", fields=errors)

    def quarrels(self) -> dict[str, str]:
        """Fields whose moment does not come after the one before it."""
        errors = {}
        if self.applications_from >= self.applications_until:
            errors["applications_until_on"] = "date_not_after"
        if self.applications_from >= self.live_from:
            errors["live_from_on"] = "date_not_after"
        if self.live_from >= self.live_until:
            errors["live_until_on"] = "date_not_after"
        if self.live_until >= self.draw_at:
            errors["draw_at_on"] = "date_not_after"
        return errors


def create_edition(wish: EditionWish, actor: Actor, at: datetime) -> int:
    """Announces an edition and gives its id.

    Raises Invalid for windows in the past or over another's, EditionExists.
    """
    _ensure_alone(wish, None)
    past = {f"{name}_on": "date_past" for name in MOMENTS[2:] if getattr(wish, name) < at}
    if past:
        raise Invalid("bad_edition", fields=past)
    edition = Festival(**_columns(wish))
    db.session.add(edition)
    db.session.flush()
    record(actor, "create_edition", f"festival:{edition.id}", at, **_told(wish))
    return edition.id


def change_edition(edition_id: int, wish: EditionWish, seen: str, actor: Actor, at: datetime) -> None:
    """Changes texts and windows. What has begun or ended stays; the draw stays once its list is frozen.

    Raises NotFound, EditionChanged for a stale page, Invalid naming each moment that may not change.
    """
    query = select(Festival).where(Festival.id == edition_id).execution_options(populate_existing=True)
    edition = db.session.scalar(query if is_sqlite() else query.with_for_update())
    if edition is None:
        raise NotFound()
    if fingerprint(edition) != seen:
        raise EditionChanged()
    wish = _keeping_moments(wish, edition)
    _ensure_alone(wish, edition_id)
    freeze = timedelta(hours=policy_at(at).lottery_freeze_hours)
    errors = {}
    for name in MOMENTS:
        old, new = getattr(edition, name), getattr(wish, name)
        edge = old - freeze if name == "draw_at" else old
        if new != old and (edge <= at or new <= at):
            errors[f"{name}_on"] = "date_begun" if edge <= at else "date_past"
    if wish.slug != edition.slug and edition.live_from <= at:
        errors["slug"] = "date_begun"
    if errors:
        raise Invalid("bad_edition", fields=errors)
    before = {name: getattr(edition, name) for name in MOMENTS}
    for name, value in _columns(wish).items():
        setattr(edition, name, value)
    db.session.flush()
    moved = {n: getattr(wish, n).isoformat() for n in MOMENTS if before[n] != getattr(wish, n)}
    record(actor, "change_edition", f"festival:{edition_id}", at, moved=moved)


def _keeping_moments(wish: EditionWish, edition: Festival) -> EditionWish:
    """A day that is the same day as before keeps its moment to the second."""
    same = {
        name: getattr(edition, name)
        for name in MOMENTS
        if tehran(getattr(edition, name)).strftime("%Y-%m-%d" + (" %H:%M" if name == "draw_at" else ""))
        == tehran(getattr(wish, name)).strftime("%Y-%m-%d" + (" %H:%M" if name == "draw_at" else ""))
    }
    return replace(wish, **same)


def fingerprint(edition: Festival) -> str:
    """What a page sends back, so that a change in between is noticed."""
    words = [edition.slug, *(getattr(edition, name) for name in TEXTS)]
    moments = [getattr(edition, name).isoformat() for name in MOMENTS]
    return sha256("|".join([*words, *moments]).encode()).hexdigest()


def list_editions() -> list[Festival]:
    """Every edition, the newest first; read them, do not change them."""
    return list(db.session.scalars(select(Festival).order_by(Festival.live_from.desc())))


def edition(edition_id: int) -> Festival:
    """One edition. Raises NotFound."""
    found = db.session.get(Festival, edition_id)
    if found is None:
        raise NotFound()
    return found


def as_typed(found: Festival) -> dict[str, str]:
    """An edition as the fields of its form, dates in Tehran's days."""
    values = {name: str(getattr(found, name)) for name in ("slug", *TEXTS)}
    for name in MOMENTS:
        values[f"{name}_on"] = typed_day(tehran(getattr(found, name)).date())
    return {**values, "draw_time": tehran(found.draw_at).strftime("%H:%M")}


def _ensure_alone(wish: EditionWish, own_id: int | None) -> None:
    """Live windows of two editions never overlap: a shopper is in one festival at a time."""
    query = select(Festival.id).where(
        Festival.live_from < wish.live_until, Festival.live_until > wish.live_from
    )
    if own_id is not None:
        query = query.where(Festival.id != own_id)
    if db.session.scalar(query.limit(1)):
        raise Invalid("bad_edition", fields={"live_from_on": "windows_overlap"})


def _columns(wish: EditionWish) -> dict[str, Any]:
    return {name: getattr(wish, name) for name in ("slug", *TEXTS, *MOMENTS)}


def _told(wish: EditionWish) -> dict[str, str]:
    return {"slug": wish.slug, **{name: getattr(wish, name).isoformat() for name in MOMENTS}}


def _text(values: Mapping[str, Any], name: str, most: int, errors: dict[str, str]) -> str:
    text = _CONTROL.sub(" ", str(values.get(name) or "")).replace("\r\n", "\n").strip()
    if not text and name.startswith("title"):
        errors[name] = "required"
    elif len(text) > most:
        errors[name] = "too_long"
    return text


def _day(values: Mapping[str, Any], name: str, errors: dict[str, str]) -> datetime:
    typed = str(values.get(name) or "")[:40]
    day = parse_date(typed)
    if day is None:
        errors[name] = "bad_date" if typed.strip() else "required"
        return _NEVER
    return day_begins(day)


_NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")
"""Stands for a day that could not be read, until the refusal is raised."""
