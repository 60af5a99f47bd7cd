"""Which templates the tests of a run rendered, in all of its processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flask.templating import DispatchingJinjaLoader

from tests.databases import ROOT, run_folder

_seen: set[str] = set()


def listen() -> None:
    """From here on every template that Flask loads in this process is remembered, whoever includes it."""
    load = DispatchingJinjaLoader.get_source
    if getattr(load, "is_heard", False):
        return

    def heard(self: Any, environment: Any, template: str) -> Any:
        source = load(self, environment, template)
        _seen.add(template)
        return source

    heard.is_heard = True  # type: ignore[attr-defined]
    DispatchingJinjaLoader.get_source = heard  # type: ignore[method-assign]


def keep() -> None:
    """Writes down what this process rendered."""
    _folder().joinpath(str(os.getpid())).write_text("\n".join(sorted(_seen)))


def missing() -> list[str]:
    """Templates of the house that no process of this run has rendered."""
    known = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.*")}
    for file in _folder().iterdir():
        known -= set(file.read_text().splitlines())
    return sorted(known)


def _folder() -> Path:
    folder = run_folder() / "rendered"
    folder.mkdir(exist_ok=True)
    return folder
