"""Reports over a large book: aging per customer and in all, the first page, the worklist.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_aging.py [open items] [--postgresql URL]

The book is the one of the dunning benchmark, ten overdue items a customer, with a posting for each. The baseline is one
bare question over the open items, a sum for each customer and currency, in the same run. Each report is made twice: the
second time the pages it needs may be at hand. On PostgreSQL the server's own CPU time is not part of the figures.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import main
from benchmarks.bench_dunning import NOW, TODAY, Book, timed
from config.settings import Settings
from receivables.store import chunks
from receivables.tables import OpenItem, Posting
from reports import store
from reports.today import today
from reports.worklist import lines
from runtime.bulk import write_columns
from runtime.clock import SetClock
from runtime.ids import new_id
from runtime.work import HOUSE, Work

POSTINGS_AT_ONCE = 20_000


def post(session: Session) -> None:
    """The posting behind each open item: the ledger is what aging adds up."""
    issued = {"account": "receivable", "contra": "sales", "currency": "EUR", "cause": "issued", "at": NOW}
    columns = (OpenItem.id, OpenItem.company_id, OpenItem.customer_id, OpenItem.invoice_id, OpenItem.gross)
    for part in chunks(session.execute(select(*columns)).all(), POSTINGS_AT_ONCE):
        values: dict[str, list[Any]] = {
            "id": [new_id() for _ in part],
            "open_item_id": [item.id for item in part],
            "company_id": [item.company_id for item in part],
            "customer_id": [item.customer_id for item in part],
            "cause_id": [item.invoice_id for item in part],
            "amount": [item.gross for item in part],
        }
        write_columns(session, Posting, values, {**issued, "on": TODAY})


def bare(session: Session) -> int:
    """One look at every open item."""
    query = select(OpenItem.customer_id, OpenItem.currency, func.sum(OpenItem.open)).where(OpenItem.open > 0)
    return len(session.execute(query.group_by(OpenItem.customer_id, OpenItem.currency)).all())


REPORTS: dict[str, Callable[[Work], Any]] = {
    "aging, all customers": lambda work: work.session.execute(store.aging_by_customer(TODAY)).all(),
    "aging, totals": lambda work: store.aging_totals(work.session, TODAY),
    "first page": today,
    "worklist": lines,
}


def run(items: int, url: str, folder: Path) -> None:
    settings = Settings(
        database_url=url, var_dir=folder, secret_key="a key for the benchmark only, 32 chars", _env_file=None
    )  # type: ignore[call-arg]
    system = main.build(settings, clock=SetClock(NOW))
    system.migrate()
    database = system.house.database
    with database.writing() as session:
        Book(session, items).fill()
    with database.writing() as session:
        post(session)
    with database.reading() as session:
        least, customers = timed(lambda: bare(session))
    print(f"{items:,} open items of {customers:,} customers; bare question {least:.2f} CPU-s")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for name, report in REPORTS.items():
        for turn in ("first", "again"):
            with database.reading() as session:
                seconds, _ = timed(lambda session=session, report=report: report(Work(session, HOUSE, NOW, TODAY)))
            print(f"{name:<22}{turn:<7}{seconds:7.2f} CPU-s  {items / seconds:12,.0f} items a CPU-second  "
                  f"ratio {seconds / least:.1f}", flush=True)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory      {before / 1024:6.0f} MB before, {peak / 1024:.0f} MB at its peak")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("items", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--postgresql", metavar="URL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(given.items, given.postgresql or f"sqlite:///{Path(name) / 'bench.db'}", Path(name))
