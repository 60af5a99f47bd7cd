"""One's own account: overview, name and mail, addresses."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.accounts import people, queries
from marketplace.accounts.access import Visitor, signed_in, visitor
from marketplace.core import clock
from marketplace.core.db import AnyRow
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.language import t
from marketplace.core.notices import put_notice
from marketplace.core.unit_of_work import unit_of_work
from marketplace.messages.queries import unread_count
from marketplace.messages.ticket_queries import open_ticket_count
from marketplace.orders import addresses
from marketplace.orders.inputs import Address
from marketplace.policy.tariffs import provinces
from marketplace.reviews.queries import purchases_to_review
from marketplace.reviews.wish_queries import wish_count
from marketplace.storefront.me_inputs import Profile
from marketplace.storefront.order_page import list_orders
from marketplace.storefront.shown import words

blueprint = Blueprint("me", __name__, url_prefix="/me")
ADDRESS_FIELDS = ("receiver", "mobile", "province", "city", "line", "postal_code")


@blueprint.get("")
@signed_in
def show_me() -> str:
    """What waits and what is new, and the form of name, mail and language."""
    return _overview()


@blueprint.post("")
@signed_in
def update_me() -> Any:
    """Changes name, mail and language."""
    try:
        said = Profile.parse(request.form)
        with unit_of_work():
            people.update_person(
                visitor().id,
                given_name=said.given_name,
                surname=said.surname,
                email=said.email,
                language=said.language,
            )
    except Invalid as refused:
        return _overview(refused), refused.status
    put_notice("profile_kept")
    return redirect(url_for(".show_me"), 303)


@blueprint.get("/addresses")
@signed_in
def list_addresses() -> str:
    """The address book; `?change=<id>` opens one of them in the form."""
    return _address_page(request.args.get("change", type=int))


@blueprint.post("/addresses")
@signed_in
def create_address() -> Any:
    """Keeps an address."""
    try:
        address = Address.parse(request.form)
        at = clock.now()
        with unit_of_work():
            addresses.keep_address(
                visitor().id, address, at, is_default=request.form.get("is_default") == "1"
            )
    except Invalid as refused:
        return _address_page(None, refused), refused.status
    put_notice("address_kept")
    return redirect(url_for(".list_addresses"), 303)


@blueprint.post("/addresses/<int:address_id>")
@signed_in
def update_address(address_id: int) -> Any:
    """Changes an address."""
    try:
        address = Address.parse(request.form)
        with unit_of_work():
            addresses.change_address(visitor().id, address_id, address)
    except Invalid as refused:
        return _address_page(address_id, refused), refused.status
    put_notice("address_changed")
    return redirect(url_for(".list_addresses"), 303)


@blueprint.post("/addresses/<int:address_id>/default")
@signed_in
def create_default(address_id: int) -> Any:
    """Makes an address the default."""
    with unit_of_work():
        addresses.choose_address(visitor().id, address_id)
    put_notice("address_chosen")
    return redirect(url_for(".list_addresses"), 303)


@blueprint.post("/addresses/<int:address_id>/removal")
@signed_in
def delete_address(address_id: int) -> Any:
    """Forgets an address."""
    with unit_of_work():
        addresses.drop_address(visitor().id, address_id)
    put_notice("address_gone")
    return redirect(url_for(".list_addresses"), 303)


def _overview(refused: Invalid | None = None) -> str:
    person = visitor()
    me = queries.person(person.id)
    form = request.form if refused else {}
    values = {
        "given_name": form.get("given_name", me.given_name if me else "")[:200],
        "surname": form.get("surname", me.surname if me else "")[:200],
        "email": form.get("email", (me.email or "") if me else "")[:300],
        "language": form.get("language", me.language if me else "fa")[:5],
    }
    return render_template(
        "storefront/me.html",
        mobile=person.mobile,
        values=values,
        errors=_sentences(refused),
        orders=list_orders(person.id, None, limit=3).items,
        unread=unread_count(person.id),
        waiting=len(purchases_to_review(person.id)),
        wishes=wish_count(person.id),
        tickets=open_ticket_count(person.id),
        has_password=has_password(),
    )


def _address_page(changed_id: int | None = None, refused: Invalid | None = None) -> str:
    person = visitor()
    kept = addresses.addresses_of(person.id)
    changed = next((row for row in kept if row.id == changed_id), None)
    if changed_id is not None and changed is None:
        raise NotFound()
    return render_template(
        "storefront/me_addresses.html",
        addresses=[
            {
                "id": row.id,
                "receiver": row.receiver,
                "mobile": row.receiver_mobile,
                "province": words(row.name_fa, row.name_en),
                "city": row.city,
                "line": row.address_line,
                "postal_code": row.postal_code,
                "is_default": row.is_default,
            }
            for row in kept
        ],
        changed_id=changed_id,
        values=_address_values(changed, person, is_refused=refused is not None),
        errors=_sentences(refused),
        provinces=tuple((words(p.name_fa, p.name_en),) * 2 for p in provinces()),
    )


def _address_values(changed: AnyRow | None, person: Visitor, *, is_refused: bool) -> dict[str, str]:
    """What stands in the form: what was typed, the address that is to be changed, or one's own name and number."""
    if is_refused:
        return {name: request.form.get(name, "")[:400] for name in ADDRESS_FIELDS}
    blank = dict.fromkeys(ADDRESS_FIELDS, "")
    if changed is None:
        return {**blank, "receiver": person.display_name, "mobile": person.mobile}
    return {
        "receiver": changed.receiver,
        "mobile": changed.receiver_mobile,
        "province": words(changed.name_fa, changed.name_en),
        "city": changed.city,
        "line": changed.address_line,
        "postal_code": changed.postal_code,
    }


def has_password() -> bool:
    """Whether the signed-in person set one."""
    known = queries.sign_in_facts(visitor().mobile)
    return known is not None and known.password_hash is not None


def _sentences(refused: Invalid | None) -> dict[str, str]:
    return {name: t(f"field.{code}") for name, code in refused.fields.items()} if refused else {}
