"""The movements of a bank's table under a profile: each row an entry, or refused naming the row and the column."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from core.problems import Problem
from core.sheets import Cell, SheetRow
from payments.readers.bank_profile import BankProfile, DateOrder, DecimalSign, Meaning, normal
from payments.readers.bank_table import Headed
from payments.readers.model import Account, Assumed, Entry, Unanswered
from payments.readers.references import structured_reference
from payments.readers.table_values import amount_in, day_in, decimal_signs, possible_orders
from payments.readers.text_records import known_currency, refuse, words

_DAYS: tuple[Meaning, ...] = ("booked_on", "valued_on")
_MOVED: tuple[Meaning, ...] = ("amount", "incoming", "outgoing")
_AMOUNTS: tuple[Meaning, ...] = ("amount", "incoming", "outgoing", "fee", "balance")


class Movement(NamedTuple):
    """One row: its entry, its account and the balance after it, where the table has them."""

    entry: Entry
    account: Account
    balance: int | None


class Notation(NamedTuple):
    """How this file writes dates and amounts."""

    order: DateOrder
    decimal_sign: DecimalSign


class Rows:
    """The rows of a table that are movements; `left_out` counts those by whose state no money moved."""

    def __init__(self, headed: Headed, assumed: Assumed) -> None:
        self.headed = headed
        self.left_out = 0
        self._assumed = assumed
        profile = headed.profile
        index = {name: at for at, name in enumerate(headed.names)}
        self._columns: dict[Meaning, list[int]] = {
            meaning: [index[normal(name)] for name in names if normal(name) in index]
            for meaning, names in profile.columns.items()
        }
        self._pending = {normal(word) for word in profile.pending_words}
        self._no_money = {normal(word) for word in profile.left_out_words}
        self._incoming = {normal(word) for word in profile.incoming_words}
        self._outgoing = {normal(word) for word in profile.outgoing_words}
        self._footers = tuple(normal(word) for word in profile.footers)

    @property
    def profile(self) -> BankProfile:
        return self.headed.profile

    def movements(self) -> list[Movement]:
        """Every movement in file order."""
        rows = list(self._movement_rows())
        notation = self._notation([row for row, _ in rows])
        return [self._movement(row, texts, notation) for row, texts in rows]

    # ── which rows are movements ────────────────────────────────────────────────────────────────

    def _movement_rows(self) -> Iterator[tuple[SheetRow, list[str]]]:
        """Each movement's row, and the texts of the rows that go on with it."""
        waiting: tuple[SheetRow, list[str]] | None = None
        for row in self.headed.table.rows[self.headed.begin :]:
            if self._is_footer(row):
                continue
            row = self._whole(row)
            if waiting is not None and self.profile.continues and self._is_continuation(row):
                waiting[1].append(self._text(row, "remittance"))
                continue
            if waiting is not None:
                yield waiting
            waiting = None
            if self._no_money and normal(self._text(row, "state")) in self._no_money:
                self.left_out += 1
            else:
                waiting = (row, [])
        if waiting is not None:
            yield waiting

    def _is_footer(self, row: SheetRow) -> bool:
        """True for a row that begins with a footer, or says one where a movement has its text, and moves nothing."""
        if not self._footers:
            return False
        first = next((normal(str(cell)) for cell in row.cells if cell != ""), "")
        if first.startswith(self._footers):
            return True
        if len(row.cells) < len(self.headed.names) or any(self._text(row, meaning) for meaning in _MOVED):
            return False
        return normal(self._text(row, "remittance")).startswith(self._footers)

    def _is_continuation(self, row: SheetRow) -> bool:
        return not any(self._text(row, meaning) for meaning in (*_DAYS, *_AMOUNTS))

    def _whole(self, row: SheetRow) -> SheetRow:
        """The row with a cell for each column; one with fewer or more is refused."""
        width, cells = len(self.headed.names), row.cells
        if any(cell != "" for cell in cells[width:]):
            refuse(self._where(row), f"The row has {len(cells)} columns, the header {width}.")
        missing = width - len(cells)
        if missing > 0 and not self.profile.continues:
            refuse(self._where(row), f"The row has {len(cells)} columns, the header {width}: it is cut short.")
        return row if missing <= 0 else SheetRow(row.number, [*cells, *[""] * missing])

    # ── cells ───────────────────────────────────────────────────────────────────────────────────

    def _where(self, row: SheetRow) -> str:
        return self.headed.table.where(row)

    def _cells(self, row: SheetRow, meaning: Meaning) -> Iterator[Cell]:
        return (row.cells[at] for at in self._columns.get(meaning, ()) if row.cells[at] != "")

    def _cell(self, row: SheetRow, meaning: Meaning) -> Cell:
        return next(self._cells(row, meaning), "")

    def _text(self, row: SheetRow, meaning: Meaning) -> str:
        return words(" ".join(str(cell) for cell in self._cells(row, meaning)))

    def _said(self, row: SheetRow, meaning: Meaning) -> str | None:
        return words(str(self._cell(row, meaning))) or None

    def _column(self, meaning: Meaning) -> str:
        return next(iter(self.profile.columns.get(meaning, ())), meaning)

    # ── how dates and amounts are written ───────────────────────────────────────────────────────

    def _notation(self, rows: Sequence[SheetRow]) -> Notation:
        return Notation(self.profile.date_order or self._date_order(rows), self._decimal_sign(rows))

    def _date_order(self, rows: Sequence[SheetRow]) -> DateOrder:
        days = [cell for row in rows for meaning in _DAYS for cell in self._cells(row, meaning)]
        possible = possible_orders(cell for cell in days if normal(str(cell)) not in self._pending)
        if not possible:
            refuse("whole file", "There is no order of day, month and year that all dates have.", "booked_on")
        if len(possible) > 1:
            message = (
                "Nothing tells whether the day or the month stands first in the dates. Say it in a bank profile for "
                "these columns, or export a longer period, with a day after the 12th."
            )
            raise Unanswered([Problem("whole file", message, field=self._column("booked_on"))])
        return possible[0]

    def _decimal_sign(self, rows: Sequence[SheetRow]) -> DecimalSign:
        if self.profile.decimal_sign is not None:
            return self.profile.decimal_sign
        cells = [cell for row in rows for meaning in _AMOUNTS for cell in self._cells(row, meaning)]
        signs = decimal_signs(cells)
        if len(signs) > 1:
            refuse("whole file", "Some amounts have decimal commas and others decimal points.", "amount")
        if not signs and any("." in cell or "," in cell for cell in cells if isinstance(cell, str)):
            message = "Nothing tells whether the sign in the amounts is for decimals or for thousands. Say it in a "
            raise Unanswered([Problem("whole file", f"{message}bank profile.", field=self._column("amount"))])
        return "," if signs == {","} else "."

    # ── one row ─────────────────────────────────────────────────────────────────────────────────

    def _movement(self, row: SheetRow, more: Sequence[str], notation: Notation) -> Movement:
        currency = self._currency(row)
        pending = bool(self._pending) and normal(self._text(row, "state")) in self._pending
        booked_on, valued_on = self._days(row, notation.order, pending)
        amount, fee = self._amount(row, notation.decimal_sign, currency)
        remittance = words(" ".join([self._text(row, "remittance"), *more]))
        entry = Entry(
            booked_on=booked_on,
            valued_on=valued_on,
            amount=amount,
            currency=currency,
            where=self._where(row),
            entry_ref=self._said(row, "entry_ref"),
            remittance=remittance,
            counterparty=self._counterparty(row, amount),
            counterparty_account=_packed(self._said(row, "counterparty_account")),
            counterparty_bic=self._said(row, "counterparty_bic"),
            structured_reference=self._reference(row, remittance),
            end_to_end=self._said(row, "end_to_end"),
            mandate=self._said(row, "mandate"),
            code=self._said(row, "code"),
            pending=pending,
            charges=fee,
        )
        return Movement(entry, self._account(row), self._balance(row, notation.decimal_sign, currency))

    def _days(self, row: SheetRow, order: DateOrder, pending: bool) -> tuple[date, date | None]:
        booked, valued = (self._day(row, meaning, order, pending) for meaning in _DAYS)
        day = booked or valued
        if day is None:
            refuse(self._where(row), "The date is missing.", self._column("booked_on"))
        return day, valued

    def _day(self, row: SheetRow, meaning: Meaning, order: DateOrder, pending: bool) -> date | None:
        cell = self._cell(row, meaning)
        if cell == "" or (pending and normal(str(cell)) in self._pending):
            return None
        day = day_in(cell, order)
        if day is None:
            refuse(self._where(row), f"“{str(cell)[:20]}” is no date in the order {order}.", self._column(meaning))
        return day

    def _amount(self, row: SheetRow, sign: DecimalSign, currency: str | None) -> tuple[int, int | None]:
        """The signed amount less the fee, and the fee."""
        if "amount" in self._columns:
            amount = self._minor(row, "amount", sign, currency)
        else:
            amount = self._two_columns(row, sign, currency)
        if amount is None:
            refuse(self._where(row), "The amount is missing.", self._column("amount"))
        if "indicator" in self._columns:
            amount = self._turned(row, amount)
        fee = self._minor(row, "fee", sign, currency)
        return (amount - abs(fee), abs(fee)) if fee else (amount, None)

    def _two_columns(self, row: SheetRow, sign: DecimalSign, currency: str | None) -> int | None:
        incoming = self._minor(row, "incoming", sign, currency)
        outgoing = self._minor(row, "outgoing", sign, currency)
        if incoming and outgoing:
            refuse(self._where(row), "The row has money coming in and money going out.", self._column("incoming"))
        if outgoing:
            return -abs(outgoing)
        return incoming if incoming is not None else outgoing

    def _turned(self, row: SheetRow, amount: int) -> int:
        word = normal(self._text(row, "indicator"))
        if amount < 0 and not self.profile.has_sign_twice:
            refuse(self._where(row), "The amount has a sign although a column says its direction.", "amount")
        if word in self._incoming:
            return abs(amount)
        if word in self._outgoing:
            return -abs(amount)
        refuse(self._where(row), f"“{word[:20]}” means neither in nor out.", self._column("indicator"))

    def _minor(self, row: SheetRow, meaning: Meaning, sign: DecimalSign, currency: str | None) -> int | None:
        cell = self._cell(row, meaning)
        if cell == "":
            return None
        return amount_in(cell, sign, currency, self._where(row), self._column(meaning))

    def _balance(self, row: SheetRow, sign: DecimalSign, currency: str | None) -> int | None:
        return self._minor(row, "balance", sign, currency)

    def _currency(self, row: SheetRow) -> str | None:
        stated = self._text(row, "currency").upper()
        if stated == "€":
            return "EUR"
        if stated:
            return known_currency(stated, self._where(row), self._column("currency"))
        currency = self.profile.currency or self._assumed.currency
        return known_currency(currency, "--currency", "currency") if currency else None

    def _account(self, row: SheetRow) -> Account:
        identifier = _packed(self._said(row, "account")) or self.profile.account or self._labelled_account()
        return Account(identifier or self._assumed.account or "", _packed(self._said(row, "bank")))

    def _labelled_account(self) -> str | None:
        labels = {normal(label) for label in self.profile.account_labels}
        for row in self.headed.around if labels else ():
            if found := labelled(row, labels):
                return _packed(str(found[0]).split("/")[0])
        return None

    def _counterparty(self, row: SheetRow, amount: int) -> str | None:
        return self._said(row, "payer" if amount > 0 else "payee") or self._text(row, "counterparty") or None

    def _reference(self, row: SheetRow, remittance: str) -> str | None:
        stated = "".join(filter(str.isalnum, self._said(row, "structured_reference") or ""))
        return stated or structured_reference(remittance)


def labelled(row: SheetRow, labels: set[str]) -> list[Cell]:
    """The cells behind the first one that is a label, or the rest of it behind a colon; empty when there is none."""
    cells = [cell for cell in row.cells if cell != ""]
    for at, cell in enumerate(cells):
        name, _, rest = str(cell).partition(":")
        if any(normal(name).startswith(label) for label in labels):
            return [words(rest)] if rest.strip() else cells[at + 1 :]
    return []


def _packed(text: str | None) -> str | None:
    """An account or bank number without its blanks and a spreadsheet's apostrophe."""
    return text.replace(" ", "").lstrip("'") if text else None
