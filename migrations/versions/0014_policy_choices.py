"""Which policy was chosen for an invoice, a customer, a segment or a company, and where a decision's came from."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "policy_choice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("scope IN ('invoice','customer','segment','company')", name=op.f("ck_policy_choice_scope")),
        sa.CheckConstraint(
            "(scope = 'invoice') = (invoice_id IS NOT NULL AND policy_id IS NOT NULL)",
            name=op.f("ck_policy_choice_invoice_has_its_version"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_policy_choice_invoice_id_invoice")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_policy_choice_policy_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_choice")),
    )
    op.create_index(
        "uq_policy_choice_standing",
        "policy_choice",
        ["scope", "subject"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("decision", sa.Column("policy_from", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
