"""Numbers, tariffs, editions and texts as the office reads and changes them."""

from __future__ import annotations

from marketplace.accounts.shown import Approval
from marketplace.api.schemas.base import text
from marketplace.api.schemas.said import body, day, whole, words
from marketplace.api.shapes.told import Shape, listing
from marketplace.festival.models import Festival, PledgeText
from marketplace.policy.editor import HistoryRow, NumberPage, NumberRow, Planned, TariffCell, TariffPage
from marketplace.policy.models import Document
from marketplace.policy.shown import RowShown, TariffShown

PLANNED = Shape("PlannedValue", Planned, "words effective_from")
NUMBER = Shape(
    "PolicyNumber",
    NumberRow,
    "name=number.name part=number.part unit=number.unit least=number.least most=number.most title meaning words "
    "planned is_proposed",
    "A number of the policy. `words`: what holds now, as people read it.",
    planned=PLANNED,
)
ROW = Shape("PolicyRow", RowShown, "id name value effective_from reason entered_at by second")
HISTORY = Shape("PolicyStep", HistoryRow, "row title words is_now is_planned", row=ROW)
PROPOSAL = Shape("PolicyProposal", Approval, "id digest proposed_by proposed_at lapses_at")
NUMBER_PAGE = Shape(
    "PolicyNumberFile",
    NumberPage,
    "number=line value history seen proposal",
    "One number with its history.",
    number=NUMBER,
    history=HISTORY,
    proposal=PROPOSAL,
)
TARIFF_ROW = Shape(
    "TariffRow", TariffShown, "id first_kg_toman next_kg_toman effective_from reason entered_at by second"
)
TARIFF = Shape(
    "Tariff",
    TariffCell,
    "method zone first_kg_toman next_kg_toman planned is_proposed",
    "What a parcel of one method into one zone costs.",
    planned=TARIFF_ROW,
)
TARIFF_PAGE = Shape(
    "TariffFile",
    TariffPage,
    "tariff=cell history seen proposal",
    "One tariff with its history.",
    tariff=TARIFF,
    history=TARIFF_ROW,
    proposal=PROPOSAL,
)
EDITION = Shape(
    "EditionFacts",
    Festival,
    "id slug title_fa title_en story_fa story_en applications_from applications_until live_from live_until draw_at",
)
TEXT = Shape(
    "TextVersion",
    Document,
    "key group version title_fa title_en body_fa body_en effective_from",
    "A public text; `version` goes into the next one as `seen`.",
)
PLEDGE = Shape(
    "PledgeVersion",
    PledgeText,
    "pledge version title_fa title_en body_fa body_en effective_from",
    "A pledge; `version` goes into the next one as `seen`.",
)


class Edition(EDITION.schema):  # type: ignore[misc, name-defined]
    """One edition."""

    seen = text("goes into a change")


EditionList = listing(Edition)
SEEN = {"seen": whole("of the call that was read", needed=True)}
NumberBody = body(
    "NumberWish",
    **SEEN,
    value=whole("within `least` and `most` of the number", needed=True),
    effective_on=day("from when it holds"),
    reason=words("of some length", 500, needed=True),
)
RemovalBody = body("PlannedRemovalWish", **SEEN, reason=words(most=500, needed=True))
TariffBody = body(
    "TariffWish",
    **SEEN,
    first_kg_toman=whole(most=10**8, needed=True),
    next_kg_toman=whole(most=10**8, needed=True),
    effective_on=day("from when it holds"),
    reason=words("of some length", 500, needed=True),
)
EDITION_FIELDS = {
    "slug": words("small letters, digits and hyphens", 60, needed=True),
    **{name: words(most=200, needed=True) for name in ("title_fa", "title_en")},
    **{name: words(most=4_000, needed=True) for name in ("story_fa", "story_en")},
    **{
        f"{name}_on": day()
        for name in ("applications_from", "applications_until", "live_from", "live_until", "draw_at")
    },
    "draw_time": words("like `20:00`", 5, needed=True),
}
EditionBody = body("EditionWish", "Windows go from midnight to midnight in Tehran.", **EDITION_FIELDS)
EditionChange = body("EditionChangeWish", **EDITION_FIELDS, seen=words(most=100, needed=True))
WORDING = {
    **{name: words(most=200, needed=True) for name in ("title_fa", "title_en")},
    **{name: words(most=20_000, needed=True) for name in ("body_fa", "body_en")},
    "effective_on": day("from when it holds"),
}
WordingBody = body("WordingWish", **WORDING)
VersionBody = body("TextVersionWish", **WORDING, **SEEN)
