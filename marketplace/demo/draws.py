"""The draw of the present edition in the demo: its prizes, their sponsors, its permit."""

from __future__ import annotations

from datetime import datetime

from marketplace.core.db import db
from marketplace.core.unit_of_work import unit_of_work
from marketplace.festival.models import Festival
from marketplace.festival.queries import present_edition
from marketplace.lottery.models import Draw, DrawState, Prize

PRIZES = (
    ("سرویس طلای شکوفه", "The Blossom set of gold", 1, 68_000_000, "صندوق هنر اصفهان"),
    ("موتور برقی شهری", "An electric city scooter", 2, 42_000_000, "چرخ سبز"),
    ("لپ‌تاپ دانشجویی", "A student's laptop", 3, 31_000_000, "رایانه نوین"),
    ("فرش دستباف سه‌متری", "A hand-knotted carpet of three metres", 2, 27_000_000, "اتحادیه فرش تبریز"),
    ("کارت خرید یک‌میلیونی", "A shopping card of a million toman", 12, 1_000_000, ""),
)
"""Title in both languages, pieces, value of one in toman, sponsor."""
PERMIT = "ق/۱۴۰۵/۲۱۷"


def load_draw(at: datetime) -> None:
    """Writes the draw of the present edition; nothing between editions."""
    edition = present_edition(at)
    if edition is None:
        return
    festival = db.session.get_one(Festival, edition.id)
    with unit_of_work():
        draw = Draw(
            festival_id=festival.id,
            slug=festival.slug,
            title_fa=f"قرعه‌کشی {festival.title_fa}",
            title_en=f"Draw of the {festival.title_en}",
            permit=PERMIT,
            state=DrawState.open if festival.live_from <= at else DrawState.announced,
            opens_at=festival.live_from,
            draw_at=festival.draw_at,
        )
        db.session.add(draw)
        db.session.flush()
        for rank, (title_fa, title_en, count, value, sponsor) in enumerate(PRIZES, 1):
            db.session.add(
                Prize(
                    draw_id=draw.id,
                    rank=rank,
                    title_fa=title_fa,
                    title_en=title_en,
                    unit_count=count,
                    value_toman=value,
                    sponsor=sponsor,
                )
            )
