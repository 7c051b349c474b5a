"""A part of a payment can be taken back: several returns name one payment, which keeps what was returned of it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RETURNED_ONCE = "returned >= 0 AND returned <= placed"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:  # a column may bring its rule along, so the table need not be made again
        op.execute(
            "ALTER TABLE bank_entry ADD COLUMN returned BIGINT DEFAULT '0' NOT NULL "
            f"CONSTRAINT ck_bank_entry_returned_once CHECK ({RETURNED_ONCE})"
        )
    else:
        op.add_column("bank_entry", sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False))
        op.create_check_constraint(op.f("ck_bank_entry_returned_once"), "bank_entry", RETURNED_ONCE)
    is_return = sa.text("returns_id IS NOT NULL")
    op.drop_index("ix_bank_entry_returns_id", "bank_entry")
    op.create_index(
        "ix_bank_entry_returns_id", "bank_entry", ["returns_id"], sqlite_where=is_return, postgresql_where=is_return
    )


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")
