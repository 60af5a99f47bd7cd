"""Files that officials send: raw, or as a part of a form; what they say is said by the call."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from flask import g, request

from marketplace.api.errors import NotAFile
from marketplace.core.errors import Invalid, TooLarge

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REGISTRY_KINDS = {"text/csv": "registry.csv", XLSX: "registry.xlsx"}
ANSWER_KINDS = {"text/csv": "answers.csv"}


def sent_file(part: str, kinds: Mapping[str, str], most_bytes: int) -> tuple[str, bytes]:
    """(name, content) of the file in the body; its digest stands for it where calls are compared.

    Raises NotAFile for a body of another kind, Invalid without the part of a form, TooLarge.
    """
    if request.mimetype == "multipart/form-data":
        upload = request.files.get(part)
        if upload is None or not upload.filename:
            raise Invalid("no_file", fields={part: "required"})
        name, content = upload.filename, upload.stream.read(most_bytes + 1)
    elif request.mimetype in kinds:
        name, content = kinds[request.mimetype], request.stream.read(most_bytes + 1)
    else:
        raise NotAFile()
    if len(content) > most_bytes:
        raise TooLarge()
    g.said = {"file": hashlib.sha256(content).hexdigest(), "name": name[:200]}
    return name, content
