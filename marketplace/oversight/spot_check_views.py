"""Spot checks: `/office/spot-checks` for officials, `/spot-checks` with every file for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import orjson
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from marketplace.accounts.access import official, public, visitor
from marketplace.accounts.models import Role
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.errors import Conflict, Invalid, Malformed
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.text import ascii_digits
from marketplace.core.unit_of_work import unit_of_work
from marketplace.core.web import number
from marketplace.lottery.figure_rules import differing_names
from marketplace.oversight.counting import advice_on
from marketplace.oversight.errors import FiguresDiffer, SecondPerson
from marketplace.oversight.picking import bring_round, type_figures, typed_of
from marketplace.oversight.published import published_file
from marketplace.oversight.risk import stores_to_pick
from marketplace.oversight.spot_check_page import list_checks, show_check
from marketplace.oversight.spot_checks import SIGNERS, check_named, open_spot_check, sign_spot_check

blueprint = Blueprint("spot_checks", __name__)
READERS = (Role.health_inspector, Role.office, Role.auditor, Role.seal_officer)
OPENERS = (Role.health_inspector, Role.office)
KINDS = {"json": "application/json", "csv": "text/csv", "py": "text/x-python"}
WAITS = (10, 30, 60, 720, 1440)
"""Minutes between the published list and its randomness that the desk offers."""


@blueprint.get("/office/spot-checks")
@official(*READERS)
def list_spot_checks() -> str:
    """All spot checks and the form of another."""
    return _list()


@blueprint.post("/office/spot-checks")
@official(*OPENERS)
def create_spot_check() -> AnyResponse | tuple[str, int]:
    """Publishes the list from which stores will be picked."""
    at = clock.now()
    try:
        with unit_of_work():
            check = open_spot_check(
                _number("count"), at + timedelta(minutes=_number("wait")), _actor(*OPENERS), at
            )
    except (Invalid, Conflict) as error:
        return _list(error), error.status
    put_notice("spot_check_opened")
    return redirect(url_for(".show_spot_check", slug=check.slug), 303)


@blueprint.get("/office/spot-checks/<slug>")
@official(*READERS)
def show_spot_check(slug: str) -> str:
    """One spot check with the stores that were picked."""
    return _show(slug)


@blueprint.post("/office/spot-checks/<slug>/signature")
@official(*SIGNERS)
def create_signature(slug: str) -> AnyResponse | tuple[str, int]:
    """The auditor or the seal officer signs the list."""
    role = next(role for role in SIGNERS if role in visitor().roles)
    return _done(
        slug, "spot_check_signed", lambda at: sign_spot_check(slug, role, visitor().actor(role.value), at)
    )


@blueprint.post("/office/spot-checks/<slug>/round")
@official(*READERS)
def create_round(slug: str) -> AnyResponse | tuple[str, int]:
    """The named round of drand, as its document says, where our own network does not reach it."""
    try:
        document = orjson.loads(request.form.get("document", "")[:10_000])
    except orjson.JSONDecodeError as error:
        raise Malformed() from error
    if not isinstance(document, dict):
        raise Malformed()
    return _done(slug, "spot_check_drawn", lambda at: bring_round(slug, document, _actor(*READERS), at))


@blueprint.post("/office/spot-checks/<slug>/figures")
@official(*READERS)
def create_figures(slug: str) -> AnyResponse | tuple[str, int]:
    """The public figures, typed by two persons, where no round came in time."""
    actor, at = _actor(*READERS), clock.now()
    try:
        with unit_of_work():
            is_drawn = type_figures(slug, request.form, actor, at)
        if not is_drawn and differing_names(typed_of(check_named(slug))):
            raise FiguresDiffer()
    except (Invalid, Conflict, SecondPerson) as error:
        return _show(slug, error), error.status
    put_notice("spot_check_drawn" if is_drawn else "spot_figures_typed")
    return redirect(url_for(".show_spot_check", slug=slug), 303)


@blueprint.get("/spot-checks")
@public
def list_public_checks() -> str:
    """How stores are picked for a visit, and all draws so far."""
    return render_template("oversight/public_checks.html", checks=list_checks())


@blueprint.get("/spot-checks/<slug>")
@public
def show_public_check(slug: str) -> str:
    """One draw with all that is needed to compute it again."""
    check = show_check(slug, is_official=False, at=clock.now())
    return render_template("oversight/public_check.html", check=check)


@blueprint.get("/spot-checks/<slug>/files/<name>")
@public
def show_file(slug: str, name: str) -> Response:
    """A published file; `verify.py` in one folder with the others checks them all."""
    data = published_file(check_named(slug), name)
    response = Response(data, mimetype=KINDS[name.rpartition(".")[2]])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _done(slug: str, notice: str, verb: Callable[[datetime], None]) -> AnyResponse | tuple[str, int]:
    try:
        with unit_of_work():
            verb(clock.now())
    except (Conflict, Invalid) as error:
        return _show(slug, error), error.status
    put_notice(notice)
    return redirect(url_for(".show_spot_check", slug=slug), 303)


def _list(error: Invalid | Conflict | None = None) -> str:
    at = clock.now()
    return render_template(
        "oversight/spot_checks.html",
        checks=list_checks(),
        may_open=bool(visitor().roles & set(OPENERS)),
        free=len(stores_to_pick(at)),
        waits=WAITS,
        **_told(error),
    )


def _show(slug: str, error: Invalid | Conflict | SecondPerson | None = None) -> str:
    at = clock.now()
    return render_template(
        "oversight/spot_check.html",
        check=show_check(slug, is_official=True, at=at),
        is_signer=bool(visitor().roles & set(SIGNERS)),
        **_told(error),
    )


def _told(error: Invalid | Conflict | SecondPerson | None) -> dict[str, object]:
    fields = {name: t(f"field.{code}") for name, code in error.fields.items()} if error else {}
    refusal = None
    if error and not fields:
        told = {
            name: number(value) if isinstance(value, int) else value for name, value in error.params.items()
        }
        refusal = {"title": t(f"error.{error.code}", **told), "now": advice_on(error.code)}
    return {"errors": fields, "refusal": refusal, "typed": request.form.to_dict() if error else {}}


def _number(name: str) -> int:
    told = ascii_digits(request.form.get(name, "")).strip()
    return int(told) if re.fullmatch(r"[0-9]{1,5}", told) else 0


def _actor(*roles: Role) -> Actor:
    return visitor().actor(next(role for role in roles if role in visitor().roles).value)
