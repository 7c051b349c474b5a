"""A letter may cost a fee, and a reminder may stop new orders."""

import sqlalchemy as sa
from alembic import op

from runtime.schema import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CAUSES = "cause IN ('check','person','overdue','reminder')"
CHECKS = {
    "kind": "kind IN ('interest','compensation','fee','correction','waiver')",
    "side": "(kind IN ('interest','compensation','fee')) = (amount > 0) AND amount <> 0",
    "fee_has_its_level": "(kind = 'fee') = (level IS NOT NULL AND cycle IS NOT NULL)",
}
COLUMNS = (
    "id", "customer_id", "invoice_id", "open_item_id", "charge_item_id", "notice_id", "kind", "from_on", "to_on",
    "days", "principal", "rate", "amount", "currency", "regime", "corrects_id", "reason", "actor", "at",
)  # fmt: skip


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_claims_anew()
    else:
        _alter_claims()
    op.create_index(
        "uq_interest_claim_fee",
        "interest_claim",
        ["open_item_id", "cycle", "level"],
        unique=True,
        sqlite_where=sa.text("kind = 'fee'"),
        postgresql_where=sa.text("kind = 'fee'"),
    )
    _let_reminders_hold()


def _alter_claims() -> None:
    op.add_column("interest_claim", sa.Column("cycle", sa.BigInteger(), nullable=True))
    op.add_column("interest_claim", sa.Column("level", sa.BigInteger(), nullable=True))
    for name, condition in CHECKS.items():
        if name != "fee_has_its_level":
            op.drop_constraint(op.f(f"ck_interest_claim_{name}"), "interest_claim", type_="check")
        op.create_check_constraint(op.f(f"ck_interest_claim_{name}"), "interest_claim", condition)


def _make_claims_anew() -> None:
    """SQLite changes no check in place. The new table names itself, so that a correction keeps naming its line."""
    _create_claims("interest_claim_anew")
    named = ", ".join(f'"{name}"' for name in COLUMNS)
    op.execute(f"INSERT INTO interest_claim_anew ({named}) SELECT {named} FROM interest_claim")
    op.drop_table("interest_claim")
    op.rename_table("interest_claim_anew", "interest_claim")
    for name in ("charge_item_id", "notice_id", "open_item_id"):
        op.create_index(op.f(f"ix_interest_claim_{name}"), "interest_claim", [name], unique=False)
    for name, columns, kind in (
        ("days", ["open_item_id", "from_on"], "interest"),
        ("sum", ["invoice_id"], "compensation"),
    ):
        where = sa.text(f"kind = '{kind}'")
        op.create_index(f"uq_interest_claim_{name}", "interest_claim", columns, unique=True, sqlite_where=where)
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER interest_claim_no_{verb.lower()} BEFORE {verb} ON interest_claim "
            "BEGIN SELECT RAISE(ABORT, 'interest_claim is append-only'); END"
        )


def _create_claims(name: str) -> None:
    op.create_table(
        name,
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
        sa.Column("cycle", sa.BigInteger(), nullable=True),
        sa.Column("level", sa.BigInteger(), nullable=True),
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
        sa.CheckConstraint("kind <> 'interest' OR to_on >= from_on", name=op.f("ck_interest_claim_days_in_order")),
        *(sa.CheckConstraint(said, name=op.f(f"ck_interest_claim_{check}")) for check, said in CHECKS.items()),
        *_claims_lead_to(name),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_claim")),
    )


def _claims_lead_to(name: str) -> list[sa.ForeignKeyConstraint]:
    leads = {
        "charge_item_id": "open_item",
        "customer_id": "customer",
        "invoice_id": "invoice",
        "notice_id": "notice",
        "open_item_id": "open_item",
    }
    found = [
        sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_interest_claim_{column}_{table}"))
        for column, table in leads.items()
    ]
    own = op.f("fk_interest_claim_corrects_id_interest_claim")
    return [*found, sa.ForeignKeyConstraint(["corrects_id"], [f"{name}.id"], name=own)]


def _let_reminders_hold() -> None:
    with op.batch_alter_table("credit_hold") as table:
        table.drop_constraint(op.f("ck_credit_hold_cause"), type_="check")
        table.create_check_constraint(op.f("ck_credit_hold_cause"), CAUSES)
