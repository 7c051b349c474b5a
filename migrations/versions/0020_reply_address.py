"""Where answers to a company's letters go, when that is not the address they come from."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("company", sa.Column("reply_to", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
