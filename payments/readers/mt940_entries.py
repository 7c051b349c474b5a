"""One entry out of a :61: line and its :86: text."""

from payments.readers.model import Entry
from payments.readers.mt940_details import NOTHING, Details, is_slashed, read_details, slashed
from payments.readers.mt940_fields import Field
from payments.readers.mt940_lines import IBAN_SHAPE, Line

_REFERENCE_WIDTH = 16
_RABOBANK_PAD = "      "
"""Rabobank before 2013: an account of at most ten digits, padded to 16, then the name, all in the :61: line."""


def entry_of(line: Line, field: Field, text: str, own_account: str, currency: str) -> Entry:
    """The entry, with what :61: itself says of references, counterparty and text filled in where :86: is silent."""
    if line.supplement and _repeats_line(line, text):
        found = _named_in_line(line, text, own_account, currency)
    else:
        found = read_details(text, own_account, currency, line.amount > 0)
        _add_customer_reference(found, line.customer_reference)
        if line.supplement:
            _add_supplement(found, line.supplement, currency)
    if not found.get("code"):
        found["code"] = line.type_code or None
    bank_reference = line.bank_reference
    return Entry(
        line.booked_on,
        line.valued_on,
        line.amount,
        currency,
        f"line {field.line}",
        None if bank_reference in NOTHING else bank_reference,
        is_reversal=line.mark[0] == "R",
        pending=line.mark[0] == "E",
        **found,
    )


def _repeats_line(line: Line, text: str) -> bool:
    """SNS, ASN and RegioBank: account and name stand in :61: and again at the head of :86:."""
    customer = line.customer_reference.strip()
    return (
        len(customer) > 6 and text.startswith(customer) and text[len(customer) :].lstrip().startswith(line.supplement)
    )


def _named_in_line(line: Line, text: str, own_account: str, currency: str) -> Details:
    customer = line.customer_reference.strip()
    rest = text.removeprefix(customer).lstrip().removeprefix(line.supplement)
    found = read_details(rest, own_account, currency, line.amount > 0)
    found.setdefault("counterparty_account", customer)
    found.setdefault("counterparty", line.supplement)
    return found


def _add_customer_reference(found: Details, reference: str) -> None:
    """Subfield 7 is the reference for the account owner (SWIFT's rules put the end-to-end reference there), unless
    the bank uses it for the other account."""
    customer = reference.strip()
    if reference[10:_REFERENCE_WIDTH] == _RABOBANK_PAD and len(reference) > _REFERENCE_WIDTH:
        found.setdefault("counterparty", reference[_REFERENCE_WIDTH:].strip() or None)
        customer = reference[:_REFERENCE_WIDTH].strip()
        if customer not in NOTHING:
            found.setdefault("counterparty_account", customer)
    elif IBAN_SHAPE.fullmatch(customer):
        found.setdefault("counterparty_account", customer)
    elif customer not in NOTHING and customer != found.get("counterparty_account"):
        found.setdefault("end_to_end", customer)


def _add_supplement(found: Details, supplement: str, currency: str) -> None:
    """Subfield 9, the lines under :61:: code words, the other account, or more text."""
    if is_slashed(supplement):
        coded = slashed(supplement, currency, True)
        _add_text(found, coded["remittance"])
        for key, value in coded.items():
            found.setdefault(key, value)  # type: ignore[misc]
    elif IBAN_SHAPE.fullmatch(supplement) or _is_giro_number(supplement):
        found.setdefault("counterparty_account", supplement)
    elif supplement not in (found["remittance"], found.get("counterparty")):
        _add_text(found, supplement)


def _add_text(found: Details, text: str) -> None:
    found["remittance"] = " ".join((found["remittance"] + " " + text).split())


def _is_giro_number(text: str) -> bool:
    return text[0] == "P" and text[1:].isdigit() and len(text) <= 11
