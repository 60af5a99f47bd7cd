"""`bazargah drill --from DIR`: is this backup good for anything? Restored apart, looked at, and thrown away."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy import select

from marketplace.accounts.passwords import password_hash
from marketplace.accounts.people import create_person, set_password
from marketplace.cli.looking_after import take_time
from marketplace.core import clock
from marketplace.core.backups import BackupRefused, damages, made_at, restore_backup
from marketplace.core.db import db
from marketplace.core.health import findings
from marketplace.core.sealed_files import SealRefused, read_secret
from marketplace.core.settings import Settings
from marketplace.core.unit_of_work import unit_of_work
from marketplace.lottery.files import write_files
from marketplace.lottery.models import Draw, DrawState
from marketplace.lottery.proof.check import verify

OLDEST = timedelta(hours=26)
DRAWN = (DrawState.drawn, DrawState.settled)
Finding = tuple[str, bool, str]


@click.command("drill")
@click.option(
    "--from", "folder", required=True, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option("--database", default=None, help="An empty PostgreSQL database for the backup of one.")
@click.option(
    "--key-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Opens a sealed one."
)
@click.option("--any-age", is_flag=True, help="Do not complain of a backup older than 26 hours.")
@with_appcontext
def drill(folder: Path, database: str | None, key_file: Path | None, any_age: bool) -> None:
    """Restores a backup into a place of its own and tries it; exit 1 when it would not do.

    Tried: every digest, the age, sound pages, rows that point somewhere, every invariant, the last draw verified from
    its own files, and a person who signs in. The database named by --database is left filled; drop it afterwards.
    """
    settings: Settings = current_app.config["SETTINGS"]
    failed = 0
    try:
        key = read_secret(key_file.read_text("utf-8")) if key_file else None
        with tempfile.TemporaryDirectory(prefix="bazargah-drill-") as place:
            for name, is_fine, told in try_out(folder, Path(place), settings, database, key, any_age):
                failed += not is_fine
                click.echo(f"{'fine  ' if is_fine else 'BROKEN'} {name}: {told}")
    except (BackupRefused, SealRefused) as refused:
        click.echo(f"refused: {refused}", err=True)
        sys.exit(1)
    if failed:
        sys.exit(1)


def try_out(
    folder: Path,
    place: Path,
    settings: Settings,
    database: str | None,
    key: X25519PrivateKey | None,
    any_age: bool,
) -> Iterator[Finding]:
    """Restores a backup into `place` and says of each thing whether it is fine. Raises BackupRefused, SealRefused."""
    age = clock.now() - made_at(folder)
    yield "age", any_age or age <= OLDEST, f"{age.total_seconds() / 3600:.1f} hours"
    url = _driven(database) if database else f"sqlite:///{place / 'bazargah.db'}"
    folders = {"media": place / "media", "evidence": place / "evidence"}
    restore_backup(folder, url, folders, key=key)
    count = sum(1 for path in place.rglob("*") if path.is_file())
    yield "restored", True, f"{count} files"
    wrong = damages(url)
    yield "pages and foreign keys", not wrong, "; ".join(wrong) or "whole"
    own = replace(
        settings,
        database_url=url,
        instance=place,
        media=folders["media"],
        evidence=folders["evidence"],
        bucket=None,
        database_pooler="none",
        replica_url=None,
        redis_url=None,
    )
    app: Flask = current_app.extensions["create_app"](own)
    with app.app_context():
        yield from _looked_at(place)
        yield "a person signs in", _signs_in(app), "with a password"
        db.session.remove()
        db.engine.dispose()


def _looked_at(place: Path) -> Iterator[Finding]:
    for found in findings():
        if found.needed:
            yield found.name, found.is_fine, found.told
    checks = current_app.extensions["bazargah"].invariants
    broken: list[str] = []
    for name, check in checks.items():
        take_time()
        broken += [f"{name}: {row}" for row in check()]
    yield "invariants", not broken, "; ".join(broken[:5]) or f"{len(checks)} hold"
    draw = db.session.scalars(
        select(Draw).where(Draw.state.in_(DRAWN)).order_by(Draw.id.desc()).limit(1)
    ).first()
    if draw is None:
        yield "last draw", True, "none was drawn yet"
        return
    (place / "draw").mkdir()
    write_files(draw, place / "draw")
    told: list[str] = []
    is_right = False
    with suppress(Exception):
        verify(place / "draw", told.append)
        is_right = True
    yield "last draw", is_right, f"{draw.slug}: {'verified' if is_right else (told or ['not verified'])[-1]}"


def _signs_in(app: Flask) -> bool:
    """Whether somebody with a password gets in; made for this in the copy that is thrown away."""
    mobile, password, at = f"0999{secrets.randbelow(10**7):07d}", secrets.token_urlsafe(16), clock.now()
    hashed = password_hash(password)
    with unit_of_work():
        set_password(create_person(mobile, at), hashed, at)
    db.session.remove()
    base = app.config["SETTINGS"].base_url
    answer = app.test_client().post(
        "/sign-in", data={"mobile": mobile, "password": password}, base_url=base, headers={"Origin": base}
    )
    return answer.status_code == 303


def _driven(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
