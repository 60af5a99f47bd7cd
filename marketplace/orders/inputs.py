"""What may be asked of the buying verbs, parsed and checked. Unknown fields (prices, entries) are not looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.core import text
from marketplace.core.errors import Invalid, Malformed
from marketplace.orders.rules import HIGHEST_QUANTITY
from marketplace.policy.models import ShippingMethod
from marketplace.policy.tariffs import province_by_name

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def parse_quantity(value: Any) -> int:
    """A whole quantity from 1 to 999, digits of any script. Raises Malformed('bad_quantity' or 'zero_quantity')."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Malformed("bad_quantity")
    digits = text.ascii_digits(value).strip() if isinstance(value, str) else str(value)
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise Malformed("bad_quantity")
    quantity = int(digits)
    if quantity == 0:
        raise Malformed("zero_quantity")
    if quantity > HIGHEST_QUANTITY:
        raise Malformed("bad_quantity")
    return quantity


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel goes."""

    receiver: str
    mobile: str
    province_id: int
    province_zone: int
    city: str
    line: str
    postal_code: str

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Address:
        """An address from a form or a document. Raises Invalid with the code of each wrong field."""
        errors: dict[str, str] = {}
        receiver = _text(values, "receiver", errors, 3, 80)
        city = _text(values, "city", errors, 2, 60)
        line = _text(values, "line", errors, 8, 300)
        mobile = text.mobile(str(values.get("mobile") or ""))
        if mobile is None:
            errors["mobile"] = "bad_mobile"
        postal_code = text.postal_code(str(values.get("postal_code") or ""))
        if postal_code is None:
            errors["postal_code"] = "bad_postal_code"
        name = _CONTROL.sub(" ", str(values.get("province") or "")[:60]).strip()
        province = province_by_name(name.replace("ي", "ی").replace("ك", "ک")) if name else None
        if province is None:
            errors["province"] = "unknown_province" if name else "required"
        if errors or mobile is None or postal_code is None or province is None:
            raise Invalid("bad_address", fields=errors)
        return cls(receiver, mobile, province.id, province.zone, city, line, postal_code)


@dataclass(frozen=True, slots=True)
class Checkout:
    """A wish to buy the cart: where to, how each store ships, and a key that makes a double click one order."""

    address: Address
    methods: Mapping[str, ShippingMethod]
    submission_key: str
    seen_total_toman: int | None = None

    @classmethod
    def parse(
        cls,
        address: Mapping[str, Any],
        methods: Mapping[str, Any],
        submission_key: str,
        seen_total: Any = None,
    ) -> Checkout:
        """Raises Invalid (fields) or Malformed('bad_submission_key')."""
        if not re.fullmatch(r"[A-Za-z0-9_\-:.]{8,200}", submission_key):
            raise Malformed("bad_submission_key")
        chosen: dict[str, ShippingMethod] = {}
        for slug, method in methods.items():
            if method not in ShippingMethod.__members__:
                raise Invalid("no_shipping", fields={f"shipping-{slug}": "unknown_method"})
            chosen[slug] = ShippingMethod(method)
        seen = str(seen_total) if seen_total is not None else ""
        return cls(
            Address.parse(address),
            chosen,
            submission_key,
            int(seen) if re.fullmatch(r"\d{1,15}", seen) else None,
        )


def _text(values: Mapping[str, Any], name: str, errors: dict[str, str], least: int, most: int) -> str:
    raw = values.get(name)
    value = " ".join(_CONTROL.sub(" ", raw).split()) if isinstance(raw, str) else ""
    if not value:
        errors[name] = "required"
    elif len(value) < least:
        errors[name] = "too_short"
    elif len(value) > most:
        errors[name] = "too_long"
    return value
