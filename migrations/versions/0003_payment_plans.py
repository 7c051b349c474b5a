"""Terms of agreements, and payment plans with their items and instalments."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _agreement_terms()
    _payment_plan()
    _plan_item()
    _plan_instalment()


def downgrade() -> None:
    raise NotImplementedError("There is no way down; restore a backup instead.")


def _agreement_terms() -> None:
    op.create_table(
        "agreement_terms",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_agreement_terms")),
    )


def _payment_plan() -> None:
    op.create_table(
        "payment_plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revive", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("missed_on", sa.Date(), nullable=True),
        sa.Column("defaulted_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed','active','kept','defaulted','cancelled')", name=op.f("ck_payment_plan_state")
        ),
        sa.CheckConstraint("revive IN ('balance','instalment')", name=op.f("ck_payment_plan_revive")),
        sa.CheckConstraint("interest IN ('runs','suspended')", name=op.f("ck_payment_plan_interest")),
        sa.CheckConstraint("total > 0", name=op.f("ck_payment_plan_positive")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_payment_plan_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_plan_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["terms_version"],
            ["agreement_terms.version"],
            name=op.f("fk_payment_plan_terms_version_agreement_terms"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_plan_number")),
    )
    op.create_index(op.f("ix_payment_plan_customer_id"), "payment_plan", ["customer_id"], unique=False)
    op.create_index(op.f("ix_payment_plan_state"), "payment_plan", ["state"], unique=False)


def _plan_item() -> None:
    op.create_table(
        "plan_item",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_running", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_item_positive")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_plan_item_open_item_id_open_item")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plan.id"], name=op.f("fk_plan_item_plan_id_payment_plan")),
        sa.PrimaryKeyConstraint("plan_id", "open_item_id", name=op.f("pk_plan_item")),
    )
    op.create_index(op.f("ix_plan_item_open_item_id"), "plan_item", ["open_item_id"], unique=False)
    op.create_index(
        "uq_plan_item_running",
        "plan_item",
        ["open_item_id"],
        unique=True,
        sqlite_where=sa.text("is_running = 1"),
        postgresql_where=sa.text("is_running"),
    )


def _plan_instalment() -> None:
    op.create_table(
        "plan_instalment",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_plan_instalment_positive")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plan.id"], name=op.f("fk_plan_instalment_plan_id_payment_plan")),
        sa.PrimaryKeyConstraint("plan_id", "position", name=op.f("pk_plan_instalment")),
    )
    op.create_index(op.f("ix_plan_instalment_due_on"), "plan_instalment", ["due_on"], unique=False)
