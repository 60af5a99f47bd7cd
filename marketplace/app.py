"""The application: settings, extensions, blueprints, and the `bazargah` command."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask.cli import FlaskGroup
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import schema
from marketplace.accounts import loading
from marketplace.core import again, assets, logs, traces, turns, watch, web
from marketplace.core.asked import Asked
from marketplace.core.db import db, engine_options, prepare_engine
from marketplace.core.health import hint_options
from marketplace.core.language import LanguagePrefix
from marketplace.core.settings import Settings, read_settings
from marketplace.core.traced import Traced
from marketplace.core.unit_of_work import end_reading
from marketplace.core.watch import Watched
from marketplace.doors import BLUEPRINTS, COMMANDS, CONTEXTS
from marketplace.wiring.tables import WIRING

ROOT = Path(__file__).parent
TEMPLATES = ROOT / "templates" if (ROOT / "templates").is_dir() else ROOT.parent / "templates"
MIGRATIONS = ROOT / "migrations" if (ROOT / "migrations").is_dir() else ROOT.parent / "migrations"


class House(Flask):
    """Flask without coroutines: no view of ours is one, and asking that of each hook takes longer than most hooks."""

    request_class = Asked

    def dispatch_request(self) -> Any:
        """A view that collided with another transaction is done again (`core/again.py`)."""
        return again.answered(super().dispatch_request)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The web application of these settings (from the environment when none are given).

    Raises SettingsError naming every missing setting, before anything is opened.
    """
    settings = settings or read_settings()
    app = House(
        "marketplace",
        template_folder=str(TEMPLATES),
        static_folder=None,
        instance_path=str(settings.instance),
    )
    app.config.update(_config(settings))
    logs.configure(settings.log_level)
    traces.fit(settings.traces)
    app.extensions["bazargah"] = WIRING
    app.extensions["create_app"] = create_app  # for who needs a second house beside this one
    _open_database(app, settings)
    loading.fit(app)
    watch.fit(app)
    web.fit(app)
    for context in CONTEXTS:
        app.context_processor(context)
    app.register_blueprint(assets.blueprint)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for command in COMMANDS:
        app.cli.add_command(command)
    turns.fit(app, settings.most_at_once)
    for fit in WIRING.fits:
        fit(app)
    app.teardown_request(end_reading)
    _put_layers_around(app, settings)
    return app


def _put_layers_around(app: Flask, settings: Settings) -> None:
    """From the inside: the language, who asks (as the proxies in front tell), traces if sent, the watch."""
    layers: Any = LanguagePrefix(app.wsgi_app)
    app.extensions["bazargah_layers"] = (
        layers  # for who asks this house itself: no visitor, and not counted as one
    )
    hops = settings.trusted_proxies
    if hops:
        layers = ProxyFix(layers, x_for=hops, x_proto=hops, x_host=0)
    if settings.traces is not None:
        layers = Traced(layers)
    app.wsgi_app = Watched(layers, believes_ids=hops > 0)  # type: ignore[method-assign]


def create_served_app() -> Flask:
    """The application for a server that runs for long.

    What is loaded by now stays: the collector need not walk it again. It did so for a quarter of a second each time, in
    the middle of whatever page was being made.
    """
    app = create_app()
    logs.take_in_libraries()
    gc.collect()
    gc.freeze()
    return app


def _config(settings: Settings) -> dict[str, Any]:
    is_sqlite = settings.database_url.startswith("sqlite")
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.mode == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.database_url, settings.database_pooler),
        "WRITE_LOCK": settings.database_url.removeprefix("sqlite:///") + ".lock" if is_sqlite else None,
        "MAX_CONTENT_LENGTH": 8 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 512 * 1024,
        "MAX_FORM_PARTS": 400,
        "TRUSTED_HOSTS": list(settings.trusted_hosts) or None,
        "WTF_CSRF_ENABLED": False,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "RATELIMIT_STORAGE_URI": settings.redis_url or "here://",
        "RATELIMIT_STORAGE_OPTIONS": hint_options() if settings.redis_url else {},
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_HEADERS_ENABLED": False,
    }


def _open_database(app: Flask, settings: Settings) -> None:
    if settings.database_url.startswith("sqlite:///"):
        Path(settings.database_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    if schema.metadata is not db.metadata:
        raise RuntimeError("models and database disagree on their metadata")
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True, compare_type=True)


cli = FlaskGroup(
    create_app=create_app,
    name="bazargah",
    help="The festival bazaar: run it, fill it, look after it.",
    add_default_commands=False,
    add_version_option=False,
)


def main() -> None:
    """Entry point of the `bazargah` command."""
    cli()
