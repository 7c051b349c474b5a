"""The account on letters changes by four eyes; what is known of a company has a version."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("company", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    op.create_table(
        "letter_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("approved_hash", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("valid_from", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','approved','rejected','withdrawn','replaced')", name=op.f("ck_letter_account_state")
        ),
        sa.CheckConstraint("maker LIKE 'user:%'", name=op.f("ck_letter_account_maker_is_a_person")),
        sa.CheckConstraint(
            "state NOT IN ('approved','replaced') OR "
            "(approver IS NOT NULL AND approved_hash = proposed_hash AND valid_from IS NOT NULL)",
            name=op.f("ck_letter_account_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "approver IS NULL OR (approver LIKE 'user:%' AND lower(approver) <> lower(maker))",
            name=op.f("ck_letter_account_approver_is_another_person"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_letter_account_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_account")),
    )
    op.create_index(op.f("ix_letter_account_company_id"), "letter_account", ["company_id"])
    op.create_index(
        "uq_letter_account_open",
        "letter_account",
        ["company_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")
