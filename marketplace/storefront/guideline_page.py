"""Guidelines as one reads and prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.pdf import Column, Paper
from marketplace.core.web import digits, jdate, percent
from marketplace.inspections.guidelines import GROUP, guidelines_at
from marketplace.inspections.rules import bleach_millilitres
from marketplace.policy.document_editing import versions_of
from marketplace.policy.models import Document
from marketplace.storefront.shown import words

ICONS = {
    "guideline_storage": "box",
    "guideline_disinfection": "bottle",
    "guideline_transport": "truck",
    "guideline_permit": "award",
    "guideline_receiver": "box-open",
    "guideline_bleach": "stethoscope",
}
BLEACH = "guideline_bleach"
STRENGTHS = (3, 4, 5, 6, 8, 10)
"""Percent of household bleaches as they are sold."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A guideline in one version. `versions`: all that were or are in force, the newest first, as (number, since).

    `proportions`: of the bleach alone, (strength in percent, millilitres in a litre of water).
    """

    key: str
    icon: str
    title: str
    version: int
    since: datetime
    paragraphs: tuple[str, ...]
    is_in_force: bool
    versions: tuple[tuple[int, datetime], ...]
    proportions: tuple[tuple[int, int], ...]


def sheets_at(at: datetime) -> list[Sheet]:
    """All guidelines in force."""
    return [_sheet(document, (document,), True) for document in guidelines_at(at)]


def sheet_of(key: str, version: int | None, at: datetime) -> Sheet:
    """A guideline in the version in force, or in an earlier one. Raises NotFound."""
    known = [d for d in versions_of(key) if d.effective_from <= at]
    if not known or known[0].group != GROUP:
        raise NotFound()
    asked = next((d for d in known if version in (None, d.version)), None)
    if asked is None:
        raise NotFound()
    return _sheet(asked, known, asked.version == known[0].version)


def print_guidelines(sheets: Sequence[Sheet], at: datetime) -> bytes:
    """The sheets as a PDF, each on a page of its own. Outside units of work."""
    title = sheets[0].title if len(sheets) == 1 else t("guidelines.title")
    paper = Paper(current_language(), title, at, footer=t("guidelines.footer"))
    for place, sheet in enumerate(sheets):
        if place:
            paper.page_break()
        paper.heading(sheet.title)
        paper.paragraph(_version_line(sheet), muted=True)
        for paragraph in sheet.paragraphs:
            paper.paragraph(paragraph, points=11)
        if sheet.proportions:
            paper.heading(t("guidelines.proportions"), 2)
            columns = (Column(t("guidelines.strength"), 1), Column(t("guidelines.millilitres"), 1))
            rows = [(percent(strength), digits(millilitres)) for strength, millilitres in sheet.proportions]
            paper.table(columns, rows, points=10)
    return paper.output()


def _version_line(sheet: Sheet) -> str:
    return t("texts.version", version=digits(sheet.version), date=jdate(sheet.since))


def _sheet(document: Document, known: Sequence[Document], is_in_force: bool) -> Sheet:
    return Sheet(
        key=document.key,
        icon=ICONS.get(document.key, "book"),
        title=words(document.title_fa, document.title_en),
        version=document.version,
        since=document.effective_from,
        paragraphs=tuple(words(document.body_fa, document.body_en).split("\n\n")),
        is_in_force=is_in_force,
        versions=tuple((d.version, d.effective_from) for d in known),
        proportions=tuple((s, bleach_millilitres(s)) for s in STRENGTHS) if document.key == BLEACH else (),
    )
