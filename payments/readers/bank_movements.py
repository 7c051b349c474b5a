"""Statements out of a table's movements: one an account and currency, in booking order, proven by the running balance.

Banks write the oldest or the newest movement first, and some sort only by day. Whichever order makes every balance the
one before plus the amount is the order of booking; it also gives the opening and the closing balance. Where no order
does, the first row that breaks is named, and the balances of the first and last row decide whether intake believes it.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from core.money import decimal_text
from core.problems import Problem
from core.sheets import SheetRow
from payments.readers.bank_profile import normal
from payments.readers.bank_rows import Movement, Rows, labelled
from payments.readers.model import Piece, StatementFoot, StatementHead, Unreadable
from payments.readers.table_values import HUNDREDTHS, amount_in


class Ordered(NamedTuple):
    """Booked movements in booking order, and the first whose balance does not follow from the one before."""

    movements: list[Movement]
    flaw: Movement | None


def statements(rows: Rows) -> Iterator[Piece]:
    """The pieces of all statements of a table."""
    groups = groups_of(rows.movements())
    if not groups:
        yield Problem("whole file", "The table has no movements.", severity="warning")
    for group in groups:
        currency = group[0].entry.currency
        labels = (rows.profile.opening_labels, rows.profile.closing_labels) if len(groups) == 1 else ((), ())
        yield from _statement(group, *(_stated(rows, each, currency) for each in labels))
    if rows.left_out:
        message = f"{rows.left_out} rows were left out: by their state, no money moved."
        yield Problem("whole file", message, severity="warning")


def groups_of(movements: Sequence[Movement]) -> list[list[Movement]]:
    """The movements of each account and currency, in file order."""
    groups: dict[tuple[str, str | None], list[Movement]] = {}
    for movement in movements:
        groups.setdefault((movement.account.identifier, movement.entry.currency), []).append(movement)
    return list(groups.values())


def _statement(group: list[Movement], opening: int | None, closing: int | None) -> Iterator[Piece]:
    booked = [movement for movement in group if not movement.entry.pending]
    ordered = in_booking_order(booked)
    running = _ends(ordered.movements)
    days = [movement.entry.booked_on for movement in booked or group]
    yield StatementHead(
        group[0].account,
        group[0].entry.currency,
        opening=running[0] if running else opening,
        from_on=min(days),
        to_on=max(days),
    )
    if ordered.flaw is not None:
        yield _break(ordered.flaw)
    yield from (movement.entry for movement in ordered.movements)
    yield from (movement.entry for movement in group if movement.entry.pending)
    yield StatementFoot(running[1] if running else closing, max(days))


def _break(flaw: Movement) -> Problem:
    stated = decimal_text(flaw.balance or 0, flaw.entry.currency or HUNDREDTHS)
    message = f"The balance {stated} of this row is not the one before plus the amount, in whichever order."
    return Problem(flaw.entry.where, message, severity="warning", field="balance")


def in_booking_order(movements: list[Movement]) -> Ordered:
    """The movements oldest first, by the order their balances prove, else by their days."""
    orders = _orders(movements)
    for order in orders:
        if _break_in(order) is None:
            return Ordered(order, None)
    return Ordered(orders[0], _break_in(orders[0]))


def _orders(movements: list[Movement]) -> list[list[Movement]]:
    backward = movements[::-1]
    is_newest_first = bool(movements) and movements[0].entry.booked_on > movements[-1].entry.booked_on
    first, second = (backward, movements) if is_newest_first else (movements, backward)
    by_day = [sorted(each, key=lambda movement: movement.entry.booked_on) for each in (first, second)]
    return [first, second, *by_day]


def _break_in(movements: Sequence[Movement]) -> Movement | None:
    running: int | None = None
    for movement in movements:
        expected = None if running is None else running + movement.entry.amount
        if movement.balance is None:
            running = expected
        elif expected is not None and movement.balance != expected:
            return movement
        else:
            running = movement.balance
    return None


def _ends(movements: Sequence[Movement]) -> tuple[int, int] | None:
    """The balances before the first and after the last movement; None when no row has one."""
    known = [(at, movement.balance) for at, movement in enumerate(movements) if movement.balance is not None]
    if not known:
        return None
    (first, first_balance), (last, last_balance) = known[0], known[-1]
    before = sum(movement.entry.amount for movement in movements[: first + 1])
    after = sum(movement.entry.amount for movement in movements[last + 1 :])
    return first_balance - before, last_balance + after


def _stated(rows: Rows, labels: Sequence[str], currency: str | None) -> int | None:
    """The first amount behind one of the labels around the table."""
    wanted = {normal(label) for label in labels}
    if not wanted:
        return None
    return next(
        (amount for row in rows.headed.table.rows for amount in _amounts_behind(rows, row, wanted, currency)), None
    )


def _amounts_behind(rows: Rows, row: SheetRow, labels: set[str], currency: str | None) -> Iterator[int]:
    for cell in labelled(row, labels):
        with suppress(Unreadable):
            yield amount_in(cell, rows.profile.decimal_sign or ".", currency, rows.headed.table.where(row), "balance")
