"""Suspicions of abuse: the desk's calls, and the answer of a shopper or a store."""

from __future__ import annotations

from typing import Any

from flask import g, request

from marketplace.accounts.access import visitor
from marketplace.accounts.models import Role
from marketplace.api.acts import Said, Verb, act, acting, files_in, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import suspicions as schemas
from marketplace.core import clock
from marketplace.core.paging import Page
from marketplace.suspicions.case_page import show_suspicion
from marketplace.suspicions.deciding import decide_suspicion
from marketplace.suspicions.hearing import (
    answer_as_person,
    answer_as_store,
    ask_subject,
    free_payouts,
    hold_payouts,
)
from marketplace.suspicions.inputs import Decision, Seen, Words, answer_words
from marketplace.suspicions.lists import list_desk, list_of_person, list_of_store
from marketplace.suspicions.queries import suspicion_by_number, suspicion_of_person, suspicion_of_store

TAG, SCOPE = "office", "office:suspicions"
READERS = (Role.office, Role.auditor)


@reading(
    "/office/suspicions",
    TAG,
    "office:read",
    *READERS,
    gives=schemas.LINE.listed,
    asks=schemas.SuspicionQuery,
)
def list_office_suspicions() -> Any:
    """Suspicions of one state, of one signal or all."""
    asked = request.args
    page = list_desk(asked.get("state", ""), asked.get("signal", ""), asked.get("cursor"))
    return schemas.LINE.page(Page(page.rows, page.next_cursor))


@reading("/office/suspicions/<number>", TAG, "office:read", *READERS, gives=schemas.CASE.schema)
def show_office_suspicion(number: str) -> Any:
    """One case: what was measured, the evidence, what was said."""
    return schemas.CASE(show_suspicion(suspicion_by_number(number), clock.now(), for_officials=True))


@act("/office/suspicions/<number>/question", TAG, SCOPE, Role.office, says=schemas.QuestionBody)
def create_suspicion_question(said: Said, number: str) -> Verb:
    """Asks the subject, who reads the case from now on and may answer."""
    words = Words.parse(said, "question")
    return lambda at: ask_subject(number, words, acting(Role.office), at).number


@act("/office/suspicions/<number>/hold", TAG, SCOPE, Role.office, says=schemas.HoldBody, moves_money=True)
def create_suspicion_hold(said: Said, number: str) -> Verb:
    """Keeps payouts of the orders in the evidence back for a while; the store is told at once."""
    words = Words.parse(said, "hold_reason")
    return lambda at: hold_payouts(number, words, acting(Role.office), at)


@act(
    "/office/suspicions/<number>/release",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.ReleaseBody,
    moves_money=True,
)
def create_suspicion_release(said: Said, number: str) -> Verb:
    """Lets these payouts go on."""
    seen = Seen.parse(said).seen
    return lambda at: free_payouts(number, seen, acting(Role.office), at)


@act(
    "/office/suspicions/<number>/verdict",
    TAG,
    SCOPE,
    Role.office,
    says=schemas.VerdictBody,
    makes=made.APPROVAL_OR_DONE,
    moves_money=True,
)
def create_suspicion_verdict(said: Said, number: str) -> Verb:
    """Gives the verdict, or proposes one that needs a second person."""
    wish = Decision.parse(said)
    return lambda at: decide_suspicion(number, wish, acting(Role.office), at)


@reading("/me/suspicions", "me", "me:read", gives=schemas.LINE.listed)
def list_my_suspicions() -> Any:
    """What the office asked oneself, the newest first."""
    page = list_of_person(visitor().id, None)
    return schemas.LINE.many(page.rows)


@reading("/me/suspicions/<number>", "me", "me:read", gives=schemas.OWN.schema)
def show_my_suspicion(number: str) -> Any:
    """One case about oneself with its evidence."""
    case = suspicion_of_person(number, visitor().id)
    return schemas.OWN(show_suspicion(case, clock.now(), for_officials=False))


@act("/me/suspicions/<number>/answer", "me", "me:write", says=schemas.AnswerBody, carries_files=True)
def create_my_suspicion_answer(said: Said, number: str) -> Verb:
    """Answers the office, with files where they help."""
    suspicion_of_person(number, visitor().id)
    text, files, person = answer_words(said), files_in(said), visitor()
    return lambda at: answer_as_person(number, person.id, text, files, person.actor(), at)


@reading("/store/suspicions", "store", "store:orders", store=True, gives=schemas.LINE.listed)
def list_store_suspicions() -> Any:
    """What the office asked the store, the newest first."""
    return schemas.LINE.many(list_of_store(g.store_id, None).rows)


@reading("/store/suspicions/<number>", "store", "store:orders", store=True, gives=schemas.OWN.schema)
def show_store_suspicion(number: str) -> Any:
    """One case about the store with its evidence."""
    case = suspicion_of_store(number, g.store_id)
    return schemas.OWN(show_suspicion(case, clock.now(), for_officials=False))


@act(
    "/store/suspicions/<number>/answer",
    "store",
    "store:orders",
    store=True,
    says=schemas.AnswerBody,
    carries_files=True,
)
def create_store_suspicion_answer(said: Said, number: str) -> Verb:
    """Answers the office for the store, with files where they help."""
    suspicion_of_store(number, g.store_id)
    text, files, store_id, actor = answer_words(said), files_in(said), g.store_id, visitor().actor("store")
    return lambda at: answer_as_store(number, store_id, text, files, actor, at)
