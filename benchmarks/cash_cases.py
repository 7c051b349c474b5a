"""Lifelike books and bank receipts, with the truth of what each receipt pays: seeded, in six languages.

A `House` is one company in one currency with its own way of numbering. Every case enters the items it needs into the
house's book, and says what the payer meant. Situations whose name begins with `trap` must not be posted otherwise than
their truth says; most of them must not be posted at all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from stdnum.iso7064 import mod_97_10

from payments.matching.answers import Match, Receipt
from payments.matching.book import Book, Candidate, KnownPayer, Tolerance

TODAY = date(2026, 11, 20)
TOLERANCE = Tolerance(rounding=5, charges=1_500, basis_points=500, grace_days=3)

Settled = dict[str, dict[str, int]]
"""Number → kind of settlement → minor units. What money and credit notes pay of an invoice is one sum: `paid`."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the payer meant. `customer` None: nobody could say whose money it is. `is_clear`: a careful clerk could
    post it without asking."""

    customer: UUID | None
    settled: Settled
    rest: int
    is_clear: bool


@dataclass(frozen=True, slots=True)
class CashCase:
    situation: str
    receipt: Receipt
    truth: Truth


class Firm(NamedTuple):
    """A customer: who it is, where it pays from, what language it writes."""

    id: UUID
    name: str
    account: str
    language: str


class Bill(NamedTuple):
    """An item of the book, with the reference printed on its invoice."""

    candidate: Candidate
    reference: str

    @property
    def number(self) -> str:
        return self.candidate.number

    @property
    def open(self) -> int:
        return self.candidate.open


# ── how companies number, and what payers write ─────────────────────────────────────────────────

STYLES: tuple[tuple[str, str, int], ...] = (
    ("F26/{:05d}", "G26/{:05d}", 1_400),
    ("INV-2026-{:06d}", "CN-2026-{:06d}", 4_100),
    ("RE2026{:05d}", "GS2026{:05d}", 300),
    ("2026-{:06d}", "2026-9{:05d}", 2_050),
    ("{:07d}", "9{:06d}", 1_930_000),
    ("{:010d}", "5{:09d}", 27_545_000),
    ("SI-{:05d}", "SC-{:05d}", 21_000),
    ("A{:06d}", "C{:06d}", 103_000),
    ("{:05d}/26", "C{:05d}/26", 12_300),
    ("FV/{:04d}/11/2026", "FK/{:04d}/11/2026", 1_000),
    ("{:06d}", "8{:05d}", 411_000),
    ("INV{:06d}", "CRN{:06d}", 77_000),
    ("90{:08d}", "91{:08d}", 40_216_000),
    ("DE-{:04d}-26-R", "DE-{:04d}-26-C", 1_100),
)
"""Number of an invoice, of a credit note, and where the series stands."""

_WORDS = {
    "es": ("PAGO FACTURA {}", "FRA {}", "{}", "TRANSF FRA {} DE 17/08/2026", "PAGO S/FRA {}"),
    "fr": ("REGLEMENT FACTURE {}", "FACT {}", "VIR {} DU 03.08.26", "{}", "FACTURE N° {}"),
    "de": ("RECHNUNG {} VOM 31.07.2026", "RE {}", "{}", "RG-NR {}", "RECHNUNGSNR. {} KD-NR 10440"),
    "en": ("INVOICE {}", "INV {}", "{}", "YOUR INV {} ACC K10461", "PAYMENT OF {} THANK YOU"),
    "it": ("SALDO FATTURA {}", "FATT. N. {}", "{}", "PAGAMENTO FT {} DEL 12/09/2026"),
    "nl": ("FACTUUR {}", "BETALING FACTUUR {}", "{}", "FACTUURNR {} KLANTNR 5512"),
}
_MANY = {"es": "PAGO FRAS {}", "fr": "FACT {}", "de": "RE {}", "en": "INVS {}", "it": "FATT {}", "nl": "FACTUREN {}"}
_LESS = {"es": "MENOS ABONO", "fr": "MOINS AVOIR", "de": "ABZGL. GS", "en": "LESS CN", "it": "MENO NC", "nl": "MIN CN"}
_NOTHING = {
    "es": ("TRANSFERENCIA", "PAGO A PROVEEDORES", ""),
    "fr": ("VIREMENT SEPA", "REGLEMENT", "VIR RECU"),
    "de": ("UEBERWEISUNG", "SAMMELZAHLUNG", "LIEFERANTENZAHLUNG"),
    "en": ("PAYMENT", "BACS CREDIT", "SUPPLIER RUN"),
    "it": ("BONIFICO", "PAGAMENTO FORNITORI", ""),
    "nl": ("OVERBOEKING", "BETALING", ""),
}
_ADVANCE = {
    "es": "ANTICIPO PEDIDO {}", "fr": "ACOMPTE CDE {}", "de": "ANZAHLUNG AUFTRAG {}", "en": "ADVANCE ORDER {}",
    "it": "ACCONTO ORDINE {}", "nl": "AANBETALING ORDER {}",
}  # fmt: skip
_RANGE = {"es": "{} A {}", "fr": "{} - {}", "de": "{} BIS {}", "en": "{} TO {}", "it": "{}-{}", "nl": "{} T/M {}"}
_FORMS = {
    "es": ("S.L.", "S.A."), "fr": ("SARL", "SAS"), "de": ("GmbH", "AG", "GmbH & Co. KG"), "en": ("Ltd", "plc"),
    "it": ("S.r.l.", "S.p.A."), "nl": ("B.V.", "N.V."),
}  # fmt: skip
_SYLLABLES = [
    "al",
    "an",
    "bar",
    "bel",
    "bor",
    "cal",
    "cas",
    "cor",
    "dal",
    "den",
    "dor",
    "el",
    "fal",
    "fer",
    "gal",
    "gar",
    "hal",
    "han",
    "is",
    "kal",
    "ker",
    "lam",
    "lar",
    "lin",
    "lor",
    "mar",
    "mel",
    "mon",
    "nar",
    "nor",
    "or",
    "pal",
    "par",
    "per",
    "ral",
    "ren",
    "rin",
    "rol",
    "sal",
    "san",
    "sel",
    "ser",
    "sol",
    "tal",
    "tar",
    "tel",
    "tor",
    "val",
    "var",
    "ven",
    "ver",
    "vil",
    "vor",
    "wal",
    "wes",
    "zan",
    "zel",
]
_TRADES = [
    "Alimentos",
    "Maschinen",
    "Textiles",
    "Logistics",
    "Pumpen",
    "Foods",
    "Metal",
    "Papel",
    "Verpackung",
    "Marine",
    "Electro",
    "Cerámica",
    "Büromöbel",
    "Hôtels",
    "Trasporti",
    "Bouw",
    "Chimie",
    "Druckhaus",
    "Vins",
    "Optik",
    "Brauhaus",
    "Energie",
    "Gastro",
    "Plastics",
    "Tools",
]
_COUNTRIES = {"es": "ES", "fr": "FR", "de": "DE", "en": "GB", "it": "IT", "nl": "NL"}
_BBAN_DIGITS = {"ES": 20, "FR": 23, "DE": 18, "GB": 0, "IT": 0, "NL": 0}


def rf(number: str) -> str:
    """The creditor reference (ISO 11649) of a number."""
    plain = re.sub("[^A-Z0-9]", "", number)
    return f"RF{mod_97_10.calc_check_digits(plain + 'RF')}{plain}"


def iban(country: str, rng: Random) -> str:
    """A valid IBAN of nobody."""
    digits = _BBAN_DIGITS[country]
    bban = "".join(rng.choices("0123456789", k=digits))
    if not digits:
        length = {"GB": 14, "IT": 22, "NL": 10}[country]
        letters = {"GB": "DEMO", "IT": "X", "NL": "DEMO"}[country]
        bban = letters + "".join(rng.choices("0123456789", k=length))
    turned = "".join(str(int(sign, 36)) for sign in f"{bban}{country}00")
    return f"{country}{98 - int(turned) % 97:02d}{bban}"


# ── the house ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class House:
    """One company in one currency while its book and its receipts are made up."""

    rng: Random
    style: tuple[str, str, int]
    currency: str
    firms: list[Firm] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    cases: list[CashCase] = field(default_factory=list)
    serial: int = 0
    day: int = 0

    def new_id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128))

    def firm(self, *, name: str | None = None) -> Firm:
        """A new customer."""
        language = self.rng.choice(list(_WORDS))
        made_up = "".join(self.rng.choices(_SYLLABLES, k=3)).title()
        full = name or f"{made_up} {self.rng.choice(_TRADES)} {self.rng.choice(_FORMS[language])}"
        firm = Firm(self.new_id(), full, iban(_COUNTRIES[language], self.rng), language)
        self.firms.append(firm)
        return firm

    def regular(self) -> Firm:
        """One of the customers with several items open."""
        return self.rng.choice(self.firms[:300])

    def amount(self) -> int:
        """Mostly odd, sometimes round, sometimes the price everybody pays."""
        kind = self.rng.random()
        if kind < 0.85:
            return int(min(self.rng.lognormvariate(12.2, 1.2), 9e7)) + 2_000
        if kind < 0.95:
            return self.rng.randrange(1, 500) * 5_000
        return self.rng.choice((10_000, 25_000, 49_900, 120_000))

    def bill(
        self, firm: Firm, amount: int | None = None, *, due: int | None = None, is_credit: bool = False,
        paid: bool = False, discount: int = 0, discount_days: int = 0, number: str = "", instalment: int = 1,
        has_reference: bool = False,
    ) -> Bill:  # fmt: skip
        """A new item; `due` counts days from today, negative ones are past."""
        self.serial += self.rng.randrange(1, 4)
        of_invoice, of_credit_note, start = self.style
        number = number or (of_credit_note if is_credit else of_invoice).format(start + self.serial)
        due = self.rng.randrange(-60, 45) if due is None else due
        candidate = Candidate(
            self.new_id(), firm.id, number, TODAY + timedelta(days=due), instalment,
            0 if paid else (amount or self.amount()), is_credit, discount,
            TODAY + timedelta(days=discount_days) if discount else None,
        )  # fmt: skip
        bill = Bill(candidate, rf(number) if has_reference else "")
        self.bills.append(bill)
        return bill

    def receive(
        self, situation: str, firm: Firm | None, amount: int, text: str, settled: Settled, *, clear: bool = True,
        payer: Firm | None = None, account: str | None = None, name: str | None = None, reference: str = "",
        end_to_end: str = "", owner: Firm | None = None,
    ) -> None:  # fmt: skip
        """A receipt from `payer` (the firm itself unless said), and what it means."""
        sender = payer or firm
        receipt = Receipt(
            amount, self.currency, TODAY, text[:140], reference, end_to_end,
            (sender.account if sender else "") if account is None else account,
            (bank_name(sender.name) if sender else "") if name is None else name,
        )  # fmt: skip
        used = sum(sums.get("paid", 0) - sums.get("credit", 0) for sums in settled.values())
        whose = owner or firm
        self.cases.append(
            CashCase(situation, receipt, Truth(whose.id if whose else None, settled, amount - used, clear))
        )

    def book(self) -> Book:
        """The book before any receipt."""
        payers: dict[str, list[KnownPayer]] = {}
        book = Book(self.currency, TOLERANCE, payers)
        for firm in self.firms:
            payers.setdefault(firm.account, []).append(KnownPayer(firm.id))
            book.names.add(firm.id, firm.name)
        for bill in self.bills:
            book.add(bill.candidate, bill.reference)
        return book


def bank_name(name: str) -> str:
    """As a bank prints it: capitals, no accents, cut."""
    plain = name.upper().translate(str.maketrans("ÁÉÍÓÚÀÈÔÖÜÄÇÑ", "AEIOUAEOOUACN"))
    return plain[:32]


def paid(*bills: Bill) -> Settled:
    """All of these, in full."""
    sums: Settled = {}
    for bill in bills:
        sums.setdefault(bill.number, {"paid": 0})["paid"] += bill.open
    return sums


def meaning(match: Match, book: Book) -> tuple[UUID, Settled, int]:
    """What a match would do, in the words of `Truth`."""
    sums: Settled = {}
    for line in match.lines:
        kind = "paid" if line.kind in ("payment", "credit") else line.kind
        of_number = sums.setdefault(book.items[line.item_id].number, {})
        of_number[kind] = of_number.get(kind, 0) + line.amount
        if line.credit_id:
            credit = sums.setdefault(book.items[line.credit_id].number, {})
            credit["credit"] = credit.get("credit", 0) + line.amount
    return match.customer_id, sums, match.rest


def is_right(match: Match, truth: Truth, book: Book) -> bool:
    """The match does exactly what the payer meant, and what is left over stays with the right customer."""
    customer, settled, rest = meaning(match, book)
    return (settled, rest) == (truth.settled, truth.rest) and (not rest or customer == truth.customer)


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def damaged(number: str, rng: Random) -> str:
    """The number as people and banks hand it on."""
    return rng.choice(_DAMAGES)(number, rng)


def _lower(number: str, rng: Random) -> str:
    return number.lower()


def _no_separators(number: str, rng: Random) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", number)


def _other_separators(number: str, rng: Random) -> str:
    return re.sub(r"[^A-Za-z0-9]", rng.choice((" ", "-", ".", " / ", "_")), number)


def _spaced(number: str, rng: Random) -> str:
    return re.sub(r"(?<=[A-Za-z])(?=[0-9])", " ", number)


def _no_prefix(number: str, rng: Random) -> str:
    return re.sub(r"^[A-Za-z]+[-/]?", "", number)


def _no_zeros(number: str, rng: Random) -> str:
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", number)


def _letters_for_digits(number: str, rng: Random) -> str:
    wrong, right = rng.choice((("0", "O"), ("1", "I"), ("1", "l")))
    return number.replace(wrong, right)


def _broken(number: str, rng: Random) -> str:
    place = rng.randrange(1, len(number))
    return f"{number[:place]} {number[place:]}"


_DAMAGES: tuple[Callable[[str, Random], str], ...] = (
    _lower, _no_separators, _other_separators, _spaced, _no_prefix, _no_zeros, _letters_for_digits, _broken,
)  # fmt: skip
