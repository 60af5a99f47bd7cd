"""A store's papers for its programs: application, seal, health."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, request
from werkzeug.datastructures import MultiDict

from marketplace.accounts.access import visitor
from marketplace.api.acts import Said, Verb, act, files_in, reading
from marketplace.api.schemas import made
from marketplace.api.schemas import store_papers as schemas
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.clock import tehran
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.festival.appeals import file_appeal
from marketplace.festival.application_inputs import NewStore, Step, block
from marketplace.festival.application_queries import edition_to_apply, owned_store
from marketplace.festival.founding import start_application
from marketplace.festival.models import Application, Pledge
from marketplace.festival.submitting import accept_pledge, submit_application, withdraw_application
from marketplace.files.evidence import keep_evidence
from marketplace.inspections.guidelines import acknowledge
from marketplace.inspections.inputs import parse_words
from marketplace.inspections.mending import correct_finding
from marketplace.panel.application_page import show_application
from marketplace.panel.application_steps import save_step
from marketplace.panel.health_page import show_health
from marketplace.panel.own_application import chosen_application, ensure_papers_open
from marketplace.panel.seal_page import show_seal_page
from marketplace.stores.clearances import add_information, object_to_clearance, renew_clearance
from marketplace.stores.inputs import Information, SealWish, proof_method_of
from marketplace.stores.proof import ask_proof
from marketplace.stores.queries import is_owner
from marketplace.stores.seal_applications import apply_for_seal
from marketplace.stores.seal_applications import withdraw_application as withdraw_seal_application

TAG, SCOPE = "store", "store:papers"
MOST_FILES = 6


@reading("/store/application", TAG, SCOPE, gives=schemas.APPLICATION.schema, asks=schemas.EditionQuery)
def show_own_application() -> Any:
    """Where the own application stands, with every step and what it still lacks."""
    return schemas.APPLICATION(show_application(_mine(), clock.now()))


@act("/store/application", TAG, SCOPE, says=schemas.StartBody, status=201, makes=made.APPLICATION)
def create_own_application(said: Said) -> Verb:
    """Begins the application to the edition that takes some, and the store where there is none yet."""
    at = clock.now()
    ensure_papers_open(visitor())
    edition = edition_to_apply(at)
    if edition is None:
        raise NotFound()
    edition_id, has_store = edition.id, owned_store(visitor().id) is not None
    new = None if has_store else NewStore.parse(said, tehran(at).date())
    return lambda now: start_application(edition_id, new, _actor(), now).id


@act(
    "/store/application/steps/<any(who, address, categories, seal, licence, clearance, hard_hit, health):step>",
    TAG,
    SCOPE,
    says=schemas.StepBody,
    method="PUT",
    carries_files=True,
)
def update_application_step(said: Said, step: str) -> Verb:
    """Keeps one step of the draft; of its fields those count that the step asks for."""
    application_id, kept = _mine().id, files_in(said, most=MOST_FILES)
    health = {f"health-{name}": "1" for name in said.body.get("health", ())}
    sent = MultiDict([*said.items(multi=True), *health.items()])
    keep = save_step(Step(step), application_id, sent, visitor().mobile, _actor(), clock.now())

    def verb(at: datetime) -> None:
        keep()
        for one in kept:
            keep_evidence(one, f"application:{application_id}", _actor(), at, most=MOST_FILES)

    return verb


@act(
    "/store/application/pledges/<any(free_shipping, hygiene_kit, lottery_share):promise>",
    TAG,
    SCOPE,
    says=schemas.PledgeBody,
)
def create_pledge_acceptance(said: Said, promise: str) -> Verb:
    """Accepts one pledge in the version that was read."""
    application_id, version = _mine().id, said.body["version"]
    return lambda at: accept_pledge(application_id, Pledge(promise), version, _actor(), at)


@act("/store/application/submission", TAG, SCOPE)
def create_application_submission() -> Verb:
    """Hands the application to the office; 409 with everything that is missing."""
    application_id = _mine().id
    return lambda at: submit_application(application_id, _actor(), at)


@act("/store/application/withdrawal", TAG, SCOPE)
def create_application_withdrawal() -> Verb:
    """The store steps back for this edition."""
    application_id = _mine().id
    return lambda at: withdraw_application(application_id, _actor(), at)


@act("/store/application/appeal", TAG, SCOPE, says=schemas.AppealBody)
def create_application_appeal(said: Said) -> Verb:
    """Asks another officer to look again."""
    application_id, errors = _mine().id, dict[str, str]()
    text = block(said, "text", errors, 20, 2000)
    if errors:
        raise Invalid("bad_application", fields=errors)
    return lambda at: file_appeal(application_id, text, _actor(), at)


@reading("/store/seal", TAG, SCOPE, store=True, gives=schemas.SEAL.schema)
def show_own_seal() -> Any:
    """The store's seal, its application, and what is missing."""
    return schemas.SEAL(show_seal_page(g.store_id, visitor().id, clock.now()))


@act(
    "/store/seal/application",
    TAG,
    SCOPE,
    store=True,
    says=schemas.SealBody,
    carries_files=True,
    status=201,
    makes=made.SEAL_APPLICATION,
)
def create_seal_application(said: Said) -> Verb:
    """The owner asks for a seal; the inquiry on the person is queued with it."""
    actor, wish, kept, store_id = _owner(), SealWish.parse(said), files_in(said), g.store_id

    def verb(at: datetime) -> int:
        made = apply_for_seal(store_id, visitor().id, wish, actor, at).id
        for file in kept:
            keep_evidence(file, f"seal-application:{made}", actor, at)
        return made

    return verb


@act("/store/seal/proof", TAG, SCOPE, store=True, says=schemas.ProofBody)
def create_domain_proof(said: Said) -> Verb:
    """Has the domain looked at; what was found stands at the seal."""
    _owner()
    method, store_id = proof_method_of(said), g.store_id
    return lambda at: _asked(store_id, method, at)


@act(
    "/store/seal/files",
    TAG,
    SCOPE,
    store=True,
    says=schemas.FilesBody,
    carries_files=True,
    status=201,
    makes=made.FILES,
)
def create_seal_files(said: Said) -> Verb:
    """More documents for the open application of a seal."""
    actor, kept = _owner(), files_in(said)
    application = show_seal_page(g.store_id, visitor().id, clock.now()).application
    if not kept or application is None:
        raise Invalid("bad_seal_application", fields={"files": "required"})
    subject = f"seal-application:{application.id}"

    def verb(at: datetime) -> int:
        for file in kept:
            keep_evidence(file, subject, actor, at)
        return len(kept)

    return verb


@act("/store/seal/withdrawal", TAG, SCOPE, store=True)
def create_seal_withdrawal() -> Verb:
    """The owner takes the application for a seal back."""
    actor, store_id = _owner(), g.store_id
    return lambda at: withdraw_seal_application(store_id, actor, at)


@act("/store/clearance/objection", TAG, SCOPE, store=True)
def create_clearance_objection() -> Verb:
    """The owner objects to the inquiry's outcome; a second officer looks."""
    actor, store_id = _owner(), g.store_id
    return lambda at: object_to_clearance(store_id, actor, at)


@act("/store/clearance/information", TAG, SCOPE, store=True, says=schemas.InformationBody, carries_files=True)
def create_clearance_information(said: Said) -> Verb:
    """The owner gives what the inquiry lacked, in words and files."""
    actor, given, kept, store_id = _owner(), Information.parse(said), files_in(said), g.store_id

    def verb(at: datetime) -> None:
        clearance_id = add_information(store_id, given.words, actor, at).id
        for file in kept:
            keep_evidence(file, f"clearance:{clearance_id}", actor, at)

    return verb


@act("/store/clearance/renewal", TAG, SCOPE, store=True)
def create_clearance_renewal() -> Verb:
    """The owner has the inquiry made anew."""
    actor, store_id = _owner(), g.store_id
    return lambda at: renew_clearance(store_id, visitor().id, actor, at)


@reading("/store/health", TAG, SCOPE, store=True, gives=schemas.HEALTH.schema)
def show_own_health() -> Any:
    """Guidelines, findings and visits of the own store."""
    return schemas.HEALTH(show_health(g.store_id, clock.now()))


@act("/store/health/guidelines/<key>", TAG, SCOPE, store=True, says=schemas.PledgeBody)
def create_acknowledgement(said: Said, key: str) -> Verb:
    """The store has read a guideline in the version that was read."""
    store_id, version = g.store_id, said.body["version"]
    return lambda at: acknowledge(store_id, key, version, _actor(), at)


@act(
    "/store/health/findings/<int:finding_id>/action",
    TAG,
    SCOPE,
    store=True,
    says=schemas.ActionBody,
    carries_files=True,
)
def create_corrective_action(said: Said, finding_id: int) -> Verb:
    """What the store did about a finding, with pictures; a re-visit is planned."""
    store_id, text, kept = g.store_id, parse_words(said, "text"), files_in(said)
    return lambda at: correct_finding(finding_id, store_id, text, kept, _actor(), at)


def _asked(store_id: int, method: Any, at: datetime) -> None:
    ask_proof(store_id, method, at)


def _mine() -> Application:
    """The application that this call is about: of the edition named, else the newest. Raises NotFound."""
    application = chosen_application(visitor(), request.args.get("edition"), clock.now())
    if application is None:
        raise NotFound()
    return application


def _owner() -> Actor:
    """Raises Forbidden for a member who is no owner."""
    if not is_owner(visitor().id, g.store_id):
        raise Forbidden("owner_needed")
    return _actor()


def _actor() -> Actor:
    return visitor().actor("store")
