"""What an act of the API makes is told by name: which document each act answers, and its field, are pinned here."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from marketplace.api.document import document_of
from marketplace.api.schemas import made
from tests.factories import World
from tests.journeys.api_calls import ADDRESS, a_program
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")
INT, STR = "integer", "string"
MADE: dict[tuple[str, str, Any], set[str]] = {
    ("AddressMade", "address_id", INT): {"create_address"},
    ("AnswerMade", "answer_id", INT): {"create_question_answer", "create_store_answer"},
    ("AnswerTemplateMade", "template_id", INT): {"create_answer_template"},
    ("ApplicationMade", "application_id", INT): {"create_own_application"},
    ("ApprovalAsked", "approval_id", INT): {
        "create_claim_transfer",
        "create_clawback_write_off",
        "create_recourse_write_off",
        "create_fund_assessment",
        "create_fund_gift",
        "create_insurer_payment",
        "create_pledge_version",
        "create_prize_payment",
        "create_release_proposal",
        "create_share_proposal",
        "create_tariff",
    },
    ("ApprovalAskedOrDone", "approval_id", ("integer", "null")): {
        "create_policy_value",
        "create_suspicion_verdict",
    },
    ("BlackBoxMade", "box_id", INT): {"create_black_box"},
    ("CheckFiguresTyped", "outcome", STR): {"create_spot_check_figures"},
    ("ComplaintMade", "number", STR): {"create_outside_complaint"},
    ("DrawMade", "slug", STR): {"create_draw"},
    ("EditionMade", "festival_id", INT): {"create_edition"},
    ("FiguresTyped", "outcome", STR): {"create_draw_figures"},
    ("FilesKept", "file_count", INT): {
        "create_complaint_files",
        "create_offer_evidence",
        "create_own_complaint_files",
        "create_seal_files",
    },
    ("HostingMade", "hosting_id", INT): {"create_hosting"},
    ("LetterMade", "letter_id", INT): {"create_letter"},
    ("LicenceMade", "licence_id", INT): {"create_licence"},
    ("MessagesRetried", "message_count", INT): {"create_message_retries"},
    ("NoticesRead", "read_count", INT): {"create_reading"},
    ("OffersDecided", "offer_count", INT): {"create_offer_decisions"},
    ("OffersFrozen", "offer_count", INT): {"create_kit_freeze"},
    ("PauseMade", "pause_id", INT): {"create_pause"},
    ("PictureMade", "key", STR): {"create_offer_picture"},
    ("PrizeMade", "rank", INT): {"create_draw_prize"},
    ("QuestionMade", "question_id", INT): {"create_question"},
    ("ReconciliationRunMade", "run_id", INT): {"create_reconciliation_run"},
    ("ReferralMade", "referral_id", INT): {"create_office_referral"},
    ("ReviewMade", "review_id", INT): {"update_review"},
    ("SealApplicationMade", "application_id", INT): {"create_seal_application"},
    ("SponsorGiftMade", "gift_id", INT): {"create_sponsor_gift"},
    ("SpotCheckMade", "slug", STR): {"create_spot_check"},
    ("StoresReminded", "store_count", INT): {"create_guideline_reminder"},
    ("TextMade", "key", STR): {"create_guideline"},
    ("TextsMade", "text_count", INT): {"create_first_texts"},
    ("TicketMade", "number", STR): {"create_ticket"},
    ("VersionMade", "version", INT): {"create_checklist", "create_text_version"},
    ("VisitMade", "visit_id", INT): {"create_visit"},
}
NOTHING_NAMED = {"create_draw_witness", "create_report", "create_ticket_word"}
"""They add a line that has no address of its own."""


def test_every_act_names_what_it_makes(app: Flask):
    document = document_of(app)
    found: dict[tuple[str, str, Any], set[str]] = {}
    silent: set[str] = set()
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if not status.startswith("2") or content is None:
                    continue
                name = content["schema"]["$ref"].rpartition("/")[2]
                properties = document["components"]["schemas"][name].get("properties", {})
                if not {"done", "made"} <= set(properties):
                    continue
                assert properties["done"]["enum"] == [True]
                [*named] = set(properties) - {"done", "made"}
                if named:
                    kind = properties[named[0]]["type"]
                    kind = tuple(kind) if isinstance(kind, list) else kind
                    found.setdefault((name, named[0], kind), set()).add(operation["operationId"])
                    assert len(named) == 1
                else:
                    assert (name, properties["made"]["enum"]) == ("Done", [None])
                    if status == "201":
                        silent.add(operation["operationId"])
    assert found == MADE
    assert silent == NOTHING_NAMED


def test_what_no_verb_may_give_is_not_told():
    assert made.VISIT.document(17) == {"done": True, "made": "17", "visit_id": 17}
    assert made.APPROVAL_OR_DONE.document(None) == {"done": True, "made": None, "approval_id": None}
    for wrong in (None, True, [], object()):
        with pytest.raises(TypeError):
            made.VISIT.document(wrong)
    assert made.nothing(17) == {"done": True, "made": None}


def test_what_was_made_is_there_under_its_name_and_the_same_again_under_its_key(app: Flask, ctx, at):
    w: World = the_world()
    shopper, store = a_program(app, w.shopper), a_program(app, w.owners[0])
    first = shopper.post("/me/addresses", ADDRESS, key="a-1", expect=201)
    with nothing_written():
        assert shopper.post("/me/addresses", ADDRESS, key="a-1", expect=201) == first
    [kept] = shopper.get("/me/addresses")["items"]
    assert first == {"done": True, "made": str(kept["id"]), "address_id": kept["id"]}
    text = {"title": "سلام", "body": "ممنون که نوشتید."}
    template = store.post("/store/answer-templates", text, expect=201)["template_id"]
    again = store.post("/store/answer-templates", {**text, "body": "ممنون، سپاس."}, expect=201)["template_id"]
    assert template == again, "the one with the same title is replaced"
    store.delete(f"/store/answer-templates/{template}")
    asked = shopper.post(f"/offers/{w.soap.id}/questions", {"body": "ضمانت هم دارد؟"}, expect=201)
    answered = store.post(
        f"/store/questions/{asked['question_id']}/answer", {"body": "بله، دو سال."}, expect=201
    )
    assert answered["answer_id"] > 0
    assert shopper.put("/me/wishlist/1", {}) == {"done": True, "made": None}
