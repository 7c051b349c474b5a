"""Orders: every kind of event and the channel it came by, mails to the customer and the link that confirms, documents
that wait to be typed in, and the words documents are found by."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KINDS = (
    "kind IN ('received','captured','validated','corrected','confirmed','changed','cancelled','released',"
    "'delivered','invoiced','disputed','closed')"
)


def upgrade() -> None:
    _order_confirmation()
    _order_mail()
    _order_mail_switch()
    _order_capture()
    _document_text()
    if op.get_bind().dialect.name == "sqlite":
        _order_event_anew()
        return
    op.add_column("order_event", sa.Column("channel", sa.Text(), nullable=False, server_default=""))
    op.alter_column("order_event", "channel", server_default=None)
    op.drop_constraint(op.f("ck_order_event_kind"), "order_event", type_="check")
    op.create_check_constraint(op.f("ck_order_event_kind"), "order_event", KINDS)


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")


def _order_event_anew() -> None:
    """SQLite cannot change a rule of a table: it is made again, and its rows are taken over. No table names it."""
    columns = 'id, order_id, kind, "at", cause, line, author, note, told_at'
    op.rename_table("order_event", "order_event_before")
    _order_event()
    op.execute(f"INSERT INTO order_event ({columns}, channel) SELECT {columns}, '' FROM order_event_before")
    op.drop_table("order_event_before")


def _order_confirmation() -> None:
    op.create_table(
        "order_confirmation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("answer IN ('confirmed','declined')", name=op.f("ck_order_confirmation_answer")),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_order_confirmation_answered_has_time")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_confirmation_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_confirmation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_order_confirmation_token_hash")),
    )
    op.create_index(op.f("ix_order_confirmation_order_id"), "order_confirmation", ["order_id"], unique=False)


def _order_mail() -> None:
    op.create_table(
        "order_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ask','received','confirmed','changed','cancelled','delivered')",
            name=op.f("ck_order_mail_state"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_mail_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_mail")),
    )
    op.create_index(op.f("ix_order_mail_order_id"), "order_mail", ["order_id"], unique=False)


def _order_mail_switch() -> None:
    op.create_table(
        "order_mail_switch",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_order_mail_switch")),
    )


def _order_capture() -> None:
    op.create_table(
        "order_capture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'captured') = (order_id IS NOT NULL)", name=op.f("ck_order_capture_captured_has_order")
        ),
        sa.CheckConstraint("channel IN ('fax','email','paper','manual')", name=op.f("ck_order_capture_channel")),
        sa.CheckConstraint("state IN ('waiting','captured','set_aside')", name=op.f("ck_order_capture_state")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_order_capture_document_id_document")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_capture_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_capture")),
        sa.UniqueConstraint("document_id", name=op.f("uq_order_capture_document_id")),
    )


def _document_text() -> None:
    op.create_table(
        "document_text",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_text_document_id_document")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_text")),
    )


def _order_event() -> None:
    op.create_table(
        "order_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'corrected') = (cause <> '')", name=op.f("ck_order_event_correction_has_cause")),
        sa.CheckConstraint(KINDS, name=op.f("ck_order_event_kind")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_event_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
        sa.UniqueConstraint("order_id", "kind", "at", "line", name=op.f("uq_order_event_order_id_kind_at_line")),
    )
