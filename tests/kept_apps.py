"""Making the application is half the work of a small test, so a process makes it once for the same settings.

A test gets an app that an earlier one has used when nothing can tell: settings are equal (tests of one process run in
one folder, emptied between them), nothing was fitted to the app since it was made, and whatever it keeps in memory
(configuration, extensions, limits, breakers, counts that may be some seconds old) is as at the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask

from marketplace.accounts.limits import limiter
from marketplace.app import create_app
from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.payments import gateway
from marketplace.storefront import bitmaps

MOST = 4
bitmaps.LAG_SECONDS = 3600.0
"""Counts that a page may show some seconds late stay for a test, or the number of statements depends on its speed."""


@dataclass(frozen=True, slots=True)
class _Kept:
    settings: Settings
    app: Flask
    config: dict[str, Any]
    extensions: dict[str, Any]
    shape: tuple[Any, ...]


_free: list[_Kept] = []
_lent: dict[int, _Kept] = {}


def take_app(settings: Settings) -> tuple[Flask, bool]:
    """An app of these settings as if just made, and whether it was."""
    found = next((kept for kept in _free if kept.settings == settings), None)
    if found is not None:
        _free.remove(found)
    kept = found or _keep(settings, create_app(settings))
    _lent[id(kept.app)] = kept
    return kept.app, found is None


def give_back(app: Flask) -> None:
    """Ends a test's use of an app: its connections are closed, and what cannot be told from a new one is kept."""
    kept = _lent.pop(id(app))
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    if _shape(app) != kept.shape:
        return
    for stands, first in ((app.config, kept.config), (app.extensions, kept.extensions)):
        stands.clear()
        stands.update(first)
    app._got_first_request = False
    gateway.fit(app)
    limiter.reset()
    bitmaps._kept.clear()
    _free.append(kept)
    del _free[:-MOST]


def _keep(settings: Settings, app: Flask) -> _Kept:
    return _Kept(settings, app, dict(app.config), dict(app.extensions), _shape(app))


def _shape(app: Flask) -> tuple[Any, ...]:
    """All that code may fit to an app, by number and identity."""
    hooks = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.template_context_processors,
        app.url_value_preprocessors,
        app.url_default_functions,
    )
    return (
        len(list(app.url_map.iter_rules())),
        {name: id(view) for name, view in app.view_functions.items()},
        [{where: [id(f) for f in found] for where, found in hook.items() if found} for hook in hooks],
        [id(f) for f in app.teardown_appcontext_funcs],
        {
            where: {
                code: {kind: id(f) for kind, f in found.items()} for code, found in codes.items() if found
            }
            for where, codes in app.error_handler_spec.items()
            if any(codes.values())
        },
        sorted(app.blueprints),
        {name: id(found) for name, found in app.jinja_env.globals.items()},
        {name: id(found) for name, found in app.jinja_env.filters.items()},
        {name: id(found) for name, found in app.jinja_env.tests.items()},
        id(app.wsgi_app),
        id(app.test_client_class),
        id(app.session_interface),
        id(app.json),
    )
