"""The page of acts that need two persons, each worded as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts import queries
from marketplace.accounts.approvals import BLIND, ApprovalKind, pending
from marketplace.accounts.models import ApprovalState, Role
from marketplace.accounts.shown import Approval, Change
from marketplace.core.language import has_text, t
from marketplace.core.web import jdatetime, number

MOST_OVER = 20


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """One act: what, by whom, until when, and what this visitor may do about it."""

    id: int
    title: str
    subject: str
    digest: str
    changes: tuple[Change, ...]
    proposed_by: str
    proposed_at: datetime
    lapses_at: datetime
    state: str
    state_label: str
    decided_by: str
    decided_at: datetime | None
    reason: str
    may_decide: bool
    may_withdraw: bool
    path: str | None


@dataclass(frozen=True, slots=True)
class ApprovalsShown:
    """`waiting` wants this visitor's signature; `others` waits for somebody else; `over` ended lately."""

    waiting: tuple[ApprovalCard, ...]
    others: tuple[ApprovalCard, ...]
    over: tuple[ApprovalCard, ...]


def show_approvals(
    person_id: int, roles: frozenset[Role], kinds: Mapping[str, ApprovalKind], at: datetime
) -> ApprovalsShown:
    """What somebody with these roles sees; the auditor sees everything and decides nothing."""
    reads_all = Role.auditor in roles

    def is_seen(one: Approval) -> bool:
        kind = kinds.get(one.action)
        return reads_all or (kind is not None and bool(kind.roles & roles))

    open_cards = [
        _card(one, person_id, roles, kinds) for one in pending() if one.lapses_at > at and is_seen(one)
    ]
    over = [_card(one, person_id, roles, kinds) for one in queries.approvals_over(MOST_OVER) if is_seen(one)]
    return ApprovalsShown(
        tuple(c for c in open_cards if c.may_decide),
        tuple(c for c in open_cards if not c.may_decide),
        tuple(over),
    )


def changes_of(content: Mapping[str, Any]) -> list[Change]:
    """Any content as rows: `before` and `after` side by side where it has them, else each field as something new."""
    before, after = content.get("before"), content.get("after")
    rest = {k: v for k, v in content.items() if k not in ("before", "after", BLIND)}
    rows: list[Change] = []
    if isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        rows += [
            Change(_label(name), _word(old[name]) if name in old else None, _word(value))
            for name, value in after.items()
            if name not in old or old[name] != value
        ]
    elif after is not None:
        rows.append(Change(_label("value"), None if before is None else _word(before), _word(after)))
    return rows + [Change(_label(name), None, _word(value)) for name, value in rest.items()]


def _card(
    one: Approval, person_id: int, roles: frozenset[Role], kinds: Mapping[str, ApprovalKind]
) -> ApprovalCard:
    kind = kinds.get(one.action)
    is_open = one.state is ApprovalState.proposed
    is_own = one.proposed_by_id == person_id
    describe = (kind.describe if kind else None) or changes_of
    path = kind.path.format(subject=one.subject.partition(":")[2]) if kind and kind.path else None
    return ApprovalCard(
        id=one.id,
        title=t(f"approval.action.{one.action}")
        if has_text(f"approval.action.{one.action}", "fa")
        else one.action,
        subject=one.subject,
        digest=one.digest,
        changes=tuple(describe(one.content)),
        proposed_by=one.proposed_by,
        proposed_at=one.proposed_at,
        lapses_at=one.lapses_at,
        state=one.state.value,
        state_label=t(f"state.approval_state.{one.state.value}"),
        decided_by=one.decided_by,
        decided_at=one.decided_at,
        reason=one.reason,
        may_decide=is_open and not is_own and kind is not None and bool(kind.roles & roles),
        may_withdraw=is_open and is_own,
        path=path,
    )


def _label(name: str) -> str:
    key = f"approval.field.{name}"
    return t(key) if has_text(key, "fa") else name


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return t("approval.yes" if value else "approval.no")
    if isinstance(value, int):
        return number(value)
    if isinstance(value, Mapping):
        return t("ui.comma").join(f" {_label(k)}: {_word(v)}" for k, v in value.items()).strip()
    if isinstance(value, list):
        return f"{t('ui.comma')} ".join(_word(v) for v in value)
    if value is None:
        return "—"
    return _moment(str(value)) or str(value)


def _moment(value: str) -> str | None:
    """A moment in ISO form as a date and a time; None for any other words."""
    try:
        moment = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        return None
    return jdatetime(moment) if moment is not None and moment.tzinfo is not None else None
