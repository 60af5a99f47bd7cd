"""Pictures out of the media folder for everybody; private files for those whom their subject names."""

from __future__ import annotations

import re

from flask import Blueprint, Response, current_app, send_file, send_from_directory
from flask_login import current_user

from marketplace.accounts.access import public, visitor
from marketplace.core.assets import FOREVER
from marketplace.core.errors import NotFound
from marketplace.core.settings import Settings
from marketplace.files.evidence import evidence_by_key, path_of
from marketplace.files.models import EvidenceKind
from marketplace.files.shelf import fetch
from marketplace.files.tints import tint

_NAME = re.compile(r"^[a-z0-9][a-z0-9\-]{0,80}-(240|480|712)\.(avif|webp)$")
_KEY = re.compile(r"^[0-9a-f]{40}$")

blueprint = Blueprint("files", __name__)
blueprint.add_app_template_filter(tint)


@blueprint.get("/media/<name>")
@public
def show_picture(name: str) -> Response:
    """One size of a picture; in the demo one that is not drawn yet is drawn now. 404 for anything else."""
    settings = current_app.config["SETTINGS"]
    if not _NAME.match(name):
        raise NotFound()
    if not (settings.media / name).is_file() and not _comes_by(name, settings):
        raise NotFound()
    mimetype = "image/avif" if name.endswith(".avif") else "image/webp"
    response = send_from_directory(settings.media, name, mimetype=mimetype)
    response.headers["Cache-Control"] = FOREVER
    return response


def _comes_by(name: str, settings: Settings) -> bool:
    """Whether a picture that this machine has not got was fetched or, in the demo, drawn."""
    return fetch(name, settings) or bool(current_app.extensions["bazargah"].draw_picture(name))


@blueprint.get("/files/<key>")
@public
def show_evidence(key: str) -> Response:
    """A private file, for those alone whom the wiring names for its subject; 404 for everybody else.

    Files of what is published for all (pictures of a review) are shown without signing in. Pictures are shown,
    documents are handed over to be saved; neither is kept by browser or proxy.
    """
    file = evidence_by_key(key) if _KEY.match(key) else None
    if file is None or not _may_see(file.subject) or not path_of(file).is_file():
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


def _may_see(subject: str) -> bool:
    """Whether this request may see the files of a subject."""
    wiring = current_app.extensions["bazargah"]
    kind = subject.partition(":")[0]
    is_open = wiring.shown_to_all.get(kind)
    if is_open is not None and is_open(subject):
        return True
    asked = wiring.may_see_evidence.get(kind)
    return bool(asked is not None and current_user.is_authenticated and asked(visitor(), subject))
