"""The first schema: every table, and the triggers that keep ledger and audit log append-only."""

from alembic import op

import migrations.tables  # noqa: F401 - every table known
from runtime.schema import Base

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("posting", "decision", "allocation", "interest_claim")
"""Tables whose rows never change and never go (I8). The audit log has a rule of its own: payloads may be erased."""


def upgrade() -> None:
    connection = op.get_bind()
    Base.metadata.create_all(connection)
    op.execute(f"INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")
    if connection.dialect.name == "sqlite":
        _protect_sqlite()
    else:
        _protect_postgresql()


def downgrade() -> None:
    raise NotImplementedError("The first schema is not taken back; restore a backup instead.")


def _protect_sqlite() -> None:
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE OF seq, at, actor, request_id, action, subject, reason, "
        "payload_hash, previous_hash, key_name, hash ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END"
    )


def _protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE OF seq, at, actor, request_id, action, subject, reason, "
        "payload_hash, previous_hash, key_name, hash ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
