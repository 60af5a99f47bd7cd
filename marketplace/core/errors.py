"""One family of errors; each carries its HTTP status and a code that the catalogues word.

A slice subclasses by fact (`SealExpired(Conflict)`). One handler renders page or problem document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a refusal: a code of the catalogue (`reason.<code>`) and what fills its gaps."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class MarketplaceError(Exception):
    """Base of every expected failure.

    `code` names the sentence in the catalogues (`error.<code>`); `reasons` lists all facts that speak
    against the request; `fields` maps a form field to the code of what is wrong with it; `told` is what a problem
    document says beyond that.
    """

    status = 500
    code = "internal"

    def __init__(
        self,
        code: str | None = None,
        *,
        reasons: Sequence[Reason | str] = (),
        fields: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        if code is not None:
            self.code = code
        self.reasons = tuple(r if isinstance(r, Reason) else Reason(r) for r in reasons)
        self.fields = dict(fields or {})
        self.params = dict(params or {})
        self.retry_after = retry_after
        self.told = dict(told or {})
        super().__init__(self.code)


class Malformed(MarketplaceError):
    status = 400
    code = "malformed"


class Unauthenticated(MarketplaceError):
    status = 401
    code = "unauthenticated"


class Forbidden(MarketplaceError):
    status = 403
    code = "forbidden"


class NotFound(MarketplaceError):
    status = 404
    code = "not_found"


class Conflict(MarketplaceError):
    status = 409
    code = "conflict"


class TooLarge(MarketplaceError):
    status = 413
    code = "too_large"


class Invalid(MarketplaceError):
    status = 422
    code = "invalid"


class TooMany(MarketplaceError):
    status = 429
    code = "too_many"


class Unavailable(MarketplaceError):
    status = 503
    code = "unavailable"
