"""Pictures out of the media folder. Their names never change their content, so browsers keep them."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, send_from_directory

from marketplace.accounts.access import public
from marketplace.core.assets import FOREVER
from marketplace.core.errors import NotFound

_NAME = re.compile(r"^[a-z0-9][a-z0-9\-]{0,80}-(240|480|712)\.(avif|webp)$")

blueprint = Blueprint("files", __name__)


@blueprint.get("/media/<name>")
@public
def show_picture(name: str) -> Response:
    """One size of a picture; in the demo one that is not drawn yet is drawn now. 404 for anything else."""
    folder = current_app.config["SETTINGS"].media
    if not _NAME.match(name):
        raise NotFound()
    if not (folder / name).is_file() and not current_app.extensions["bazargah"].draw_picture(name):
        raise NotFound()
    mimetype = "image/avif" if name.endswith(".avif") else "image/webp"
    response = send_from_directory(folder, name, mimetype=mimetype)
    response.headers["Cache-Control"] = FOREVER
    return response
