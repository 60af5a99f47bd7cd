"""Returns, complaints, claims and words about goods as a store's programs read and answer them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.schemas.base import Wish
from marketplace.api.schemas.said import body, choice, files, part, several, whole, words
from marketplace.api.shapes.told import Shape
from marketplace.complaints.models import AnswerTemplate, RevocationCase
from marketplace.complaints.shown import CaseRow
from marketplace.guarantee.claim_shown import ClaimRow
from marketplace.panel.after_shown import PanelReturn, ReturnedLine, ReturnRow
from marketplace.policy.models import CARRIERS
from marketplace.reviews.shown import AnswerShown, QuestionShown, ReviewShown

RETURN_LINE = Shape(
    "StoreReturnLine",
    ReturnRow,
    "number order_number state reason goods asked_at due_at refund_toman is_open",
)
GOODS = Shape("ReturnedGoods", ReturnedLine, "offer_id title quantity unit_toman accepted")
RETURN = Shape(
    "StoreReturn",
    PanelReturn,
    "number order_number state reason note shopper carrier tracking_code asked_at due_at decided_at decision_note "
    "is_by_silence lines goods_toman refund_toman is_open store_pays",
    "A return: which goods, why, until when the store decides.",
    lines=GOODS,
)
CASE = Shape(
    "ComplaintLine",
    CaseRow,
    "number state category=category_label store=store_name filed_at answer_due_at hours_left is_outside",
    "A complaint in a list.",
)
TEMPLATE = Shape("AnswerTemplate", AnswerTemplate, "id title body", "A text kept for answers.")
CASE_OF_SEAL = Shape(
    "OwnSealCase",
    RevocationCase,
    "id state opened_at defence_until defence defended_at decision decided_at appeal_until appeal appealed_at "
    "appeal_decision appeal_decided_at ended_at",
    "The case against the store's seal.",
)
CLAIM = Shape(
    "ClaimLine",
    ClaimRow,
    "number state category=category_label store=store_name loss_toman paid_toman filed_at due_at hours_left",
    "A claim in a list.",
)
REVIEW = Shape(
    "Review",
    ReviewShown,
    "id who stars body state written_at is_edited reply replied_at title store order_line_id",
    "What a buyer says of goods.",
)
ANSWER = Shape("QuestionAnswer", AnswerShown, "id who is_store body at")
QUESTION = Shape(
    "Question",
    QuestionShown,
    "id who body state at title offer_id answers",
    "A question about goods with its answers.",
    answers=ANSWER,
)


class CursorQuery(Wish):
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


class InboxQuery(CursorQuery):
    tab = fields.String(metadata={"description": "a part of the inbox; what waits unless told"})


WORDS = {"text": words(most=4_000, needed=True)}
LINES = several(
    part("ReturnPieces", offer_id=whole(least=1, needed=True), quantity=whole(least=1, most=999)), 100
)
ReturnDecisionBody = body(
    "ReturnDecisionWish", lines=LINES, note=words("why what is not named is refused", 1_000)
)
DraftBody = body("AnswerDraftWish", text=words(most=4_000, needed=True))
ShipmentBody = body(
    "ReplacementWish",
    carrier=choice(CARRIERS),
    tracking_code=words("6 to 40 letters and digits", 40, needed=True),
)
WordsBody = body("CaseWordsWish", **WORDS)
FilesBody = body("CaseFilesWish", files=files())
SaidWithFiles = body("CaseWordsWithFilesWish", **WORDS, files=files())
TemplateBody = body(
    "AnswerTemplateWish", title=words(most=80, needed=True), body=words(most=4_000, needed=True)
)
ReplyBody = body("ReplyWish", body=words(most=2_000, needed=True))
StatementBody = body("KitStatementWish", statement=words(most=2_000, needed=True))
