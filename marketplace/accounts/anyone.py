"""Somebody signed in of whom only the shape is known: the reader of a page made for many."""

from __future__ import annotations

from typing import Any

from marketplace.core.holes import Personal, Shape, hole


class Anyone:
    """Stands for `Visitor` while a page is made for many. Whatever else is asked of it raises Personal."""

    __slots__ = ("_shape",)
    is_authenticated, is_active, is_anonymous = True, True, False
    is_use_to_note = False

    def __init__(self, of: Shape) -> None:
        self._shape = of

    @property
    def display_name(self) -> str:
        return hole("name")

    @property
    def is_store_member(self) -> bool:
        return self._shape.is_store_member

    @property
    def has_desk(self) -> bool:
        return self._shape.has_desk

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else Personal
