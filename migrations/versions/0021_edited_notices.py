"""What was changed of a proposed notice: its recipient, the level it speaks as, and how often."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notice", sa.Column("written_as", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("to_name", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("to_email", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("to_language", sa.Text(), nullable=True))
    op.add_column("notice", sa.Column("edits", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
