"""The numbered letter to the ministry of health: the stores with their addresses, at any time, kept as it was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from persiantools.jdatetime import JalaliDate
from sqlalchemy import func, select

from marketplace.core.audit import Actor, record
from marketplace.core.clock import tehran
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import current_language, t
from marketplace.core.pdf import Column, Paper
from marketplace.core.tables import Cell
from marketplace.core.unit_of_work import on_violation
from marketplace.core.web import digits, jdate, number
from marketplace.festival.admission import ADMITTED_STORES
from marketplace.festival.queries import present_edition
from marketplace.inspections.inputs import words_of
from marketplace.lottery.publishing import canonical
from marketplace.oversight.errors import NothingToPick, SpotCheckNotOpen
from marketplace.oversight.watch_models import MinistryLetter
from marketplace.policy.models import Province
from marketplace.stores.models import Seal, Store

FIELDS = (
    "name", "kind", "manager", "province", "city", "address", "postal_code", "phone", "domain", "seal",
)  # fmt: skip
LONGEST = 160
on_violation("uq_ministry_letters_year_serial", SpotCheckNotOpen)


def write_letter(values: Mapping[str, Any], actor: Actor, at: datetime) -> MinistryLetter:
    """Takes the next number of the year for a letter with all stores that are admitted now, or those of one province.

    Raises Invalid without an addressee, NothingToPick where there is no store.
    """
    addressee, note = " ".join(words_of(values.get("addressee")).split()), words_of(values.get("note"))
    wrong = {}
    if not addressee or len(addressee) > LONGEST:
        wrong["addressee"] = "too_long" if addressee else "required"
    if len(note) > 1_000:
        wrong["note"] = "too_long"
    if wrong:
        raise Invalid("bad_letter", fields=wrong)
    rows = listed_stores(at)
    if not rows:
        raise NothingToPick(params={"count": 0})
    year = JalaliDate(tehran(at).date()).year
    last = db.session.scalar(select(func.max(MinistryLetter.serial)).where(MinistryLetter.year == year)) or 0
    letter = MinistryLetter(
        year=year,
        serial=last + 1,
        addressee=addressee,
        note=note,
        rows=rows,
        sha256=hashlib.sha256(canonical(rows)).hexdigest(),
        written_by_id=actor.id,
        written_by=actor.label,
        written_at=at,
    )
    db.session.add(letter)
    db.session.flush()
    record(actor, "write_letter", f"letter:{number_of(letter)}", at, stores=len(rows), sha256=letter.sha256)
    return letter


def listed_stores(at: datetime) -> list[dict[str, str]]:
    """The admitted stores of the present edition, by province and city, in Persian as official letters are."""
    edition = present_edition(at)
    if edition is None:
        return []
    ids = list(db.session.scalars(ADMITTED_STORES, {"festival": edition.id, "at": at}))
    rows = db.session.execute(
        select(Store, Province.name_fa.label("province"), Seal.code.label("seal"))
        .join(Province, Province.id == Store.province_id)
        .outerjoin(Seal, Seal.store_id == Store.id)
        .where(Store.id.in_(ids))
        .order_by(Province.sort_key, Store.city_fa, Store.sort_key)
    )
    return [
        {
            "name": row.Store.name_fa,
            "kind": row.Store.kind.value,
            "manager": row.Store.manager_name,
            "province": row.province,
            "city": row.Store.city_fa,
            "address": row.Store.address,
            "postal_code": row.Store.postal_code,
            "phone": row.Store.phone,
            "domain": row.Store.domain or "",
            "seal": row.seal or "",
        }
        for row in rows
    ]


def letters(limit: int = 50) -> Sequence[MinistryLetter]:
    """The letters, the newest first."""
    query = select(MinistryLetter).order_by(MinistryLetter.id.desc()).limit(limit)
    return db.session.scalars(query).all()


def letter_by_id(letter_id: int) -> MinistryLetter:
    """A letter. Raises NotFound."""
    found = db.session.get(MinistryLetter, letter_id)
    if found is None:
        raise NotFound()
    return found


def number_of(letter: MinistryLetter) -> str:
    """`1405/7`: the Jalali year and the serial of that year."""
    return f"{letter.year}/{letter.serial}"


def sheet_rows(letter: MinistryLetter) -> Iterator[Sequence[Cell]]:
    """The list as rows of a spreadsheet, its head first. All cells are text; none becomes a formula."""
    yield [t("letter.row"), *(t(f"letter.{field}") for field in FIELDS)]
    for place, row in enumerate(letter.rows, 1):
        yield [place, *(_told(field, row) for field in FIELDS)]


def letter_pdf(letter: MinistryLetter) -> bytes:
    """The letter with its list, in Persian. Outside units of work."""
    told = {"number": digits(number_of(letter)), "date": jdate(letter.written_at)}
    paper = Paper(current_language(), t("letter.title", **told), letter.written_at, footer=t("site.name"))
    paper.heading(t("letter.title", **told))
    paper.key_values(
        ((t("letter.to"), letter.addressee), (t("letter.from"), letter.written_by),
         (t("letter.stores"), number(len(letter.rows))), (t("letter.digest"), letter.sha256[:16]))
    )  # fmt: skip
    paper.rule()
    paper.paragraph(t("letter.body", count=number(len(letter.rows)), date=told["date"]))
    if letter.note:
        paper.paragraph(letter.note)
    columns = (
        Column(t("letter.row"), 5, "number"), Column(t("letter.name"), 18), Column(t("letter.province"), 12),
        Column(t("letter.address"), 38), Column(t("letter.postal_code"), 13, "code"),
        Column(t("letter.phone"), 14, "code"),
    )  # fmt: skip
    paper.table(
        columns,
        [
            (digits(place), row["name"], f"{row['province']}، {row['city']}", row["address"],
             digits(row["postal_code"]), digits(row["phone"]))
            for place, row in enumerate(letter.rows, 1)
        ],
        points=7.5,
    )  # fmt: skip
    return paper.output()


def _told(field: str, row: Mapping[str, str]) -> str:
    return t(f"letter.kind_{row['kind']}") if field == "kind" else row[field]
