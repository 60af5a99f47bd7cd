"""The minutes of a draw: who did what when, from which number, and what came of it; as a page and on paper."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import segno
from sqlalchemy import select

from marketplace.accounts.models import ApprovalRow, ApprovalState, Person
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.pdf import Column, Paper
from marketplace.core.web import digits, jdatetime, number
from marketplace.lottery.files import manifest_file, result_file
from marketplace.lottery.models import Draw
from marketplace.lottery.pages import show_draw
from marketplace.lottery.queries import signers_of
from marketplace.lottery.shown import DrawShown
from marketplace.lottery.two_persons import DRAW, FREEZE
from marketplace.lottery.witnesses import witnesses_of


@dataclass(frozen=True, slots=True)
class Act:
    """One act in the minutes: what, who, when."""

    what: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Minutes:
    """Everything that the minutes tell. Digests are those of the published files."""

    draw: DrawShown
    acts: tuple[Act, ...]
    witnesses: tuple[tuple[str, str], ...]
    manifest_sha256: str
    result_sha256: str


def minutes_of(draw: Draw, at: datetime) -> Minutes:
    """The minutes as of now. Raises NotFound before the draw."""
    shown = show_draw(draw.slug, at)
    if not shown.is_drawn:
        raise NotFound("not_drawn_yet")
    return Minutes(
        draw=shown,
        acts=tuple(sorted([*_approved(draw), *_signed(draw)], key=lambda act: act.at)),
        witnesses=tuple((each.name, each.capacity) for each in witnesses_of(draw.id)),
        manifest_sha256=hashlib.sha256(manifest_file(draw)).hexdigest(),
        result_sha256=hashlib.sha256(result_file(draw)).hexdigest(),
    )


def minutes_pdf(minutes: Minutes, verify_url: str) -> bytes:
    """The minutes on paper, with room for signatures and the way to the verifier."""
    draw = minutes.draw
    language = "en" if current_language() == "en" else "fa"
    title = t("minutes.title", draw=draw.title)
    paper = Paper(language, title, draw.stages[0].drawn_at or draw.draw_at)
    paper.heading(title)
    paper.key_values(
        [
            (t("minutes.permit"), digits(draw.permit)),
            (t("minutes.held_at"), jdatetime(draw.draw_at)),
            (t("minutes.closed_at"), jdatetime(draw.frozen_at or draw.draw_at)),
            (
                t("minutes.list"),
                t(
                    "minutes.list_text",
                    count=number(draw.count),
                    persons=number(draw.persons),
                    weight=number(draw.weight),
                ),
            ),
        ]
    )
    _tables(paper, minutes)
    _proofs(paper, minutes, verify_url)
    return paper.output()


def _tables(paper: Paper, minutes: Minutes) -> None:
    """Who did what, and who won."""
    paper.heading(t("minutes.acts"), 2)
    paper.table(
        (Column(t("minutes.what"), 4), Column(t("minutes.who"), 4), Column(t("minutes.when"), 3)),
        [[act.what, act.who, jdatetime(act.at)] for act in minutes.acts],
    )
    paper.heading(t("minutes.winners"), 2)
    paper.table(
        (
            Column(t("console.prize"), 4),
            Column(t("console.winner"), 4),
            Column(t("minutes.city"), 2),
            Column(t("minutes.ticket"), 3, "number"),
        ),
        [
            [
                prize.title,
                winner.name,
                winner.city or "—",
                t("draw.ticket", ticket=number(winner.ticket), of=number(winner.of)),
            ]
            for prize in minutes.draw.prizes
            for winner in prize.winners
        ],
    )


def _proofs(paper: Paper, minutes: Minutes, verify_url: str) -> None:
    """Witnesses, digests, and the way to the verifier."""
    paper.heading(t("minutes.witnesses"), 2)
    if minutes.witnesses:
        paper.items([f"{name}{t('ui.comma')} {capacity}" for name, capacity in minutes.witnesses])
    else:
        paper.paragraph(t("minutes.no_witnesses"), muted=True)
    paper.heading(t("minutes.digests"), 2)
    paper.table(
        (Column(t("minutes.file"), 2, "code"), Column("SHA-256", 8, "code")),
        [
            ["manifest.json", minutes.manifest_sha256],
            ["result.json", minutes.result_sha256],
            [t("minutes.root"), minutes.draw.merkle_root or ""],
        ],
        points=7,
    )
    paper.paragraph(t("minutes.check", url=verify_url), muted=True)
    paper.squares([list(row) for row in segno.make(verify_url, error="m", micro=False).matrix], 28)


def _approved(draw: Draw) -> list[Act]:
    """Acts of two officers on this draw: who proposed, who agreed."""
    rows = db.session.scalars(
        select(ApprovalRow).where(
            ApprovalRow.subject == f"draw:{draw.slug}",
            ApprovalRow.action.in_((FREEZE, DRAW)),
            ApprovalRow.state == ApprovalState.approved,
        )
    )
    return [
        Act(
            t(f"approval.action.{row.action}"),
            t("minutes.two", first=_name(row.proposed_by_id), second=_name(row.decided_by_id)),
            row.decided_at or row.proposed_at,
        )
        for row in rows
    ]


def _signed(draw: Draw) -> list[Act]:
    return [
        Act(t("minutes.signed", role=t(f"role.{each.role}")), _name(each.person_id), each.signed_at)
        for each in signers_of(draw.id)
        if each.signed_at is not None
    ]


def _name(person_id: int | None) -> str:
    person = db.session.get(Person, person_id) if person_id is not None else None
    return person.display_name if person is not None else "—"
