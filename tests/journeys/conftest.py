"""What journeys share: the Python client over a socket."""

from __future__ import annotations

from tests.journeys.api_client import address, market  # noqa: F401
