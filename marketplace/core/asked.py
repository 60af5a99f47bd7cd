"""What was asked, as the house reads it: words of forms and addresses without NUL, which no text has.

PostgreSQL keeps no such text and SQLite would; a browser writes it where somebody pasted from a broken file. It is left
out before anybody reads it, so that no form has to think of it. Bodies of programs are refused by their schemas.
"""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

NUL = "\0"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Asked(Request):
    """A request whose forms and query hold no NUL."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The query."""
        return _without_nul(super().args)

    def is_readable_again(self) -> bool:
        """Whether the body can be read once more, as far as it was read; files of a form are wound back for it."""
        known = vars(self)
        if self.mimetype not in FORMS:
            is_empty = not self.content_length and "HTTP_TRANSFER_ENCODING" not in self.environ
            return is_empty or "stream" not in known or known.get("_cached_data") is not None
        files = [file.stream for file in known["files"].values()] if "files" in known else []
        if any(file.closed for file in files):
            return False
        for file in files:
            file.seek(0)
        return True

    def _load_form_data(self) -> None:
        super()._load_form_data()
        self.__dict__["form"] = _without_nul(self.__dict__["form"])


def _without_nul(said: MultiDict[str, str]) -> MultiDict[str, str]:
    if not any(NUL in name or NUL in value for name, value in said.items(multi=True)):
        return said
    pairs = [(name.replace(NUL, ""), value.replace(NUL, "")) for name, value in said.items(multi=True)]
    return ImmutableMultiDict(pairs)
