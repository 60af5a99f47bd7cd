"""A winner's certificate: what was won, by which ticket, under which digest, with the way to the verifier."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import segno
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.language import current_language, t
from marketplace.core.pdf import Paper
from marketplace.core.web import digits, jdatetime, number
from marketplace.lottery.files import result_file
from marketplace.lottery.models import Award, AwardState, Draw, Prize
from marketplace.lottery.pages import show_draw, word

LOST = (AwardState.lapsed, AwardState.given_up)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whole name, for its owner alone."""

    award_id: int
    name: str
    prize: str
    draw: str
    slug: str
    permit: str
    drawn_at: datetime
    ticket: int
    of: int
    place: int
    state_label: str
    result_sha256: str
    verify_url: str

    @property
    def qr(self) -> str:
        """A picture of the way to the verifier."""
        return segno.make(self.verify_url, error="m", micro=False).svg_data_uri(
            scale=4, border=2, dark="#12343b"
        )


def certificate_of(award_id: int, person_id: int, base: str, at: datetime) -> Certificate:
    """The certificate of a person's own prize. Raises NotFound for another's and for one that was not taken."""
    row = db.session.execute(
        select(Award, Prize, Draw, Person)
        .join(Prize, Prize.id == Award.prize_id)
        .join(Draw, Draw.id == Award.draw_id)
        .join(Person, Person.id == Award.person_id)
        .where(Award.id == award_id, Award.person_id == person_id)
    ).first()
    if row is None or row.Award.state in LOST:
        raise NotFound("unknown_award")
    shown = show_draw(row.Draw.slug, at)
    winner = next(
        winner
        for prize in shown.prizes
        for winner in prize.winners
        if (prize.rank, winner.unit, winner.stage) == (row.Prize.rank, row.Award.unit, row.Award.stage)
    )
    return Certificate(
        award_id=award_id,
        name=row.Person.display_name,
        prize=word(row.Prize.title_fa, row.Prize.title_en),
        draw=shown.title,
        slug=shown.slug,
        permit=shown.permit,
        drawn_at=row.Award.won_at,
        ticket=winner.ticket,
        of=winner.of,
        place=row.Award.place,
        state_label=winner.state_label,
        result_sha256=hashlib.sha256(result_file(row.Draw)).hexdigest(),
        verify_url=f"{base}/draws/{shown.slug}/verify",
    )


def certificate_pdf(one: Certificate) -> bytes:
    """The certificate on paper."""
    language = "en" if current_language() == "en" else "fa"
    paper = Paper(language, t("certificate.title"), one.drawn_at)
    paper.space(12)
    paper.heading(t("certificate.title"))
    paper.paragraph(t("certificate.text", name=one.name, draw=one.draw, prize=one.prize), points=14)
    paper.space(4)
    paper.key_values(
        [
            (t("minutes.permit"), digits(one.permit)),
            (t("minutes.when"), jdatetime(one.drawn_at)),
            (t("minutes.ticket"), t("draw.ticket", ticket=number(one.ticket), of=number(one.of))),
            (t("certificate.entry"), number(one.place)),
        ]
    )
    paper.rule()
    paper.paragraph(t("certificate.digest"), muted=True)
    paper.paragraph(one.result_sha256)
    paper.paragraph(t("minutes.check", url=one.verify_url), muted=True)
    paper.squares([list(row) for row in segno.make(one.verify_url, error="m", micro=False).matrix], 36)
    return paper.output()
