"""What people want to hear; why a message did not go.

Revision: 0008, after: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import marketplace.core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages") as batch:
        batch.add_column(sa.Column("last_error", sa.Text(), nullable=True))
    op.create_table(
        "message_preferences",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "sms", "mail", "app", name="channel", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "page", "link", "sms", name="source", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("changed_at", marketplace.core.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_message_preferences_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_preferences")),
        sa.UniqueConstraint(
            "person_id", "kind", "channel", name=op.f("uq_message_preferences_person_id_kind_channel")
        ),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("message_preferences")
    with op.batch_alter_table("messages") as batch:
        batch.drop_column("last_error")
