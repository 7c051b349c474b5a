"""Limits of groups, rules of checks as data, scores of behaviour, reviews, and what of an order is prepaid."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _credit_rules()
    _behaviour_score()
    _credit_review()
    _order_prepayment()
    if op.get_bind().dialect.name == "sqlite":
        for table, create in SCOPED.items():
            _make_anew(table, create)
    else:
        for table in SCOPED:
            _add_scope(table)


def downgrade() -> None:
    raise NotImplementedError("An earlier state is restored from a backup.")


def _make_anew(table: str, create: Callable[[], None]) -> None:
    """SQLite cannot add a column with a rule of its own: the table is made again, and its rows are taken over. No
    other table names these, so nothing else is touched."""
    inspector = sa.inspect(op.get_bind())
    columns = ", ".join(f'"{column["name"]}"' for column in inspector.get_columns(table))
    for index in inspector.get_indexes(table):
        op.drop_index(index["name"], table_name=table)
    op.rename_table(table, f"{table}_before")
    create()
    op.execute(f"INSERT INTO {table} ({columns}, scope) SELECT {columns}, 'customer' FROM {table}_before")
    op.drop_table(f"{table}_before")


def _add_scope(table: str) -> None:
    op.add_column(table, sa.Column("scope", sa.Text(), nullable=False, server_default="customer"))
    op.alter_column(table, "scope", server_default=None)
    op.create_check_constraint(op.f(f"ck_{table}_scope"), table, "scope IN ('customer','group')")
    if table in UNIQUE:
        name, still = UNIQUE[table]
        op.drop_index(name, table_name=table)
        columns = ["customer_id", "currency", "scope"]
        op.create_index(name, table, columns, unique=True, postgresql_where=sa.text(still))


def _credit_rules() -> None:
    op.create_table(
        "credit_rules",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_credit_rules")),
    )


def _behaviour_score() -> None:
    op.create_table(
        "behaviour_score",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.CheckConstraint("score >= 0 AND score <= 100", name=op.f("ck_behaviour_score_within_100")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_behaviour_score_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", "on", name=op.f("pk_behaviour_score")),
    )


def _credit_review() -> None:
    op.create_table(
        "credit_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("cause IN ('limit_ends','limit_ended','behaviour')", name=op.f("ck_credit_review_cause")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_credit_review_closed_by_somebody")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_review_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_review")),
    )
    op.create_index("uq_credit_review", "credit_review", ["customer_id", "cause", "about"], unique=True)


def _order_prepayment() -> None:
    op.create_table(
        "order_prepayment",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_order_prepayment_not_negative")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_order_prepayment_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_prepayment")),
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
        sa.Column("scope", sa.Text(), nullable=False),
        sa.CheckConstraint("scope IN ('customer','group')", name=op.f("ck_credit_limit_scope")),
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
        sa.Column("scope", sa.Text(), nullable=False),
        sa.CheckConstraint("scope IN ('customer','group')", name=op.f("ck_credit_limit_proposal_scope")),
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
        ["customer_id", "currency", "scope"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
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
        sa.Column("scope", sa.Text(), nullable=False),
        sa.CheckConstraint("scope IN ('customer','group')", name=op.f("ck_overrun_scope")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_overrun_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrun")),
    )
    op.create_index(op.f("ix_overrun_customer_id"), "overrun", ["customer_id"], unique=False)
    op.create_index(
        "uq_overrun_running",
        "overrun",
        ["customer_id", "currency", "scope"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )


SCOPED: dict[str, Callable[[], None]] = {
    "credit_limit": _credit_limit,
    "credit_limit_proposal": _credit_limit_proposal,
    "overrun": _overrun,
}
"""Tables that tell customers from groups from now on."""
UNIQUE = {
    "credit_limit_proposal": ("uq_limit_proposal_open", "state = 'open'"),
    "overrun": ("uq_overrun_running", "ended_on IS NULL"),
}
"""Of these, what may stand only once an account, and while what holds."""
