"""Bounces and answers come in."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incoming_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("failed_address", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("invoices", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('bounce','automatic','reply')", name=op.f("ck_incoming_mail_kind")),
        sa.CheckConstraint("meaning IN ('promise','dispute','paid')", name=op.f("ck_incoming_mail_meaning")),
        sa.CheckConstraint("state IN ('waiting','done','accepted','dismissed')", name=op.f("ck_incoming_mail_state")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_incoming_mail_customer_id_customer")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_incoming_mail_document_id_document")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_incoming_mail_notice_id_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_mail")),
        sa.UniqueConstraint("number", name=op.f("uq_incoming_mail_number")),
        sa.UniqueConstraint("sha256", name=op.f("uq_incoming_mail_sha256")),
    )
    for column in ("customer_id", "notice_id"):
        op.create_index(op.f(f"ix_incoming_mail_{column}"), "incoming_mail", [column], unique=False)
    op.create_index("ix_incoming_mail_state", "incoming_mail", ["state"], unique=False)
    op.create_table(
        "dead_address",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["incoming_mail.id"], name=op.f("fk_dead_address_mail_id_incoming_mail")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_dead_address")),
    )


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")
