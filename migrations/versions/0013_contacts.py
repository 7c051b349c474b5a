"""Calls with their outcome, what is agreed to do next, and what somebody put off."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _collection_case()
    _logged_call()
    _snooze()


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")


def _collection_case() -> None:
    op.create_table(
        "collection_case",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("last_contact_on", sa.Date(), nullable=True),
        sa.Column("last_contact_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_collection_case_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_collection_case_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", "company_id", name=op.f("pk_collection_case")),
    )
    op.create_index(op.f("ix_collection_case_next_on"), "collection_case", ["next_on"], unique=False)


def _logged_call() -> None:
    op.create_table(
        "logged_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('reached','not_reached','promised','disputes','paid_already')",
            name=op.f("ck_logged_call_outcome"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_logged_call_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_logged_call_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logged_call")),
    )
    op.create_index("ix_logged_call_customer", "logged_call", ["customer_id", "company_id"], unique=False)


def _snooze() -> None:
    op.create_table(
        "snooze",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_snooze_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_snooze_customer_id_customer")),
        sa.PrimaryKeyConstraint("owner", "customer_id", "company_id", name=op.f("pk_snooze")),
    )
