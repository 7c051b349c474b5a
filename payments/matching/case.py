"""One receipt before the book: who pays, and what is named. Gathered once, in the order the ladder asks. Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from uuid import UUID

from payments.matching.answers import Receipt
from payments.matching.book import Book, Candidate, KnownPayer
from payments.matching.numbers_in_text import Mention, Reading, read, strangers
from payments.matching.spelling import Strength
from receivables.number_keys import reference_key, significant

_RF_HEAD = 4
"""`RF` and two check digits stand before the number in a creditor reference (ISO 11649)."""

LONGEST_TEXT = 4_000
"""More of a payer's text than this is not read."""

_APART = " ~~~~ "
"""Stands between text and end-to-end id, so that no number is read across."""

_ADVANCE = re.compile(
    r"""
    \b(?:
        ADVANCED?|PREPAY\w*|PRE-PAYMENT|DEPOSIT|DOWN\ ?PAYMENT|ON\ ACCOUNT|PARTIAL|PART\ ?PAYMENT|PRO-?FORMA
      | ANTICIPO|SENAL|PROVISION|A\ CUENTA|ACOMPTE|AVANCE|ANZAHLUNG|VORAUSZAHLUNG|VORKASSE|ABSCHLAG\w*|TEILZAHLUNG
      | ACCONTO|CAPARRA|ANTICIPATO|VOORSCHOT|AANBETALING|A-?\ ?CONTO|AKONTO\w*
      | LOAN|DARLEHEN\w*|PRET|PRESTAMO|PRESTITO|LENING|KAUTION\w*|CAUTION|FIANZA|CAUZIONE|WAARBORG|SECURITY\ DEPOSIT
    )\b
    """,
    re.VERBOSE,
)


_CREDITOR_REFERENCE = re.compile(r"\bRF[0-9]{2}[0-9A-Z]*")


def said_by(receipt: Receipt) -> str:
    """Everything the payer wrote that may hold numbers of ours: text and end-to-end id, never read as one."""
    return _APART.join(filter(None, (receipt.text[:LONGEST_TEXT], receipt.end_to_end)))


class Payer(Enum):
    """How the payer, by account or name, stands to the owner of what is named."""

    AGREES = "agrees"
    GROUP = "group"
    """A parent, a subsidiary or a sister pays."""
    SILENT = "silent"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Named:
    """What a reading of the text names, and what each number proves; `settled` are invoices with nothing left open.
    `credits` are those of customers that owe more than they are credited."""

    strengths: Mapping[str, Strength]
    invoices: tuple[Candidate, ...]
    credits: tuple[Candidate, ...]
    settled: tuple[Candidate, ...]

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number named, as printed, in the order of the text."""
        return tuple(self.strengths)

    @property
    def strength(self) -> Strength:
        """What the weakest number proves."""
        return min(self.strengths.values(), default=Strength.DOUBTFUL)

    @property
    def owners(self) -> frozenset[UUID]:
        """The customers of what is open of it."""
        return frozenset(each.customer_id for each in self.invoices or self.credits)

    @property
    def is_used_up(self) -> bool:
        """Every number named is of an open invoice, a credit note that can be taken off, or a paid invoice."""
        used = {each.number for each in (*self.invoices, *self.credits, *self.settled)}
        return used >= self.strengths.keys()

    @property
    def is_one_invoice(self) -> bool:
        return len({each.number for each in self.invoices}) == 1


class Case:
    """A receipt and the book it is held against."""

    def __init__(self, receipt: Receipt, book: Book) -> None:
        self.receipt, self.book = receipt, book
        self.text = receipt.text[:LONGEST_TEXT]
        self.referenced = self._referenced()
        known = book.payers.get(receipt.payer_account, ()) if receipt.payer_account else ()
        self.account_owners: dict[UUID, KnownPayer] = {each.customer_id: each for each in known}
        if len(self.referenced) > 1:
            self.account_owners |= {owner: KnownPayer(owner) for owner in self._owners(self.referenced)}

    @cached_property
    def name_owners(self) -> tuple[UUID, ...]:
        """The customers whose name the bank prints."""
        return self.book.names.named(self.receipt.payer_name)

    def payer(self, owners: Collection[UUID]) -> Payer:
        """Whether one of these customers pays. The name is asked only when the account does not settle it."""
        if not self.account_owners.keys().isdisjoint(owners):
            return Payer.AGREES
        if not self.payers:
            return Payer.SILENT
        if not self.payers.isdisjoint(owners):
            return Payer.AGREES
        groups = {self.book.group_of(owner) for owner in owners}
        return Payer.OTHER if groups.isdisjoint(map(self.book.group_of, self.payers)) else Payer.GROUP

    @cached_property
    def payers(self) -> frozenset[UUID]:
        """Everybody the account or the name points to."""
        return frozenset((*self.account_owners, *self.name_owners))

    def _owners(self, numbers: Iterable[str]) -> set[UUID]:
        return {each.customer_id for number in numbers for each in self.book.of_number(number)}

    # ── what is named ───────────────────────────────────────────────────────────────────────────

    def _referenced(self) -> Sequence[str]:
        """The numbers of the invoices on which we printed the structured reference."""
        key = reference_key(self.receipt.reference)
        if not key:
            return ()
        found = self.book.referenced.get(key)
        if found is None and key.startswith("RF"):
            found = self._exactly(key[_RF_HEAD:])
        return found or ()

    def _exactly(self, key: str) -> list[str]:
        meant = self.book.spelled.get(key, ())
        return [number for number, strength in meant if strength >= Strength.PLAIN and significant(number) == key]

    @cached_property
    def reading(self) -> Reading:
        """What text and end-to-end id say."""
        return read(said_by(self.receipt), self.book.spelled)

    @cached_property
    def strangers(self) -> list[str]:
        """What looks like a number or a reference of ours and is none we know."""
        unknown = strangers(self.text, self.book.spelled, self.book.series.shapes)
        if self.receipt.reference and self.book.prints_references and not self.referenced:
            unknown.append(self.receipt.reference)
        if not self.reading.named and not self.referenced:
            unknown += _CREDITOR_REFERENCE.findall(self.text.upper())
        return unknown

    @cached_property
    def speaks_of_advance(self) -> bool:
        """The payer says that this is money on account, a part, a security or a loan: an amount proves nothing."""
        return _ADVANCE.search(self.text.upper()) is not None

    @property
    def of_reference(self) -> Named | None:
        """The invoice of the structured reference, if there is exactly one."""
        return self._named({self.referenced[0]: Strength.REFERENCE}) if len(self.referenced) == 1 else None

    @cached_property
    def firmly_named(self) -> Named:
        """What is named beyond doubt, the structured reference included."""
        referenced = dict.fromkeys(self.referenced if len(self.referenced) == 1 else (), Strength.REFERENCE)
        return self._named(self._meant(self.reading.named) | referenced)

    def readings(self) -> Iterator[Named]:
        """Every way to read the text, most literal first."""
        firm = self.firmly_named.strengths
        if firm:
            yield self.firmly_named
            yield from self._in_lists(firm)
        strong = {number: strength for number, strength in firm.items() if strength > Strength.DAMAGED}
        own = {number: strength for number, strength in firm.items() if self._owners([number]) & self.payers}
        yield from (self._named(part) for part in (strong, own) if 0 < len(part) < len(firm))
        doubtful = self._meant(self.reading.doubtful)
        if doubtful:
            yield self._named({**doubtful, **firm})
            yield from self._in_lists({**doubtful, **firm})

    def _in_lists(self, named: Mapping[str, Strength]) -> Iterator[Named]:
        """The numbers named, with those that a list or a range completes."""
        for more in (self.reading.followers, self.reading.between):
            if not named.keys() >= set(more):
                yield self._named({**dict.fromkeys(more, Strength.PLAIN), **named})

    def single_numbers(self) -> Iterator[Named]:
        """Each number by itself, where several are named."""
        firm = self.firmly_named.strengths
        if len(firm) > 1:
            yield from (self._named({number: strength}) for number, strength in firm.items())

    def _meant(self, mentions: Iterable[Mention]) -> dict[str, Strength]:
        """The numbers of mentions and their strength. A spelling that several numbers share means the payer's own."""
        meant: dict[str, Strength] = {}
        for numbers, strength in mentions:
            own = numbers if len(numbers) == 1 else [each for each in numbers if self._owners([each]) & self.payers]
            if len(own) == 1:
                meant[own[0]] = max(strength, meant.get(own[0], strength))
        return meant

    def _named(self, strengths: Mapping[str, Strength]) -> Named:
        items = [each for number in strengths for each in self.book.of_number(number)]
        still_open = sorted((each for each in items if each.open), key=lambda each: each.order)
        unsettled = {each.number for each in still_open}
        return Named(
            strengths,
            tuple([each for each in still_open if not each.is_credit]),
            _usable([each for each in still_open if each.is_credit], still_open),
            tuple([each for each in items if not each.is_credit and each.number not in unsettled]),
        )


def _usable(credits: Sequence[Candidate], items: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The credit notes of customers whose invoices among the items exceed them."""
    if not credits:
        return ()
    owed: Counter[UUID] = Counter()
    for each in items:
        owed[each.customer_id] += -each.open if each.is_credit else each.open
    return tuple(each for each in credits if owed[each.customer_id] > 0)
