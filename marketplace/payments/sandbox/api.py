"""The part of Stripe's API that the marketplace speaks: keys, parameters, idempotency, lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request

from marketplace.payments.sandbox import forms, mischief, objects, transfers
from marketplace.payments.sandbox.bank import Bank
from marketplace.payments.sandbox.errors import ApiError, missing, wrong

api = Blueprint("api", __name__, url_prefix="/v1")
Row = dict[str, Any]
KINDS = {
    "checkout/sessions": ("session", "checkout.session"),
    "payment_intents": ("intent", "payment_intent"),
    "charges": ("charge", "charge"),
    "refunds": ("refund", "refund"),
    "payouts": ("payout", "payout"),
    "disputes": ("dispute", "dispute"),
    "accounts": ("account", "account"),
    "transfers": ("transfer", "transfer"),
    "events": ("event", "event"),
}
SESSION_FIELDS = {
    "mode",
    "line_items",
    "client_reference_id",
    "metadata",
    "payment_intent_data",
    "success_url",
    "cancel_url",
    "expires_at",
    "locale",
    "customer_email",
    "payment_method_types",
}


def _bank() -> Bank:
    bank: Bank = current_app.extensions["sandbox"].bank
    return bank


@api.before_request
def ensure_key() -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key.startswith(("sk_test_", "rk_test_")):
        raise ApiError("Invalid API Key provided", status=401, is_remembered=False)


@api.errorhandler(ApiError)
def show_error(error: ApiError) -> Response:
    return _json(error.status, json.dumps(error.body))


@api.post("/checkout/sessions")
@mischief.may_happen
def open_session() -> Response:
    return _once(_open_session)


@api.post("/checkout/sessions/<identifier>/expire")
@mischief.may_happen
def expire_session(identifier: str) -> Response:
    def work(fields: Row) -> Row:
        forms.ensure_known(fields, set())
        return _bank().expire_session(identifier)

    return _once(work)


@api.post("/refunds")
@mischief.may_happen
def refund() -> Response:
    return _once(_refund)


@api.post("/tokens")
@mischief.may_happen
def make_token() -> Response:
    return _once(lambda fields: transfers.make_token(_bank(), fields))


@api.post("/accounts")
@mischief.may_happen
def add_payee() -> Response:
    return _once(lambda fields: transfers.add_payee(_bank(), fields))


@api.post("/transfers")
@mischief.may_happen
def transfer() -> Response:
    return _once(lambda fields: transfers.transfer(_bank(), fields))


@api.get("/<path:place>")
@mischief.may_happen
def read(place: str) -> Response:
    """One object, or a page of them."""
    mischief.wait_as_told()
    _bank().sweep()
    if place in KINDS:
        return _json(200, json.dumps(_page(place)))
    family, _, identifier = place.rpartition("/")
    if family not in KINDS:
        raise ApiError(f"Unrecognized request URL (GET: /v1/{place}).", status=404)
    kind, name = KINDS[family]
    with _bank().state.turn():
        thing = _bank().state.get(kind, identifier)
    if thing is None:
        raise missing(name, identifier)
    return _json(200, json.dumps(objects.public(thing)))


# --- the work -------------------------------------------------------------------------------------


def _open_session(fields: Row) -> Row:
    forms.ensure_known(fields, SESSION_FIELDS)
    if forms.required(fields, "mode") != "payment":
        raise wrong("mode", "Only mode=payment is known here")
    items = forms.required(fields, "line_items")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise wrong("line_items", "Invalid array")
    metadata = forms.mapping(fields.get("metadata"), "metadata")
    inner = forms.mapping(fields.get("payment_intent_data"), "payment_intent_data")
    locale = fields.get("locale", "auto")
    wish = metadata.get("locale") if locale == "auto" else locale
    checked = {
        "amount": sum(_price(item) for item in items),
        "currency": _bank().currency,
        "reference": fields.get("client_reference_id"),
        "metadata": metadata,
        "intent_metadata": forms.mapping(inner.get("metadata"), "payment_intent_data[metadata]"),
        "description": items[0]["price_data"]["product_data"]["name"],
        "locale": "en" if str(wish).startswith("en") else "fa",
        "success_url": forms.address(forms.required(fields, "success_url"), "success_url"),
        "cancel_url": forms.address(forms.required(fields, "cancel_url"), "cancel_url"),
    }
    until = fields.get("expires_at")
    expires_at = None if until is None else forms.whole(until, "expires_at", 1, 10**11)
    return _bank().open_session(checked, expires_at, current_app.extensions["sandbox"].base())


def _price(item: Row) -> int:
    """A line's amount; refuses another currency than ours."""
    price = forms.mapping(forms.required(item, "price_data"), "price_data")
    product = forms.mapping(forms.required(price, "product_data"), "product_data")
    forms.required(product, "name")
    if str(forms.required(price, "currency")).lower() != _bank().currency:
        raise wrong("currency", f"This sandbox knows {_bank().currency} alone")
    amount = forms.whole(forms.required(price, "unit_amount"), "unit_amount", 1, 10**14)
    return amount * forms.whole(item.get("quantity", "1"), "quantity", 1, 10**6)


def _refund(fields: Row) -> Row:
    forms.ensure_known(fields, {"payment_intent", "amount", "reason", "metadata"})
    amount = fields.get("amount")
    return _bank().refund(
        str(forms.required(fields, "payment_intent")),
        None if amount is None else forms.whole(amount, "amount", 1, 10**14),
        reason=fields.get("reason"),
        metadata=forms.mapping(fields.get("metadata"), "metadata"),
    )


def _page(place: str) -> Row:
    query = forms.nested(request.args.items(multi=True))
    forms.ensure_known(query, {"limit", "starting_after", "created", "payment_intent", "status", "type"})
    span = forms.mapping(query.get("created"), "created")
    forms.ensure_known(span, {"gte", "gt", "lte", "lt"})
    edges = {name: forms.whole(value, f"created[{name}]", 0, 10**11) for name, value in span.items()}
    created = (
        max(edges.get("gte", 0), edges.get("gt", -1) + 1),
        min(edges.get("lte", 10**11), edges.get("lt", 10**11 + 1) - 1),
    )
    with _bank().state.turn():
        rows, has_more = _bank().state.page(
            KINDS[place][0],
            limit=forms.whole(query.get("limit", "10"), "limit", 1, 100),
            after=query.get("starting_after"),
            created=created,
            label=query.get("type") or query.get("status"),
            intent=query.get("payment_intent"),
        )
    data = [objects.public(row) for row in rows]
    return {"object": "list", "url": f"/v1/{place}", "has_more": has_more, "data": data}


# --- idempotency ----------------------------------------------------------------------------------


def _once(work: Callable[[Row], Row]) -> Response:
    """Does the work of a POST, once per `Idempotency-Key`.

    The answer is kept in the turn of the work itself. The same key with the same path and body gets it
    again, with another body 400, while the first still runs 409.
    """
    key = request.headers.get("Idempotency-Key")
    state = _bank().state
    if not key:
        mischief.wait_as_told()
        status, body, _ = _done(work)
        return _json(status, body)
    pairs = sorted(request.form.items(multi=True))
    fingerprint = hashlib.sha256(json.dumps([request.path, pairs]).encode()).hexdigest()
    with state.turn():
        known = state.reply(key)
        if known is None:
            state.begin_reply(key, fingerprint)
    if known is not None:
        return _replay(known, fingerprint)
    try:
        mischief.wait_as_told()
        with state.turn():
            status, body, is_remembered = _done(work)
            if is_remembered:
                state.end_reply(key, status, body)
            else:
                state.forget_reply(key)
    except BaseException:
        with state.turn():
            state.forget_reply(key)
        raise
    return _json(status, body)


def _done(work: Callable[[Row], Row]) -> tuple[int, str, bool]:
    try:
        with _bank().state.turn():
            thing = work(forms.nested(request.form.items(multi=True)))
        return 200, json.dumps(objects.public(thing)), True
    except ApiError as error:
        return error.status, json.dumps(error.body), error.is_remembered


def _replay(known: tuple[str, int | None, str | None], fingerprint: str) -> Response:
    earlier, status, body = known
    if earlier != fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used"
            " with.",
            kind="idempotency_error",
        )
    if status is None or body is None:
        raise ApiError(
            "There is currently another in-progress request using this Idempotency-Key.",
            status=409,
            code="idempotency_key_in_use",
        )
    answer = _json(status, body)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _json(status: int, body: str) -> Response:
    return Response(body, status=status, content_type="application/json; charset=utf-8")
