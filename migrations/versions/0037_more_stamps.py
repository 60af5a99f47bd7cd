"""Stamps for what the fund's book, the figures, the draws, the inspections and the audit digests show.

Revision: 0037, after: 0036
"""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

TABLES = (
    "audit_digests", "awards", "claim_decisions", "claims", "clearance_history", "corrective_actions", "draw_signers",
    "draw_skips", "draw_stages", "draw_witnesses", "figure_marks", "figures", "fund_coverage_steps", "fund_days",
    "fund_lines", "fund_months", "guideline_acknowledgements", "sponsor_gifts", "visit_answers", "visits",
)  # fmt: skip
EVENTS = ("INSERT", "UPDATE", "DELETE")


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        if not is_sqlite:
            op.execute(
                f"CREATE TRIGGER stamp_{table} AFTER {' OR '.join(EVENTS)} OR TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION bump_stamp('{table}')"
            )
            continue
        for event in EVENTS:
            op.execute(
                f"CREATE TRIGGER stamp_{table}_{event.lower()} AFTER {event} ON {table} BEGIN "
                f"INSERT INTO stamps (topic, n) VALUES ('{table}', 1) ON CONFLICT (topic) DO UPDATE SET n = n + 1; END"
            )


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in TABLES:
        if not is_sqlite:
            op.execute(f"DROP TRIGGER stamp_{table} ON {table}")
            continue
        for event in EVENTS:
            op.execute(f"DROP TRIGGER stamp_{table}_{event.lower()}")
