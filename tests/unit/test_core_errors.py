"""One family of errors, each with its status and its facts."""

from __future__ import annotations

import pytest

from marketplace.core import errors
from marketplace.core.errors import Conflict, Invalid, MarketplaceError, Reason


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.Malformed, 400),
        (errors.Unauthenticated, 401),
        (errors.Forbidden, 403),
        (errors.NotFound, 404),
        (errors.Conflict, 409),
        (errors.TooLarge, 413),
        (errors.Invalid, 422),
        (errors.TooMany, 429),
        (errors.Unavailable, 503),
        (MarketplaceError, 500),
    ],
)
def test_each_kind_has_its_status(kind, status):
    assert kind().status == status


def test_all_reasons_are_kept_in_their_order():
    error = Conflict("not_on_sale", reasons=["seal_expired", Reason("sold_out", {"left": 0})])
    assert [r.code for r in error.reasons] == ["seal_expired", "sold_out"]
    assert error.reasons[1].params == {"left": 0}
    assert (error.code, str(error)) == ("not_on_sale", "not_on_sale")


def test_a_fact_has_its_own_code_without_touching_its_kind():
    class SealExpired(Conflict):
        code = "seal_expired"

    assert SealExpired().code == "seal_expired"
    assert SealExpired("other").code == "other"
    assert (SealExpired().code, Conflict().code) == ("seal_expired", "conflict")


def test_fields_are_copied():
    fields = {"mobile": "bad_mobile"}
    error = Invalid(fields=fields)
    fields.clear()
    assert error.fields == {"mobile": "bad_mobile"}
