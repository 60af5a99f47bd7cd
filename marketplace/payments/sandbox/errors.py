"""Refusals in Stripe's shape."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """Answered as `{"error": {type, message, code?, param?}}`.

    `is_remembered`: whether the answer is kept under the idempotency key. As at Stripe, what fails
    before the work starts (unknown or malformed parameters) is not.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        is_remembered: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.is_remembered = is_remembered
        parts = {"type": kind, "message": message, "code": code, "param": param}
        self.body: dict[str, Any] = {"error": {name: part for name, part in parts.items() if part}}


def missing(kind: str, identifier: str) -> ApiError:
    """No such object (404)."""
    return ApiError(f"No such {kind}: '{identifier}'", status=404, code="resource_missing", param="id")


def wrong(param: str, message: str, code: str = "parameter_invalid") -> ApiError:
    """A parameter that cannot be meant; never remembered."""
    return ApiError(message, code=code, param=param, is_remembered=False)
