"""The nightly snapshot keeps which collection cases were under way, so that their number opens them later."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kpi_case",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column("oldest", sa.Date(), nullable=False),
        sa.Column("paused", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_kpi_case_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_kpi_case_customer_id_customer")),
        sa.PrimaryKeyConstraint("on", "company_id", "customer_id", name=op.f("pk_kpi_case")),
    )
