"""Guidelines, planned visits and reports of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.clock import tehran
from marketplace.inspections.checklist import checklist_at
from marketplace.inspections.inputs import Report
from marketplace.inspections.models import Acknowledgement, Checklist, CorrectiveAction, Visit, VisitAnswer
from marketplace.inspections.models import Mark as Answer
from marketplace.inspections.queries import open_findings_of
from marketplace.policy.models import Document
from marketplace.stores.models import Store
from tests.factories.rows import AT, number, put, writing
from tests.factories.stores import a_finding


def a_guideline(
    key: str = "guideline_storage", version: int = 1, *, at: datetime = AT, **columns: Any
) -> Document:
    """A guideline that has been in force for a month; a later version since yesterday."""
    return put(
        Document,
        **{
            "key": key,
            "group": "guideline",
            "version": version,
            "title_fa": "دستورالعمل محل نگهداری",
            "title_en": "Guideline: storage place",
            "body_fa": f"انبار خشک است.\n\nنسخه {version}.",
            "body_en": f"The store room is dry.\n\nVersion {version}.",
            "effective_from": at - timedelta(days=30 if version == 1 else 1),
            **columns,
        },
    )


def a_visit(store: Store, *, at: datetime = AT, **columns: Any) -> Visit:
    """A visit planned for today."""
    return put(
        Visit,
        **{
            "store_id": store.id,
            "kind": "planned",
            "state": "planned",
            "planned_on": tehran(at).date(),
            "planned_at": at - timedelta(days=1),
            "note": "",
            **columns,
        },
    )


def a_form(store: Store | None = None, *, at: datetime = AT, **values: Any) -> dict[str, Any]:
    """What a filled report says: everything in order, nothing mended, unless told otherwise (`__` reads `-`)."""
    checklist = checklist_at(at)
    earlier = [finding.id for finding in open_findings_of(store.id)] if store else []
    return {
        "submission_key": f"report-{number():012d}",
        "checklist_version": str(checklist.number),
        "is_met": "yes",
        "met_name": "مریم رضایی",
        "summary": "",
        **{f"mark-{item.key}": "ok" for item in checklist.items},
        **{f"earlier-{finding}": "stands" for finding in earlier},
        **{name.replace("__", "-"): value for name, value in values.items()},
    }


def a_report(store: Store | None = None, *, at: datetime = AT, **values: Any) -> Report:
    """The same, parsed."""
    form: Mapping[str, Any] = a_form(store, at=at, **values)
    earlier = [int(name.partition("-")[2]) for name in form if name.startswith("earlier-")]
    return Report.parse(form, checklist_at(at), earlier)


def health_rows(store: Store, person: Person, *, at: datetime = AT) -> None:
    """A row in each table of this slice that is written once."""
    with writing():
        visit = a_visit(
            store,
            at=at,
            state="done",
            submission_key=f"key-{number():014d}",
            reported_at=at,
            checklist_version=1,
        )
        finding = a_finding(store, "minor", at=at, visit_id=visit.id, item_key="storage_dry")
        put(VisitAnswer, visit_id=visit.id, item_key="storage_dry", mark=Answer.not_ok, note="نم")
        put(CorrectiveAction, finding_id=finding.id, person_id=person.id, text="خشک شد", at=at)
        put(
            Acknowledgement, store_id=store.id, key="guideline_storage", version=1, person_id=person.id, at=at
        )
        put(Checklist, version=2, items=[], effective_from=at + timedelta(days=3000))


def answers_of_page() -> dict[str, Any]:
    """What an inspector ticks on the page of a visit where everything is in order."""
    return {name: value for name, value in a_form().items() if name.startswith(("mark-", "met_name"))}
