"""Customers can be merged and taken apart again."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _name_the_survivor()
    _customer_merge()
    _customer_merge_step()
    _customer_no_duplicate()


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")


def _name_the_survivor() -> None:
    op.add_column("customer", sa.Column("merged_into_id", sa.Uuid(), nullable=True))
    where = sa.text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_customer_merged_into_id", "customer", ["merged_into_id"], sqlite_where=where, postgresql_where=where
    )


def _customer_merge() -> None:
    op.create_table(
        "customer_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("survivor_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("survivor_id <> merged_id", name=op.f("ck_customer_merge_two_customers")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_customer_merge_undone_by_somebody")
        ),
        sa.ForeignKeyConstraint(["survivor_id"], ["customer.id"], name=op.f("fk_customer_merge_survivor_id_customer")),
        sa.ForeignKeyConstraint(["merged_id"], ["customer.id"], name=op.f("fk_customer_merge_merged_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_merge")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_merge_number")),
    )
    op.create_index(op.f("ix_customer_merge_survivor_id"), "customer_merge", ["survivor_id"])
    op.create_index(op.f("ix_customer_merge_merged_id"), "customer_merge", ["merged_id"])
    where = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_customer_merge_standing",
        "customer_merge",
        ["merged_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def _customer_merge_step() -> None:
    op.create_table(
        "customer_merge_step",
        sa.Column("merge_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("of_table", sa.Text(), nullable=False),
        sa.Column("of_column", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=True),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('moved','set_aside')", name=op.f("ck_customer_merge_step_kind")),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["customer_merge.id"], name=op.f("fk_customer_merge_step_merge_id_customer_merge")
        ),
        sa.PrimaryKeyConstraint("merge_id", "position", name=op.f("pk_customer_merge_step")),
    )
    op.create_index(
        "ix_customer_merge_step_row", "customer_merge_step", ["merge_id", "of_table", "of_column", "row_id"]
    )


def _customer_no_duplicate() -> None:
    op.create_table(
        "customer_no_duplicate",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_customer_no_duplicate_in_order")),
        sa.ForeignKeyConstraint(["first_id"], ["customer.id"], name=op.f("fk_customer_no_duplicate_first_id_customer")),
        sa.ForeignKeyConstraint(
            ["second_id"], ["customer.id"], name=op.f("fk_customer_no_duplicate_second_id_customer")
        ),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_customer_no_duplicate")),
    )
    op.create_index(op.f("ix_customer_no_duplicate_second_id"), "customer_no_duplicate", ["second_id"])
