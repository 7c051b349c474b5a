"""What payers write: invoice numbers as printed, mangled, several at once, or nothing that helps.

Plain ASCII in capitals, as SEPA and Faster Payments deliver it, at most 140 characters.
"""

from collections.abc import Sequence
from random import Random

from sample.customers import Customer
from sample.invoices import Invoice

LONGEST = 140

_ONE = {
    "es": ("PAGO FACTURA {0}", "FRA {0}", "{0}", "TRANSF FRA {0} DE {1:%d/%m/%Y}"),
    "fr": ("REGLEMENT FACTURE {0}", "FACT {0}", "VIR {0} DU {1:%d.%m.%y}", "{0}"),
    "de": ("RECHNUNG {0} VOM {1:%d.%m.%Y}", "RE {0}", "{0} KD {2}", "RG-NR {0}"),
    "en": ("INVOICE {0}", "INV {0}", "{0}", "YOUR INV {0} ACC {2}"),
}
_MANY = {"es": "PAGO FRAS {}", "fr": "FACT {}", "de": "RE {}", "en": "INVS {}"}
_CREDIT = {"es": "MENOS ABONO {}", "fr": "MOINS AVOIR {}", "de": "ABZGL. GS {}", "en": "LESS CN {}"}
_DISCOUNT = {
    "es": "FRA {} DTO PP 2%", "fr": "FACT {} ESCOMPTE 2%", "de": "RE {} ABZGL 2% SKONTO", "en": "INV {} LESS 2%",
}  # fmt: skip
_NOTHING = {
    "es": ("TRANSFERENCIA", "PAGO A PROVEEDORES", "TRANSF A SU FAVOR"),
    "fr": ("VIREMENT SEPA", "VIR NORDWIND", "REGLEMENT"),
    "de": ("UEBERWEISUNG", "SAMMELZAHLUNG", "LIEFERANTENZAHLUNG"),
    "en": ("PAYMENT", "BACS CREDIT", "SUPPLIER RUN"),
}
_SEPARATORS = (", ", " ", " + ")


def one_number(invoice: Invoice, rng: Random) -> str:
    """The number as printed, among the words of the payer's language."""
    customer = invoice.customer
    return rng.choice(_ONE[customer.language]).format(invoice.number, invoice.issued_on, customer.customer_id)


def casual_number(invoice: Invoice, rng: Random) -> str:
    """The number with blanks, in lower case, or without its stroke: `f 26 / 01702`."""
    series, digits = invoice.number.split("/")
    letter, year = series[0], series[1:]
    return rng.choice(
        (
            f"{series.lower()}/{digits}",
            f"{letter} {year} / {digits}",
            f"fra {series.lower()} {digits}",
            f"{series}{digits}",
            f"{series}-{digits}",
        )
    )


def rf_number(invoice: Invoice, rng: Random) -> str:
    """The creditor reference, whole or in groups of four as letters print it."""
    reference = invoice.payment_reference
    groups = [reference[start : start + 4] for start in range(0, len(reference), 4)]
    return rng.choice((reference, " ".join(groups), f"REF {reference}"))


def several_numbers(paid: Sequence[Invoice], credits_used: Sequence[Invoice], customer: Customer, rng: Random) -> str:
    """All numbers of one transfer, credit notes taken off last."""
    numbers = rng.choice(_SEPARATORS).join(invoice.number for invoice in paid)
    text = _MANY[customer.language].format(numbers)
    if credits_used:
        text += " " + _CREDIT[customer.language].format(" ".join(note.number for note in credits_used))
    return text[:LONGEST]


def discounted_number(invoice: Invoice) -> str:
    """The number and the discount taken off."""
    return _DISCOUNT[invoice.customer.language].format(invoice.number)


def nothing_useful(customer: Customer, rng: Random) -> str:
    """Words that name no invoice."""
    return rng.choice(_NOTHING[customer.language])


def damaged(number: str) -> str:
    """The number as a tired typist copies it: letters O for its noughts."""
    return number.replace("0", "O")
