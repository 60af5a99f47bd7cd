"""What is read for the pages of the lottery."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.db import AnyRow, db
from marketplace.core.language import current_language, t
from marketplace.festival.models import Festival
from marketplace.lottery.files import NAMES
from marketplace.lottery.freezing import freeze_moment
from marketplace.lottery.models import (
    Award,
    AwardState,
    Draw,
    DrawStage,
    DrawState,
    EntryGrant,
    Prize,
    PublishedEntry,
)
from marketplace.lottery.queries import draw_by_slug, prizes_of, stages_of
from marketplace.lottery.shown import (
    AwardShown,
    DrawAtHome,
    DrawCard,
    DrawShown,
    LotteryShown,
    PrizeShown,
    WinnerShown,
)
from marketplace.lottery.stage_page import stage_shown, steps_shown
from marketplace.orders.models import Order, StoreOrder
from marketplace.policy.policy import policy_at

COMING = (DrawState.announced, DrawState.open, DrawState.frozen)


def show_lottery(at: datetime) -> LotteryShown:
    """The draw that comes next, earlier ones, and the numbers in force."""
    policy = policy_at(at)
    rows = db.session.scalars(select(Draw).order_by(Draw.draw_at.desc()).limit(50)).all()
    coming = next((draw for draw in reversed(rows) if draw.state in COMING), None)
    counts: dict[int, int] = {
        row[0]: int(row[1])
        for row in db.session.execute(
            select(Prize.draw_id, func.sum(Prize.unit_count)).group_by(Prize.draw_id)
        )
    }
    return LotteryShown(
        coming=_draw(coming, at) if coming else None,
        earlier=tuple(_card(draw, counts.get(draw.id, 0)) for draw in rows if draw is not coming),
        entries_per_order=policy.entries_per_order,
        step_toman=policy.entries_step_toman,
        cap=policy.entries_cap,
        freeze_hours=policy.lottery_freeze_hours,
        claim_days=policy.prize_claim_days,
        redraw_days=policy.redraw_step_days,
        redraw_most=policy.redraw_most,
    )


def show_draw(slug: str, at: datetime) -> DrawShown:
    """One draw with its prizes, winners and proof. Raises NotFound."""
    return _draw(draw_by_slug(slug), at)


def draw_at_home(festival_id: int, at: datetime) -> DrawAtHome | None:
    """The draw of an edition for its home page; None while none is announced, or when it was called off."""
    draw = db.session.scalar(
        select(Draw).where(Draw.festival_id == festival_id, Draw.state != DrawState.voided)
    )
    if draw is None:
        return None
    told = json.loads(draw.manifest)["entries"] if draw.manifest else {}
    return DrawAtHome(
        f"/draws/{draw.slug}",
        freeze_moment(draw, at),
        told.get("count"),
        told.get("weight"),
        told.get("merkle_root"),
    )


def list_draws() -> list[DrawCard]:
    """All draws, the newest first."""
    rows = db.session.scalars(select(Draw).order_by(Draw.draw_at.desc()).limit(100)).all()
    return [_card(draw, 0) for draw in rows]


def editions_without_draw(at: datetime) -> list[tuple[int, str]]:
    """(id, title) of editions whose draw was not announced and whose moment is still to come."""
    rows = db.session.execute(
        select(Festival.id, Festival.title_fa, Festival.title_en)
        .where(Festival.id.not_in(select(Draw.festival_id)), Festival.draw_at > at)
        .order_by(Festival.draw_at)
    )
    return [(row.id, word(row.title_fa, row.title_en)) for row in rows]


def awards_of_person(person_id: int, at: datetime) -> list[AwardShown]:
    """What a person won, the newest first."""
    rows = db.session.execute(
        select(Award, Prize, Draw)
        .join(Prize, Prize.id == Award.prize_id)
        .join(Draw, Draw.id == Award.draw_id)
        .where(Award.person_id == person_id)
        .order_by(Award.id.desc())
    )
    return [
        AwardShown(
            id=row.Award.id,
            prize=word(row.Prize.title_fa, row.Prize.title_en),
            draw=word(row.Draw.title_fa, row.Draw.title_en),
            draw_url=f"/draws/{row.Draw.slug}",
            state=row.Award.state.value,
            state_label=t(f"award_state.{row.Award.state.value}"),
            claim_until=row.Award.claim_until,
            can_claim=row.Award.state is AwardState.won and at <= row.Award.claim_until,
            is_named=row.Award.is_named,
            claim_url=f"/me/prizes/{row.Award.id}/claim",
            give_up_url=f"/me/prizes/{row.Award.id}/refusal",
        )
        for row in rows
    ]


def word(fa: str, en: str) -> str:
    return fa if current_language() == "fa" else en


def masked(mobile: str) -> str:
    """A mobile of which four and two digits are shown."""
    return f"{mobile[:4]} ••••• {mobile[-2:]}"


def _card(draw: Draw, prize_count: int) -> DrawCard:
    manifest = json.loads(draw.manifest) if draw.manifest else None
    return DrawCard(
        slug=draw.slug,
        url=f"/draws/{draw.slug}",
        title=word(draw.title_fa, draw.title_en),
        state=draw.state.value,
        state_label=t(f"draw_state.{draw.state.value}"),
        draw_at=draw.draw_at,
        prize_count=prize_count,
        weight=manifest["entries"]["weight"] if manifest else None,
    )


def _draw(draw: Draw, at: datetime) -> DrawShown:
    manifest = json.loads(draw.manifest) if draw.manifest else {}
    entries = manifest.get("entries", {})
    stages = stages_of(draw.id)
    first = next((stage for stage in stages if stage.number == 0), None)
    found = json.loads(first.randomness) if first is not None and first.randomness else {}
    is_drawn = any(stage.result is not None for stage in stages)
    return DrawShown(
        slug=draw.slug,
        url=f"/draws/{draw.slug}",
        title=word(draw.title_fa, draw.title_en),
        state=draw.state.value,
        state_label=t(f"draw_state.{draw.state.value}"),
        permit=draw.permit,
        opens_at=draw.opens_at,
        freeze_at=freeze_moment(draw, at),
        frozen_at=draw.frozen_at,
        draw_at=draw.draw_at,
        voided_reason=draw.voided_reason,
        prizes=_prizes(draw, stages),
        count=entries.get("count"),
        weight=entries.get("weight"),
        persons=entries.get("persons"),
        merkle_root=entries.get("merkle_root"),
        randomness=found.get("randomness"),
        steps=steps_shown(draw, entries, first, found),
        stages=tuple(stage_shown(stage) for stage in stages),
        files=tuple(
            (name, f"/draws/{draw.slug}/files/{name}")
            for name in NAMES
            if draw.frozen_at is not None and (name != "result.json" or is_drawn)
        ),
        claim_days=policy_at(at).prize_claim_days,
    )


def _prizes(draw: Draw, stages: Sequence[DrawStage]) -> tuple[PrizeShown, ...]:
    picks: dict[tuple[int, int, int], dict[str, int]] = {}
    for stage in stages:
        if stage.result:
            for pick in json.loads(stage.result)["drawn"]["picks"]:
                if pick["skipped"] is None:
                    picks[stage.number, pick["prize"][0], pick["prize"][1]] = pick
    rows = db.session.execute(
        select(Award, Person.given_name, Person.surname, Person.mobile, Prize.rank, Order.city)
        .join(Person, Person.id == Award.person_id)
        .join(Prize, Prize.id == Award.prize_id)
        .join(
            PublishedEntry,
            (PublishedEntry.draw_id == Award.draw_id) & (PublishedEntry.place == Award.place),
        )
        .join(EntryGrant, EntryGrant.id == PublishedEntry.grant_id)
        .join(StoreOrder, StoreOrder.id == EntryGrant.store_order_id)
        .join(Order, Order.id == StoreOrder.order_id)
        .where(Award.draw_id == draw.id)
        .order_by(Prize.rank, Award.unit, Award.stage)
    ).all()
    return tuple(
        PrizeShown(
            rank=prize.rank,
            title=word(prize.title_fa, prize.title_en),
            unit_count=prize.unit_count,
            value_toman=prize.value_toman,
            sponsor=prize.sponsor,
            winners=tuple(
                _winner(row, picks[row.Award.stage, row.rank, row.Award.unit])
                for row in rows
                if row.rank == prize.rank
            ),
        )
        for prize in prizes_of(draw.id)
    )


def _winner(row: AnyRow, pick: dict[str, int]) -> WinnerShown:
    award: Award = row.Award
    name = f"{row.given_name} {row.surname[:1]}.".strip() if award.is_named else t("draw.nameless")
    return WinnerShown(
        unit=award.unit,
        name=name,
        city=row.city if award.is_named else "",
        mobile=masked(row.mobile) if award.is_named else "",
        ticket=pick["ticket"],
        of=pick["of"],
        state=award.state.value,
        state_label=t(f"award_state.{award.state.value}"),
        stage=award.stage,
    )
