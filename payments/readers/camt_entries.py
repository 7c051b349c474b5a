"""One camt entry (Ntry) and the transactions in it (TxDtls) become movements.

Pure. The rules, and where they come from:

* **Sign**: CdtDbtInd alone. It says how the entry stands on the account, also when it is a reversal: with CRDT and
  RvslInd true the original operation was a debit, with DBIT a credit (ISO 20022 message definition report of camt.053,
  ReversalIndicator). So RvslInd is reported and turns nothing around; amounts themselves are never negative.
* **Booked**: Sts BOOK. PDNG and FUTR are yet to be booked and INFO never is (external code set EntryStatus1Code), so
  these three are pending: they count for no balance and become no payment. Without Sts an entry of a statement
  (camt.053, which tells what was booked) is booked, one of a report or notification refuses the file.
* **Date**: BookgDt, which every version leaves optional. Without it ValDt, else the day the bank made the report
  (CreDtTm); a warning says so, except for a pending entry that takes its value date. Without all three it is refused.
* **One transaction** is the entry: the entry's amount counts, the transaction tells who and why.
* **Several transactions** are a batch. It is split when each has an amount in the entry's currency and they sum to the
  entry exactly: by their own marks, else all by the entry's mark (in a reversed batch the marks may be those of the
  original). Otherwise it stays one movement with the text of all, naming only what all agree on, and a warning.
"""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from core.problems import Problem
from core.safe_xml import Fields
from payments.readers.camt_extras import charges, exchange_rate, original_amount
from payments.readers.camt_transaction import Told, code, common, told
from payments.readers.camt_values import day, first, flag, money, refusal, required, said, sign, whole_number, words
from payments.readers.model import Entry, Piece

MOST_TRANSACTIONS = 100_000
"""Transactions in one entry: they are all held until the entry's end proves that they sum to it."""

_IS_PENDING = {"BOOK": False, "PDNG": True, "FUTR": True, "INFO": True}


class Surroundings(NamedTuple):
    """What an entry needs to know of its statement."""

    account: str
    currency: str | None
    made_on: date | None
    tells_booked: bool


class Itemised:
    """The transactions of the entry being read, each with the name of its batch."""

    def __init__(self) -> None:
        self.transactions: list[Fields] = []
        self.batches: list[str | None] = []
        self.stated_count = 0
        self.batch: str | None = None

    def add(self, transaction: Fields, where: str) -> None:
        self.transactions.append(transaction)
        if len(self.transactions) > MOST_TRANSACTIONS:
            raise refusal(where, "TxDtls", f"The entry has more than {MOST_TRANSACTIONS:,} transactions.")

    def end_of_batch(self, fields: Fields) -> None:
        """Names the transactions since the last batch. `fields` are those of NtryDtls, or of the entry itself."""
        name = first(fields, "PmtInfId") or first(fields, "MsgId")
        self.batch = self.batch or name
        self.stated_count += whole_number(fields, "NbOfTxs") or 0
        self.batches += [name] * (len(self.transactions) - len(self.batches))

    @property
    def is_incomplete(self) -> bool:
        return self.stated_count > len(self.transactions)


class Booking(NamedTuple):
    """What the movements of one entry share."""

    where: str
    booked_on: date
    valued_on: date | None
    amount: int
    mark: int
    currency: str
    entry_ref: str | None
    is_reversal: bool
    is_pending: bool
    account: str
    fields: Fields


def is_pending(entry: Fields, where: str, *, tells_booked: bool) -> bool:
    """Whether the entry is not booked; `tells_booked` says that the message is about booked entries."""
    if tells_booked and "Sts" not in entry:
        return False
    status = required(entry, "Sts", where)
    if status not in _IS_PENDING:
        raise refusal(where, "Sts", f"“{status[:40]}” is not an entry status we know (BOOK, PDNG, FUTR, INFO).")
    return _IS_PENDING[status]


def movements(entry: Fields, itemised: Itemised, where: str, statement: Surroundings) -> list[Piece]:
    """The entry as one movement, or its batch as one each, after the warnings there are about it."""
    problems: list[Problem] = []
    booking = _booking(entry, where, statement, problems)
    entries = _entries(booking, itemised, problems)
    return [*problems, *entries]


def _booking(entry: Fields, where: str, statement: Surroundings, problems: list[Problem]) -> Booking:
    minor, currency = money(entry, "Amt", where)
    mark = sign(entry, where)
    pending = is_pending(entry, where, tells_booked=statement.tells_booked)
    if currency != statement.currency:
        _accept_foreign(currency, statement.currency, pending, where, problems)
    valued_on = day(entry, "ValDt", where)
    return Booking(
        where,
        day(entry, "BookgDt", where) or _undated_on(valued_on, pending, where, statement, problems),
        valued_on,
        mark * minor,
        mark,
        currency,
        said(entry, "NtryRef") or said(entry, "AcctSvcrRef"),
        flag(entry, "RvslInd", where) or False,
        pending,
        statement.account,
        entry,
    )


def _accept_foreign(currency: str, account: str | None, pending: bool, where: str, problems: list[Problem]) -> None:
    message = f"The entry is in {currency}, but the account is in {account}."
    if not pending:
        raise refusal(where, "Amt", message)
    _warn(problems, where, "Amt", message)


def _undated_on(
    valued_on: date | None, pending: bool, where: str, statement: Surroundings, problems: list[Problem]
) -> date:
    if valued_on and pending:
        return valued_on
    if valued_on:
        _warn(problems, where, "BookgDt", "The entry has no booking date; its value date was taken.")
        return valued_on
    if statement.made_on:
        _warn(problems, where, "BookgDt", "The entry has no date at all; the day the bank made the report was taken.")
        return statement.made_on
    raise refusal(where, "BookgDt", "BookgDt is missing, and ValDt and the report's CreDtTm too.")


def _warn(problems: list[Problem], where: str, field: str, message: str) -> None:
    problems.append(Problem(where, message, severity="warning", field=field))


def _entries(booking: Booking, itemised: Itemised, problems: list[Problem]) -> list[Entry]:
    transactions = itemised.transactions
    if not transactions:
        return [_entry(booking, booking.amount, Told(), booking.fields, problems, itemised.batch)]
    if len(transactions) == 1 and not _is_one_of_many(booking, itemised):
        return [_only_transaction(booking, transactions[0], itemised.batch, problems)]
    amounts = _amounts(booking, transactions)
    if amounts is None:
        return [_unsplit(booking, itemised, problems)]
    return list(_split(booking, itemised, amounts, problems))


def _is_one_of_many(booking: Booking, itemised: Itemised) -> bool:
    return itemised.is_incomplete and _stated(booking, itemised.transactions[0]) != booking.amount


def _stated(booking: Booking, transaction: Fields) -> int | None:
    """What a transaction adds to the account by its own mark; None when that is not said in the entry's currency."""
    for name in ("Amt", "TxAmt", "CntrValAmt", "InstdAmt"):
        if first(transaction, f"{name}@Ccy") == booking.currency:
            mark = sign(transaction, booking.where) if "CdtDbtInd" in transaction else booking.mark
            return mark * money(transaction, name, booking.where)[0]
    return None


def _amounts(booking: Booking, transactions: list[Fields]) -> list[int] | None:
    stated = [_stated(booking, transaction) for transaction in transactions]
    amounts = [amount for amount in stated if amount is not None]
    if len(amounts) < len(transactions):
        return None
    if sum(amounts) == booking.amount:
        return amounts
    by_entry = [booking.mark * abs(amount) for amount in amounts]
    return by_entry if sum(by_entry) == booking.amount else None


def _only_transaction(booking: Booking, transaction: Fields, batch: str | None, problems: list[Problem]) -> Entry:
    stated = _stated(booking, transaction)
    # What is said at the entry holds for its only transaction too, unless that says it itself.
    both = booking.fields | transaction
    if stated is not None and abs(stated) != abs(booking.amount) and not both.keys() & {"TtlChrgsAndTaxAmt", "Chrgs"}:
        _warn(problems, booking.where, "TxDtls/Amt", "The transaction's amount is not the entry's; the entry's counts.")
    if booking.entry_ref is None:
        booking = booking._replace(entry_ref=said(transaction, "AcctSvcrRef"))
    return _entry(booking, booking.amount, _told(booking, transaction, booking.amount), both, problems, batch)


def _split(booking: Booking, itemised: Itemised, amounts: list[int], problems: list[Problem]) -> Iterator[Entry]:
    parts = zip(itemised.transactions, itemised.batches, amounts, strict=True)
    for number, (transaction, batch, amount) in enumerate(parts, 1):
        place = booking._replace(where=f"{booking.where}/TxDtls[{number}]")
        story = _told(booking, transaction, amount)
        yield _entry(place, amount, story, transaction, problems, batch or booking.entry_ref)


def _unsplit(booking: Booking, itemised: Itemised, problems: list[Problem]) -> Entry:
    count = max(itemised.stated_count, len(itemised.transactions))
    message = f"The batch of {count} transactions was not split: amounts are missing or do not sum to the entry's."
    _warn(problems, booking.where, "TxDtls", message)
    parts = [_told(booking, transaction, booking.amount) for transaction in itemised.transactions]
    unseen = [Told()] if itemised.is_incomplete else []
    batch = itemised.batch or booking.entry_ref
    return _entry(booking, booking.amount, common(parts + unseen), booking.fields, problems, batch)


def _told(booking: Booking, transaction: Fields, amount: int) -> Told:
    is_incoming = (amount or booking.mark) > 0
    return told(transaction, is_incoming=is_incoming, is_reversal=booking.is_reversal, account=booking.account)


def _entry(
    booking: Booking, amount: int, story: Told, extras: Fields, problems: list[Problem], batch: str | None
) -> Entry:
    where, currency = booking.where, booking.currency
    original = original_amount(extras, amount, currency, where, problems)
    return Entry(
        booked_on=booking.booked_on,
        valued_on=booking.valued_on,
        amount=amount,
        currency=currency,
        where=where,
        entry_ref=booking.entry_ref,
        remittance=story.remittance or words(" ".join(booking.fields.get("AddtlNtryInf", ()))),
        counterparty=story.counterparty,
        counterparty_account=story.counterparty_account,
        counterparty_bic=story.counterparty_bic,
        structured_reference=story.structured_reference,
        end_to_end=story.end_to_end,
        mandate=story.mandate,
        code=story.code or code(booking.fields),
        return_reason=story.return_reason,
        is_reversal=booking.is_reversal,
        pending=booking.is_pending,
        charges=charges(extras, currency, where, problems),
        original_amount=original[0] if original else None,
        original_currency=original[1] if original else None,
        rate=exchange_rate(extras, where, problems),
        batch=batch,
    )
