"""Suspicions of abuse as the desk and their subjects read them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import body, choice, files, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.suspicions.models import Signal, SuspicionState, Verdict
from marketplace.suspicions.shown import (
    FactShown,
    MeasureShown,
    SaidShown,
    SuspicionRow,
    SuspicionShown,
)

LINE = Shape(
    "SuspicionLine",
    SuspicionRow,
    "number signal subject subject_label state headline found_at answer_due_at verdict version",
)
MEASURE = Shape("SuspicionMeasure", MeasureShown, "name value threshold is_reached row")
OPEN_FACT = Shape("SuspicionFact", FactShown, "key label at toman tells")
DESK_FACT = Shape("OfficeSuspicionFact", FactShown, "key label at toman tells inside")
SAID = Shape("SuspicionWord", SaidShown, "side at text")
_TOLD = (
    "number version signal subject subject_label state found_at asked_at question answer_due_at answered_at measures "
    "facts messages is_held hold_reason hold_until_at verdict reason decided_at may_answer"
)
CASE = Shape(
    "OfficeSuspicion",
    SuspicionShown,
    f"{_TOLD} is_heard proposed",
    "A case with its arithmetic. `version` goes into every act as `seen`.",
    measures=MEASURE,
    facts=DESK_FACT,
    messages=SAID,
)
OWN = Shape(
    "Suspicion",
    SuspicionShown,
    _TOLD,
    "What the office suspects and asks, with everything that it goes by.",
    measures=MEASURE,
    facts=OPEN_FACT,
    messages=SAID,
)
SEEN = {"seen": whole("the version that was read", least=1, most=10**9, needed=True)}


class SuspicionQuery(Wish):
    state = fields.String(
        metadata={"description": f"one of {', '.join(SuspicionState)}; those found unless told"}
    )
    signal = fields.String(metadata={"description": f"one of {', '.join(Signal)}"})
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


QuestionBody = body(
    "SuspicionQuestionWish", **SEEN, question=words("what is asked", 4_000, needed=True, least=10)
)
HoldBody = body(
    "SuspicionHoldWish", **SEEN, hold_reason=words("why, for the store", 4_000, needed=True, least=10)
)
ReleaseBody = body("SuspicionReleaseWish", **SEEN)
VerdictBody = body(
    "SuspicionVerdictWish",
    **SEEN,
    verdict=choice(Verdict, "after the answer or its deadline, but for unfounded"),
    reason=words("why, for the subject", 4_000, needed=True, least=10),
)
AnswerBody = body(
    "SuspicionAnswerWish", text=words("your words", 4_000, needed=True, least=3), files=files(most=10)
)
