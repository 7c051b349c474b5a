"""Orders say where they go; rules say how urgent they are and what of them is unusual."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_rules",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_order_rules")),
    )
    op.add_column("sales_order", sa.Column("delivery_address", sa.Text(), nullable=True))
