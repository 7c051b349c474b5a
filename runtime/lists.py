"""Cursor lists: `{data, has_more, next_cursor}`. The cursor says after which row the next page begins."""

import base64
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, UnaryExpression, and_, or_
from sqlalchemy.orm import Session
from sqlalchemy.sql import operators

from core.errors import Invalid
from runtime.schema import AnyRow

MOST_ROWS = 100
LARGEST_WHOLE = 2**63 - 1

Order = SQLColumnExpression[Any]


def page_of(
    session: Session,
    query: Select[*tuple[Any, ...]],
    order: Sequence[Order],
    limit: int,
    cursor: str | None,
    show: Callable[[AnyRow], Any],
) -> dict[str, Any]:
    """One page of a query, ordered by columns that together are unique; at most `MOST_ROWS` rows."""
    rows, next_cursor = rows_of(session, query, order, limit, cursor)
    return page([show(row) for row in rows], next_cursor)


def page(data: Sequence[Any], next_cursor: str | None) -> dict[str, Any]:
    """The answer of a list: what was found, and where it goes on."""
    return {"data": data, "has_more": next_cursor is not None, "next_cursor": next_cursor}


def rows_of(
    session: Session, query: Select[*tuple[Any, ...]], order: Sequence[Order], limit: int, cursor: str | None
) -> tuple[Sequence[AnyRow], str | None]:
    """The rows of a page and the cursor of the next one; None at the end."""
    if not 1 <= limit <= MOST_ROWS:
        raise Invalid.because("/limit", f"limit is from 1 to {MOST_ROWS}.", field="limit")
    columns = [_column(each) for each in order]
    if cursor:
        query = query.where(_after(order, columns, _decode(cursor, len(columns))))
    found = session.execute(query.order_by(*order).limit(limit + 1).add_columns(*columns)).all()
    rows = found[:limit]
    if len(found) <= limit:
        return rows, None
    return rows, _encode(rows[-1][-len(columns) :])


def _column(each: Order) -> ColumnElement[Any]:
    return cast(ColumnElement[Any], each.element if isinstance(each, UnaryExpression) else each)


def _is_descending(each: Order) -> bool:
    return isinstance(each, UnaryExpression) and each.modifier is operators.desc_op


def _after(order: Sequence[Order], columns: Sequence[ColumnElement[Any]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Row-wise "later than the cursor": the first column beyond it, or equal and the next beyond it, and so on.

    That the first column is at least not before it follows from the rest; it is said so that an index is walked from
    there on, and not once for every step.
    """
    first = _typed(columns[0], values[0])
    steps = []
    for index, (each, column) in enumerate(zip(order, columns, strict=True)):
        same = [columns[before] == _typed(columns[before], values[before]) for before in range(index)]
        value = _typed(column, values[index])
        steps.append(and_(*same, column < value if _is_descending(each) else column > value))
    return and_(columns[0] <= first if _is_descending(order[0]) else columns[0] >= first, or_(*steps))


def _typed(column: ColumnElement[Any], value: Any) -> Any:
    try:
        kind = column.type.python_type
        if kind is UUID:
            return UUID(value)
        if kind is date:
            return date.fromisoformat(value)
        if kind is datetime:
            return _instant(value)
        if type(value) is not kind or (kind is int and abs(value) > LARGEST_WHOLE):
            raise ValueError
        return value
    except (TypeError, ValueError) as error:
        raise _bad_cursor() from error


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at


def _encode(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values), default=str)).decode().rstrip("=")


def _decode(cursor: str, count: int) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise _bad_cursor() from error
    if not isinstance(values, list) or len(values) != count:
        raise _bad_cursor()
    return values


def _bad_cursor() -> Invalid:
    return Invalid.because("/cursor", "This cursor is not one of ours.", field="cursor")
