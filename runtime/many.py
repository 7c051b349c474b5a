"""Asking about many rows at once, and changing many: their keys travel as one parameter, whatever the database."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, ColumnElement, any_, func, literal, select
from sqlalchemy.orm import Session


def among(session: Session, column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """True for rows whose `column` (text, integer or key) is one of these values."""
    if session.get_bind().dialect.name == "postgresql":
        given: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
        return given
    every = orjson.dumps([each.hex if isinstance(each, UUID) else each for each in values]).decode()
    listed = func.json_each(every).table_valued("value")
    is_listed: ColumnElement[bool] = column.in_(select(listed.c.value))
    return is_listed


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
