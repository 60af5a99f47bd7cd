"""The black box and the exported audit log: `bazargah blackbox build|verify`, `bazargah audit verify`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click
from flask.cli import with_appcontext

from marketplace.cli.moments import Moment, at_or_now
from marketplace.core.signing import public_key
from marketplace.lottery.proof.check import verify as verify_draw
from marketplace.lottery.proof.published import Wrong
from marketplace.oversight.black_box import build_box
from marketplace.oversight.proof.box import unpacked
from marketplace.oversight.proof.program import findings

KEY = click.option(
    "--key", default=None, help="The public key as published (hex); the file's own when left out."
)
FILE = click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))


@click.group("blackbox")
def blackbox() -> None:
    """The festival's black box: one signed archive."""


@blackbox.command("build")
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--at", type=Moment(), default=None, help="As if it were this moment (ISO 8601); now when left out."
)
@with_appcontext
def build(path: Path, at) -> None:  # type: ignore[no-untyped-def]
    """Writes the archive of the present edition into a file that is not there yet."""
    if path.exists():
        click.echo(f"refused: {path} is there already", err=True)
        sys.exit(1)
    data = build_box(at_or_now(at))
    path.write_bytes(data)
    for name, body in unpacked(data)[0].items():
        click.echo(f"{len(body):>12} {name}")
    click.echo(f"{path}: signed by {public_key()}")


@blackbox.command("verify")
@FILE
@KEY
def verify(path: Path, key: str | None) -> None:
    """Checks an archive without any database; exit 1 and every part that was altered when something was."""
    wrong = findings(path, key)
    for line in wrong:
        click.echo(f"wrong  {line}")
    if wrong:
        sys.exit(1)
    parts, _ = unpacked(path.read_bytes())
    for name in parts:
        click.echo(f"whole  {name}")
    for slug in sorted({name.split("/")[1] for name in parts if name.endswith("/result.json")}):
        _verify_draw(slug, parts)
    click.echo("verified" if key else "verified by the archive's own key: compare it with the published one")


def _verify_draw(slug: str, parts: dict[str, bytes]) -> None:
    """A draw is computed again from its files."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("manifest.json", "entries.csv", "result.json"):
            (Path(folder) / name).write_bytes(parts[f"draws/{slug}/{name}"])
        try:
            verify_draw(Path(folder), lambda line: None)
        except Wrong as wrong:
            click.echo(f"wrong  draws/{slug}: {wrong}")
            sys.exit(1)
    click.echo(f"drawn  draws/{slug} follows from its files")


@click.group("audit")
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@FILE
@KEY
def verify_export(path: Path, key: str | None) -> None:
    """Checks an exported piece of the log without any database; exit 1 and the entries that were altered."""
    wrong = findings(path, key)
    for line in wrong:
        click.echo(f"wrong  {line}")
    if wrong:
        sys.exit(1)
    click.echo("verified")
