"""What `core` and the slices ask the app for: one frozen value, filled by `tables.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.access import Visitor
from marketplace.accounts.approvals import ApprovalKind
from marketplace.accounts.work import Terms
from marketplace.core.box import BoxFolder, BoxPart
from marketplace.core.events import Handlers
from marketplace.core.health import Figure
from marketplace.core.jobs import JobKind

Sweep = Callable[[datetime], int]
MaySee = Callable[[Visitor, str], bool]


@dataclass(frozen=True)
class Wiring:
    """What `core` asks the app for: handlers by event, job kinds by name, sweeps with their period in seconds,
    invariants by name, the stores of a person, what happens at a sign-in, what work is asked near a limit, who draws a
    missing picture, which acts need two persons, who may see a private file by the first word of its subject
    (`complaint` of `complaint:17`), the parts of the black box, and figures for operators.
    """

    handlers: Handlers
    job_kinds: dict[str, JobKind]
    sweeps: dict[str, tuple[Sweep, int]]
    invariants: dict[str, Callable[[], Iterator[Any]]]
    stores_of: Callable[[int], Sequence[int]]
    on_sign_in: Callable[[str | None, int, datetime], None]
    work_terms: Callable[[datetime], Terms]
    draw_picture: Callable[[str], bool]
    approval_kinds: dict[str, ApprovalKind]
    fits: tuple[Callable[[Any], None], ...]
    may_see_evidence: dict[str, MaySee]
    shown_to_all: dict[str, Callable[[str], bool]]
    black_box_parts: tuple[BoxPart | BoxFolder, ...]
    figures: tuple[Callable[[datetime], Iterator[Figure]], ...]
