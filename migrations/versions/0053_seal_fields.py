"""National ids and Shebas that stand in clear are sealed, what was derived from them becomes a mark.

Backfill. Safe to stop and begin again: what is sealed is not met a second time. Needs the keys of the settings, in both
directions.

Revision: 0053, after: 0052
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from alembic import op

from marketplace.core.sealing import blind, blinds, is_sealed, open_sealed, seal

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

FIELDS = (
    ("people", "national_id", "national_id"),
    ("store_holders", "national_id", "national_id"),
    ("store_holders", "sheba", "sheba"),
    ("application_forms", "national_id", "national_id"),
    ("application_forms", "sheba", "sheba"),
    ("payout_accounts", "sheba", "sheba"),
    ("shopper_transfers", "sheba", "sheba"),
    ("gateway_payees", "sheba", "sheba"),
    ("payouts", "sheba", "sheba"),
    ("refund_transfers", "sheba", "sheba"),
    ("claims", "sheba", "sheba"),
    ("claim_payments", "sheba", "sheba"),
)
IN_RINGS = ("refund_transfers", "shopper_transfers", "payout_accounts", "store_holders")
PRIVATE = ("sheba", "blind")
SHEBA = re.compile(r"(\d+:)?(IR\d{24})")
MARKED = re.compile(r"(\d+:)?([0-9a-f]{8}\.[0-9a-f]{32} IR.*)")
MARK = re.compile(r"[0-9a-f]{8}\.[0-9a-f]{32}")
BATCH = 1000


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")
    _each("gateway_payees", "sheba", _mark_payee, "sheba_mark")
    for table, column, kind in FIELDS:
        _each(table, column, lambda value, kind=kind: None if is_sealed(value) else seal(value, kind))
    _each("application_matches", "fingerprint", lambda f: None if MARK.fullmatch(f) else blind(f, "match"))
    _each("entry_rings", "trait", _marked_trait)
    _contents(lambda value: value if is_sealed(value) else seal(value, "content"))


def downgrade() -> None:
    _unmark_rings()
    _unmark_matches()
    for table, column, kind in FIELDS:
        _each(table, column, lambda value, kind=kind: open_sealed(value, kind) if is_sealed(value) else None)
    _contents(lambda value: open_sealed(value, "content") if is_sealed(value) else value)


def _each(table: str, column: str, changed: Callable[[str], str | None], into: str | None = None) -> None:
    """Changes every value of a column; what `changed` gives nothing for stays."""
    rows = sa.table(table, sa.column("id", sa.BigInteger()), sa.column(column), sa.column(into or column))
    bind, last = op.get_bind(), 0
    while True:
        found = bind.execute(
            sa.select(rows.c.id, rows.c[column])
            .where(rows.c.id > last, rows.c[column].is_not(None))
            .order_by(rows.c.id)
            .limit(BATCH)
        ).all()
        if not found:
            return
        last = found[-1][0]
        for row_id, value in found:
            told = changed(value)
            if told is not None:
                bind.execute(sa.update(rows).where(rows.c.id == row_id).values({into or column: told}))


def _mark_payee(sheba: str) -> str:
    return blind(open_sealed(sheba, "sheba") if is_sealed(sheba) else sheba, "sheba")


def _marked_trait(trait: str) -> str | None:
    found = SHEBA.fullmatch(trait)
    return f"{found[1] or ''}{_trait(found[2])}" if found else None


def _trait(sheba: str) -> str:
    return f"{blind(sheba, 'sheba')} {_ends(sheba)}"


def _ends(sheba: str) -> str:
    return f"{sheba[:4]} •••• {sheba[-4:]}"


def _contents(changed: Callable[[str], str]) -> None:
    """Changes the private fields of what two persons sign."""
    rows = sa.table("approvals", sa.column("id", sa.BigInteger()), sa.column("content", sa.JSON()))
    bind = op.get_bind()
    for row_id, content in bind.execute(sa.select(rows.c.id, rows.c.content)).all():
        told = {k: changed(v) if k in PRIVATE and isinstance(v, str) else v for k, v in content.items()}
        if told != content:
            bind.execute(sa.update(rows).where(rows.c.id == row_id).values(content=told))


def _unmark_rings() -> None:
    known: dict[str, str] = {}
    bind = op.get_bind()
    for table in IN_RINGS:
        for (value,) in bind.execute(sa.select(sa.column("sheba")).select_from(sa.table(table))):
            if value:
                sheba = open_sealed(value, "sheba") if is_sealed(value) else value
                known |= {f"{mark} {_ends(sheba)}": sheba for mark in blinds(sheba, "sheba")}

    def clear(trait: str) -> str | None:
        found = MARKED.fullmatch(trait)
        return f"{found[1] or ''}{known[found[2]]}" if found and found[2] in known else None

    _each("entry_rings", "trait", clear)


def _unmark_matches() -> None:
    """Questions that a form still asks get back what they were known by; nothing looks for the others."""
    columns = ("application_id", "legal_form", "national_id", "legal_id", "mobile", "sheba", "sheba_owner")
    forms = sa.table("application_forms", *(sa.column(name) for name in columns))
    known: dict[str, str] = {}
    for form in op.get_bind().execute(sa.select(forms)):
        for told in _asked(form):
            known |= dict.fromkeys(blinds(told, "match"), told)
    _each("application_matches", "fingerprint", known.get)


def _asked(form: Any) -> tuple[str, str]:
    national_id, sheba = (
        open_sealed(value, kind) if value and is_sealed(value) else value or ""
        for kind, value in (("national_id", form.national_id), ("sheba", form.sheba))
    )
    holder = (form.legal_id if form.legal_form == "legal" else national_id) or ""
    asked = (
        ("identity", form.mobile or "", national_id),
        ("account", sheba, form.sheba_owner or "", holder),
    )
    first, second = (sha256("\x1f".join(words).encode()).hexdigest()[:32] for words in asked)
    return first, second
