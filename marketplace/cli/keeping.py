"""Backups: `bazargah backup --to DIR`, `bazargah restore --from DIR`, and `backup-key` for sealed ones."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from marketplace.core import clock
from marketplace.core.backups import BackupRefused, make_backup, restore_backup
from marketplace.core.db import db
from marketplace.core.sealed_files import SealRefused, new_key, read_public, read_secret
from marketplace.core.settings import Settings
from marketplace.files.shelf import BucketAway, files_to_bring_back, files_to_keep
from marketplace.oversight.chores import ChoreLog
from marketplace.oversight.telling import BACKUP


@click.command("backup")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--seal-to", default=None, help="A public key (bazargah backup-key): nobody reads it without the other."
)
@with_appcontext
def backup(folder: Path, seal_to: str | None) -> None:
    """Copies database, pictures and private files into an empty folder, while the platform goes on."""
    settings: Settings = current_app.config["SETTINGS"]
    begun = time.monotonic()
    try:
        _ensure_no_pooler(settings)
        public = read_public(seal_to) if seal_to else None
        with files_to_keep(settings) as folders:
            names = make_backup(folder, settings.database_url, folders, clock.now(), seal_to=public)
    except (BackupRefused, SealRefused, BucketAway) as refused:
        click.echo(f"refused: {refused}", err=True)
        sys.exit(1)
    click.echo(f"{folder}: {', '.join(names)}")
    chores = ChoreLog()
    chores.note(BACKUP, clock.now(), int((time.monotonic() - begun) * 1000), len(names), None)
    chores.write(clock.now(), now=True)


def _ensure_no_pooler(settings: Settings) -> None:
    """What `pg_dump` sets for itself, an empty search path too, would be found by who is lent its connection next, and
    what it set it might lose between two transactions. Raises BackupRefused.
    """
    if settings.database_pooler != "none" and settings.database_url.startswith("postgresql"):
        raise BackupRefused(
            "DATABASE_URL leads through a pooler: name the database itself, with DATABASE_POOLER=none"
        )


@click.command("restore")
@click.option("--from", "folder", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Opens a sealed one."
)
@with_appcontext
def restore(folder: Path, key_file: Path | None) -> None:
    """Fills a new database and the folders from a backup whose every byte is as it was written."""
    settings: Settings = current_app.config["SETTINGS"]
    db.session.remove()
    db.engine.dispose()
    try:
        _ensure_no_pooler(settings)
        key = read_secret(key_file.read_text("utf-8")) if key_file else None
        with files_to_bring_back(settings) as folders:
            made_at = restore_backup(folder, settings.database_url, folders, key=key)
    except (BackupRefused, SealRefused, BucketAway) as refused:
        click.echo(f"refused: {refused}", err=True)
        sys.exit(1)
    click.echo(f"restored as of {made_at}; check it with `bazargah invariants`")


@click.command("backup-key")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False))
def backup_key(path: Path) -> None:
    """Makes a pair of keys for sealed backups: writes the one that opens to a new file, prints the one that seals."""
    public, secret = new_key()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        click.echo(f"refused: {path} exists", err=True)
        sys.exit(1)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{secret}\n")
    click.echo(public)
