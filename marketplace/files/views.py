"""Pictures out of the media folder for everybody; private files for those whom their subject names."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, send_file, send_from_directory

from marketplace.accounts.access import public, signed_in, visitor
from marketplace.core.assets import FOREVER
from marketplace.core.errors import NotFound
from marketplace.files.evidence import evidence_by_key, path_of
from marketplace.files.models import EvidenceKind

_NAME = re.compile(r"^[a-z0-9][a-z0-9\-]{0,80}-(240|480|712)\.(avif|webp)$")
_KEY = re.compile(r"^[0-9a-f]{40}$")

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


@blueprint.get("/files/<key>")
@signed_in
def show_evidence(key: str) -> Response:
    """A private file, for those alone whom the wiring names for its subject; 404 for everybody else.

    Pictures are shown, documents are handed over to be saved; neither is kept by browser or proxy.
    """
    file = evidence_by_key(key) if _KEY.match(key) else None
    may_see = current_app.extensions["bazargah"].may_see_evidence
    asked = may_see.get(file.subject.partition(":")[0]) if file else None
    if file is None or asked is None or not asked(visitor(), file.subject) or not path_of(file).is_file():
        raise NotFound()
    response = send_file(
        path_of(file),
        mimetype=file.kind.value,
        as_attachment=file.kind is EvidenceKind.pdf,
        download_name=file.name,
        etag=False,
        conditional=False,
    )
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
