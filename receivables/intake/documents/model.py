"""What a business document says, before anything of it is stored or believed.

A reader turns a seekable binary file into one or more documents. What it cannot read whole and exactly it refuses with
`Unreadable`. What reads but does not add up comes with an error in `problems`: such a document is held, not booked.
Amounts are integer minor units of the document's currency and carry the sign the file gives them. A text a file does
not give, or gives empty, is None. Words in brackets are the business terms of EN 16931-1.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Literal, Protocol

from core.errors import Invalid
from core.problems import Problem


class Unreadable(Invalid):
    """The file is refused whole: not of this format, cut short, damaged or hostile. `problems` says where and why."""


InvoiceType = Literal["invoice", "credit_note", "debit_note", "prepayment", "partial", "final", "corrected", "proforma"]
"""What the document does to the account. `corrected` replaces or adjusts an earlier invoice, with signed amounts;
a `proforma` demands nothing."""

OrderKind = Literal["order", "order_change", "order_cancellation", "order_response"]
RemittanceKind = Literal["invoice", "credit_note", "debit_note", "other"]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A code of a party and the scheme it belongs to: ISO 6523 (`0088` is a GLN), or the name the file gives it."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """`country` is an ISO 3166 two-letter code where the file gives one we know, else as the file writes it."""

    street: str | None = None
    more: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """`name` is the legal name (BT-27, BT-44), `trading_name` the one it is known by, `ids` whatever else names it."""

    name: str | None = None
    trading_name: str | None = None
    ids: tuple[Identifier, ...] = ()
    registration: Identifier | None = None
    vat_id: str | None = None
    endpoint: Identifier | None = None
    address: Address | None = None
    email: str | None = None

    @property
    def country(self) -> str | None:
        return self.address.country if self.address else None


@dataclass(frozen=True, slots=True)
class Reference:
    """Another document, by its number and, where given, its date."""

    number: str
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account. `iban` only when its check digits hold; any other account identifier is the `number`."""

    iban: str | None = None
    number: str | None = None
    bic: str | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentMeans:
    """One way to pay: the UNTDID 4461 code (BT-81), the account to pay to, or the payer's to be debited."""

    code: str | None = None
    account: Account | None = None
    debited: Account | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """What is due on one day; `amount` None where the file leaves it to the total."""

    due_on: date
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Discount:
    """An early-payment discount: a percentage or an amount, within `days` of the invoice date or until a day."""

    percent: Decimal | None = None
    amount: int | None = None
    days: int | None = None
    until: date | None = None
    basis: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A free text and, where given, the UNTDID 4451 code of its subject."""

    text: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of the whole invoice: `tax_inclusive` is the gross (BT-112), `payable` what is due (BT-115).

    `withheld` is income tax the buyer keeps back, VAT the buyer pays to the state himself, or a guarantee; `after_tax`
    what comes to the gross without tax: expenses paid for the buyer, costs of financing.
    """

    payable: int
    line_total: int | None = None
    allowances: int | None = None
    charges: int | None = None
    tax_exclusive: int | None = None
    tax: int | None = None
    tax_inclusive: int | None = None
    prepaid: int | None = None
    withheld: int | None = None
    after_tax: int | None = None
    rounding: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `quantity` is the text as given; `net` None where absent or finer than the minor unit (then warned)."""

    id: str | None
    name: str | None = None
    quantity: str | None = None
    net: int | None = None
    order_line: str | None = None
    counts: bool = True
    """False for a line that only groups or informs: its `net` is not part of the total."""


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """An invoice, credit note or debit note.

    `due_on` is the day by which all of it is due (BT-9); `instalments` has two or more days or is empty. `ties` says
    whether payable = gross + after tax − withheld − prepaid + rounding (EN 16931 rule BR-CO-16); None when the file
    does not give the figures to tell. When it is False, `problems` holds the error that names the difference.
    """

    number: str
    type: InvoiceType
    issued_on: date
    currency: str
    totals: Totals
    ties: bool | None
    type_code: str | None = None
    series: str | None = None
    due_on: date | None = None
    instalments: tuple[Instalment, ...] = ()
    delivered_on: date | None = None
    seller: Party | None = None
    buyer: Party | None = None
    payee: Party | None = None
    payer: Party | None = None
    tax_representative: Party | None = None
    payment_reference: str | None = None
    means: tuple[PaymentMeans, ...] = ()
    mandate: str | None = None
    creditor_id: str | None = None
    terms: str | None = None
    discounts: tuple[Discount, ...] = ()
    order_number: str | None = None
    sales_order_number: str | None = None
    contract_number: str | None = None
    delivery_number: str | None = None
    buyer_reference: str | None = None
    preceding: tuple[Reference, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: tuple[Line, ...] = ()
    customization: str | None = None
    profile: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_held(self) -> bool:
        """True when something in it is wrong enough to keep it out of the books until a person has looked."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def owed(self) -> int:
        """What the document adds to the buyer's debt: the payable amount, negative for a credit note."""
        return -self.totals.payable if self.type == "credit_note" else self.totals.payable

    @property
    def iban(self) -> str | None:
        """The first account to pay to that is an IBAN."""
        accounts = (means.account for means in self.means)
        return next((account.iban for account in accounts if account and account.iban), None)


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """An order, or what became of one: `order_number` is then the order's own number, `number` the message's.

    `total` is what the buyer expects to pay; None when the order does not say. `response` is the seller's answer as
    coded (UNCL 4343 `AP`, `CA`, `RE` …).
    """

    number: str
    kind: OrderKind
    order_number: str
    issued_on: date
    currency: str | None = None
    total: int | None = None
    requested_on: date | None = None
    response: str | None = None
    contract_number: str | None = None
    buyer: Party | None = None
    seller: Party | None = None
    delivery_address: Address | None = None
    notes: tuple[Note, ...] = ()
    lines: tuple[Line, ...] = ()
    customization: str | None = None
    profile: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RemittanceLine:
    """What is paid, or for a credit note deducted (negative), of one document; `amount` None where not told apart."""

    invoice_number: str | None
    amount: int | None
    kind: RemittanceKind = "invoice"
    discount: int | None = None


@dataclass(frozen=True, slots=True)
class RemittanceDocument:
    """A payer's explanation of one payment. `ties` says whether the lines add up to it; None when a line is silent."""

    number: str
    issued_on: date
    currency: str
    amount: int
    ties: bool | None
    pays_on: date | None = None
    payment_reference: str | None = None
    payer: Party | None = None
    payee: Party | None = None
    lines: tuple[RemittanceLine, ...] = ()
    problems: tuple[Problem, ...] = ()


Document = InvoiceDocument | OrderDocument | RemittanceDocument


class DocumentReader(Protocol):
    """One file format: one module in this package, one line in `registry.READERS`."""

    name: str
    """Its format name: `ubl`, `cii`, `facturx` …"""
    title: str
    """What a person calls it."""

    def recognises(self, head: bytes, filename: str) -> bool:
        """True when the first `registry.HEAD_BYTES` look like this format. Exactly one reader says yes to any file."""

    def read(self, source: BinaryIO) -> tuple[Document, ...]:
        """Every document of the file, at least one; `Unreadable` when not all of it can be read."""
