"""Backups: `bazargah backup --to DIR` and `bazargah restore --from DIR`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.core import clock
from marketplace.core.backups import BackupRefused, make_backup, restore_backup
from marketplace.core.db import db
from marketplace.core.settings import Settings
from marketplace.oversight.chores import ChoreLog
from marketplace.oversight.telling import BACKUP


@click.command("backup")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@with_appcontext
def backup(folder: Path) -> None:
    """Copies database, pictures and private files into an empty folder, while the platform goes on."""
    settings: Settings = current_app.config["SETTINGS"]
    begun = time.monotonic()
    try:
        names = make_backup(folder, settings.database_url, _folders(settings), clock.now())
    except BackupRefused as refused:
        click.echo(f"refused: {refused}", err=True)
        sys.exit(1)
    click.echo(f"{folder}: {', '.join(names)}")
    chores = ChoreLog()
    chores.note(BACKUP, clock.now(), int((time.monotonic() - begun) * 1000), len(names), None)
    chores.write(clock.now(), now=True)


@click.command("restore")
@click.option("--from", "folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@with_appcontext
def restore(folder: Path) -> None:
    """Fills a new database and the folders from a backup whose every byte is as it was written."""
    settings: Settings = current_app.config["SETTINGS"]
    db.session.remove()
    db.engine.dispose()
    try:
        made_at = restore_backup(folder, settings.database_url, _folders(settings))
    except BackupRefused as refused:
        click.echo(f"refused: {refused}", err=True)
        sys.exit(1)
    click.echo(f"restored as of {made_at}; check it with `bazargah invariants`")


def _folders(settings: Settings) -> dict[str, Path]:
    return {"media": settings.media, "evidence": settings.evidence}
