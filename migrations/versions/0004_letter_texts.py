"""The house writes its own letters, version by version."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "letter_text",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("salutation", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("closing", sa.Text(), nullable=False),
        sa.Column("farewell", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_letter_text_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_text")),
        sa.UniqueConstraint("level", "language", "version", name=op.f("uq_letter_text_level_language_version")),
    )
    op.create_table(
        "notice_wording",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_wording_notice_id_notice")),
        sa.PrimaryKeyConstraint("notice_id", name=op.f("pk_notice_wording")),
    )
    _protect()


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")


def _protect() -> None:
    """What was in force once stays as it was written."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER letter_text_no_{verb.lower()} BEFORE {verb} ON letter_text "
                "BEGIN SELECT RAISE(ABORT, 'letter_text is append-only'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER letter_text_append_only BEFORE UPDATE OR DELETE ON letter_text "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
