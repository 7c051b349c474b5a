"""What of a large book could some receipts concern? A sieve over its invoices. Pure.

Nothing that matching could use falls through; a little that it cannot use does.
"""

from dataclasses import dataclass, field

from payments.matching.answers import Receipt
from payments.matching.case import said_by
from payments.matching.numbers_in_text import loose_keys_in
from payments.matching.spelling import digits_of, loose_keys, reference_key


@dataclass(slots=True)
class Wanted:
    """What receipts name: references, numbers (as loose keys) and accounts."""

    references: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)

    def add(self, receipt: Receipt) -> None:
        """Notes everything by which this receipt could find its invoices."""
        key = reference_key(receipt.reference)
        if key:
            self.references.add(key)
            self.numbers.update(loose_keys(key[4:] if key.startswith("RF") else key))
        self.numbers.update(loose_keys_in(said_by(receipt)))
        self.accounts.add(receipt.payer_account)

    def has(self, number: str, reference: str) -> bool:
        """Whether an invoice with this number and printed reference may be meant."""
        if not self.numbers.isdisjoint(loose_keys(number)):
            return True
        if not reference:
            return False
        return reference_key(reference) in self.references or digits_of(reference) in self.numbers
