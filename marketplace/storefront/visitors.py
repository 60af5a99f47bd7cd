"""Whose cart a request means, who buys it, and where its parcels are likely to go."""

from __future__ import annotations

from flask import Response, after_this_request, current_app, request
from flask_login import current_user

from marketplace.accounts.access import visitor
from marketplace.accounts.secrets import new_secret, secret_hash
from marketplace.core.csrf import session_cookie
from marketplace.core.holes import ensure_of_one
from marketplace.core.language import current_language
from marketplace.orders.cart import CartOwner
from marketplace.orders.checkout import Buyer
from marketplace.orders.queries import last_address
from marketplace.orders.quoting import Destination
from marketplace.payments.gateway import gateway
from marketplace.policy.tariffs import ProvinceShown, province_by_name

GUEST_DAYS = 30


def cart_owner(*, may_open: bool = False) -> CartOwner:
    """The person's cart, or the browser's. With `may_open` a browser without a name gets one."""
    ensure_of_one()
    if current_user.is_authenticated:
        return CartOwner(person_id=current_user.id)
    name = request.cookies.get(session_cookie())
    if not name and may_open:
        name = new_secret()
        _remember(name)
    return CartOwner(guest_hash=secret_hash(name)) if name else CartOwner()


def buyer() -> Buyer:
    """The signed-in person as a buyer."""
    person = visitor()
    base_url = current_app.config["SETTINGS"].base_url
    return Buyer(person.id, person.mobile, current_language(), base_url, gateway().name)


def _remember(name: str) -> None:
    settings = current_app.config["SETTINGS"]

    def keep(response: Response) -> Response:
        response.set_cookie(
            session_cookie(),
            name,
            max_age=GUEST_DAYS * 86_400,
            httponly=True,
            samesite="Lax",
            secure=settings.is_secure,
            path="/",
        )
        return response

    after_this_request(keep)


def likely_destination() -> tuple[Destination | None, ProvinceShown | None]:
    """Where the person's last order went; nothing for others."""
    if not current_user.is_authenticated:
        return None, None
    last = last_address(current_user.id)
    if last is None:
        return None, None
    return (
        Destination(last.province_id, last.zone, last.city),
        ProvinceShown(last.province_id, last.name_fa, last.name_en, last.zone),
    )


def named_destination(province: str, city: str) -> tuple[Destination | None, ProvinceShown | None]:
    """A destination from the words of a form; nothing when the province is not one of the 31."""
    found = province_by_name(province.strip()) if province else None
    return (Destination(found.id, found.zone, city.strip()), found) if found else (None, None)
