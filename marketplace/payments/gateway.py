"""The gateway of this process, made once from the settings."""

from __future__ import annotations

from flask import Flask, current_app

from marketplace.payments.gateways.breaker import GuardedGateway
from marketplace.payments.gateways.port import Gateway
from marketplace.payments.gateways.stripe import StripeGateway

KEY = "bazargah_gateway"


def fit(app: Flask) -> None:
    """Gives the app its gateway."""
    settings = app.config["SETTINGS"]
    app.extensions[KEY] = GuardedGateway(
        StripeGateway(
            settings.stripe_api_base,
            settings.stripe_api_key,
            settings.stripe_webhook_secret,
            settings.stripe_currency,
            settings.stripe_units_per_toman,
        )
    )


def gateway() -> Gateway:
    """The gateway to ask."""
    found: Gateway = current_app.extensions[KEY]
    return found
