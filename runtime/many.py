"""Asking about many rows at once, and changing many: their keys travel as one parameter, whatever the database."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, Executable, Result, Text, any_, bindparam, func, literal, select
from sqlalchemy.orm import Session


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """True for rows whose `column` (text, integer or key) is one of these values."""
    if session.get_bind().dialect.name == "postgresql":
        given: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
        return given
    listed = func.json_each(_listed(values)).table_valued("value")
    is_listed: ColumnElement[bool] = column.in_(select(listed.c.value))
    return is_listed


def among_given(database: str, column: Any, name: str) -> ColumnElement[bool]:
    """The same for a statement put together once, of which `ask` is told the values under this name."""
    if database == "postgresql":
        given: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(column.type)))
        return given
    listed = func.json_each(bindparam(name, type_=Text())).table_valued("value")
    is_listed: ColumnElement[bool] = column.in_(select(listed.c.value))
    return is_listed


def ask(session: Session, build: Callable[[str], Executable], **values: Any) -> Result[Any]:
    """Runs a statement that is put together once for each kind of database: doing so costs more than a small question.

    `build` is handed the name of the database and is cached by its owner. Lists and sets go to `among_given`. What
    waits in the session is written first, and rows come back as values, never as objects of the session.
    """
    session.flush()
    connection = session.connection()
    database = connection.dialect.name
    given = {name: _handed_over(value, database) for name, value in values.items()}
    return connection.execute(build(database), given)


def _handed_over(value: Any, database: str) -> Any:
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        return value
    return list(value) if database == "postgresql" else _listed(value)


def _listed(values: Collection[Any]) -> str:
    return orjson.dumps([each.hex if isinstance(each, UUID) else each for each in values]).decode()


def change(session: Session, sqlite: str, postgresql: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Runs one change for each row of values and says how many rows of the table it changed.

    `sqlite` takes the values in order as `?`; `postgresql` takes them as arrays, one a column, as `%s`.
    """
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        arrays = tuple(list(values) for values in zip(*rows, strict=True))
        return connection.exec_driver_sql(postgresql, arrays).rowcount
    plain = [tuple(each.hex if isinstance(each, UUID) else each for each in row) for row in rows]
    return connection.exec_driver_sql(sqlite, plain).rowcount
