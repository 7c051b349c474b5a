"""The database: engines and transactions. SQLite and PostgreSQL run the same models.

SQLite gets WAL, foreign keys, a busy timeout, full durability, and `BEGIN IMMEDIATE` for writers: without it two
writers that read before they write lose each other's updates silently.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from runtime import audit
from runtime.endings import run_endings
from runtime.schema import AnyRow

POOL_SIZE = 48
"""At least the number of worker threads of one process (AnyIO's 40), so that none waits for a connection."""

SQLITE_BUSY_MS = 20_000
SQLITE_CACHE_KB = 16 * 1024
"""Pages a connection keeps. With four times as much a process grows by about 60 MB more; whether intake is then faster
could not be told from the noise of the machine (docs/figures.md)."""


class Database:
    """One database. `reading()` and `writing()` each give a session that is exactly one transaction."""

    def __init__(self, url: str, audit_key: audit.Key) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self._readers = self.engine.execution_options(reading=True)
        self._lookers = self.engine.execution_options(single=True)
        self._audit_key = audit_key

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that sees one moment and writes nothing."""
        with Session(self._readers, autoflush=False) as session:
            yield session
            session.rollback()

    def look(self, statement: Executable, values: Mapping[str, Any]) -> AnyRow | None:
        """The first row of one statement that is a transaction of its own: the cheapest question there is."""
        with self._lookers.connect() as connection:
            return connection.execute(statement, values).first()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that commits when the block ends well, the audit entries of its changes sealed into it."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.flush()
            run_endings(session)
            audit.seal(session, self._audit_key)
            session.commit()

    def close(self) -> None:
        self.engine.dispose()


def wait_at_most(session: Session, seconds: float) -> None:
    """From here on this transaction waits no longer for what another has locked; then it fails as `Busy`. SQLite's
    writers wait before they begin."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL lock_timeout = {int(seconds * 1000)}"))


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=0, pool_pre_ping=True)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=POOL_SIZE, max_overflow=0, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself: we say IMMEDIATE
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_MS}",
        "journal_mode=WAL",
        "foreign_keys=ON",
        "synchronous=FULL",
        "temp_store=MEMORY",
        f"cache_size=-{SQLITE_CACHE_KB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("single"):
        connection.exec_driver_sql("BEGIN" if options.get("reading") else "BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
