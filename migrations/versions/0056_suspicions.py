"""Suspicions of abuse with their facts and words; a claim may stop for one.

Revision: 0056, after: 0055
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

SIGNALS = (
    *("entry_farming", "refund_loop", "self_dealing"),
    *("linked_accounts", "claim_abuse", "review_ring"),
)
VERDICTS = (
    *("unfounded", "warning", "entries_voided", "claims_refused"),
    *("reviews_hidden", "account_suspended", "store_suspended"),
)
OPEN = sa.text("state <> 'decided'")
STOPS = ("chargeback", "repaid")


def upgrade() -> None:
    _suspicions()
    op.create_table(
        "suspicion_facts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("suspicion_id", sa.BigInteger(), nullable=False),
        sa.Column("signal", _one_of("signal", *SIGNALS), nullable=False),
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("what", sa.JSON(), nullable=False),
        sa.Column("inside", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suspicion_id"], ["suspicions.id"], name=op.f("fk_suspicion_facts_suspicion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion_facts")),
        sa.UniqueConstraint("signal", "of", "key", name=op.f("uq_suspicion_facts_signal_of_key")),
        sqlite_strict=True,
    )
    op.create_index("ix_suspicion_facts_suspicion_id", "suspicion_facts", ["suspicion_id", "at"])
    op.create_table(
        "suspicion_words",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("suspicion_id", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["suspicion_id"], ["suspicions.id"], name=op.f("fk_suspicion_words_suspicion_id")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["people.id"], name=op.f("fk_suspicion_words_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicion_words")),
        sqlite_strict=True,
    )
    op.create_index("ix_suspicion_words_suspicion_id", "suspicion_words", ["suspicion_id", "id"])
    _stops(STOPS, (*STOPS, "abuse"))


def downgrade() -> None:
    """Fails while a claim is stopped for abuse."""
    _ensure_none_stopped()
    _stops((*STOPS, "abuse"), STOPS)
    op.drop_table("suspicion_words")
    op.drop_table("suspicion_facts")
    op.drop_table("suspicions")


def _ensure_none_stopped() -> None:
    """SQLite does not look at what is there when a CHECK is changed."""
    claims = sa.table("claims", sa.column("stop", sa.Text()))
    stopped = sa.select(sa.func.count()).select_from(claims).where(claims.c.stop == "abuse")
    if op.get_bind().execute(stopped).scalar():
        raise RuntimeError("a claim is stopped for abuse")


def _one_of(name: str, *values: str) -> Any:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _suspicions() -> None:
    moments = (
        *("asked_at", "answer_due_at", "answered_at", "hold_at", "hold_until_at"),
        *("hold_ended_at", "decided_at", "forgotten_at"),
    )
    op.create_table(
        "suspicions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("signal", _one_of("signal", *SIGNALS), nullable=False),
        sa.Column("subject", _one_of("subject", "person", "store"), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("store_id", sa.BigInteger(), nullable=True),
        sa.Column("state", _one_of("state", "found", "hearing", "heard", "decided"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("verdict", _one_of("verdict", *VERDICTS), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("second_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        *(sa.CheckConstraint(said, name=op.f(f"ck_suspicions_{name}")) for name, said in CHECKS.items()),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_suspicions_{column}"))
            for column, table in (
                ("person_id", "people"),
                ("store_id", "stores"),
                ("decided_by_id", "people"),
                ("second_id", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspicions")),
        sa.UniqueConstraint("number", name=op.f("uq_suspicions_number")),
        sqlite_strict=True,
    )
    for kind in ("person", "store"):
        op.create_index(
            f"uq_suspicions_{kind}",
            "suspicions",
            ["signal", f"{kind}_id"],
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        op.create_index(f"ix_suspicions_{kind}_id", "suspicions", [f"{kind}_id", "id"])
    op.create_index("ix_suspicions_state", "suspicions", ["state", "found_at", "id"])


CHECKS = {
    "one_subject": "(person_id IS NULL) <> (store_id IS NULL)",
    "subject_kind": "(subject = 'store') = (store_id IS NOT NULL)",
    "decided_with_verdict": "(state = 'decided') = (verdict IS NOT NULL)",
    "decided_at": "(verdict IS NULL) = (decided_at IS NULL)",
    "decided_with_reason": "(verdict IS NULL) = (reason = '')",
    "asked_with_deadline": "(asked_at IS NULL) = (answer_due_at IS NULL)",
    "hearing_asked": "state NOT IN ('hearing', 'heard') OR asked_at IS NOT NULL",
    "heard_before_verdict": "verdict IS NULL OR verdict = 'unfounded' OR asked_at IS NOT NULL",
    "second_person": "second_id IS NULL OR second_id <> decided_by_id",
    "held_with_reason": "(hold_at IS NULL) = (hold_reason IS NULL)",
    "held_when_asked": "hold_at IS NULL OR asked_at IS NOT NULL",
}


def _stops(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Another list of words for why a claim stopped. On SQLite the stored statement is changed, as its manual shows:
    a table made anew would read differently to the migrations before."""
    name, bind = "ck_claims_stop", op.get_bind()
    old, new = ("stop IN ({})".format(", ".join(f"'{word}'" for word in words)) for words in (before, after))
    if bind.dialect.name != "sqlite":
        op.drop_constraint(op.f(name), "claims", type_="check")
        op.create_check_constraint(op.f(name), "claims", new)
        return
    where = "WHERE type = 'table' AND name = 'claims'"
    sql = str(bind.exec_driver_sql(f"SELECT sql FROM sqlite_master {where}").scalar())
    told = sql.replace(f"CONSTRAINT {name} CHECK ({old})", f"CONSTRAINT {name} CHECK ({new})")
    if told == sql:
        raise RuntimeError(f"claims has no {name}")
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.exec_driver_sql(f"UPDATE sqlite_master SET sql = ? {where}", (told,))
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
