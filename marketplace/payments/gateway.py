"""The gateway of this process, made once from the settings."""

from __future__ import annotations

from flask import Flask, current_app

from marketplace.core.settings import Settings
from marketplace.payments.gateways.breaker import GuardedGateway
from marketplace.payments.gateways.port import Gateway
from marketplace.payments.gateways.stripe import StripeGateway
from marketplace.payments.gateways.zarinpal import ZarinpalGateway

KEY = "bazargah_gateway"


def fit(app: Flask) -> None:
    """Gives the app the gateway that its settings choose."""
    settings = app.config["SETTINGS"]
    guarded: Gateway = GuardedGateway(
        _zarinpal(settings) if settings.gateway == "zarinpal" else _stripe(settings)
    )
    app.extensions[KEY] = guarded


def _stripe(settings: Settings) -> Gateway:
    return StripeGateway(
        settings.stripe_api_base,
        settings.stripe_api_key,
        settings.stripe_webhook_secret,
        settings.stripe_currency,
        settings.stripe_units_per_toman,
    )


def _zarinpal(settings: Settings) -> Gateway:
    return ZarinpalGateway(
        settings.zarinpal_api_base,
        settings.zarinpal_merchant_id,
        settings.zarinpal_panel_url,
        settings.zarinpal_access_token,
        settings.zarinpal_terminal_id,
    )


def gateway() -> Gateway:
    """The gateway to ask."""
    found: Gateway = current_app.extensions[KEY]
    return found
