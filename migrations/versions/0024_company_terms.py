"""A company has payment terms of its own, for invoices that name no due date."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("company", sa.Column("payment_terms_days", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
