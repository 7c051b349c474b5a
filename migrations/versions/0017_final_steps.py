"""What comes after the last level: handed over to an agency or a court, or written off by four eyes."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SOURCES = "source IN ('dispute','promise','plan','hold','suspected_payment','legal','final_step')"


def upgrade() -> None:
    _final_step()
    _final_step_item()
    with op.batch_alter_table("pause") as table:
        table.drop_constraint(op.f("ck_pause_source"), type_="check")
        table.create_check_constraint(op.f("ck_pause_source"), SOURCES)


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")


def _final_step() -> None:
    op.create_table(
        "final_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('agency','court','write_off')", name=op.f("ck_final_step_kind")),
        sa.CheckConstraint(
            "state IN ('proposed','asked','handed_over','written_off','taken_back','dropped')",
            name=op.f("ck_final_step_state"),
        ),
        sa.CheckConstraint(
            "(state = 'written_off') = (approved_by IS NOT NULL)", name=op.f("ck_final_step_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR (kind = 'write_off' AND asked_by IS NOT NULL AND approved_by LIKE 'user:%' "
            "AND asked_by LIKE 'user:%' AND lower(approved_by) <> lower(asked_by))",
            name=op.f("ck_final_step_four_eyes"),
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_final_step_customer_id_customer")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_final_step_company_id_company")),
        sa.ForeignKeyConstraint(["run_id"], ["dunning_run.id"], name=op.f("fk_final_step_run_id_dunning_run")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_final_step_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_final_step")),
        sa.UniqueConstraint("number", name=op.f("uq_final_step_number")),
    )
    op.create_index(op.f("ix_final_step_customer_id"), "final_step", ["customer_id"], unique=False)
    op.create_index(op.f("ix_final_step_state"), "final_step", ["state"], unique=False)


def _final_step_item() -> None:
    op.create_table(
        "final_step_item",
        sa.Column("final_step_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["final_step_id"], ["final_step.id"], name=op.f("fk_final_step_item_final_step_id_final_step")
        ),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_item.id"], name=op.f("fk_final_step_item_open_item_id_open_item")
        ),
        sa.PrimaryKeyConstraint("final_step_id", "open_item_id", name=op.f("pk_final_step_item")),
    )
    op.create_index(
        "uq_final_step_item_once",
        "final_step_item",
        ["open_item_id"],
        unique=True,
        sqlite_where=sa.text("is_released = 0"),
        postgresql_where=sa.text("NOT is_released"),
    )
