"""Business documents we issued → rows of invoices, as if an ERP had sent them. Pure.

What a document says is brought to the columns of `invoice_rows` and checked there like everything else. What does not
add up, or demands nothing, is a `Problem` and no row.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from core.money import decimal_text
from core.problems import Problem
from receivables.intake.documents.model import Identifier, Instalment, InvoiceDocument, Party
from receivables.intake.documents.ubl_parties import SUPPLIER_ACCOUNT
from receivables.intake.documents.written_terms import read_terms
from receivables.intake.rows import Row

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as rows, one an instalment; or the problems that keep it out. Warnings may come with rows."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def rows_of_document(document: InvoiceDocument, customer: str, where: str) -> ReadDocument:
    """The rows of a document whose customer is known by the external id `customer`."""
    problems = [
        Problem(f"{where}, {each.where}", each.message, each.severity, each.field) for each in document.problems
    ]
    kind, amount = _kind_and_amount(document)
    prepaid = abs(document.totals.prepaid or 0)
    flaw = _flaw(document, amount, prepaid)
    if flaw:
        problems.append(Problem(where, flaw, field="amount"))
    if any(each.severity == "error" for each in problems):
        return ReadDocument((), tuple(problems))
    document, about_terms = _with_written_terms(document, where)
    problems += about_terms
    parts = _parts(document, amount)
    if sum(part for _, part in parts) != amount:
        owed = decimal_text(amount - prepaid, document.currency)
        message = f"The instalments do not make {owed}, which is what is payable."
        return ReadDocument((), (*problems, Problem(where, message, field="due_on")))
    texts = _references(document)
    problems += [_too_long(where, name, text) for name, text in texts.items() if len(text) > _LONGEST]
    short = {name: text for name, text in texts.items() if len(text) <= _LONGEST}
    values = {**_values(document, customer, kind), **short, **_discount(document)}
    rows = tuple(
        Row(where, {**values, **_due(document, due_on, part), "paid_amount": _text(paid, document)})
        for (due_on, part), paid in zip(parts, _spread(prepaid, parts), strict=True)
    )
    return ReadDocument(rows, tuple(problems))


def _with_written_terms(document: InvoiceDocument, where: str) -> tuple[InvoiceDocument, list[Problem]]:
    """The document with what its payment terms say in words, where it states no due date itself; and which rule gave
    the due date, as a warning."""
    text = (document.terms or "").strip()
    if document.due_on is not None or document.instalments or document.type == "credit_note" or not text:
        return document, []
    terms = read_terms(text, document.issued_on)
    quoted = f"“{' '.join(text.split())[:_LONGEST]}”"
    if terms is None:
        others = "the customer's payment terms, or the company's, give the due date."
        message = f"The payment terms {quoted} were not understood; {others}"
        return document, [Problem(where, message, severity="warning", field="terms")]
    problems = []
    if terms.due_on is not None:
        message = f"due_on is not stated; the payment terms {quoted} give {terms.due_on}."
        problems.append(Problem(where, message, severity="warning", field="due_on"))
    return replace(document, due_on=terms.due_on, discounts=document.discounts or terms.discounts), problems


def _kind_and_amount(document: InvoiceDocument) -> tuple[str, int]:
    """The type of the book and the positive amount before what was paid: payable plus prepaid.

    A corrected invoice, or any other, whose amounts are negative lowers the debt: it is a credit note.
    """
    gross = document.totals.payable + (document.totals.prepaid or 0)
    if document.type == "credit_note":
        return "credit_note", gross
    return (document.type, gross) if gross >= 0 else ("credit_note", -gross)


def _flaw(document: InvoiceDocument, amount: int, prepaid: int) -> str | None:
    if document.type == "proforma":
        return "A pro-forma invoice demands nothing; it is not booked."
    if document.type == "credit_note" and amount < 0:
        return "A credit note with a negative amount: does it lower the debt or raise it? Send it as type invoice."
    if prepaid > amount > 0:
        paid, owed = decimal_text(prepaid, document.currency), decimal_text(amount, document.currency)
        return f"More was prepaid ({paid}) than the whole is ({owed})."
    return None


def _parts(document: InvoiceDocument, amount: int) -> list[tuple[date | None, int]]:
    """(due date, amount) of each instalment. What was prepaid belongs to the first."""
    instalments: tuple[Instalment, ...] = document.instalments
    if len(instalments) < 2 or any(each.amount is None for each in instalments):
        return [(document.due_on, amount)]
    parts = [(each.due_on, abs(each.amount or 0)) for each in instalments]
    first_due, first = parts[0]
    return [(first_due, first + abs(document.totals.prepaid or 0)), *parts[1:]]


def _spread(prepaid: int, parts: list[tuple[date | None, int]]) -> list[int]:
    paid = []
    for _, part in parts:
        paid.append(min(prepaid, part))
        prepaid -= paid[-1]
    return paid


def _text(minor: int, document: InvoiceDocument) -> str:
    return decimal_text(minor, document.currency)


def _due(document: InvoiceDocument, due_on: date | None, part: int) -> dict[str, object]:
    return {"due_on": "" if due_on is None else due_on.isoformat(), "amount": _text(part, document)}


def _too_long(where: str, name: str, text: str) -> Problem:
    message = f"{name} has {len(text)} characters; it was left out, for the book keeps {_LONGEST}."
    return Problem(where, message, severity="warning", field=name)


def _references(document: InvoiceDocument) -> dict[str, str]:
    texts = {
        "order_number": document.order_number,
        "payment_reference": document.payment_reference,
        "related_invoice": document.preceding[0].number if document.preceding else "",
        "delivery_number": document.delivery_number,
        "contract_number": document.contract_number,
        "buyer_reference": document.buyer_reference,
    }
    return {name: text or "" for name, text in texts.items()}


def _values(document: InvoiceDocument, customer: str, kind: str) -> dict[str, object]:
    return {
        "invoice_number": document.number,
        "customer_id": customer,
        "type": kind,
        "issued_on": document.issued_on.isoformat(),
        "currency": document.currency,
    }


def _discount(document: InvoiceDocument) -> dict[str, object]:
    """The first early-payment discount that is a percentage with a day; the book keeps one."""
    for each in document.discounts:
        until = each.until or (document.issued_on + timedelta(days=each.days) if each.days is not None else None)
        if each.percent and until and until >= document.issued_on and each.percent == round(each.percent, 2):
            percent = Decimal(each.percent).quantize(Decimal("0.01"))
            return {"discount_percent": str(percent), "discount_until": until.isoformat()}
    return {}


# ── who it is ───────────────────────────────────────────────────────────────────────────────────


def compact(code: str | None) -> str:
    """A VAT id or name for comparing: letters and digits, in capitals."""
    return "".join(each for each in (code or "").upper() if each.isalnum())


def names_of(party: Party) -> list[str]:
    return [name for name in (party.name, party.trading_name) if name]


def identifiers_of(party: Party) -> list[str]:
    """Every code that may be the party's number in our books, the likeliest first."""
    ours = [each for each in party.ids if each.scheme == SUPPLIER_ACCOUNT]
    plain = [each for each in party.ids if each.scheme is None]
    others = [each for each in party.ids if each not in ours and each not in plain]
    further: list[Identifier] = [each for each in (party.registration, party.endpoint) if each]
    codes = [each.value.strip() for each in (*ours, *plain, *others, *further)]
    return list(dict.fromkeys(code for code in (*codes, party.vat_id or "") if 0 < len(code) <= _LONGEST))


def row_of_party(party: Party, currency: str, where: str) -> Row | None:
    """A row about a new customer; None when the document gives the party no name or no code."""
    codes = identifiers_of(party)
    if not codes or not party.name:
        return None
    address = party.address
    country = (party.country or "").upper()
    values: dict[str, object] = {
        "customer_id": codes[0],
        "name": party.name,
        "email": party.email if party.email and "@" in party.email else "",
        "vat_id": compact(party.vat_id)[:40],
        "country": country if len(country) == 2 else "",
        "currency": currency,
        "street": (address.street if address else "") or "",
        "postal_code": (address.postal_code if address else "") or "",
        "city": (address.city if address else "") or "",
    }
    return Row(where, values)
