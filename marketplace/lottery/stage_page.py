"""A stage and the steps of its proof, as pages show them."""

from __future__ import annotations

import json
from typing import Any

from marketplace.core.language import t
from marketplace.core.web import jdatetime, number
from marketplace.lottery.models import Draw, DrawStage
from marketplace.lottery.queries import signers_of
from marketplace.lottery.shown import StageShown, StepShown
from marketplace.lottery.sources import QUICKNET


def stage_shown(stage: DrawStage) -> StageShown:
    """When a stage is drawn, by which round or figures, and what it gave."""
    drawn = json.loads(stage.result)["drawn"] if stage.result else {}
    found = json.loads(stage.randomness) if stage.randomness else {}
    sources = json.loads(stage.sources)
    skips = json.loads(stage.skips)["told"]["list"] if stage.skips else []
    return StageShown(
        number=stage.number,
        label=t("draw.stage_first") if stage.number == 0 else t("draw.stage", n=number(stage.number)),
        planned_at=stage.planned_at,
        state=stage.state.value,
        state_label=t(f"stage_state.{stage.state.value}"),
        round=next(source["round"] for source in sources if source["kind"] == QUICKNET),
        randomness=found.get("randomness"),
        seed=drawn.get("seed"),
        pick_count=len(drawn.get("picks", ())),
        skipped=tuple((each["id"][:12], each["reason"]) for each in skips),
        drawn_at=stage.drawn_at,
        figures=tuple(
            (t(f"figure.{name}"), t("ui.comma").join(number(each) for each in numbers))
            for name, numbers in _figures(found).items()
        ),
    )


def _figures(found: dict[str, Any]) -> dict[str, list[int]]:
    typed: list[dict[str, Any]] = found.get("typed", [])
    return typed[0]["figures"] if typed else {}


def steps_shown(
    draw: Draw, entries: dict[str, str], first: DrawStage | None, found: dict[str, Any]
) -> tuple[StepShown, ...]:
    """The steps of the proof in their order, each with what was published at it."""
    signers = signers_of(draw.id)
    is_signed = bool(signers) and all(signer.signed_at for signer in signers)
    named = stage_shown(first).round if first is not None else None
    result = json.loads(first.result)["drawn"] if first is not None and first.result else {}
    return (
        StepShown(
            t("draw.step_closed"),
            t("draw.step_closed_text", at=jdatetime(draw.frozen_at or draw.draw_at)),
            draw.frozen_at is not None,
        ),
        StepShown(t("draw.step_signed"), t("draw.step_signed_text"), is_signed, entries.get("merkle_root")),
        StepShown(
            t("draw.step_named"),
            t("draw.step_named_text", round=number(named) if named else "—"),
            named is not None,
        ),
        StepShown(
            t("draw.step_came"),
            t("draw.step_came_figures")
            if _figures(found)
            else t("draw.step_came_text", at=jdatetime(draw.draw_at)),
            bool(found),
            found.get("randomness"),
        ),
        StepShown(
            t("draw.step_computed"),
            t("draw.step_computed_text", count=number(len(result.get("picks", ())))),
            bool(result),
            result.get("seed"),
        ),
    )
