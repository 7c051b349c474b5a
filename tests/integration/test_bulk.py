"""The bulk lane stores exactly what the ORM stores, on both databases, in the caller's transaction."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from payments.tables import Allocation, BankEntry
from receivables.tables import Customer, Note
from runtime.bulk import write_rows
from runtime.house import House
from runtime.ids import new_id
from tests import builders as a

AWKWARD = "tab\there, line\nbreak, back\\slash, \\N, quote \" ' , € ż 漢 \U0001f600, {1} %s ?"
"""Everything that a text format of rows could take for its own punctuation."""
MADRID = timezone(timedelta(hours=1))


def an_allocation(house: House, **fields: Any) -> dict[str, Any]:
    """A row with every type a column can have: UUID, date, instant, JSON, bool, numbers, text and nothing."""

    def prepare(work: Any) -> dict[str, Any]:
        a.a_company(work)
        a.a_customer(work)
        invoice = a.an_invoice(work, f"F-{new_id()}")
        item = a.the_item(work, invoice.number)
        return {"open_item_id": item.id, "customer_id": item.customer_id}

    keys = house.write(prepare)
    return {
        "id": new_id(), **keys, "bank_entry_id": None, "payment_id": None, "credit_item_id": None, "kind": "fee",
        "amount": 10**15, "currency": "EUR", "on": date(2026, 2, 28),
        "at": datetime(2026, 3, 29, 2, 30, 1, 7, tzinfo=MADRID), "actor": AWKWARD, "is_automatic": True,
        "confidence": None, "reasons": ["✓ a “reason”", AWKWARD], "reverses_id": None, **fields,
    }  # fmt: skip


def stored(session: Session, table: str, key: UUID) -> dict[str, Any]:
    """The row as the database holds it, before any type of ours reads it; with SQLite's storage class."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    columns = session.execute(text(f"SELECT * FROM {table} LIMIT 0")).keys()
    look = 'typeof("{0}") || \':\' || "{0}"' if is_sqlite else '"{0}"::text'
    query = f"SELECT {', '.join(look.format(each) for each in columns)} FROM {table} WHERE id = :key"
    row = session.execute(text(query), {"key": key.hex if is_sqlite else key}).one()
    return dict(zip(columns, row, strict=True))


@pytest.mark.parametrize("changed", [{}, {"is_automatic": False, "confidence": 97, "reasons": [], "actor": ""}])
def test_every_type_is_stored_as_the_orm_stores_it(house: House, changed: dict[str, Any]) -> None:
    by_orm = an_allocation(house, **changed)
    by_bulk = {**by_orm, "id": new_id()}

    def write(work: Any) -> None:
        work.session.add(Allocation(**by_orm))
        work.session.flush()
        write_rows(work.session, Allocation, tuple(by_bulk), [tuple(by_bulk.values())])

    house.write(write)
    with house.database.reading() as session:
        orm, bulk = (stored(session, "allocation", row["id"]) for row in (by_orm, by_bulk))
        read = session.get_one(Allocation, by_bulk["id"])
        assert (read.reasons, read.actor, read.at) == (by_orm["reasons"], by_orm["actor"], by_orm["at"])
    assert {**orm, "id": ""} == {**bulk, "id": ""}


def test_columns_left_out_get_the_defaults_the_orm_would_give(house: House) -> None:
    def write(work: Any) -> None:
        now = work.now
        work.session.add(Customer(id=ids[0], external_id="ORM", name="N", created_at=now, updated_at=now))
        work.session.flush()
        columns = ("id", "external_id", "name", "created_at", "updated_at")
        write_rows(work.session, Customer, columns, [(ids[1], "BULK", "N", now, now)])

    ids = [new_id(), new_id()]
    house.write(write)
    with house.database.reading() as session:
        orm, bulk = (stored(session, "customer", key) for key in ids)
    apart = {"id": "", "external_id": ""}
    assert orm | apart == bulk | apart


def test_a_key_that_nobody_made_is_refused(house: House) -> None:
    with pytest.raises(ValueError, match=r"must name bank_entry\.id"):
        house.write(lambda work: write_rows(work.session, BankEntry, ("amount",), [(1,)]))


def test_a_row_that_waits_in_the_session_is_there_before_the_rows_that_point_at_it(house: House) -> None:
    def write(work: Any) -> None:
        customer = Customer(id=new_id(), external_id="C", name="C", created_at=work.now, updated_at=work.now)
        work.session.add(customer)
        write_rows(
            work.session, Note, ("id", "customer_id", "at", "author", "kind", "body"),
            [(new_id(), customer.id, work.now, "me", "call", str(n)) for n in range(3)],
        )  # fmt: skip

    house.write(write)
    assert house.read(lambda work: work.session.query(Note).count()) == 3


def test_what_fails_later_takes_the_bulk_rows_back(house: House) -> None:
    class Later(Exception):
        pass

    def write(work: Any) -> None:
        write_rows(work.session, Customer, COLUMNS, [_customer("A")])
        raise Later

    with pytest.raises(Later):
        house.write(write)
    assert house.read(lambda work: work.session.query(Customer).count()) == 0


def test_a_broken_rule_of_the_table_is_the_error_it_always_is(house: House) -> None:
    with pytest.raises(IntegrityError):
        house.write(lambda work: write_rows(work.session, Customer, COLUMNS, [_customer("A"), _customer("A")]))


def test_no_rows_are_no_statement(house: House) -> None:
    house.write(lambda work: write_rows(work.session, Customer, COLUMNS, []))
    assert house.read(lambda work: work.session.query(Customer).count()) == 0


COLUMNS = ("id", "external_id", "name", "created_at", "updated_at")


def _customer(external_id: str) -> tuple[Any, ...]:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return (new_id(), external_id, "N", now, now)
