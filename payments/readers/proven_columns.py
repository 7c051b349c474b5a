"""Tables nobody explained whose running balance proves what their columns are.

The words of a header say what a column probably is (`column_words`), which alone would be a guess. But where every
balance is the one before plus the amount, through the whole file and in an order in which days never go back, dates,
amounts and signs are no guess: another reading would break the chain. Such a table is read, with a warning, because
names and texts are not proven by it; columns whose words say nothing join the text, so that none of it is lost. A
table with less than that is a question for a person.

Rows before the first and behind the last movement that have neither a date nor a figure in its place (totals, notes)
are no movements: the chain says so of those between, the warning counts those around.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from core.currencies import EXPONENTS
from core.problems import Problem
from core.sheets import Cell, SheetRow
from payments.readers.bank_movements import groups_of, in_booking_order
from payments.readers.bank_profile import BankProfile, Meaning, normal
from payments.readers.bank_rows import Movement, Rows
from payments.readers.bank_table import HEADER_WITHIN, Headed, Table, names_in
from payments.readers.column_words import is_header, proposed
from payments.readers.model import Assumed
from payments.readers.table_values import DATE_ORDERS, day_in

FEWEST_MOVEMENTS = 3
"""A chain of fewer links might hold by chance."""

_UNPROVABLE: frozenset[Meaning] = frozenset({"indicator", "fee"})
"""Columns that change an amount: what their words mean, nobody has said."""
_LEFT_OUT: frozenset[Meaning] = frozenset({"original_amount", "original_currency", "state"})
_MONEY: tuple[Meaning, ...] = ("amount", "incoming", "outgoing", "balance")
_CURRENCY_IN_NAME = re.compile(r"\(([A-Z]{3})\)$|\b(EUR|USD|GBP|CHF|CZK|DKK|NOK|PLN|SEK)$", re.IGNORECASE)
_CODE = re.compile(r"\b[A-Z]{3}\b")
_SIGNS = {"€": "EUR", "£": "GBP"}


def by_words(table: Table) -> Headed | None:
    """The table under the profile its header's words suggest, if that has a date, an amount and a running balance."""
    for index, row in enumerate(table.rows[:HEADER_WITHIN]):
        names = names_in(row)
        if is_header(names):
            profile = _profile(names)
            return Headed(table, profile, names, index + 1) if profile else None
    return None


def _profile(names: Sequence[str]) -> BankProfile | None:
    found = dict(proposed([name for name in names if name]))
    if "balance" not in found or _UNPROVABLE & found.keys():
        return None
    told = {name for columns in found.values() for name in columns}
    unsaid = tuple(name for name in names if name and name not in told)
    columns = {meaning: of for meaning, of in found.items() if meaning not in _LEFT_OUT}
    columns["remittance"] = (*columns.get("remittance", ()), *unsaid)
    return BankProfile(
        name="by-words",
        title="columns read by their words",
        columns=columns,
        header=tuple(name for name in names if name),
        currency=_currency([name for meaning in _MONEY for name in columns.get(meaning, ())]),
    )


def _currency(names: Sequence[str]) -> str | None:
    """The one currency the names of the money columns state, as in “Amount (GBP)” or “Saldo €”."""
    stated = {code for name in names if (code := _currency_in(name))}
    return stated.pop() if len(stated) == 1 else None


def _currency_in(name: str) -> str | None:
    sign = next((code for mark, code in _SIGNS.items() if mark in name), None)
    written = _CURRENCY_IN_NAME.search(name)
    code = (written[1] or written[2]).upper() if written else None
    return sign or (code if code in EXPONENTS else None)


def movements_only(headed: Headed) -> tuple[Headed, int]:
    """The table without the rows around its movements, in the currency their amounts name, and how many those are."""
    at = [index for index, name in enumerate(headed.names) if name in _day_columns(headed.profile)]
    rows = headed.table.rows[headed.begin :]
    end = len(rows)
    while end and not _may_move(rows[end - 1], at):
        end -= 1
    begin = next((index for index in range(end) if _may_move(rows[index], at)), end)
    kept = [*headed.table.rows[: headed.begin + begin], *rows[begin:end]]
    profile = replace(headed.profile, currency=headed.profile.currency or _currency_of(rows[begin:end], headed))
    trimmed = Headed(headed.table._replace(rows=kept), profile, headed.names, headed.begin + begin)
    return trimmed, len(rows) - end + begin


def _currency_of(rows: Sequence[SheetRow], headed: Headed) -> str | None:
    """The one currency written beside the amounts, as in “12,50 EUR”."""
    money = [at for at, name in enumerate(headed.names) if name in _money_columns(headed.profile)]
    cells = (str(row.cells[at]) for row in rows for at in money if at < len(row.cells))
    stated = {code for cell in cells for code in _CODE.findall(cell) if code in EXPONENTS}
    return stated.pop() if len(stated) == 1 else None


def _money_columns(profile: BankProfile) -> set[str]:
    return {normal(name) for meaning in _MONEY for name in profile.columns.get(meaning, ())}


def _day_columns(profile: BankProfile) -> set[str]:
    return {normal(name) for meaning in ("booked_on", "valued_on") for name in profile.columns.get(meaning, ())}


def _may_move(row: SheetRow, day_columns: Sequence[int]) -> bool:
    """True when the place of a date holds one, or any figure."""
    return any(_is_day_or_figure(row.cells[at]) for at in day_columns if at < len(row.cells))


def _is_day_or_figure(cell: Cell) -> bool:
    return any(day_in(cell, order) for order in DATE_ORDERS) or any(map(str.isdigit, str(cell)))


def is_proven(headed: Headed, assumed: Assumed) -> bool:
    """True when the balances of every account and currency prove all of the table's movements."""
    movements = Rows(headed, assumed).movements()
    return bool(movements) and all(map(_is_chain, groups_of(movements)))


def _is_chain(group: list[Movement]) -> bool:
    if len(group) < FEWEST_MOVEMENTS or any(movement.balance is None for movement in group):
        return False
    ordered = in_booking_order(group)
    days = [movement.entry.booked_on for movement in ordered.movements]
    return ordered.flaw is None and all(before <= after for before, after in pairwise(days))


def said_of(profile: BankProfile, rows_around: int) -> Iterator[Problem]:
    """What a person should know of a table read by its words."""
    meant = "; ".join(f"{meaning}: {', '.join(names)}" for meaning, names in profile.columns.items() if names)
    message = (
        "No bank profile names these columns. They were read by their words, and the running balance proves dates, "
        f"amounts and signs, but no names and texts: {meant[:600]}. Save a profile to be sure of those."
    )
    yield Problem("header row", message, severity="warning")
    if rows_around:
        message = f"Rows around the movements, such as totals and notes, were left out: {rows_around}."
        yield Problem("whole file", message, severity="warning")
