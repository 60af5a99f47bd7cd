"""Copies of everything that cannot be made again: database, pictures, private files; each with its digest.

A backup is a folder: `database.sqlite` or `database.dump`, `media.tar`, `evidence.tar`, and `manifest.json`, which
names each file with size and SHA-256. Nothing is restored from a folder of which one byte is another. Secrets of the
environment are not in it. Sealed to a public key (`sealed_files`), each file ends in `.sealed` and only who has the
other half of the key reads anything; the manifest then tells names, sizes and the moment, nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy.engine import make_url

from marketplace.core.sealed_files import SealRefused, open_file, seal_file
from marketplace.core.whole_files import is_unfinished

FORMAT = "bazargah-backup/1"
MANIFEST = "manifest.json"
SEALED = ".sealed"


class BackupRefused(Exception):
    """Why a backup was not made or not restored, in words."""


def make_backup(
    folder: Path, url: str, folders: dict[str, Path], at: datetime, *, seal_to: X25519PublicKey | None = None
) -> list[str]:
    """Writes a backup of the database at `url` and of these folders; gives the names of its files.

    The database is read in one transaction, while the platform goes on. With `seal_to` nothing readable is left in the
    folder. Raises BackupRefused for a folder that is not empty, and when the database cannot be read.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kind = _kind(url)
    name = "database.sqlite" if kind == "sqlite" else "database.dump"
    _copy_out(kind, url, folder / name)
    names = [name]
    for label, source in folders.items():
        names.append(f"{label}.tar")
        with tarfile.open(folder / names[-1], "w") as archive:
            for path in _files_in(source):
                with suppress(FileNotFoundError):  # what went meanwhile has no row that asks for it
                    archive.add(path, path.relative_to(source).as_posix(), recursive=False)
    if seal_to is not None:
        names = [_sealed_away(folder / each, seal_to, at.isoformat()) for each in names]
    told = {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "database": kind,
        "files": [_described(folder / each) for each in names],
    }
    (folder / MANIFEST).write_text(_sealed(told), encoding="utf-8")
    return [*names, MANIFEST]


def restore_backup(
    folder: Path, url: str, folders: dict[str, Path], *, key: X25519PrivateKey | None = None
) -> str:
    """Fills an empty database and the folders from a backup; gives the moment at which it was made.

    Every digest is checked before anything is written, and the restored database before it takes its place. What is
    sealed is opened, all of it, before anything else. Raises BackupRefused for a changed, short or foreign backup, a
    wrong key, another kind of database, and one that is not empty.
    """
    told = _checked(folder)
    kind = _kind(url)
    if told["database"] != kind:
        raise BackupRefused(f"this is a backup of {told['database']}, the database here is {kind}")
    with _opened(folder, told, key) as plain:
        _copy_in(kind, url, plain)
        for label, target in folders.items():
            target.mkdir(parents=True, exist_ok=True)
            with tarfile.open(plain / f"{label}.tar") as archive:
                archive.extractall(target, filter="data")
    return str(told["made_at"])


def made_at(folder: Path) -> datetime:
    """The moment of a backup, every digest checked. Raises BackupRefused."""
    return datetime.fromisoformat(str(_checked(folder)["made_at"]))


def damages(url: str) -> list[str]:
    """What is broken in a restored database beneath its rules: pages that do not fit, rows that point nowhere.

    PostgreSQL looked at each foreign key when it was restored; here it says whether all were.
    """
    if _kind(url) == "sqlite":
        try:
            _ensure_sound(Path(url.removeprefix("sqlite:///")))
        except BackupRefused as damaged:
            return [str(damaged)]
        return []
    loose = _ask(url, "SELECT conrelid::regclass, conname FROM pg_constraint WHERE NOT convalidated")
    return [f"{line} is not held by every row" for line in loose]


def _sealed_away(path: Path, to: X25519PublicKey, made_at: str) -> str:
    """Seals a file and removes what could be read; gives the new name."""
    sealed = path.with_name(path.name + SEALED)
    seal_file(path, sealed, to, f"{path.name} {made_at}")
    path.unlink()
    return sealed.name


@contextmanager
def _opened(folder: Path, told: dict[str, Any], key: X25519PrivateKey | None) -> Iterator[Path]:
    """The folder with files that can be read: itself, or one for the time being, beside it, for this user alone."""
    sealed = [each["name"] for each in told["files"] if each["name"].endswith(SEALED)]
    if not sealed:
        yield folder
        return
    if key is None:
        raise BackupRefused("the backup is sealed: its key is needed (--key-file)")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".opened-") as place:
        for name in sealed:
            plain = name.removesuffix(SEALED)
            try:
                open_file(folder / name, Path(place) / plain, key, f"{plain} {told['made_at']}")
            except SealRefused as refused:
                raise BackupRefused(str(refused)) from refused
        yield Path(place)


def _kind(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def _files_in(folder: Path) -> Iterator[Path]:
    """But for those that somebody is writing: they have another name once they are whole."""
    found = (path for path in sorted(folder.rglob("*")) if not is_unfinished(path))
    return (path for path in found if path.is_file() and not path.is_symlink())


def _described(path: Path) -> dict[str, Any]:
    return {"name": path.name, "size": path.stat().st_size, "sha256": _digest(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sealed(told: dict[str, Any]) -> str:
    """The manifest with its own digest in the last line."""
    body = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
    return f"{body}{hashlib.sha256(body.encode()).hexdigest()}\n"


def _checked(folder: Path) -> dict[str, Any]:
    told: dict[str, Any]
    try:
        body = "".join((folder / MANIFEST).read_text("utf-8").splitlines(keepends=True)[:-1])
        told = json.loads(body)
        if _sealed(told).encode() != (folder / MANIFEST).read_bytes():
            raise BackupRefused(f"{MANIFEST} was changed or cut off")
    except (OSError, ValueError) as error:
        raise BackupRefused(f"{folder} holds no readable {MANIFEST}") from error
    if told.get("format") != FORMAT:
        raise BackupRefused(f"a format that is not known here: {told.get('format')}")
    for each in told["files"]:
        path = folder / each["name"]
        if not path.is_file():
            raise BackupRefused(f"{each['name']} is missing")
        if path.stat().st_size != each["size"]:
            raise BackupRefused(f"{each['name']} has {path.stat().st_size} bytes instead of {each['size']}")
        if _digest(path) != each["sha256"]:
            raise BackupRefused(f"{each['name']} was changed: its digest is another")
    return told


# --- SQLite ---------------------------------------------------------------------------------------------------------


def _copy_out(kind: str, url: str, target: Path) -> None:
    if kind == "postgresql":
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={target}", _plain(url)])
        return
    source = Path(url.removeprefix("sqlite:///"))
    if not source.is_file():
        raise BackupRefused(f"{source} does not exist")
    with closing(sqlite.connect(str(source), isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=30000")
        connection.execute("VACUUM INTO ?", (str(target),))
    _ensure_sound(target)


def _copy_in(kind: str, url: str, folder: Path) -> None:
    if kind == "postgresql":
        _ensure_empty(url)
        dump = str(folder / "database.dump")
        _run(
            [
                "pg_restore",
                "--exit-on-error",
                "--no-owner",
                "--single-transaction",
                f"--dbname={_plain(url)}",
                dump,
            ]
        )
        return
    target = Path(url.removeprefix("sqlite:///"))
    if target.exists() and target.stat().st_size:
        raise BackupRefused(f"{target} exists: a backup is restored into a new database alone")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}.restoring")
    try:
        shutil.copyfile(folder / "database.sqlite", draft)
        _ensure_sound(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _ensure_sound(path: Path) -> None:
    with closing(sqlite.connect(str(path))) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise BackupRefused(f"{path.name} is damaged")
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise BackupRefused(f"{path.name} has rows that point nowhere")


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def _plain(url: str) -> str:
    """The address as PostgreSQL's own tools want it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _ask(url: str, question: str) -> list[str]:
    """The rows of an answer, columns divided by `|`."""
    found = _run(["psql", "--no-psqlrc", "--tuples-only", "--no-align", f"--command={question}", _plain(url)])
    return found.split("\n")[:-1]


def _ensure_empty(url: str) -> None:
    if _ask(url, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") != ["0"]:
        raise BackupRefused("the database is not empty: a backup is restored into a new one alone")


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError as error:
        raise BackupRefused(f"{command[0]} is not installed") from error
    if done.returncode:
        raise BackupRefused(f"{command[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout
