"""The day a hold is looked at again."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hold_review",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold_review")),
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
