"""What of a large book could some receipts concern? The keys under which the book is asked for it. Pure.

Nothing that matching could use falls through; a little that it cannot use does.
"""

from dataclasses import dataclass, field

from payments.matching.answers import Receipt
from payments.matching.case import said_by
from payments.matching.numbers_in_text import keys_in
from receivables.number_keys import digits_keys, reference_key


@dataclass(slots=True)
class Wanted:
    """What receipts name: references (`reference_key`), numbers (`digits_key`) and accounts."""

    references: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)

    def add(self, receipt: Receipt) -> None:
        """Notes everything by which this receipt could find its invoices."""
        key = reference_key(receipt.reference)
        if key:
            self.references.add(key)
            self.numbers |= digits_keys(key)
        numbers, references = keys_in(said_by(receipt))
        self.numbers |= numbers
        self.references |= references
        if receipt.payer_account:
            self.accounts.add(receipt.payer_account)
