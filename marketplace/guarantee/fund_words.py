"""The book in words: what each line says, a month, a number of the policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.language import current_language, t
from marketplace.core.text import ENGLISH_MONTHS, MONTHS
from marketplace.core.web import digits, number
from marketplace.guarantee.book_models import FundGift, FundLine
from marketplace.guarantee.claim_models import Claim
from marketplace.guarantee.months import first_day
from marketplace.guarantee.recourse_models import Recourse
from marketplace.ledger.models import Transfer
from marketplace.policy.policy import Policy
from marketplace.policy.wording import worded_value


def amount_words(name: str, policy: Policy) -> str:
    """A number of a policy with its unit: `۰٫۵٪`."""
    return worded_value(name, int(getattr(policy, name)))


def month_words(month: str) -> str:
    """`1405-01` -> `فروردین ۱۴۰۵`; in English the Gregorian days that it covers: `from 21 Mar 2026`."""
    year, _, place = month.partition("-")
    if current_language() == "fa":
        return digits(f"{MONTHS[int(place) - 1]} {year}")
    begins = first_day(month)
    return t("fund.month_from", date=f"{begins.day} {ENGLISH_MONTHS[begins.month - 1]} {begins.year}")


def words_of_lines(rows: Sequence[FundLine]) -> dict[int, str]:
    """What each line says, by its number. At most two statements, whatever the number of lines."""
    cases = _claims_of_recourses(_ids(rows, "recourse"))
    givers = _givers(_ids(rows, "gift"))
    return {row.number: _words(row, cases, givers) for row in rows}


def _words(row: FundLine, cases: dict[int, str], givers: dict[int, str]) -> str:
    kind, (of, _, name) = row.kind.value, row.subject.partition(":")
    if kind == "contribution":
        return t("fund.line.contribution", n=row.count, count=number(row.count))
    if kind == "gift":
        giver = givers.get(_id_in(row.subject), "")
        return t("fund.line.gift", giver=giver) if giver else t("fund.line.gift_unnamed")
    case = name if of == "claim" else cases.get(_id_in(row.subject)) if of == "recourse" else None
    return t(f"fund.line.{kind}", case=case) if case else t(f"fund.line.{kind}_plain")


def _ids(rows: Iterable[FundLine], of: str) -> set[int]:
    return {_id_in(row.subject) for row in rows if row.subject.startswith(f"{of}:")}


def _id_in(subject: str) -> int:
    tail = subject.partition(":")[2]
    return int(tail) if tail.isdecimal() else 0


def _claims_of_recourses(ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(Recourse.id, Claim.number).join(Claim, Claim.id == Recourse.claim_id)
    return {row.id: row.number for row in db.session.execute(query.where(Recourse.id.in_(ids)))}


def _givers(ids: set[int]) -> dict[int, str]:
    """Names of sponsors who wish to be named."""
    if not ids:
        return {}
    subjects = {f"gift:{name}": name for name in ids}
    query = (
        select(Transfer.subject, FundGift.giver)
        .join(FundGift, FundGift.transfer_id == Transfer.id)
        .where(Transfer.subject.in_(subjects), FundGift.is_named)
    )
    return {subjects[row.subject]: row.giver for row in db.session.execute(query)}
