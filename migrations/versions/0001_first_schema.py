"""The first schema: every table, and the triggers that keep ledger and audit log append-only."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("posting", "decision", "allocation", "interest_claim")
"""Tables whose rows never change and never go (I8). The audit log has a rule of its own: payloads may be erased."""


def upgrade() -> None:
    connection = op.get_bind()
    for create in TABLES:
        create()
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


def _api_key() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("name", name=op.f("uq_api_key_name")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )


def _app_user() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("payload_hash", sa.Text(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("key_name", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject"), "audit_entry", ["subject"], unique=False)


def _audit_head() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )


def _bank_profile() -> None:
    op.create_table(
        "bank_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_profile")),
        sa.UniqueConstraint("name", name=op.f("uq_bank_profile_name")),
    )


def _company() -> None:
    op.create_table(
        "company",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("signatory", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("code", name=op.f("uq_company_code")),
    )


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )


def _customer() -> None:
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("postal_code", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=False),
        sa.Column("payment_terms_days", sa.BigInteger(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("debtor_type", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=True),
        sa.Column("source_updated_at", UtcDateTime(), nullable=True),
        sa.Column("is_insolvent", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("debtor_type IN ('business','consumer','public')", name=op.f("ck_customer_debtor_type")),
        sa.ForeignKeyConstraint(["parent_id"], ["customer.id"], name=op.f("fk_customer_parent_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customer_external_id")),
    )
    op.create_index(op.f("ix_customer_iban"), "customer", ["iban"], unique=False)
    op.create_index(op.f("ix_customer_name"), "customer", ["name"], unique=False)
    op.create_index(op.f("ix_customer_vat_id"), "customer", ["vat_id"], unique=False)


def _dispute_reason() -> None:
    op.create_table(
        "dispute_reason",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_dispute_reason")),
    )


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_sha256"), "document", ["sha256"], unique=False)
    op.create_index(op.f("ix_document_subject"), "document", ["subject"], unique=False)


def _dunning_run() -> None:
    op.create_table(
        "dunning_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("notices", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("state IN ('planned','approved')", name=op.f("ck_dunning_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dunning_run")),
        sa.UniqueConstraint("number", name=op.f("uq_dunning_run_number")),
        sa.UniqueConstraint("scope", "on", name=op.f("uq_dunning_run_scope_on")),
    )


def _idempotent_call() -> None:
    op.create_table(
        "idempotent_call",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("state IN ('in_flight','done')", name=op.f("ck_idempotent_call_state")),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotent_call")),
    )


def _interest_table() -> None:
    op.create_table(
        "interest_table",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_table")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_interest_table_name_version")),
    )


def _job_run() -> None:
    op.create_table(
        "job_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('running','done','failed')", name=op.f("ck_job_run_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "business_on", name=op.f("uq_job_run_job_business_on")),
    )


def _kpi_snapshot() -> None:
    op.create_table(
        "kpi_snapshot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("numerator", sa.Text(), nullable=False),
        sa.Column("denominator", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kpi_snapshot")),
        sa.UniqueConstraint("on", "indicator", name=op.f("uq_kpi_snapshot_on_indicator")),
    )


def _lease() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )


def _login_attempt() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    op.create_index(op.f("ix_login_attempt_account"), "login_attempt", ["account"], unique=False)
    op.create_index(op.f("ix_login_attempt_address"), "login_attempt", ["address"], unique=False)


def _outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("lock_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("gated_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('queued','claimed','sending','sent','deferred','refused','unknown','cancelled')",
            name=op.f("ck_outgoing_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_outgoing_kind_subject_id")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outgoing_message_id")),
    )
    op.create_index("ix_outgoing_due", "outgoing", ["state", "not_before"], unique=False)


def _policy_version() -> None:
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_policy_version_name_version")),
    )


def _saved_view() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner", "screen", "name", name=op.f("uq_saved_view_owner_screen_name")),
    )


def _switch() -> None:
    op.create_table(
        "switch",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_switch")),
    )


def _bank_account() -> None:
    op.create_table(
        "bank_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_bank_account_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("identifier", "currency", name=op.f("uq_bank_account_identifier_currency")),
    )


def _cash_tolerance() -> None:
    op.create_table(
        "cash_tolerance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.BigInteger(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("basis_points", sa.BigInteger(), nullable=False),
        sa.Column("grace_days", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "rounding >= 0 AND charges >= 0 AND basis_points >= 0 AND grace_days >= 0",
            name=op.f("ck_cash_tolerance_positive"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_cash_tolerance_company_id_company")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_tolerance")),
        sa.UniqueConstraint(
            "company_id", "currency", "version", name=op.f("uq_cash_tolerance_company_id_currency_version")
        ),
    )


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.CheckConstraint("purpose IN ('billing','escalation','legal')", name=op.f("ck_contact_purpose")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_customer_id"), "contact", ["customer_id"], unique=False)


def _credit_check() -> None:
    op.create_table(
        "credit_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("decision IN ('allow','refer','deny')", name=op.f("ck_credit_check_decision")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_check_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_check")),
    )
    op.create_index("ix_credit_check_order", "credit_check", ["customer_id", "order_number"], unique=False)


def _credit_hold() -> None:
    op.create_table(
        "credit_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cause IN ('check','person','overdue')", name=op.f("ck_credit_hold_cause")),
        sa.CheckConstraint("NOT is_released OR ended_at IS NOT NULL", name=op.f("ck_credit_hold_released_has_ended")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_hold_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_hold")),
    )
    op.create_index(
        "uq_credit_hold_running",
        "credit_hold",
        ["customer_id", "order_number", "cause"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _credit_limit() -> None:
    op.create_table(
        "credit_limit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("insured", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_credit_limit_not_negative")),
        sa.CheckConstraint("insured >= 0 AND insured <= amount", name=op.f("ck_credit_limit_insured_within")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_limit_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit")),
    )
    op.create_index("ix_credit_limit_customer", "credit_limit", ["customer_id", "currency", "from_on"], unique=False)


def _credit_limit_proposal() -> None:
    op.create_table(
        "credit_limit_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("insured", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("proposed_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=True),
        sa.Column("approved_hash", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approver IS NOT NULL AND approved_hash IS NOT NULL)",
            name=op.f("ck_credit_limit_proposal_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "approver IS NULL OR (approver LIKE 'user:%' AND lower(approver) <> lower(maker) AND "
            "approved_hash = proposed_hash AND decided_at < expires_at)",
            name=op.f("ck_credit_limit_proposal_four_eyes"),
        ),
        sa.CheckConstraint("maker LIKE 'user:%'", name=op.f("ck_credit_limit_proposal_maker_is_a_person")),
        sa.CheckConstraint(
            "state IN ('open','approved','rejected','withdrawn')", name=op.f("ck_credit_limit_proposal_state")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_limit_proposal_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_limit_proposal")),
    )
    op.create_index(
        op.f("ix_credit_limit_proposal_customer_id"), "credit_limit_proposal", ["customer_id"], unique=False
    )
    op.create_index(
        "uq_limit_proposal_open",
        "credit_limit_proposal",
        ["customer_id", "currency"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _customer_account() -> None:
    op.create_table(
        "customer_account",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("iban", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_account_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", "iban", name=op.f("pk_customer_account")),
    )
    op.create_index(op.f("ix_customer_account_iban"), "customer_account", ["iban"], unique=False)


def _import_run() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("question", sa.JSON(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting','running','done','refused','held')", name=op.f("ck_import_run_state")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_import_run_document_id_document")),
        sa.ForeignKeyConstraint(["parent_id"], ["import_run.id"], name=op.f("fk_import_run_parent_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index(op.f("ix_import_run_parent_id"), "import_run", ["parent_id"], unique=False)
    op.create_index(op.f("ix_import_run_sha256"), "import_run", ["sha256"], unique=False)
    op.create_index(
        "ix_import_run_to_do",
        "import_run",
        ["state"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting','running')"),
        postgresql_where=sa.text("state IN ('waiting','running')"),
    )
    op.create_index(
        "uq_import_run_statement",
        "import_run",
        ["sha256"],
        unique=True,
        sqlite_where=sa.text("kind = 'statement' AND state IN ('waiting','running','done')"),
        postgresql_where=sa.text("kind = 'statement' AND state IN ('waiting','running','done')"),
    )


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("digits_key", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("document_type", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("payment_reference", sa.Text(), nullable=False),
        sa.Column("reference_key", sa.Text(), nullable=False),
        sa.Column("discount_basis_points", sa.BigInteger(), nullable=True),
        sa.Column("discount_until", sa.Date(), nullable=True),
        sa.Column("related_invoice", sa.Text(), nullable=False),
        sa.Column("delivery_number", sa.Text(), nullable=False),
        sa.Column("contract_number", sa.Text(), nullable=False),
        sa.Column("buyer_reference", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_version", sa.BigInteger(), nullable=True),
        sa.Column("source_updated_at", UtcDateTime(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "document_type IN ('invoice','credit_note','debit_note','prepayment','partial','final','corrected')",
            name=op.f("ck_invoice_document_type"),
        ),
        sa.CheckConstraint("type IN ('invoice','credit_note','charge')", name=op.f("ck_invoice_type")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_invoice_positive")),
        sa.ForeignKeyConstraint(["buyer_id"], ["customer.id"], name=op.f("fk_invoice_buyer_id_customer")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_invoice_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_invoice_customer_id_customer")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_invoice_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", "company_id", name=op.f("uq_invoice_number_company_id")),
    )
    op.create_index(
        "ix_invoice_buyer_id",
        "invoice",
        ["buyer_id"],
        unique=False,
        sqlite_where=sa.text("buyer_id IS NOT NULL"),
        postgresql_where=sa.text("buyer_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_invoice_customer_id"), "invoice", ["customer_id"], unique=False)
    op.create_index(op.f("ix_invoice_digits_key"), "invoice", ["digits_key"], unique=False)
    op.create_index(op.f("ix_invoice_order_number"), "invoice", ["order_number"], unique=False)
    op.create_index(op.f("ix_invoice_reference_key"), "invoice", ["reference_key"], unique=False)
    op.create_index(
        "ix_invoice_related_invoice",
        "invoice",
        ["related_invoice"],
        unique=False,
        sqlite_where=sa.text("related_invoice <> ''"),
        postgresql_where=sa.text("related_invoice <> ''"),
    )


def _known_order() -> None:
    op.create_table(
        "known_order",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_known_order_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_known_order_customer_id_customer")),
        sa.PrimaryKeyConstraint("company_id", "number", "customer_id", name=op.f("pk_known_order")),
    )


def _login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_login_session_user_id_app_user")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_session")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_note_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_customer_id"), "note", ["customer_id"], unique=False)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("gated_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("crossed", sa.Boolean(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned','approved','queued','sending','sent','deferred','refused','unknown','cancelled')",
            name=op.f("ck_notice_state"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_notice_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_notice_customer_id_customer")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_notice_document_id_document")),
        sa.ForeignKeyConstraint(["run_id"], ["dunning_run.id"], name=op.f("fk_notice_run_id_dunning_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_notice_number")),
    )
    op.create_index(op.f("ix_notice_customer_id"), "notice", ["customer_id"], unique=False)
    op.create_index(op.f("ix_notice_run_id"), "notice", ["run_id"], unique=False)
    op.create_index("ix_notice_state", "notice", ["state"], unique=False)


def _order_commitment() -> None:
    op.create_table(
        "order_commitment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_order_commitment_not_negative")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_order_commitment_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_commitment")),
        sa.UniqueConstraint("customer_id", "order_number", name=op.f("uq_order_commitment_customer_id_order_number")),
    )
    op.create_index(op.f("ix_order_commitment_customer_id"), "order_commitment", ["customer_id"], unique=False)


def _order_reservation() -> None:
    op.create_table(
        "order_reservation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "ended_by IN ('arrived','checked again','expired')", name=op.f("ck_order_reservation_ended_by")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_order_reservation_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_order_reservation_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_reservation")),
    )
    op.create_index(
        "uq_order_reservation_running",
        "order_reservation",
        ["customer_id", "order_number"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _overrun() -> None:
    op.create_table(
        "overrun",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("exposure", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.BigInteger(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_overrun_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrun")),
    )
    op.create_index(op.f("ix_overrun_customer_id"), "overrun", ["customer_id"], unique=False)
    op.create_index(
        "uq_overrun_running",
        "overrun",
        ["customer_id", "currency"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )


def _sales_order() -> None:
    op.create_table(
        "sales_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("invoiced", sa.BigInteger(), nullable=False),
        sa.Column("po_number", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("late_at", UtcDateTime(), nullable=True),
        sa.Column("unusual", sa.Text(), nullable=False),
        sa.Column("validated_at", UtcDateTime(), nullable=True),
        sa.Column("duplicate_of_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('fax','email','portal','paper','edi','crm','ecommerce','manual','api')",
            name=op.f("ck_sales_order_channel"),
        ),
        sa.CheckConstraint(
            "status IN ('received','confirmed','delivered','invoiced','cancelled','closed')",
            name=op.f("ck_sales_order_status"),
        ),
        sa.CheckConstraint("amount >= 0 AND invoiced >= 0", name=op.f("ck_sales_order_not_negative")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_sales_order_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_sales_order_customer_id_customer")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_sales_order_document_id_document")),
        sa.ForeignKeyConstraint(
            ["duplicate_of_id"], ["sales_order.id"], name=op.f("fk_sales_order_duplicate_of_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("company_id", "number", name=op.f("uq_sales_order_company_id_number")),
    )
    op.create_index(op.f("ix_sales_order_customer_id"), "sales_order", ["customer_id"], unique=False)
    op.create_index(op.f("ix_sales_order_deadline_at"), "sales_order", ["deadline_at"], unique=False)
    op.create_index(op.f("ix_sales_order_number"), "sales_order", ["number"], unique=False)


def _send_attempt() -> None:
    op.create_table(
        "send_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outgoing_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["outgoing_id"], ["outgoing.id"], name=op.f("fk_send_attempt_outgoing_id_outgoing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_send_attempt")),
        sa.UniqueConstraint("outgoing_id", "fence", name=op.f("uq_send_attempt_outgoing_id_fence")),
    )
    op.create_index(op.f("ix_send_attempt_outgoing_id"), "send_attempt", ["outgoing_id"], unique=False)


def _dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("delivery_number", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("accepted_amount", sa.BigInteger(), nullable=True),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("detected_on", sa.Date(), nullable=False),
        sa.Column("notified_on", sa.Date(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("clock_from", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("escalated_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name=op.f("ck_dispute_resolved_has_time")
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted','partly_accepted','rejected','settled','merged')", name=op.f("ck_dispute_outcome")
        ),
        sa.CheckConstraint("priority IN ('low','normal','high','urgent')", name=op.f("ck_dispute_priority")),
        sa.CheckConstraint("state IN ('open','under_review','resolved')", name=op.f("ck_dispute_state")),
        sa.CheckConstraint(
            "subject_kind IN ('order','order_line','delivery','invoice','invoice_line')",
            name=op.f("ck_dispute_subject_kind"),
        ),
        sa.CheckConstraint("closed_at IS NULL OR resolved_at IS NOT NULL", name=op.f("ck_dispute_closed_is_resolved")),
        sa.CheckConstraint(
            "credited >= 0 AND credited <= COALESCE(accepted_amount, 0)", name=op.f("ck_dispute_credited_is_accepted")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_dispute_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_dispute_customer_id_customer")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_dispute_invoice_id_invoice")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["dispute.id"], name=op.f("fk_dispute_merged_into_id_dispute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("number", name=op.f("uq_dispute_number")),
    )
    op.create_index(op.f("ix_dispute_customer_id"), "dispute", ["customer_id"], unique=False)
    op.create_index("ix_dispute_delivery", "dispute", ["company_id", "delivery_number"], unique=False)
    op.create_index(op.f("ix_dispute_invoice_id"), "dispute", ["invoice_id"], unique=False)
    op.create_index("ix_dispute_order", "dispute", ["company_id", "order_number"], unique=False)


def _import_problem() -> None:
    op.create_table(
        "import_problem",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("where", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_problem_import_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index(op.f("ix_import_problem_import_id"), "import_problem", ["import_id"], unique=False)


def _open_item() -> None:
    op.create_table(
        "open_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("instalment", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice','credit_note','charge')", name=op.f("ck_open_item_kind")),
        sa.CheckConstraint("open >= 0 AND open <= gross", name=op.f("ck_open_item_open_within_gross")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_open_item_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_open_item_customer_id_customer")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_open_item_invoice_id_invoice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_item")),
        sa.UniqueConstraint("invoice_id", "instalment", name=op.f("uq_open_item_invoice_id_instalment")),
    )
    op.create_index("ix_open_item_customer", "open_item", ["customer_id", "currency"], unique=False)
    op.create_index("ix_open_item_due", "open_item", ["due_on"], unique=False)


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
        sa.CheckConstraint("(kind = 'corrected') = (cause <> '')", name=op.f("ck_order_event_correction_has_cause")),
        sa.CheckConstraint(
            "kind IN ('validated','corrected','confirmed','changed','cancelled','delivered','invoiced')",
            name=op.f("ck_order_event_kind"),
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_event_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_event")),
        sa.UniqueConstraint("order_id", "kind", "at", "line", name=op.f("uq_order_event_order_id_kind_at_line")),
    )


def _statement() -> None:
    op.create_table(
        "statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("opening", sa.BigInteger(), nullable=True),
        sa.Column("closing", sa.BigInteger(), nullable=True),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("repeated_count", sa.BigInteger(), nullable=False),
        sa.Column("entry_sum", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("quarantine_reason", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('accepted','quarantined','released')", name=op.f("ck_statement_state")),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_account.id"], name=op.f("fk_statement_bank_account_id_bank_account")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_statement_import_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_bank_account_id"), "statement", ["bank_account_id"], unique=False)
    op.create_index(op.f("ix_statement_import_id"), "statement", ["import_id"], unique=False)


def _bank_entry() -> None:
    op.create_table(
        "bank_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.BigInteger(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("entry_ref", sa.Text(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("counterparty_account", sa.Text(), nullable=False),
        sa.Column("counterparty_bic", sa.Text(), nullable=False),
        sa.Column("remittance", sa.Text(), nullable=False),
        sa.Column("structured_reference", sa.Text(), nullable=False),
        sa.Column("end_to_end", sa.Text(), nullable=False),
        sa.Column("mandate", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=False),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=True),
        sa.Column("returns_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ignore_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('unmatched','suggested','applied','part_applied','ignored','returned')",
            name=op.f("ck_bank_entry_state"),
        ),
        sa.CheckConstraint(
            "placed >= 0 AND placed <= CASE WHEN amount > 0 THEN amount ELSE 0 END",
            name=op.f("ck_bank_entry_placed_once"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_account_id"], ["bank_account.id"], name=op.f("fk_bank_entry_bank_account_id_bank_account")
        ),
        sa.ForeignKeyConstraint(["returns_id"], ["bank_entry.id"], name=op.f("fk_bank_entry_returns_id_bank_entry")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_bank_entry_statement_id_statement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_entry")),
        sa.UniqueConstraint(
            "bank_account_id",
            "booked_on",
            "amount",
            "occurrence",
            name=op.f("uq_bank_entry_bank_account_id_booked_on_amount_occurrence"),
        ),
    )
    op.create_index("ix_bank_entry_booked", "bank_entry", ["booked_on", "id"], unique=False)
    op.create_index(
        "ix_bank_entry_pending",
        "bank_entry",
        ["bank_account_id"],
        unique=False,
        sqlite_where=sa.text("pending = 1"),
        postgresql_where=sa.text("pending"),
    )
    op.create_index(
        "ix_bank_entry_returns_id",
        "bank_entry",
        ["returns_id"],
        unique=True,
        sqlite_where=sa.text("returns_id IS NOT NULL"),
        postgresql_where=sa.text("returns_id IS NOT NULL"),
    )
    op.create_index("ix_bank_entry_state", "bank_entry", ["state", "booked_on", "id", "amount"], unique=False)
    op.create_index(op.f("ix_bank_entry_statement_id"), "bank_entry", ["statement_id"], unique=False)


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("days_overdue", sa.BigInteger(), nullable=False),
        sa.Column("previous_level", sa.BigInteger(), nullable=True),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("decision IN ('notice','wait','hold')", name=op.f("ck_decision_decision")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_decision_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_decision_open_item_id_open_item")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_decision_policy_id_policy_version")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["dunning_run.id"], name=op.f("fk_decision_run_id_dunning_run")),
        sa.PrimaryKeyConstraint("open_item_id", "run_id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_run_id"), "decision", ["run_id"], unique=False)


def _dispute_comment() -> None:
    op.create_table(
        "dispute_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_comment_dispute_id_dispute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_comment")),
    )
    op.create_index(op.f("ix_dispute_comment_dispute_id"), "dispute_comment", ["dispute_id"], unique=False)


def _dispute_file() -> None:
    op.create_table(
        "dispute_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_file_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_dispute_file_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_file")),
    )
    op.create_index(op.f("ix_dispute_file_dispute_id"), "dispute_file", ["dispute_id"], unique=False)


def _dispute_link() -> None:
    op.create_table(
        "dispute_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["dispute.id"], name=op.f("fk_dispute_link_first_id_dispute")),
        sa.ForeignKeyConstraint(["second_id"], ["dispute.id"], name=op.f("fk_dispute_link_second_id_dispute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_link")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_dispute_link_first_id_second_id")),
    )
    op.create_index(op.f("ix_dispute_link_second_id"), "dispute_link", ["second_id"], unique=False)


def _dispute_step() -> None:
    op.create_table(
        "dispute_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_step_dispute_id_dispute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_step")),
    )
    op.create_index(op.f("ix_dispute_step_dispute_id"), "dispute_step", ["dispute_id"], unique=False)


def _interest_claim() -> None:
    op.create_table(
        "interest_claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("charge_item_id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("to_on", sa.Date(), nullable=True),
        sa.Column("days", sa.BigInteger(), nullable=True),
        sa.Column("principal", sa.BigInteger(), nullable=True),
        sa.Column("rate", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("regime", sa.Text(), nullable=False),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'correction') = (corrects_id IS NOT NULL)",
            name=op.f("ck_interest_claim_correction_names_its_line"),
        ),
        sa.CheckConstraint(
            "(kind = 'interest') = (from_on IS NOT NULL)", name=op.f("ck_interest_claim_interest_has_days")
        ),
        sa.CheckConstraint(
            "(kind IN ('interest','compensation')) = (amount > 0) AND amount <> 0", name=op.f("ck_interest_claim_side")
        ),
        sa.CheckConstraint("kind <> 'interest' OR to_on >= from_on", name=op.f("ck_interest_claim_days_in_order")),
        sa.CheckConstraint(
            "kind IN ('interest','compensation','correction','waiver')", name=op.f("ck_interest_claim_kind")
        ),
        sa.ForeignKeyConstraint(
            ["charge_item_id"], ["open_item.id"], name=op.f("fk_interest_claim_charge_item_id_open_item")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["interest_claim.id"], name=op.f("fk_interest_claim_corrects_id_interest_claim")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_interest_claim_customer_id_customer")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_interest_claim_invoice_id_invoice")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_interest_claim_notice_id_notice")),
        sa.ForeignKeyConstraint(
            ["open_item_id"], ["open_item.id"], name=op.f("fk_interest_claim_open_item_id_open_item")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_claim")),
    )
    op.create_index(op.f("ix_interest_claim_charge_item_id"), "interest_claim", ["charge_item_id"], unique=False)
    op.create_index(op.f("ix_interest_claim_notice_id"), "interest_claim", ["notice_id"], unique=False)
    op.create_index(op.f("ix_interest_claim_open_item_id"), "interest_claim", ["open_item_id"], unique=False)
    op.create_index(
        "uq_interest_claim_days",
        "interest_claim",
        ["open_item_id", "from_on"],
        unique=True,
        sqlite_where=sa.text("kind = 'interest'"),
        postgresql_where=sa.text("kind = 'interest'"),
    )
    op.create_index(
        "uq_interest_claim_sum",
        "interest_claim",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'compensation'"),
        postgresql_where=sa.text("kind = 'compensation'"),
    )


def _notice_line() -> None:
    op.create_table(
        "notice_line",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("disputed", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("is_released", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_line_notice_id_notice")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_notice_line_open_item_id_open_item")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_notice_line_policy_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("notice_id", "open_item_id", name=op.f("pk_notice_line")),
    )
    op.create_index(
        "uq_notice_line_once",
        "notice_line",
        ["open_item_id", "cycle", "level"],
        unique=True,
        sqlite_where=sa.text("is_released = 0"),
        postgresql_where=sa.text("NOT is_released"),
    )


def _order_mismatch() -> None:
    op.create_table(
        "order_mismatch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("excess", sa.BigInteger(), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("excess >= 0", name=op.f("ck_order_mismatch_not_negative")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_order_mismatch_customer_id_customer")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_order_mismatch_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_mismatch_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_mismatch")),
        sa.UniqueConstraint("order_id", name=op.f("uq_order_mismatch_order_id")),
    )
    op.create_index(op.f("ix_order_mismatch_customer_id"), "order_mismatch", ["customer_id"], unique=False)


def _pause() -> None:
    op.create_table(
        "pause",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("from_at", UtcDateTime(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "source IN ('dispute','promise','plan','hold','suspected_payment','legal')", name=op.f("ck_pause_source")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_pause_positive")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_pause_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_pause_open_item_id_open_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    op.create_index(op.f("ix_pause_customer_id"), "pause", ["customer_id"], unique=False)
    op.create_index(op.f("ix_pause_open_item_id"), "pause", ["open_item_id"], unique=False)
    op.create_index(op.f("ix_pause_source_id"), "pause", ["source_id"], unique=False)
    op.create_index(
        "uq_pause_running",
        "pause",
        ["open_item_id", "source", "source_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _posting() -> None:
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("open_item_id", sa.Uuid(), nullable=True),
        sa.Column("contra_item_id", sa.Uuid(), nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("contra", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("account <> contra", name=op.f("ck_posting_two_accounts")),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_posting_not_zero")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_posting_company_id_company")),
        sa.ForeignKeyConstraint(["contra_item_id"], ["open_item.id"], name=op.f("fk_posting_contra_item_id_open_item")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_posting_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_posting_open_item_id_open_item")),
        sa.ForeignKeyConstraint(["reverses_id"], ["posting.id"], name=op.f("fk_posting_reverses_id_posting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index(op.f("ix_posting_cause_id"), "posting", ["cause_id"], unique=False)
    op.create_index(
        "ix_posting_contra_item_id",
        "posting",
        ["contra_item_id"],
        unique=False,
        sqlite_where=sa.text("contra_item_id IS NOT NULL"),
        postgresql_where=sa.text("contra_item_id IS NOT NULL"),
    )
    op.create_index("ix_posting_customer", "posting", ["customer_id", "currency"], unique=False)
    op.create_index(op.f("ix_posting_open_item_id"), "posting", ["open_item_id"], unique=False)
    op.create_index(
        "uq_posting_reverses_id",
        "posting",
        ["reverses_id"],
        unique=True,
        sqlite_where=sa.text("reverses_id IS NOT NULL"),
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )


def _promise() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open','kept','partly_kept','broken','withdrawn')", name=op.f("ck_promise_state")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_promise_positive")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_promise_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_promise_open_item_id_open_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index(op.f("ix_promise_customer_id"), "promise", ["customer_id"], unique=False)
    op.create_index(
        "uq_promise_active",
        "promise",
        ["open_item_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _reminder() -> None:
    op.create_table(
        "reminder",
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("cycle", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_on", sa.Date(), nullable=False),
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reminder_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_reminder_open_item_id_open_item")),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy_version.id"], name=op.f("fk_reminder_policy_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("open_item_id", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_customer_id"), "reminder", ["customer_id"], unique=False)


def _deduction_proposal() -> None:
    op.create_table(
        "deduction_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deduction_proposal_positive")),
        sa.ForeignKeyConstraint(
            ["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_deduction_proposal_bank_entry_id_bank_entry")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_deduction_proposal_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_deduction_proposal_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_deduction_proposal_invoice_id_invoice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deduction_proposal")),
    )
    op.create_index(op.f("ix_deduction_proposal_bank_entry_id"), "deduction_proposal", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_deduction_proposal_customer_id"), "deduction_proposal", ["customer_id"], unique=False)
    op.create_index(op.f("ix_deduction_proposal_invoice_id"), "deduction_proposal", ["invoice_id"], unique=False)


def _learned_payer() -> None:
    op.create_table(
        "learned_payer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_learned_payer_bank_entry_id_bank_entry")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_learned_payer_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learned_payer")),
        sa.UniqueConstraint(
            "account", "customer_id", "bank_entry_id", name=op.f("uq_learned_payer_account_customer_id_bank_entry_id")
        ),
    )
    op.create_index(op.f("ix_learned_payer_bank_entry_id"), "learned_payer", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_learned_payer_customer_id"), "learned_payer", ["customer_id"], unique=False)


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("valued_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("reversed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_positive")),
        sa.CheckConstraint("unapplied >= 0 AND unapplied <= amount", name=op.f("ck_payment_bound")),
        sa.ForeignKeyConstraint(["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_payment_bank_entry_id_bank_entry")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_payment_company_id_company")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_bank_entry_id"), "payment", ["bank_entry_id"], unique=False)
    op.create_index("ix_payment_customer", "payment", ["customer_id", "currency"], unique=False)
    op.create_index(
        "ix_payment_unapplied",
        "payment",
        ["id"],
        unique=False,
        sqlite_where=sa.text("unapplied > 0"),
        postgresql_where=sa.text("unapplied > 0"),
    )


def _remittance() -> None:
    op.create_table(
        "remittance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payment_reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("ties", sa.Boolean(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("pays_on", sa.Date(), nullable=True),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_remittance_bank_entry_id_bank_entry")
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_remittance_company_id_company")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_remittance_import_id_import_run")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance")),
        sa.UniqueConstraint(
            "company_id",
            "number",
            "payer",
            "currency",
            "amount",
            name=op.f("uq_remittance_company_id_number_payer_currency_amount"),
        ),
    )
    op.create_index("ix_remittance_amount", "remittance", ["amount", "currency"], unique=False)
    op.create_index(op.f("ix_remittance_bank_entry_id"), "remittance", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_remittance_import_id"), "remittance", ["import_id"], unique=False)


def _suggestion() -> None:
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("confidence", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_suggestion_bank_entry_id_bank_entry")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_suggestion_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("bank_entry_id", "rank", name=op.f("uq_suggestion_bank_entry_id_rank")),
    )
    op.create_index(op.f("ix_suggestion_bank_entry_id"), "suggestion", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_suggestion_customer_id"), "suggestion", ["customer_id"], unique=False)


def _allocation() -> None:
    op.create_table(
        "allocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("open_item_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("bank_entry_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("credit_item_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), nullable=False),
        sa.Column("confidence", sa.BigInteger(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'credit') = (credit_item_id IS NOT NULL)", name=op.f("ck_allocation_credit_source")
        ),
        sa.CheckConstraint("(kind = 'payment') = (payment_id IS NOT NULL)", name=op.f("ck_allocation_payment_source")),
        sa.CheckConstraint(
            "kind IN ('payment','discount','fee','write_off','credit')", name=op.f("ck_allocation_kind")
        ),
        sa.CheckConstraint(
            "(amount > 0) = (reverses_id IS NULL) AND amount <> 0", name=op.f("ck_allocation_reversal_sign")
        ),
        sa.ForeignKeyConstraint(
            ["bank_entry_id"], ["bank_entry.id"], name=op.f("fk_allocation_bank_entry_id_bank_entry")
        ),
        sa.ForeignKeyConstraint(
            ["credit_item_id"], ["open_item.id"], name=op.f("fk_allocation_credit_item_id_open_item")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_allocation_customer_id_customer")),
        sa.ForeignKeyConstraint(["open_item_id"], ["open_item.id"], name=op.f("fk_allocation_open_item_id_open_item")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_allocation_payment_id_payment")),
        sa.ForeignKeyConstraint(["reverses_id"], ["allocation.id"], name=op.f("fk_allocation_reverses_id_allocation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_allocation_reverses_id")),
    )
    op.create_index(op.f("ix_allocation_bank_entry_id"), "allocation", ["bank_entry_id"], unique=False)
    op.create_index(op.f("ix_allocation_credit_item_id"), "allocation", ["credit_item_id"], unique=False)
    op.create_index(op.f("ix_allocation_customer_id"), "allocation", ["customer_id"], unique=False)
    op.create_index(op.f("ix_allocation_open_item_id"), "allocation", ["open_item_id"], unique=False)
    op.create_index(op.f("ix_allocation_payment_id"), "allocation", ["payment_id"], unique=False)


def _refund_request() -> None:
    op.create_table(
        "refund_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_request_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_request_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_request")),
    )
    op.create_index(op.f("ix_refund_request_payment_id"), "refund_request", ["payment_id"], unique=False)
    op.create_index(
        "uq_refund_request_open",
        "refund_request",
        ["payment_id"],
        unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"),
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def _remittance_item() -> None:
    op.create_table(
        "remittance_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("remittance_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("discount", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["remittance_id"], ["remittance.id"], name=op.f("fk_remittance_item_remittance_id_remittance")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remittance_item")),
        sa.UniqueConstraint("remittance_id", "place", name=op.f("uq_remittance_item_remittance_id_place")),
    )
    op.create_index(op.f("ix_remittance_item_remittance_id"), "remittance_item", ["remittance_id"], unique=False)


TABLES = (
    _api_key,
    _app_user,
    _audit_entry,
    _audit_head,
    _bank_profile,
    _company,
    _counter,
    _customer,
    _dispute_reason,
    _document,
    _dunning_run,
    _idempotent_call,
    _interest_table,
    _job_run,
    _kpi_snapshot,
    _lease,
    _login_attempt,
    _outgoing,
    _policy_version,
    _saved_view,
    _switch,
    _bank_account,
    _cash_tolerance,
    _contact,
    _credit_check,
    _credit_hold,
    _credit_limit,
    _credit_limit_proposal,
    _customer_account,
    _import_run,
    _invoice,
    _known_order,
    _login_session,
    _note,
    _notice,
    _order_commitment,
    _order_reservation,
    _overrun,
    _sales_order,
    _send_attempt,
    _dispute,
    _import_problem,
    _open_item,
    _order_event,
    _statement,
    _bank_entry,
    _decision,
    _dispute_comment,
    _dispute_file,
    _dispute_link,
    _dispute_step,
    _interest_claim,
    _notice_line,
    _order_mismatch,
    _pause,
    _posting,
    _promise,
    _reminder,
    _deduction_proposal,
    _learned_payer,
    _payment,
    _remittance,
    _suggestion,
    _allocation,
    _refund_request,
    _remittance_item,
)
"""In the order of their references."""
