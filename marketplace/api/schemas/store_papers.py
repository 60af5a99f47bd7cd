"""A store's papers, its health and the rest of its offers as its programs read and write them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.office_inspections import FINDING, REPORTED
from marketplace.api.schemas.said import (
    SentFile,
    Whole,
    body,
    choice,
    day,
    files,
    several,
    truth,
    whole,
    words,
)
from marketplace.api.schemas.store_offers import OfferDraft
from marketplace.api.shapes.told import Shape
from marketplace.core.errors import Reason
from marketplace.festival.application_inputs import HEALTH_QUESTIONS
from marketplace.panel.application_page import ApplicationShown, StepShown
from marketplace.panel.health_page import GuidelineShown, HealthPage
from marketplace.panel.seal_page import ClearanceShown, ProofShown, SealPage
from marketplace.stores.case_models import ProofMethod, SealApplication
from marketplace.stores.hosting_queries import HostingShown
from marketplace.stores.models import LegalForm, StoreKind

STEP = Shape("OwnApplicationStep", StepShown, "key state problem is_asked")
APPLICATION = Shape(
    "OwnApplication",
    ApplicationShown,
    "id store=store_name festival=festival_title state due_at closes_at steps is_editable is_whole may_appeal "
    "may_withdraw needs_pledges",
    "Where the own application stands. `is_whole`: it can be handed in.",
    steps=STEP,
)
REASON = Shape("MissingPaper", Reason, "code")
PROOF = Shape(
    "DomainProof", ProofShown, "method place value", "What to put where, so that the domain proves itself."
)
CLEARANCE = Shape(
    "OwnClearance",
    ClearanceShown,
    "state is_pending valid_until may_object_until needs_information may_renew category",
)
ASKED = Shape(
    "OwnSealApplication",
    SealApplication,
    "id kind state domain submitted_at proof_method proof_tried_at proof_problem proven_at decided_at reason_code "
    "reason_text",
)
SEAL = Shape(
    "OwnSeal",
    SealPage,
    "code=seal.code domain state=seal_state stars=seal.stars valid_until=seal.valid_until "
    "licence=licence.number clearance application is_open proofs missing",
    "The store's seal, its application, and what is missing.",
    clearance=CLEARANCE,
    application=ASKED,
    proofs=PROOF,
    missing=REASON,
)
HOSTING = Shape(
    "Hosting",
    HostingShown,
    "id state host=host_slug guest=guest_slug proposed_at host_accepted_at guest_accepted_at ended_at",
    "A store that sells on another's shelf.",
)
GUIDELINE = Shape(
    "OwnGuideline", GuidelineShown, "key title version since is_open acknowledged acknowledged_at"
)
HEALTH = Shape(
    "OwnHealth",
    HealthPage,
    "guidelines open cleared visits hides re_visit_on",
    "Guidelines, findings and visits. `hides`: a finding hides the store.",
    guidelines=GUIDELINE,
    open=FINDING,
    cleared=FINDING,
    visits=REPORTED,
)


class EditionQuery(Wish):
    edition = fields.String(
        metadata={"description": "the slug of an edition; the newest application unless told"}
    )


StartBody = body(
    "ApplicationStartWish",
    "What founds a store; of one that has a store already nothing is read.",
    name_fa=words(most=80),
    name_en=words(most=80),
    kind=choice(StoreKind, needed=False),
    domain=words(most=120),
    province=words(most=60),
    city=words(most=60),
    founded_on=day(needed=False),
)
StepBody = body(
    "ApplicationStepWish",
    "The fields of one step; what belongs to another is not read.",
    legal_form=choice(LegalForm, needed=False),
    national_id=words(most=20),
    legal_id=words(most=20),
    legal_name=words(most=120),
    sheba=words(most=60),
    sheba_owner=words(most=120),
    province=words(most=60),
    city=words(most=60),
    address=words(most=300),
    postal_code=words(most=20),
    phone=words(most=30),
    categories=several(words(most=80), 20),
    main_category=words("one of `categories`", 80),
    seal_code=words(most=40),
    licence_number=words(most=40),
    licence_from=day(needed=False),
    licence_until=day(needed=False),
    agreed=truth("to the inquiry on the person"),
    is_hard_hit=truth(),
    fall_percent=whole(most=100),
    fall_story=words(most=2_000),
    health=several(choice(HEALTH_QUESTIONS), 10),
    files=files("what shows the fall in sales", 6),
)
PledgeBody = body("SeenVersionWish", version=whole("that was read", 1, 10**6, needed=True))
AppealBody = body("ApplicationAppealWish", text=words("20 to 2,000 letters", 2_000, needed=True))
SealBody = body(
    "SealApplicationWish",
    domain=words(most=120, needed=True),
    national_id=words(most=20, needed=True),
    note=words(most=1_000),
    consent=truth("to the inquiry on the person", needed=True),
    files=files("documents", 10),
)
ProofBody = body("DomainProofWish", method=choice(ProofMethod))
FilesBody = body("FilesWish", files=files("", 10))
InformationBody = body(
    "ClearanceInformationWish", information=words(most=1_000, needed=True), files=files("", 10)
)
HostingBody = body("HostingWish", other=words("the slug of the other store", 80, needed=True))
EndBody = body("HostingEndWish", reason=words(most=500, needed=True))
GuestBody = body(
    "OfferGuestWish",
    guest_id=Whole(
        required=True, allow_none=True, metadata={"description": "the guest's store; null for none"}
    ),
)
ActionBody = body("CorrectiveActionWish", text=words(most=1_000, needed=True), files=files("pictures", 6))
PictureBody = body("OfferPictureWish", picture=fields.Nested(SentFile, required=True))


class DraftBody(OfferDraft):
    """A draft, whole."""

    version = whole("that was read", needed=True)
