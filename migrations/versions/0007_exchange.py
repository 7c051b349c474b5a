"""Exchange rates, and payments converted at one.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("base <> quote", name=op.f("ck_exchange_rate_two_currencies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_rate")),
    )
    op.create_index("ix_exchange_rate_day", "exchange_rate", ["base", "quote", "on"], unique=False)
    op.add_column("payment", sa.Column("entry_currency", sa.Text(), nullable=True))
    op.add_column("payment", sa.Column("entry_amount", sa.BigInteger(), nullable=True))
    op.add_column("payment", sa.Column("exchanged", sa.BigInteger(), nullable=True))
    op.add_column("payment", sa.Column("rate_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
