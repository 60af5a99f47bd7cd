"""Who may call what of the API: every call of the route table, for every role.

`api_matrix.py` says of each call what its scope is and whose thing it names. A call that stands in the document and
not there fails, and so does a line of a call that is no more. Whose thing it is: `test_api_ownership.py`.
"""

from __future__ import annotations

import pytest
from flask import Flask

from marketplace.accounts.models import Role
from marketplace.accounts.tokens import SCOPES
from marketplace.api.document import document_of
from tests.factories import World, a_token, an_official
from tests.journeys.api_calls import Program
from tests.journeys.api_desks import DESKS
from tests.journeys.api_matrix import MATRIX, MISSING, OFFICE, TOO_LONG, ask, calls_of
from tests.unchanged import nothing_written
from tests.worlds import database, the_world  # noqa: F401

pytestmark = pytest.mark.databases("sqlite")


def test_every_call_stands_in_the_matrix_and_says_the_same(app: Flask):
    documented = {
        operation["operationId"]: (operation["security"] or [{}])[0].get("token", [None])[0]
        for methods in document_of(app)["paths"].values()
        for operation in methods.values()
    }
    assert set(documented) == set(MATRIX)
    assert documented == {name: scope for name, (_, scope) in MATRIX.items()}


def test_every_desk_is_open_to_its_roles_alone(app: Flask, ctx, at):
    """The role decides before anything is looked at, so that nobody else learns what there is; who may is answered
    about what is not there as about nothing."""
    w: World = the_world()
    officials = {role: Program(app, a_token(an_official(role), *SCOPES)) for role in Role}
    others = [Program(app, a_token(person, *SCOPES)) for person in (w.shopper, w.owners[0])]
    unscoped = {
        s: Program(app, a_token(an_official(Role.office), *(x for x in SCOPES if x != s))) for s in SCOPES
    }
    calls = [call for call in calls_of(app) if call.kind == OFFICE]
    assert {call.name for call in calls} == set(DESKS)
    refused = 0
    with nothing_written():
        for call in calls:
            scope, roles = DESKS[call.name]
            assert ask(Program(app), call, MISSING).status == 401, call.name
            assert ask(unscoped[scope], call, MISSING)["code"] == "scope_needed", call.name
            for program in (*others, *(officials[role] for role in set(Role) - roles)):
                answer = ask(program, call, MISSING)
                assert (answer.status, answer["code"]) == (403, "role_needed"), call.name
                refused += 1
            names_a_thing = "{" in call.path or call.name == "create_office_decision"
            for role in roles:
                if call.method == "GET" or names_a_thing:
                    found = ask(officials[role], call, MISSING)
                    known = (404, 409, 422) if names_a_thing else (200,)
                else:
                    found, known = ask(officials[role], call, MISSING, key=TOO_LONG), (400, 404, 409, 422)
                assert found.status in known, f"{call.name}: {found}"
    assert refused > 1_000


def test_what_the_document_says_of_roles_is_so(app: Flask):
    said = {
        operation["operationId"]: set(operation["x-roles"])
        for methods in document_of(app)["paths"].values()
        for operation in methods.values()
        if "x-roles" in operation
    }
    assert said == {name: {role.value for role in roles} for name, (_, roles) in DESKS.items()}
