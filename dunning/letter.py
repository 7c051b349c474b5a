"""A letter: what one notice says to one customer, in one currency, as plain values. Pure.

Nothing here knows the database, the clock or paper. Whoever plans the notice fills in a `Letter`; `rendering` turns it
into HTML and mail, `runtime.pdf` into pages. Amounts are minor units of `Letter.currency`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args
from uuid import UUID

from core.errors import Invalid
from core.money import Money
from core.problems import Problem
from dunning.letter_text import LetterText

Language = Literal["en", "es", "fr", "de", "it", "nl", "pt"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
COURTESY: Final = 0
"""The level of a letter written before the due date: a kindness, no reminder yet."""
FINAL_LEVEL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The creditor as it appears on paper. `country` is ISO 3166; `logo` the bytes of a PNG or JPEG picture;
    `reply_to` is where answers to its mail go, when not to `email`."""

    name: str
    legal_name: str
    address: tuple[str, ...]
    email: str
    country: str | None = None
    vat_id: str | None = None
    iban: str | None = None
    bic: str | None = None
    phone: str | None = None
    signatory: str | None = None
    logo: bytes | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The customer as it stands in the address window; `country` is ISO 3166 and printed only when it is abroad."""

    name: str
    customer_id: str
    address: tuple[str, ...] = ()
    attention: str | None = None
    country: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRow:
    """One open invoice: `open_minor` is what is still owed, `disputed_minor` the part of it under dispute.

    `level` is the invoice's own level (0: not yet reminded), which may be lower than the letter's.
    """

    number: str
    issued_on: date
    due_on: date
    days_overdue: int
    level: int
    open_minor: int
    disputed_minor: int = 0

    @property
    def claimed_minor(self) -> int:
        return self.open_minor - self.disputed_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRow:
    """One line of the annex about lateness: interest of some days, or the fixed sum (`days` None) of an invoice."""

    number: str
    amount_minor: int
    from_on: date | None = None
    to_on: date | None = None
    days: int | None = None
    principal_minor: int | None = None
    rate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One line of a statement of account; a credit note's amounts are negative."""

    number: str
    kind: str
    issued_on: date
    due_on: date
    days_overdue: int
    amount_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Everything open on the customer's account, and payments of theirs that have no invoice yet."""

    rows: tuple[StatementRow, ...]
    unapplied_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The archived original of an invoice that goes with a letter."""

    number: str
    document_id: UUID
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything a notice says. Refused with `Invalid` when the figures cannot be a demand; see `_problems`.

    `number` names the notice, `on` dates it, `pay_by` is the last day on which the money should reach us,
    `previous_on` the date of the notice before, `credits_minor` our customer's open credits that were not yet applied.
    `charges` is what the law gives for lateness up to `on`, new in this letter; unless `charges_claimed` it only warns.
    `charges_before_minor` is what earlier letters claimed and is still open. `text` is what the house says
    at this level in this language; None is the text that comes with the program. `statement` and `copies` go with it;
    copies of the invoices `on_request` could not.
    """

    number: str
    level: int
    language: Language
    on: date
    currency: str
    sender: Sender
    recipient: Recipient
    rows: tuple[LetterRow, ...]
    pay_by: date
    credits_minor: int = 0
    fee_minor: int = 0
    charges: tuple[ChargeRow, ...] = ()
    charges_claimed: bool = False
    charges_before_minor: int = 0
    charge_sources: tuple[str, ...] = ()
    payment_reference: str | None = None
    previous_on: date | None = None
    portal_url: str | None = None
    text: LetterText | None = None
    statement: Statement | None = None
    copies: tuple[Copy, ...] = ()
    on_request: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if problems := tuple(_problems(self)):
            raise Invalid(problems)

    @property
    def total(self) -> Money:
        """What is open on all rows, disputed or not."""
        return Money(sum(row.open_minor for row in self.rows), self.currency)

    @property
    def disputed(self) -> Money:
        """The part of `total` that is not claimed while we look into it."""
        return Money(sum(row.disputed_minor for row in self.rows), self.currency)

    @property
    def credits(self) -> Money:
        return Money(self.credits_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def accrued(self) -> Money:
        """The sum of the annex, claimed or not."""
        return Money(sum(row.amount_minor for row in self.charges), self.currency)

    @property
    def claimed_charges(self) -> Money:
        """What is claimed for lateness, in this letter and still open from earlier ones."""
        new = self.accrued if self.charges_claimed else Money(0, self.currency)
        return new + Money(self.charges_before_minor, self.currency)

    @property
    def to_pay(self) -> Money:
        """total − disputed − credits + fee + claimed charges: always positive, for a letter asks for something."""
        return self.total - self.disputed - self.credits + self.fee + self.claimed_charges

    @property
    def claimed_rows(self) -> tuple[LetterRow, ...]:
        """The rows of which at least a part is claimed now."""
        return tuple(row for row in self.rows if row.claimed_minor)


def language_of(text: str) -> Language:
    """The language of that name there are letters in, else English."""
    return next((known for known in LANGUAGES if known == text), "en")


def _problems(letter: Letter) -> Iterator[Problem]:
    where = f"letter {letter.number}"
    if letter.language not in LANGUAGES:
        yield Problem(where, f"there is no letter in “{letter.language}”", field="language")
    if not COURTESY <= letter.level <= FINAL_LEVEL:
        yield Problem(where, f"there is no letter of level {letter.level}", field="level")
    if letter.pay_by < letter.on:
        yield Problem(where, f"the last day to pay, {letter.pay_by}, is before the letter's own date", field="pay_by")
    if letter.credits_minor < 0 or letter.fee_minor < 0 or letter.charges_before_minor < 0:
        yield Problem(where, "credits and fees are stated as positive amounts", field="credits_minor")
    if letter.portal_url is not None and not letter.portal_url.startswith(("https://", "http://")):
        yield Problem(where, "the portal's address must begin with https:// or http://", field="portal_url")
    if any(row.amount_minor <= 0 for row in letter.charges):
        yield Problem(where, "a line of the annex claims a positive amount", field="charges")
    yield from (problem for row in letter.rows for problem in _row_problems(where, row))
    if not letter.claimed_rows or letter.to_pay.minor <= 0:
        yield Problem(where, "it would ask for nothing: credits and disputes cover what is open", field="rows")


def _row_problems(where: str, row: LetterRow) -> Iterator[Problem]:
    if row.open_minor <= 0:
        yield Problem(f"{where}, {row.number}", "an invoice on a letter has something open", field="open_minor")
    if not 0 <= row.disputed_minor <= max(0, row.open_minor):
        yield Problem(f"{where}, {row.number}", "disputed is a part of what is open", field="disputed_minor")
    if row.days_overdue < 0:
        yield Problem(f"{where}, {row.number}", "days overdue are never negative", field="days_overdue")
