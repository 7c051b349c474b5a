"""What went with a letter: its statement of account and copies of invoices."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_enclosure",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_enclosure_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_notice_enclosure_document_id_document")
        ),
        sa.PrimaryKeyConstraint("notice_id", "position", name=op.f("pk_notice_enclosure")),
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
