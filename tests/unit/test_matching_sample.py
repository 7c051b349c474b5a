"""The sample company's bank entries: whatever leaves one honest answer is posted, nothing is posted wrong."""

from collections import Counter
from datetime import date
from uuid import UUID, uuid5

import pytest

from payments.matching.answers import Certain, Match, Receipt
from payments.matching.book import Book, Candidate, KnownPayer, Tolerance
from payments.matching.differences import discount_of
from payments.matching.ladder import match
from sample.customers import customers
from sample.invoices import invoices
from sample.payments import paid_before
from sample.statements import IntendedPayment, statements

SPACE = UUID(int=7)
CUSTOMERS = {customer.customer_id: uuid5(SPACE, customer.customer_id) for customer in customers()}
DAYS = [date(2026, 11, 20), date(2026, 1, 2), date(2028, 2, 29)]


def books(on: date) -> dict[str, Book]:
    """The sample's books before its statements, one a currency."""
    payers = {customer.iban: [KnownPayer(CUSTOMERS[customer.customer_id])] for customer in customers()}
    found = {currency: Book(currency, Tolerance(5, 1_500, 500, 3), payers) for currency in ("EUR", "GBP")}
    for customer in customers():
        for book in found.values():
            book.names.add(CUSTOMERS[customer.customer_id], customer.name)
    for invoice in invoices(on):
        for place, instalment in enumerate(invoice.instalments, start=1):
            left = instalment.amount - paid_before(on).get((invoice.number, instalment.due_on), 0)
            discount = discount_of(left, invoice.discount_basis_points, "EUR") if left == instalment.amount else 0
            candidate = Candidate(
                uuid5(SPACE, f"{invoice.number}/{place}"), CUSTOMERS[invoice.customer.customer_id], invoice.number,
                instalment.due_on, place, left, invoice.is_credit_note, discount, invoice.discount_until,
            )  # fmt: skip
            found[invoice.customer.currency].add(candidate, invoice.payment_reference)
    return found


def done(match: Match, book: Book) -> Counter[tuple[str, str]]:
    """What a match does to each number, in the sample's words: `payment` is what money and credit notes settle."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in match.lines:
        kind = "payment" if line.kind == "credit" else line.kind
        sums[book.items[line.item_id].number, kind] += line.amount
        if line.credit_id:
            sums[book.items[line.credit_id].number, "credit"] += line.amount
    return sums


def meant(intended: IntendedPayment) -> Counter[tuple[str, str]]:
    return Counter({(part.invoice_number, part.kind): part.amount for part in intended.allocations})


@pytest.mark.parametrize("on", DAYS)
def test_every_clear_entry_is_posted_as_meant_and_no_other_is_posted_wrong(on: date) -> None:
    book_of = books(on)
    for statement in statements(on):
        for line, intended in zip(statement.month.lines, statement.intended, strict=True):
            book = book_of[intended.currency]
            receipt = Receipt(
                line.amount, intended.currency, line.booked_on, line.text, payer_account=line.counterparty_iban,
                payer_name=line.counterparty,
            )  # fmt: skip
            answer = match(receipt, book)
            assert isinstance(answer, Certain) or not intended.is_clear, (line, intended, answer)
            if isinstance(answer, Certain):
                assert done(answer.match, book) == meant(intended), (line, answer)
                assert answer.match.rest == intended.remainder
                book.take(answer.match.lines)
            elif intended.amount > 0 and intended.customer_id:
                assert done(answer.matches[0], book) == meant(intended), (line, answer)
