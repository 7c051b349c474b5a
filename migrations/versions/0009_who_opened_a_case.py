"""Who opened a dispute, and by which door it came."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispute_origin",
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "door IN ('desk','erp','crm','portal','mail','payment','comparison')", name=op.f("ck_dispute_origin_door")
        ),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_origin_dispute_id_dispute")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_dispute_origin")),
    )


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")
