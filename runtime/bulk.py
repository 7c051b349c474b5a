"""The bulk lane: many new rows of one table, as fast as the database takes them, in the transaction of the session.

SQLite gets one prepared statement run over all rows, PostgreSQL a `COPY`. What is stored equals what the ORM would
store: every value goes through the column type's own preparation for this database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from sqlalchemy import Column, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from runtime.schema import Base

Prepare = Callable[[Any], Any]

_NOTHING: Mapping[str, Any] = MappingProxyType({})

SAME_VALUES_KEPT = 1_024
"""Days and instants repeat from row to row; so many prepared ones are remembered a column."""


def write_rows(session: Session, table: type[Base], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts `rows`, each a value for every one of `columns` (names of the table's columns), in that order.

    Keys are made by the caller (`new_id`). A column not named gets its default when that is a plain value; what is made
    by calling something must be named. Errors of the database are SQLAlchemy's, as from any other statement.
    """
    if rows:
        write_columns(session, table, dict(zip(columns, _turned(rows), strict=True)))


def write_columns(
    session: Session, table: type[Base], values: Mapping[str, Sequence[Any]], same: Mapping[str, Any] = _NOTHING
) -> None:
    """The same for callers who have columns: each with its values, all of one length, and what every row shares."""
    count = len(next(iter(values.values())))
    if not count:
        return
    session.flush()  # rows these ones point at may still wait in the session
    connection = session.connection()
    way = _way(cast(Table, table.__table__), (*values, *same), connection.dialect)
    prepared: list[Iterable[Any]] = [
        *(_prepared(way.prepare[name], part) for name, part in values.items()),
        *(repeat(_prepared(way.prepare[name], [value])[0], count) for name, value in same.items()),
        *(repeat(each, count) for each in way.defaults),
    ]
    _insert(connection, way.statement, _turned(prepared))


def _turned(lists: Iterable[Iterable[Any]]) -> Iterator[tuple[Any, ...]]:
    """Rows into columns, or columns into rows."""
    return zip(*lists, strict=True)


class _Way(NamedTuple):
    """How rows of a table get into a database: the statement, how each named column is prepared, and what the columns
    left out get."""

    statement: str
    prepare: Mapping[str, Prepare | None]
    defaults: Sequence[Any]


@cache
def _way(table: Table, named: tuple[str, ...], dialect: Dialect) -> _Way:
    """Found out once for each set of columns: a push of one invoice comes this way as well."""
    left_out = [each for each in table.columns if each.key not in named and _has_default(each)]
    quoted = dialect.identifier_preparer.quote
    names = [quoted(each.name) for each in (*(table.columns[name] for name in named), *left_out)]
    where = f"{quoted(table.name)} ({', '.join(names)})"
    is_copied = dialect.name == "postgresql"
    marks = ", ".join("?" * len(names))
    return _Way(
        f"COPY {where} FROM STDIN" if is_copied else f"INSERT INTO {where} VALUES ({marks})",
        {name: _preparation(table.columns[name], dialect) for name in named},
        [_prepared(_preparation(each, dialect), [_default(each)])[0] for each in left_out],
    )


def _insert(connection: Connection, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    if connection.dialect.name == "postgresql":
        _copy(connection, statement, rows)
    else:
        connection.exec_driver_sql(statement, list(rows))


def _has_default(column: Column[Any]) -> bool:
    if column.default is not None and not column.default.is_scalar:
        raise ValueError(f"The rows must name {column}: its value is made by calling something.")
    return column.default is not None


def _default(column: Column[Any]) -> Any:
    return column.default.arg  # type: ignore[union-attr]


def _prepared(prepare: Prepare | None, values: Sequence[Any]) -> Sequence[Any]:
    return list(map(prepare, values)) if prepare else values


def _preparation(column: Column[Any], dialect: Dialect) -> Prepare | None:
    """What the column's type does to a value for this database; None where the driver takes it as it is."""
    prepare: Prepare | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if prepare is not None and issubclass(column.type.python_type, date):
        return lru_cache(SAME_VALUES_KEPT)(prepare)
    return prepare


def _copy(connection: Connection, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    database_error = connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except database_error as error:
        raise DBAPIError.instance(statement, None, error, database_error, dialect=connection.dialect) from error
    finally:
        cursor.close()
