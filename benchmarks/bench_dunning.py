"""A dunning run over a large book: candidates decided, decisions and notices written; and the same day once more.

    PYTHONPATH=. .venv/bin/python benchmarks/bench_dunning.py [overdue items] [--postgresql URL]

Ten overdue items a customer; a third of them reminded before, one in fifty disputed in part or wholly, one customer in
a hundred on hold. The baseline is a bare read of the same candidates and a bare write of as many narrow rows, in the
same run. On PostgreSQL the server's own CPU time is not part of the figures.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

import main
from config.settings import Settings
from dunning import store
from dunning.run import plan_run
from dunning.tables import Pause, Reminder
from receivables.tables import Company, Customer, Invoice, OpenItem
from runtime.bulk import write_rows
from runtime.clock import SetClock
from runtime.ids import new_id
from runtime.work import HOUSE, Work

NOW = datetime(2026, 11, 20, 11, tzinfo=UTC)
TODAY = date(2026, 11, 20)
A_CUSTOMER = 10
CUSTOMERS_A_PART = 2_000

INVOICE = (
    "id", "company_id", "customer_id", "number", "type", "issued_on", "currency", "amount", "content_hash",
    "created_at", "digits_key", "reference_key",
)  # fmt: skip

Row = tuple[Any, ...]


class Book:
    """Overdue items, made in order and never held all at once."""

    def __init__(self, session: Session, items: int) -> None:
        self.session, self.items = session, items
        self.rng = Random("dunning")
        self.policy_id, _ = store.policy_in_force(session, "standard")
        self.company = new_id()

    def fill(self) -> None:
        self.session.add(
            Company(
                id=self.company, code="NW", name="N", legal_name="N", country="ES", currency="EUR", email="a@b.example"
            )
        )
        self.session.flush()
        for places in _parts(self.items // A_CUSTOMER):
            self._part(places)

    def _part(self, places: tuple[int, ...]) -> None:
        owners = [(new_id(), place) for place in places]
        rows = [self._item(owner, place, nth) for owner, place in owners for nth in range(A_CUSTOMER)]
        write_rows(
            self.session, Customer, ("id", "external_id", "name", "email", "country", "created_at", "updated_at"),
            [(owner, f"K{at}", f"Kunde {at}", f"k{at}@example.com", "ES", NOW, NOW) for owner, at in owners],
        )  # fmt: skip
        write_rows(
            self.session, Invoice, INVOICE,
            [(invoice, self.company, owner, number, "invoice", due - timedelta(days=30), "EUR", amount, "", NOW,
              number[1:], "") for _, invoice, owner, number, due, amount in rows],
        )  # fmt: skip
        write_rows(
            self.session, OpenItem,
            ("id", "company_id", "customer_id", "invoice_id", "kind", "currency", "due_on", "gross", "open"),
            [(item, self.company, owner, invoice, "invoice", "EUR", due, amount, amount)
             for item, invoice, owner, _, due, amount in rows],
        )  # fmt: skip
        write_rows(
            self.session, Reminder, ("open_item_id", "customer_id", "level", "last_sent_on", "policy_id"),
            [(item, owner, 1 + at % 2, TODAY - timedelta(days=10 + at % 9), self.policy_id)
             for at, (item, _, owner, *_) in enumerate(rows) if at % 3 == 0],
        )  # fmt: skip
        write_rows(
            self.session, Pause,
            ("id", "customer_id", "open_item_id", "source", "source_id", "reason", "amount", "from_on", "from_at",
             "expires_on", "actor"),
            list(self._pauses(owners, rows)),
        )  # fmt: skip

    def _item(self, owner: UUID, place: int, nth: int) -> tuple[UUID, UUID, UUID, str, date, int]:
        due = TODAY - timedelta(days=1 + (place * 7 + nth * 11) % 120)
        return new_id(), new_id(), owner, f"F{place:06d}{nth}", due, self.rng.randrange(300, 4_000_000)

    def _pauses(self, owners: list[tuple[UUID, int]], rows: list[Row]) -> Iterator[Row]:
        for at, (item, _, owner, _, _, amount) in enumerate(rows):
            if at % 50 == 7:
                yield (new_id(), owner, item, "dispute", new_id(), "price", amount // 2 if at % 4 else None, TODAY, NOW,
                       None, "bench")  # fmt: skip
        for owner, place in owners:
            if place % 100 == 3:
                until = TODAY + timedelta(days=30)
                yield new_id(), owner, None, "hold", new_id(), "a hold", None, TODAY, NOW, until, "bench"


def _parts(count: int) -> Iterator[tuple[int, ...]]:
    places = range(count)
    return (tuple(places[at : at + CUSTOMERS_A_PART]) for at in range(0, count, CUSTOMERS_A_PART))


def bare(session: Session) -> None:
    """What the database alone needs: the candidates read once, as many narrow rows written."""
    query = """
        SELECT item.id, item.customer_id, item.open, item.due_on, customer.email, reminder.level
        FROM open_item AS item JOIN customer ON customer.id = item.customer_id
        LEFT JOIN reminder ON reminder.open_item_id = item.id
        WHERE item.kind = 'invoice' AND item.open > 0 ORDER BY item.customer_id, item.due_on
    """
    session.execute(text("CREATE TEMPORARY TABLE bare (item TEXT PRIMARY KEY, customer TEXT, open BIGINT)"))
    session.execute(text(f"INSERT INTO bare SELECT id, customer_id, open FROM ({query}) AS candidates"))
    session.execute(text("DROP TABLE bare"))


def timed(deed: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    answer = deed()
    return time.process_time() - began, answer


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
        bare_seconds, _ = timed(lambda: bare(session))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for turn in ("first run", "same day"):
        with database.writing() as session:
            seconds, planned = timed(lambda session=session: plan_run(Work(session, HOUSE, NOW, TODAY)))
            said = f"{planned.items:,} items decided, {planned.notices:,} notices"
        print(f"{turn}   {seconds:6.2f} CPU-s  {items / seconds:12,.0f} items a CPU-second   ({said})")
        if turn == "first run":
            first = seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"bare        {bare_seconds:6.2f} CPU-s  ratio {first / bare_seconds:.1f}")
    print(f"memory      {before / 1024:6.0f} MB before, {peak / 1024:.0f} MB at its peak")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("items", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--postgresql", metavar="URL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        run(given.items, given.postgresql or f"sqlite:///{Path(name) / 'bench.db'}", Path(name))
