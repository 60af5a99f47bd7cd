"""What the API alone refuses."""

from __future__ import annotations

from marketplace.core.errors import Malformed


class NotJson(Malformed):
    """A body of another kind than `application/json`."""

    status = 415
    code = "not_json"


class NotAFile(Malformed):
    """A body of a kind in which no file of offers comes."""

    status = 415
    code = "not_a_file"


class BadJson(Malformed):
    """A body that is no JSON document."""

    code = "bad_json"
