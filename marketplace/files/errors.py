"""What is refused of uploads."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Invalid, Unavailable


class FileRefused(Invalid):
    """A file is not one that is kept here; the field says why."""

    code = "file_refused"


class FilesRaced(Conflict):
    """Two files of one case came in the same moment; sent again, the second finds its place."""

    code = "files_raced"


class ScannerAway(Unavailable):
    """The scanner for harmful files does not answer; nothing was kept."""

    code = "scanner_away"
