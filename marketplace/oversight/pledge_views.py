"""The monitor of the pledges: `/office/pledges`, and the store's own at `/panel/pledges`."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.accounts.access import official, store_member, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.errors import Conflict, Invalid
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.inspections.inputs import parse_words
from marketplace.oversight.counting import advice_on
from marketplace.oversight.kit_cases import close_kit_case, explain_kits, freeze_for_kits
from marketplace.oversight.pledge_page import RULES, case_of, show_monitor, show_store, store_id_of
from marketplace.oversight.rules import may_freeze
from marketplace.policy.policy import policy_at

blueprint = Blueprint("pledges", __name__)
READERS = (Role.office, Role.auditor)


@blueprint.get("/office/pledges")
@official(*READERS)
def list_pledges() -> str:
    """Every store by rule, those that broke one first."""
    rule = request.args.get("rule", "")
    rule = rule if rule in RULES else ""
    return render_template(
        "oversight/pledges.html", monitor=show_monitor(rule, clock.now()), rule=rule, rules=RULES
    )


@blueprint.get("/office/pledges/<slug>")
@official(*READERS)
def show_pledges(slug: str) -> str:
    """What lies behind the numbers of one store."""
    return _store(slug)


@blueprint.post("/office/pledges/<slug>/freeze")
@official(Role.office)
def create_freeze(slug: str) -> Response | tuple[str, int]:
    """Stops the offers of a store whose kits were missing, after it was heard."""
    try:
        with unit_of_work():
            freeze_for_kits(case_of(slug, clock.now()), visitor().actor(Role.office.value), clock.now())
    except Conflict as error:
        return _store(slug, error), error.status
    put_notice("kits_frozen")
    return redirect(url_for(".show_pledges", slug=slug), 303)


@blueprint.post("/office/pledges/<slug>/closing")
@official(Role.office)
def create_closing(slug: str) -> Response | tuple[str, int]:
    """Ends a case with the reason; what it stopped is free again."""
    try:
        reason = parse_words(request.form, "reason")
        with unit_of_work():
            close_kit_case(
                case_of(slug, clock.now()), reason, visitor().actor(Role.office.value), clock.now()
            )
    except (Conflict, Invalid) as error:
        return _store(slug, error), error.status
    put_notice("kit_case_closed")
    return redirect(url_for(".show_pledges", slug=slug), 303)


@blueprint.get("/panel/pledges")
@store_member
def show_own_pledges() -> str:
    """How the own store keeps its pledges."""
    return _own()


@blueprint.post("/panel/pledges/statement")
@store_member
def create_statement() -> Response | tuple[str, int]:
    """The store explains missing kits."""
    try:
        words = parse_words(request.form, "statement", 2_000)
        with unit_of_work():
            explain_kits(g.store_id, words, visitor().actor("store"), clock.now())
    except (Conflict, Invalid) as error:
        return _own(error), error.status
    put_notice("kits_explained")
    return redirect(url_for(".show_own_pledges"), 303)


def _store(slug: str, error: Conflict | Invalid | None = None) -> str:
    at = clock.now()
    matters = show_store(store_id_of(slug), at)
    case = matters.case
    return render_template(
        "oversight/pledge_store.html",
        matters=matters,
        may_act=Role.office in visitor().roles,
        may_freeze=case is not None and may_freeze(case.state, case.heard_until_at, at),
        **_told(error),
    )


def _own(error: Conflict | Invalid | None = None) -> str:
    at = clock.now()
    return render_template(
        "oversight/own_pledges.html", matters=show_store(g.store_id, at), policy=policy_at(at), **_told(error)
    )


def _told(error: Conflict | Invalid | None) -> dict[str, object]:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = (
        {"title": t(f"error.{error.code}"), "now": advice_on(error.code)} if error and not fields else None
    )
    return {"errors": fields, "refusal": refusal}
