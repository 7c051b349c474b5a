"""What OFX elements mean, as ofxparse reads them, with its known errors closed.

The library decides which element of a transaction, account or balance says what. Three things it gets wrong are
overridden here: it moves dates by the time zone, takes NaN, exponents and ambiguous group signs for amounts, and
raises bare Python errors. It is handed our own `Element` in place of a BeautifulSoup tag.
"""

import re
from datetime import date
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, NoReturn

from ofxparse import OfxParser
from ofxparse.ofxparse import AccountType, OfxParserException
from stdnum import bic, iban

from core.currencies import EXPONENTS
from core.money import Money, NotAnAmount, parse_minor, rounded
from core.problems import Problem
from payments.readers.model import Account, Assumed, Entry, StatementFoot, StatementHead, Unreadable
from payments.readers.ofx_elements import Element, Leaf
from payments.readers.references import structured_reference

_PLAIN = re.compile(r"[+-]?(?:[0-9]{1,18}(?:[.,][0-9]{0,12})?|[.,][0-9]{1,12})", re.ASCII)
_GROUPED = re.compile(
    r"[+-]?[0-9]{1,3}(?P<group>[., ])[0-9]{3}(?:(?P=group)[0-9]{3}){0,4}(?!(?P=group))[.,][0-9]{1,12}", re.ASCII
)
_DATE = re.compile(r"([0-9]{4})(?:-?)([0-9]{2})(?:-?)([0-9]{2})(?:[0-9]{2}){0,3}(?![0-9])", re.ASCII)
_EXACT = Context(prec=64)


class _Misread(Exception):
    """A text that is no amount or date. Not a ValueError: those ofxparse swallows or rewords."""

    def __init__(self, message: str, text: str) -> None:
        super().__init__(message)
        self.text = text


class StatementParser(OfxParser):  # type: ignore[misc]  # ofxparse ships no types
    """ofxparse with strict amounts and the bank's own dates."""

    fail_fast = True
    custom_date_format = None

    @classmethod
    def parseOfxDateTime(cls, ofxDateTime: str) -> date | None:
        """The day the bank writes: the first eight digits, whatever time and zone follow. All zeros is no date.

        A posting date is a fact of the bank's books, not an instant; moved to UTC, an evening booking in New York
        changes its day and, at a month's end, its statement.
        """
        return _day(ofxDateTime)

    @classmethod
    def toDecimal(cls, tag: Leaf) -> Decimal:
        """As the OFX specification writes amounts: a sign, digits, `.` or `,` before the decimals.

        It forbids group signs; they are read only where a different decimal sign makes them certain (1.234,50).
        """
        return _decimal(tag.contents[0])


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    found = _DATE.match(text)
    if text[:8] == "00000000":
        return None
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise _Misread(f"“{text[:40]}” is not a date written YYYYMMDD.", text)


def _decimal(text: str) -> Decimal:
    plain = text
    if grouped := _GROUPED.fullmatch(text):
        plain = text.replace(grouped["group"], "")
    elif not _PLAIN.fullmatch(text):
        raise _Misread(f"“{text[:40]}” is not an amount such as 1234.50.", text)
    return Decimal(plain.replace(",", "."))


def _refuse(element: Element, message: str, field: str | None) -> NoReturn:
    raise Unreadable([Problem(f"line {element.line}, {element.name.upper()}", message, field=field)])


def _field_of(element: Element, text: str) -> str | None:
    """The name of the element below that holds the text, for messages."""
    for name, value in element.values.items():
        if value == text:
            return name.upper()
    return next((found for child in element.children.values() if (found := _field_of(child, text))), None)


def head_of(statement: Element, assumed: Assumed) -> StatementHead:
    """The statement's account, currency (CURDEF) and days. What the file leaves out, `assumed` may say; else refused.

    OFX knows no opening balance, so there is none.
    """
    told = _account(statement)
    return StatementHead(
        account=_own_account(statement, told, assumed),
        currency=_currency(statement, told, assumed),
        from_on=told.statement.start_date or None,
        to_on=told.statement.end_date or None,
    )


def _account(statement: Element) -> Any:
    """The statement as ofxparse tells it, without its transactions."""
    try:
        return StatementParser.parseStmtrs([statement], AccountType.Bank)[0]
    except _Misread as error:
        _refuse(statement, str(error), _field_of(statement, error.text))


def _own_account(statement: Element, told: Any, assumed: Assumed) -> Account:
    number = told.account_id or assumed.account
    if not number:
        _refuse(statement, "The statement does not say of which account it is.", "ACCTID")
    broker = statement.children.get("invacctfrom")
    bank = broker.values.get("brokerid") if broker else told.routing_number
    return Account(_account_number(number), bank or None)


def _currency(statement: Element, told: Any, assumed: Assumed) -> str:
    code = str(told.curdef or assumed.currency or "").upper()
    if code not in EXPONENTS:
        said = f"“{code[:12]}” is no currency." if code else "The statement does not say its currency."
        _refuse(statement, said, "CURDEF")
    return code


def _account_number(text: str) -> str:
    """An IBAN without spaces; any other number as the bank writes it."""
    return iban.compact(text) if iban.is_valid(text) else text


def foot_of(statement: Element, currency: str) -> StatementFoot:
    """LEDGERBAL is the closing balance. AVAILBAL, which counts holds and credit lines, never is."""
    told = _account(statement).statement
    balance = getattr(told, "balance", None)
    closing = None if balance is None else _minor(statement, balance, currency, "BALAMT")
    return StatementFoot(closing, getattr(told, "balance_date", None))


def _minor(element: Element, amount: Decimal, currency: str, field: str) -> int:
    try:
        return parse_minor(f"{amount:f}", currency)
    except NotAnAmount as error:
        _refuse(element, str(error), field)


def entry_of(transaction: Element, currency: str, where: str) -> Entry:
    """One STMTTRN or STMTTRNP of an account in `currency`.

    Sign: TRNAMT's own, never TRNTYPE's. The specification: as the account's owner sees it, plus is money coming in.
    Day: DTPOSTED (DTTRAN while pending) as the bank writes it, value day DTAVAIL.
    `entry_ref` FITID, `code` TRNTYPE, `counterparty` NAME or PAYEE, `remittance` MEMO.
    CURRENCY: TRNAMT is in that currency, so it is converted at the bank's CURRATE and kept as `original_amount`.
    ORIGCURRENCY: the bank converted already, TRNAMT is in the account's currency.
    """
    told = _told(transaction)
    amount, original, original_currency, rate = _amounts(transaction, told.amount, currency)
    name, text = _texts(transaction, told, drawn=amount < 0)
    other, other_bank = _other_account(transaction)
    return Entry(
        booked_on=told.date,
        valued_on=_optional_day(transaction, "dtavail"),
        amount=amount,
        currency=currency,
        where=where,
        entry_ref=transaction.values.get("fitid"),
        remittance=text,
        counterparty=name or None,
        counterparty_account=other,
        counterparty_bic=other_bank,
        structured_reference=structured_reference(text),
        code=told.type.upper() or None,
        pending=transaction.name == "stmttrnp",
        original_amount=original,
        original_currency=original_currency,
        rate=rate,
    )


def _told(transaction: Element) -> Any:
    """The transaction as ofxparse tells it. It takes none without FITID or DTPOSTED, which pending ones need not have
    and some banks forget the first of; those are shown to it completed."""
    if transaction.name == "stmttrnp" or "fitid" not in transaction.values:
        transaction = _completed(transaction)
    try:
        told = StatementParser.parseTransaction(transaction)
    except _Misread as error:
        _refuse(transaction, str(error), _field_of(transaction, error.text))
    except OfxParserException:
        missing = [name.upper() for name in ("trnamt", "dtposted") if name not in transaction.values]
        _refuse(transaction, f"The transaction has no {', '.join(missing)}.", missing[0] if missing else None)
    if told.date is None:
        _refuse(transaction, "The posting date is all zeros.", "DTPOSTED")
    return told


def _completed(transaction: Element) -> Element:
    whole = Element(transaction.name, transaction.line, transaction.parent)
    whole.children = transaction.children
    whole.values = {"fitid": "none", **transaction.values}
    if transaction.name == "stmttrnp" and "dttran" in transaction.values:
        whole.values.setdefault("dtposted", transaction.values["dttran"])
    return whole


def _optional_day(element: Element, name: str) -> date | None:
    text = element.values.get(name)
    try:
        return _day(text) if text else None
    except _Misread as error:
        _refuse(element, str(error), name.upper())


def _texts(transaction: Element, told: Any, drawn: bool) -> tuple[str, str]:
    """Counterparty and remittance. EXTDNAME is the name in full when it begins with it, else text; where the bank
    gives no text, NAME is all there is (the specification: payee or description).

    CHECKNUM is told of cheques we drew. On money coming in it is a payer's or the bank's own number, and in the text
    it would be taken for the number of an invoice.
    """
    name, extended = told.payee, transaction.values.get("extdname", "")
    if extended.startswith(name):
        name, extended = extended or name, ""
    check = f"CHECKNUM {told.checknum}" if drawn and told.checknum.strip("0") else ""
    return name, " ".join(filter(None, (extended, told.memo, check))) or name


def _amounts(
    transaction: Element, stated: Decimal, currency: str
) -> tuple[int, int | None, str | None, Decimal | None]:
    """Amount in the account's currency; original amount, its currency and CURRATE where the file names them."""
    if not transaction.children:
        return _minor(transaction, stated, currency, "TRNAMT"), None, None, None
    foreign, rate = _symbol_and_rate(transaction.children.get("currency"))
    if foreign and foreign != currency:
        original = _minor(transaction, stated, foreign, "TRNAMT")
        return _converted(transaction, stated, rate, currency), original, foreign, rate
    converted_from, rate = _symbol_and_rate(transaction.children.get("origcurrency"))
    return _minor(transaction, stated, currency, "TRNAMT"), None, converted_from, rate


def _converted(transaction: Element, stated: Decimal, rate: Decimal | None, currency: str) -> int:
    if rate is None:
        _refuse(transaction, f"The amount is not in {currency}, and no rate is given.", "CURRATE")
    try:
        return Money(rounded(_EXACT.multiply(stated, rate), currency), currency).minor
    except NotAnAmount as error:
        _refuse(transaction, str(error), "TRNAMT")


def _symbol_and_rate(told: Element | None) -> tuple[str | None, Decimal | None]:
    """CURSYM and CURRATE of CURRENCY or ORIGCURRENCY; a rate that is not above zero is none."""
    if told is None:
        return None, None
    symbol, rate = told.values.get("cursym"), told.values.get("currate")
    try:
        number = _decimal(rate) if rate else None
    except _Misread as error:
        _refuse(told, str(error), "CURRATE")
    return symbol.upper() if symbol else None, number if number and number > 0 else None


def _other_account(transaction: Element) -> tuple[str | None, str | None]:
    """Account number and BIC of BANKACCTTO or CCACCTTO. A BANKID that is no BIC stays with the bank."""
    other = transaction.children.get("bankacctto") or transaction.children.get("ccacctto")
    if other is None:
        return None, None
    number, bank = other.values.get("acctid"), other.values.get("bankid")
    return _account_number(number) if number else None, bic.compact(bank) if bank and bic.is_valid(bank) else None
