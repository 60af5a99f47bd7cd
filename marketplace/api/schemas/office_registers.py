"""Licences, stars, revocation cases and pauses as the seal centre reads and moves them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import body, choice, day, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.complaints.models import RevocationCase
from marketplace.office.licence_pages import LicenceLine
from marketplace.stores.case_models import LicenceHistory, RegistryAnswer
from marketplace.stores.inputs import LICENCE_REASONS, SEAL_REASONS
from marketplace.stores.models import LicenceState, UnionLicence
from marketplace.stores.record_models import ClockPause

LICENCE_LINE = Shape(
    "LicenceLine",
    LicenceLine,
    "id number store=store_name store_slug state valid_from valid_until",
    "A licence in the register.",
)
LICENCE = Shape("LicenceState", UnionLicence, "id number store_id state valid_from valid_until")
LICENCE_STEP = Shape(
    "LicenceStep",
    LicenceHistory,
    "before=state_before after=state_after valid_until reason=reason_code text=reason_text by=actor_label at",
    "An entry of a licence's history.",
)
OUTSIDE = Shape(
    "OutsideLicence",
    RegistryAnswer,
    "state valid_until fetched_at problem",
    "What an outside registry last said. `fetched_at` is its age; `problem` why the newest question got no answer.",
)
REVOCATION = Shape(
    "RevocationCase",
    RevocationCase,
    "id store_id state opened_at defence_until defence defended_at decision decided_at appeal_until appeal appealed_at "
    "appeal_decision appeal_decided_at ended_at",
    "A seal in question: what the store says for itself, and what was decided.",
)
PAUSE = Shape(
    "ClockPause",
    ClockPause,
    "id province_id starts_at ends_at reason_fa reason_en declared_at",
    "When clocks stand still; without a province everywhere.",
)


class Licence(LICENCE.schema):  # type: ignore[misc, name-defined]
    """One licence."""

    history = fields.List(fields.Nested(LICENCE_STEP.schema))
    outside = fields.Nested(OUTSIDE.schema, allow_none=True)


class LicenceQuery(Wish):
    """What the register is narrowed to."""

    q = fields.String(metadata={"description": "a part of the number or of the store's name"})
    state = fields.String(metadata={"description": f"one of {', '.join(LicenceState)}"})
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


LicenceWish = body(
    "LicenceWish",
    store=words("the slug of the store", 80, needed=True),
    number=words("as printed", 40, needed=True),
    valid_from=day(),
    valid_until=day(),
)
LicenceAct = body("LicenceActWish", reason_code=choice(LICENCE_REASONS), reason_text=words(most=1_000))
LicenceRenewal = body("LicenceRenewalWish", valid_until=day())
StarsWish = body(
    "StarsWish",
    stars=whole("0 to 5", 0, 5, needed=True),
    reason_code=choice(SEAL_REASONS),
    reason_text=words(most=1_000),
)
SealReason = body("SealReasonWish", reason_code=choice(SEAL_REASONS), reason_text=words(most=1_000))
CaseVerdict = body(
    "CaseVerdictWish", verdict=choice(("revoke", "keep")), text=words("why", 4_000, needed=True)
)
PauseBody = body(
    "PauseWish",
    province=whole("its id; left out: everywhere", 1, 40),
    starts_at=day("today: from now on"),
    ends_at=day(),
    reason_fa=words(most=300, needed=True),
    reason_en=words(most=300),
)
