"""Frozen records as documents of the API, by noun. What stands here is described in `schemas/`; tests compare."""
