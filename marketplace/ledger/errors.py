"""What the book refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict


class KeyTaken(Conflict):
    """A transfer with this key and other content stands already."""

    code = "transfer_key_taken"


class AboveLimit(Conflict):
    """The account would go below zero, holds included."""

    code = "account_limit"


class HoldEnded(Conflict):
    """The hold was posted or voided before."""

    code = "hold_ended"
