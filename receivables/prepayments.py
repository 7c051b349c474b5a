"""Final invoices that take off what was invoiced in advance: known by the prepayment invoices they name, and compared
with them, so that nothing is owed twice."""

from collections.abc import Sequence
from dataclasses import replace

from core.money import decimal_text
from core.problems import Problem
from receivables import store
from receivables.intake.documents.model import InvoiceDocument
from receivables.tables import Company, Invoice
from runtime.work import Work


def with_prepayments(
    work: Work, company: Company, document: InvoiceDocument, known: Invoice | None, where: str
) -> tuple[InvoiceDocument, list[Problem]]:
    """The document as a final invoice when it names prepayment invoices of the book, with a warning where what it takes
    off is not what they come to. One that is in the book stays the paper it is there."""
    if document.type not in ("invoice", "final"):
        return document, []
    if known is not None:
        is_final = known.document_type == "final"
        return (replace(document, type="final") if is_final else document), []
    numbers = [each.number for each in document.preceding]
    found = store.invoices_by_number(work.session, company.id, numbers) if numbers else {}
    advance = [
        each for number in dict.fromkeys(numbers)
        if (each := found.get(number)) and each.document_type == "prepayment" and each.cancelled_at is None
    ]  # fmt: skip
    if not advance:
        return document, []
    named = {each.number for each in advance}
    preceding = sorted(document.preceding, key=lambda each: each.number not in named)
    final = replace(document, type="final", preceding=tuple(preceding))
    return final, _differences(document, advance, where)


def _differences(document: InvoiceDocument, advance: Sequence[Invoice], where: str) -> list[Problem]:
    """In the book a prepayment invoice is owed by itself: the final invoice has to take off all of it, paid or not."""
    numbers = ", ".join(each.number for each in advance)
    currency = document.currency
    if any(each.currency != currency for each in advance):
        message = f"It takes off prepayments ({numbers}) that are in another currency; compare them by hand."
        return [Problem(where, message, severity="warning", field="paid_amount")]
    taken, invoiced = abs(document.totals.prepaid or 0), sum(each.amount for each in advance)
    if taken == invoiced:
        return []
    said = f"It takes off {decimal_text(taken, currency)} {currency} as prepaid; {numbers} came to"
    said += f" {decimal_text(invoiced, currency)} {currency}."
    rest = f"{decimal_text(abs(taken - invoiced), currency)} {currency}"
    if taken < invoiced:
        message = f"{said} {rest} are owed twice until the prepayment invoice is credited or cancelled."
    else:
        message = (
            f"{said} {rest} were prepaid without an invoice: place that money here when it is on the bank account."
        )
    return [Problem(where, message, severity="warning", field="paid_amount")]
