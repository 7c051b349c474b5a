"""A batch booked as one movement may be itemised by another file.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bank_entry", sa.Column("itemised_on", sa.Date(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
