"""What paying out refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Invalid, NotFound


class UnknownBatch(NotFound):
    """There is no such batch of payouts."""

    code = "unknown_batch"


class BatchOver(Conflict):
    """The batch is in another state than the page believed."""

    code = "batch_over"


class BatchWaits(Conflict):
    """A batch waits for its signatures; the next one is proposed after it."""

    code = "batch_waits"


class BatchChanged(Conflict):
    """The payouts of the batch are not those that were signed."""

    code = "batch_changed"


class BadAnswerFile(Invalid):
    """The bank's file cannot be used; nothing of it was recorded."""

    code = "bad_answer_file"


class PayoutNotFailed(Conflict):
    """Only a refused payout is cleared for another try."""

    code = "payout_not_failed"
