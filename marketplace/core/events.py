"""News travels up as events: past-tense dataclasses of a slice, handlers named in `wiring/news.py`.

Handlers run in the unit of work of the verb that published; an error of one fails the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app

Handler = Callable[[Any], None]
Handlers = Mapping[type, Sequence[Handler]]


def publish(event: object) -> None:
    """Calls every handler of this event's class, in the order of the wiring."""
    handlers: Handlers = current_app.extensions["bazargah"].handlers
    for handler in handlers.get(type(event), ()):
        handler(event)
