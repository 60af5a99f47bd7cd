"""The Python client of the API against this app behind a socket."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.factories import a_token

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The app behind a socket of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@cache
def the_client() -> ModuleType:
    """The client's package from its own folder; it is no part of ours."""
    place = ROOT / "clients/python/bazargah_client/__init__.py"
    spec = importlib.util.spec_from_file_location("bazargah_client", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def market(address: str) -> Callable[..., Any]:
    """Makes the client of a person, with a token of these scopes."""
    return lambda person, *scopes, **more: the_client().Bazargah(
        address, a_token(person, *scopes, **more), language="en"
    )
