"""One suspicion as officials or its subject read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from marketplace.accounts import queries as accounts
from marketplace.accounts.approvals import pending
from marketplace.complaints.case_page import here, word
from marketplace.core.db import db
from marketplace.core.language import t
from marketplace.core.web import number as in_digits
from marketplace.files.evidence import evidence_of
from marketplace.orders.models import StoreOrder
from marketplace.stores.models import Store
from marketplace.suspicions.deciding import ACTION
from marketplace.suspicions.models import SubjectKind, Suspicion, SuspicionFact, SuspicionState, Verdict
from marketplace.suspicions.queries import facts_of, ids_in, words_of
from marketplace.suspicions.rules import NEEDS_TWO, is_heard, may_answer, verdicts_for
from marketplace.suspicions.shown import (
    ChoiceShown,
    FactShown,
    FileShown,
    MeasureShown,
    SaidShown,
    SuspicionShown,
)

S = SuspicionState
TONES = {S.found: "zf", S.hearing: "fz", S.heard: "an", S.decided: "plain"}
SHARES = frozenset({"percent", "farmed"})
SUMS = frozenset({"toman"})


def show_suspicion(case: Suspicion, at: datetime, *, for_officials: bool) -> SuspicionShown:
    """A case with everything that its reader may see: of other people officials alone."""
    facts = facts_of(case.id)
    return SuspicionShown(
        number=case.number,
        url=here(_place(case, for_officials)),
        version=case.version,
        signal=case.signal.value,
        signal_label=t(f"signal.{case.signal.value}"),
        signal_text=t(f"signal.{case.signal.value}.text"),
        subject=case.subject.value,
        subject_label=subject_label(case),
        subject_url=_subject_url(case) if for_officials else None,
        state=case.state.value,
        state_label=t(f"state.suspicion_state.{case.state.value}"),
        tone=TONES[case.state],
        found_at=case.found_at,
        asked_at=case.asked_at,
        question=case.question,
        answer_due_at=case.answer_due_at,
        answered_at=case.answered_at,
        measures=tuple(_measure(one) for one in case.measures),
        facts=_facts(facts, case, for_officials),
        messages=tuple(_messages(case)),
        files=_files(case),
        is_held=case.hold_at is not None and case.hold_ended_at is None,
        hold_reason=case.hold_reason or "",
        hold_at=case.hold_at,
        hold_until_at=case.hold_until_at,
        verdict=case.verdict.value if case.verdict else None,
        verdict_label=_verdict_words(case),
        verdict_text=_verdict_words(case, ".done"),
        reason=case.reason,
        decided_at=case.decided_at,
        by_two=case.second_id is not None,
        choices=tuple(_choice(one) for one in verdicts_for(case.signal, case.subject)),
        is_heard=is_heard(case.state, case.answer_due_at, at),
        may_ask=case.state is S.found,
        may_answer=may_answer(case.state, case.answer_due_at, at),
        may_hold=_may_hold(case, facts),
        proposed=None if case.verdict else _proposal(case),
        is_forgotten=case.forgotten_at is not None,
    )


def _verdict_words(case: Suspicion, which: str = "") -> str:
    return t(f"suspicion_verdict.{case.verdict.value}{which}") if case.verdict else ""


def subject_label(case: Suspicion) -> str:
    """The name of a shopper or of a store."""
    if case.store_id is not None:
        store = db.session.get_one(Store, case.store_id)
        return word(store.name_fa, store.name_en)
    person = accounts.person(case.person_id or 0)
    return (person.display_name if person else "") or t("suspicion.somebody")


def measure_words(measure: dict[str, Any]) -> str:
    """A measure in a line: `6 orders (from 3)`."""
    shown = _measure(measure)
    if shown.threshold is None:
        return f"{shown.label}: {shown.words}"
    return t("suspicion.measured", label=shown.label, value=shown.words, threshold=shown.threshold_words)


def _place(case: Suspicion, for_officials: bool) -> str:
    if for_officials:
        return f"/office/suspicions/{case.number}"
    return f"/{'panel' if case.store_id is not None else 'me'}/suspicions/{case.number}"


def _subject_url(case: Suspicion) -> str | None:
    if case.store_id is None:
        return None
    return here(f"/stores/{db.session.get_one(Store, case.store_id).slug}")


def _may_hold(case: Suspicion, facts: Sequence[SuspicionFact]) -> bool:
    is_open = case.state in (S.hearing, S.heard) and case.hold_at is None
    return is_open and case.subject is SubjectKind.store and bool(ids_in(facts, "store-order"))


def _proposal(case: Suspicion) -> int | None:
    subject = f"suspicion:{case.number}"
    return next((one.id for one in pending(ACTION) if one.subject == subject), None)


def _measure(measure: dict[str, Any]) -> MeasureShown:
    name, value, threshold = measure["name"], measure["value"], measure["threshold"]
    return MeasureShown(
        name=name,
        label=t(f"measure.{name}"),
        value=value,
        words=_figure(name, value),
        threshold=threshold or None,
        threshold_words=_figure(name, threshold) if threshold else "",
        is_reached=bool(threshold) and value >= threshold,
        row=measure["row"],
    )


def _figure(name: str, value: int) -> str:
    if name in SHARES:
        return t("measure.in_percent", value=in_digits(value))
    return t("measure.in_toman", value=in_digits(value)) if name in SUMS else in_digits(value)


def _choice(verdict: Verdict) -> ChoiceShown:
    return ChoiceShown(
        verdict.value,
        t(f"suspicion_verdict.{verdict.value}"),
        t(f"suspicion_verdict.{verdict.value}.note"),
        verdict in NEEDS_TWO,
    )


def _messages(case: Suspicion) -> Iterator[SaidShown]:
    if case.asked_at is not None:
        yield SaidShown(t("suspicion.office"), "office", case.asked_at, case.question)
    who = subject_label(case)
    side = "store" if case.store_id is not None else "shopper"
    for one in words_of(case.id):
        yield SaidShown(who, side, one.at, one.text)
    if case.decided_at is not None and case.verdict is not None:
        pill = {"text": t(f"suspicion_verdict.{case.verdict.value}"), "tone": "plain"}
        yield SaidShown(t("suspicion.office"), "office", case.decided_at, case.reason, pill=pill)


def _files(case: Suspicion) -> tuple[FileShown, ...]:
    subject = f"suspicion:{case.number}"
    return tuple(FileShown(one.name, here(f"/files/{one.key}")) for one in evidence_of([subject])[subject])


def _facts(facts: Sequence[SuspicionFact], case: Suspicion, for_officials: bool) -> tuple[FactShown, ...]:
    stores = _store_names(facts)
    parts = _own_parts(facts, case) if not for_officials else {}
    return tuple(_fact(one, case, stores, parts, for_officials) for one in facts)


def _fact(
    fact: SuspicionFact, case: Suspicion, stores: dict[int, str], parts: dict[int, str], for_officials: bool
) -> FactShown:
    kind, what = fact.key.partition(":")[0], fact.what
    named = {
        "store": stores.get(what.get("store_id", 0), ""),
        "number": what.get("number", ""),
        "case": str(what.get("case", "")).partition(":")[2],
    }
    return FactShown(
        key=fact.key,
        label=t(f"fact.{kind.replace('-', '_')}", **named),
        url=_url_of(fact, parts, for_officials),
        at=fact.at,
        toman=what.get("toman"),
        tells=tuple(_tells(what)),
        inside=tuple(_inside(fact, case)) if for_officials else (),
    )


def _tells(what: dict[str, Any]) -> Iterator[str]:
    for tie in what.get("ties", ()):
        yield t(f"tie.{tie}")
    if what.get("shared"):
        yield t("fact.shared", what=t(f"trait.{what['shared']}"))
    if what.get("is_undone"):
        yield t("fact.undone")
    if "over_toman" in what:
        yield t("fact.over", value=in_digits(what["over_toman"]))
    if "stars" in what:
        yield t("fact.stars", count=in_digits(what["stars"]))
    if "file" in what:
        yield t("fact.same_file", file=what["file"])


def _inside(fact: SuspicionFact, case: Suspicion) -> Iterator[str]:
    buyer = fact.inside.get("person_id")
    if buyer is not None and buyer != case.person_id:
        yield t("fact.buyer", id=in_digits(buyer))
    if fact.inside.get("mark"):
        yield t("fact.mark", mark=fact.inside["mark"])
    if fact.inside.get("others"):
        yield t("fact.others", ids=t("ui.comma").join(f" {in_digits(one)}" for one in fact.inside["others"]))


def _url_of(fact: SuspicionFact, parts: dict[int, str], for_officials: bool) -> str | None:
    kind, _, rest = fact.key.partition(":")
    if for_officials:
        return here(f"/office/claims/{fact.what['number']}") if kind == "claim" else None
    if kind == "store-order":
        return here(parts[int(rest)]) if int(rest) in parts else None
    if kind == "claim":
        return here(f"/claims/{fact.what['number']}")
    if kind == "file":
        named, _, number = str(fact.what["case"]).partition(":")
        return here(f"/{'claims' if named == 'claim' else 'complaints'}/{number}")
    return here("/me/reviews")


def _own_parts(facts: Sequence[SuspicionFact], case: Suspicion) -> dict[int, str]:
    """Where the subject reads its own purchases."""
    if case.store_id is None:
        return {
            int(one.key.partition(":")[2]): f"/orders/{one.what['number']}"
            for one in facts
            if one.key.startswith("store-order:")
        }
    ids = ids_in(facts, "store-order")
    own = select(StoreOrder.id).where(StoreOrder.id.in_(ids), StoreOrder.store_id == case.store_id)
    return {part: f"/panel/orders/{part}" for part in db.session.scalars(own)}


def _store_names(facts: Sequence[SuspicionFact]) -> dict[int, str]:
    ids = {one.what["store_id"] for one in facts if "store_id" in one.what}
    if not ids:
        return {}
    rows = db.session.execute(select(Store.id, Store.name_fa, Store.name_en).where(Store.id.in_(ids)))
    return {row.id: word(row.name_fa, row.name_en) for row in rows}
