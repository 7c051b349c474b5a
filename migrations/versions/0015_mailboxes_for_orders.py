"""Orders arrive in mailboxes: every mail is written down once, with what became of it."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_waiting", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.CheckConstraint("import_id IS NOT NULL OR reason <> ''", name=op.f("ck_order_message_unread_has_reason")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_order_message_company_id_company")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_order_message_document_id_document")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_order_message_import_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_message")),
        sa.UniqueConstraint("company_id", "fingerprint", name=op.f("uq_order_message_company_id_fingerprint")),
    )
    op.create_index(op.f("ix_order_message_import_id"), "order_message", ["import_id"])
