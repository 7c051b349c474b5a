"""The schema the migrations make is the schema the program works with, to the last constraint."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect

from commands.system import System
from migrations import run as migrations
from runtime.audit import Key
from runtime.db import Database
from runtime.schema import Base


def test_nothing_is_left_to_migrate_that_the_program_knows(system: System) -> None:
    with system.house.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_check_of_the_program_is_in_the_database(system: System) -> None:
    """What comparing metadata does not look at."""
    inspector = inspect(system.house.database.engine)
    for table in Base.metadata.sorted_tables:
        known = {each.name for each in table.constraints if type(each).__name__ == "CheckConstraint"}
        assert {each["name"] for each in inspector.get_check_constraints(table.name)} == known, table.name


def _statements(path: Path) -> dict[str, list[str]]:
    """What made each table and index, its parts in a fixed order. SQLite quotes the name of a renamed table."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
        ).fetchall()
    return {
        name: sorted(
            re.sub(r"\s+", " ", line).replace('"', "").strip().rstrip(",") for line in _with_added(sql).splitlines()
        )
        for name, sql in rows
        if name != "alembic_version"
    }


def _with_added(sql: str) -> str:
    """SQLite writes a column added later, and the rule it brings, behind the last one without lines of their own."""
    column = r"[a-z_]+ [A-Z]+(?:\(\d+\))?(?: DEFAULT '[^']*')?(?: NOT NULL)?"
    sql = re.sub(rf", (?={column}(?:,| CONSTRAINT))", ",\n", sql)
    return re.sub(rf"^({column}) (?=CONSTRAINT )", r"\1,\n", sql, flags=re.M)


def test_the_statements_are_the_ones_the_tables_would_be_made_with(sqlite_template: Path, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    assert _statements(sqlite_template) == _statements(path)


def test_migrating_again_changes_nothing(system: System) -> None:
    engine = system.house.database.engine
    before = {name: inspect(engine).get_columns(name) for name in inspect(engine).get_table_names()}
    assert migrations.upgrade(engine) == migrations.upgrade(engine)
    after = {name: inspect(engine).get_columns(name) for name in inspect(engine).get_table_names()}
    assert repr(before) == repr(after)
    assert migrations.is_current(engine)


def test_a_migration_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """One transaction: the schema is old or new, never between."""
    engine = Database(f"sqlite:///{tmp_path / 'broken.db'}", Key("test", b"a key")).engine
    connection = sqlite3.connect(tmp_path / "broken.db")
    connection.execute("CREATE TABLE zzz_in_the_way (id INTEGER)")
    connection.commit()
    script = next((Path(migrations.FOLDER) / "versions").glob("0001_*.py")).read_text("utf-8")
    last = re.findall(r"^    _(\w+),$", script, re.M)[-1]
    connection.execute(f"CREATE TABLE {last} (id INTEGER)")
    connection.commit()
    connection.close()
    with pytest.raises(Exception, match="already exists"):
        migrations.upgrade(engine)
    assert set(inspect(engine).get_table_names()) - {"alembic_version"} == {"zzz_in_the_way", last}
    engine.dispose()
