"""The description of the API, for tools that read it from a file."""

from __future__ import annotations

import click
import orjson
from flask import current_app
from flask.cli import with_appcontext

from marketplace.api.document import document_of


@click.command("openapi")
@with_appcontext
def openapi() -> None:
    """Prints the OpenAPI document of the API as JSON."""
    click.echo(orjson.dumps(document_of(current_app), option=orjson.OPT_INDENT_2).decode())
