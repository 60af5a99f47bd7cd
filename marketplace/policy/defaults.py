"""The rows of the first edition: shipping tariffs in toman, per method and zone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from marketplace.core.db import db
from marketplace.policy.models import PolicyRow, ShippingMethod, Tariff
from marketplace.policy.policy import Policy

TARIFFS = {
    ShippingMethod.pishtaz: (
        (32_000, 8_000),
        (38_000, 9_000),
        (43_000, 11_000),
        (48_000, 12_000),
        (54_000, 14_000),
    ),
    ShippingMethod.tipax: (
        (55_000, 14_000),
        (62_000, 16_000),
        (67_000, 18_000),
        (72_000, 20_000),
        (79_000, 23_000),
    ),
    ShippingMethod.courier: ((60_000, 10_000),),
}


def write_defaults(at: datetime) -> None:
    """Writes every policy row and tariff, in force from `at`. Once, into an empty database, inside a unit."""
    for name, value in asdict(Policy()).items():
        db.session.add(
            PolicyRow(name=name, value=value, effective_from=at, entered_at=at, reason="first edition")
        )
    for method, zones in TARIFFS.items():
        for zone, (first, following) in enumerate(zones):
            db.session.add(
                Tariff(
                    method=method, zone=zone, first_kg_toman=first, next_kg_toman=following, effective_from=at
                )
            )
    db.session.flush()
