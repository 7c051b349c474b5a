"""What introduces a camt statement: the account, the period, the currency and which balances are its edges.

Pure. Which balance is which (ISO 20022 external code set BalanceType1Code):

* opening: OPBD, else PRCD (yesterday's closing is today's opening); of several days the earliest
* closing: CLBD; of several days the latest
* ITBD, a balance at some hour: the pages of one day's statement are joined by it, so in camt.053 and .054 it stands
  in for the one edge that is missing. An intraday report (camt.052) often lists only what is new since the last one
  under the day's opening balance, so there it counts only as a pair: the first opens, the last closes
* available, forward and expected balances (OPAV, CLAV, ITAV, FWAV, XPCD …) are no booked balances and are left aside

The currency is the account's (Acct/Ccy), else that of the first entry if it is booked, else that of a balance, else
that of the first entry though pending. A balance in another currency cannot be an edge: it is left out with a warning.
"""

from datetime import date
from typing import NamedTuple

from core.problems import Problem
from core.safe_xml import Fields
from payments.readers.camt_values import day, first, is_currency, money, only, refusal, required, sign
from payments.readers.model import Account, Assumed, StatementHead

_EDGES = ("OPBD", "PRCD", "CLBD", "ITBD")


class Balance(NamedTuple):
    """One booked balance, credit positive, in minor units of its own currency."""

    kind: str
    amount: int
    currency: str
    on: date | None


def balance(fields: Fields, where: str) -> Balance:
    amount, currency = money(fields, "Amt", where)
    signed = amount * sign(fields, where)
    return Balance(required(fields, "Tp", where), signed, currency, day(fields, "Dt", where))


class Edges(NamedTuple):
    opening: Balance | None
    closing: Balance | None


def edges(balances: list[Balance], *, is_intraday: bool) -> Edges:
    """The opening and the closing balance among balances of one currency, by the rule above."""
    of_kind = {kind: [each for each in balances if each.kind == kind] for kind in _EDGES}
    opening = _earliest(of_kind["OPBD"]) or _earliest(of_kind["PRCD"])
    closing = _latest(of_kind["CLBD"])
    interim = of_kind["ITBD"]
    if not opening and not closing:
        return Edges(interim[0], interim[-1]) if len(interim) > 1 else Edges(None, None)
    if interim and not is_intraday:
        return Edges(opening or interim[0], closing or interim[-1])
    return Edges(opening, closing)


def _earliest(balances: list[Balance]) -> Balance | None:
    return min(balances, key=_when, default=None)


def _latest(balances: list[Balance]) -> Balance | None:
    return max(reversed(balances), key=_when, default=None)


def _when(each: Balance) -> date:
    return each.on or date.min


class Introduction(NamedTuple):
    """A statement's head, the balance its foot will state, and what was odd."""

    head: StatementHead
    closing: Balance | None
    problems: list[Problem]


class FirstEntry(NamedTuple):
    """What the first entry tells about the statement's currency."""

    currency: str
    is_pending: bool


def introduction(
    fields: Fields,
    balances: list[Balance],
    where: str,
    *,
    is_intraday: bool,
    first_entry: FirstEntry | None,
    assumed: Assumed,
) -> Introduction:
    """`fields` are those of the `Head` records; `first_entry` is None for a statement without entries."""
    currency = _currency(fields, balances, where, first_entry) or assumed.currency
    opening, closing = edges([each for each in balances if each.currency == currency], is_intraday=is_intraday)
    head = StatementHead(
        account=_account(fields, where),
        currency=currency,
        reference=only(fields, "Id", where),
        sequence=first(fields, "ElctrncSeqNb") or first(fields, "LglSeqNb"),
        opening=opening.amount if opening else None,
        from_on=day(fields, "FrDtTm", where),
        to_on=day(fields, "ToDtTm", where),
    )
    foreign = [each for each in balances if each.kind in _EDGES and each.currency != currency]
    return Introduction(head, closing, [_left_out(each, currency, where) for each in foreign])


def _currency(fields: Fields, balances: list[Balance], where: str, entry: FirstEntry | None) -> str | None:
    stated = only(fields, "Ccy", where)
    if stated and not is_currency(stated):
        raise refusal(where, "Acct/Ccy", f"“{stated[:12]}” is not an ISO 4217 currency code.")
    if stated or (entry and not entry.is_pending):
        return stated or (entry and entry.currency)
    booked = [each.currency for each in balances if each.kind in _EDGES]
    pending = [entry.currency] if entry else []
    return next(iter(booked + pending + [each.currency for each in balances]), None)


def _account(fields: Fields, where: str) -> Account:
    identifier = first(fields, "Acct")
    if identifier is None:
        raise refusal(where, "Acct", "The statement does not say which account it is of.")
    return Account(identifier.replace(" ", ""), first(fields, "Svcr"), first(fields, "AcctNm") or first(fields, "Ownr"))


def _left_out(each: Balance, currency: str | None, where: str) -> Problem:
    message = f"The {each.kind} balance is in {each.currency}, but the account is in {currency}: it was left out."
    return Problem(where, message, severity="warning", field="Bal")
