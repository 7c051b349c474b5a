"""The values business documents write as text, read exactly or refused with their place. Pure."""

import re
from datetime import date
from decimal import Decimal

from babel.core import get_global
from stdnum import iban as stdnum_iban

from core.currencies import EXPONENTS
from core.money import NotAnAmount, decimal_text, parse_minor
from core.problems import Problem
from receivables.intake.documents.elements import Node, refusal
from receivables.intake.documents.model import Account

LONGEST_IBAN = 60
"""Characters, separators included; stdnum turns whatever it is given into a number."""
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)

_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]{1,20})?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)(?:\d{4}|\d{6})?(?:[A-Z]{3}|[+-]\d\d:?\d\d)?", re.ASCII)
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,6})?", re.ASCII)
_COUNT = re.compile(r"\d{1,4}(?:\.0{1,6})?", re.ASCII)
_TERRITORIES = get_global("territory_aliases")


class Figures:
    """Reads a document's amounts in its one currency, and gathers what is to be said about them."""

    def __init__(self, currency: str, problems: list[Problem]) -> None:
        self.currency = currency
        self.problems = problems

    def minor(self, text: str, where: str | Node, field: str) -> int:
        """Minor units of a total: no more decimals than the currency has, unless they are zeros."""
        try:
            minor = parse_minor(text, self.currency)
        except NotAnAmount as reason:
            raise refusal(_place(where), str(reason), field) from None
        if len(text.partition(".")[2].strip()) > EXPONENTS[self.currency]:
            self.warn(_place(where), f"“{text[:40]}” is written with more decimals than {self.currency} has.", field)
        return minor

    def amount(self, node: Node | None, path: str) -> int | None:
        """The amount at the path in the document's currency; the same figure in other currencies is passed over."""
        found = [each for each in node.all(path) if each.value] if node else []
        ours = [each for each in found if each.attribute("currencyID") in (None, self.currency)]
        if found and not ours:
            other = found[0].attribute("currencyID")
            found[0].refuse(f"{found[0].name} is in {other}, but the document is in {self.currency}.")
        values = {self.minor(each.value or "", each, each.name) for each in ours}
        if len(values) > 1:
            ours[1].refuse(f"{ours[1].name} is given twice, and not alike.")
        return values.pop() if values else None

    def required(self, node: Node, path: str) -> int:
        amount = self.amount(node, path)
        if amount is None:
            raise refusal(f"{node.path}/{path}", f"{path} is missing.", path)
        return amount

    def total(self, nodes: list[Node]) -> int | None:
        """The sum of amounts of which each may stand in another currency, and then does not count; None for none."""
        ours = [each for each in nodes if each.value and each.attribute("currencyID") in (None, self.currency)]
        return sum(self.minor(each.value or "", each, each.name) for each in ours) if ours else None

    def line_amount(self, node: Node | None) -> int | None:
        """An amount that is no total: None, with a warning, when it is finer than the minor unit."""
        text = node.value if node else None
        if node is None or text is None:
            return None
        try:
            return parse_minor(text, self.currency)
        except NotAnAmount as reason:
            self.warn(node.path, f"{reason} It is left out.", node.name)
            return None

    def say(self, minor: int) -> str:
        return f"{decimal_text(minor, self.currency)} {self.currency}"

    def warn(self, where: str, message: str, field: str | None = None) -> None:
        self.problems.append(Problem(where, message, severity="warning", field=field))

    def hold(self, where: str, message: str, field: str | None = None) -> None:
        self.problems.append(Problem(where, message, field=field))


def _place(where: str | Node) -> str:
    """The path of an element, worked out only when there is something to say about it."""
    return where if isinstance(where, str) else where.path


def known_currency(code: str, where: str, field: str) -> str:
    """An ISO 4217 code, or a refusal that names the place."""
    if code not in EXPONENTS:
        raise refusal(where, f"“{code[:12]}” is not an ISO 4217 currency code.", field)
    return code


def calendar_day(text: str) -> date:
    """`2026-01-31`, `20260131`, with or without a time and zone: the day as written, never shifted.

    Raises `ValueError` with a sentence for anything else.
    """
    written, compact = _ISO_DAY.fullmatch(text), _COMPACT_DAY.fullmatch(text)
    iso = written[1] if written else "-".join(compact.groups()) if compact else ""
    try:
        day = date.fromisoformat(iso)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a date of the calendar.") from None
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"{day} is no date of business; dates lie between {EARLIEST} and {LATEST}.")
    return day


def day_at(node: Node | None, path: str) -> date | None:
    text = node.only(path) if node else None
    if node is None or text is None:
        return None
    try:
        return calendar_day(text)
    except ValueError as reason:
        raise refusal(f"{node.path}/{path}", str(reason), path.rpartition("/")[2]) from None


def required_day(node: Node, path: str) -> date:
    day = day_at(node, path)
    if day is None:
        name = path.rpartition("/")[2]
        raise refusal(f"{node.path}/{path}", f"{name} is missing.", name)
    return day


def percent(text: str, where: str, field: str | None = None) -> Decimal:
    """A percentage from 0 to 999, exactly as written."""
    if not _PERCENT.fullmatch(text):
        raise refusal(where, f"“{text[:40]}” is not a percentage.", field)
    return Decimal(text)


def percentage(node: Node | None) -> Decimal | None:
    """The percentage an element gives; None when it is absent or empty."""
    text = node.value if node else None
    return percent(text, node.path, node.name) if node and text else None


def whole_days(node: Node | None) -> int | None:
    """A number of days, written with or without zeros behind the point."""
    text = node.value if node else None
    if node is None or text is None:
        return None
    if not _COUNT.fullmatch(text):
        node.refuse(f"“{text[:40]}” is not a number of days.")
    return int(text.partition(".")[0])


def bank_account(identifier: str | None, bic: str | None = None, holder: str | None = None) -> Account | None:
    """The account, its IBAN without blanks; None when there is no identifier."""
    if not identifier:
        return None
    bic = bic.replace(" ", "").upper() if bic else None
    if len(identifier) <= LONGEST_IBAN and stdnum_iban.is_valid(identifier, check_country=False):
        return Account(iban=stdnum_iban.compact(identifier), bic=bic, holder=holder)
    return Account(number=identifier, bic=bic, holder=holder)


def country_code(text: str | None) -> str | None:
    """The two-letter ISO 3166 code of a two- or three-letter one; what is neither stays as written."""
    if text is None or len(text) != 3:
        return text
    known = _TERRITORIES.get(text.upper(), ())
    return str(known[0]) if len(known) == 1 else text


def plain_quantity(text: str | None) -> str | None:
    """A quantity as written, less the zeros behind its decimals; it is kept to be shown, not to be reckoned with."""
    if text is None or "." not in text:
        return text
    return text.rstrip("0").rstrip(".") or "0"


def flowing(text: str | None) -> str | None:
    """A text of several lines without the blanks the file's own layout put around each."""
    if text is None:
        return None
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line) or None
