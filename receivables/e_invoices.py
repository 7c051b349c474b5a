"""E-invoices we issued, put into the book: our company by the seller, the customer by the buyer, the original kept.

A file is taken whole or not at all. What only a person can answer holds it (`Held`); a document in which we are the
buyer is refused, because it is no receivable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, or_, select, update

from core.errors import Invalid
from core.problems import Problem
from receivables import store
from receivables.imports import Handed, Held, Imported, company_for
from receivables.intake.documents.elements import HEAD_BYTES
from receivables.intake.documents.model import InvoiceDocument, Party
from receivables.intake.documents.registry import READERS, reader_for, reader_named
from receivables.intake.invoice_documents import compact, identifiers_of, names_of, row_of_party, rows_of_document
from receivables.intake.invoice_rows import gather_instalments, read_invoice
from receivables.push import Intake
from receivables.push_customers import push_customer_rows
from receivables.push_invoices import contradiction, put_invoices
from receivables.tables import Company, Customer, ImportRun, Invoice
from runtime.fence import LIMITS, fenced
from runtime.house import House
from runtime.work import Actor, Right, Work


def is_document(source: BinaryIO, handed: Handed) -> bool:
    """True for a file in one of the formats of business documents, by its first bytes or as somebody said."""
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return any(reader.name == handed.format or reader.recognises(head, handed.name) for reader in READERS)


def import_documents(house: House, actor: Actor, handed: Handed, imported: Imported) -> None:
    """Puts every invoice of the file into the book, in one transaction; counts into `imported`.

    `Invalid` refuses the file: unreadable, no invoice in it, or a purchase invoice. `Held` waits for an answer.
    """
    found = list(fenced(LIMITS, read_documents, str(handed.path), handed.name, handed.format))
    imported.format = found[0] if isinstance(found[0], str) else ""
    invoices = [each for each in found if isinstance(each, InvoiceDocument)]
    if not invoices:
        raise Invalid.because("whole file", "There is no invoice in this document; orders and advices are other kinds.")
    intake = house.write(lambda work: put_documents(work, invoices, handed.company, imported.id), actor=actor)
    imported.add(intake)


def read_documents(path: str, name: str, format_name: str | None) -> Iterator[object]:
    """The name of the format, then the documents; run behind the fence."""
    with Path(path).open("rb") as source:
        reader = reader_named(format_name) if format_name else reader_for(source.read(HEAD_BYTES), name)
        source.seek(0)
        yield reader.name
        yield from reader.read(source)


def put_documents(work: Work, documents: Sequence[InvoiceDocument], code: str | None, import_id: UUID) -> Intake:
    """The invoices of one file. One that is in the book already is compared and never changed by its document."""
    work.need(Right.PUSH)
    intake = Intake()
    run = work.session.get(ImportRun, import_id)
    original = run.document_id if run else None
    for index, document in enumerate(documents):
        where = f"invoice {document.number}" if len(documents) == 1 else f"invoice {index + 1} ({document.number})"
        intake.add(_put(work, _Issued(document, where, original), code))
    return intake


@dataclass(frozen=True, slots=True)
class _Issued:
    """A document, where it stands in its file, and where the file is kept."""

    document: InvoiceDocument
    where: str
    original: UUID | None

    def held(self, message: str, **question: str) -> Held:
        return Held(f"{self.where}: {message}", question)


def _put(work: Work, issued: _Issued, code: str | None) -> Intake:
    document = issued.document
    company = _our_company(work, issued, code)
    known = store.invoices_by_number(work.session, company.id, [document.number]).get(document.number)
    intake = Intake()
    if known is not None:
        customer = work.session.get_one(Customer, known.buyer_id or known.customer_id).external_id
    else:
        customer = _customer(work, issued, intake)
    made = rows_of_document(document, customer, issued.where)
    errors = [problem for problem in made.problems if problem.severity == "error"]
    if errors and document.type != "proforma":
        raise issued.held(" ".join(problem.message for problem in errors))
    intake.problems += made.problems
    if errors:
        intake.note(document.number, "rejected")
        return intake
    [read] = gather_instalments(read_invoice(row) for row in made.rows)
    intake.problems += read.problems
    if read.invoice is None:
        intake.note(document.number, "rejected")
    elif known is None:
        intake.add(put_invoices(work, company, [read.invoice]))
    elif problem := contradiction(known, read.invoice, known.customer_id, known.buyer_id):
        intake.reject(document.number, problem)
    else:
        intake.note(document.number, "unchanged")
    if intake.count("rejected") == 0:
        _link(work, issued, company)
    return intake


def _link(work: Work, issued: _Issued, company: Company) -> None:
    """Notes the archived original at its invoice; the first original stays."""
    if issued.original is None:
        return
    work.session.execute(
        update(Invoice)
        .where(Invoice.company_id == company.id, Invoice.number == issued.document.number)
        .where(Invoice.document_id.is_(None))
        .values(document_id=issued.original)
        .execution_options(synchronize_session=False)
    )


# ── our company ─────────────────────────────────────────────────────────────────────────────────


def _our_company(work: Work, issued: _Issued, code: str | None) -> Company:
    """The company that is the seller. Said by a person, it must at least not contradict the document."""
    seller, buyer = issued.document.seller, issued.document.buyer
    companies = store.companies(work.session)
    if not companies:
        return _first_company(work, seller, issued.document.currency, code)
    selling = [company for company in companies if seller and _is_party(company, seller)]
    name = seller.name if seller and seller.name else "somebody unnamed"
    if buyer and not selling and any(_is_party(company, buyer) for company in companies):
        message = f"This is a purchase invoice: {name} sells and we buy. Only invoices we issued come in here."
        raise Invalid.because(issued.where, message, field="seller")
    if code is not None:
        said = store.company_by_code(work.session, code)
        selling = [said] if said in selling or not (selling or _contradicts(said, seller)) else []
    if len(selling) == 1:
        return selling[0]
    message = f"The seller is “{name}”, which is none of our companies, or several. Say which one it is."
    raise issued.held(message, asks="company", seller=name)


def _first_company(work: Work, seller: Party | None, currency: str, code: str | None) -> Company:
    """On an empty system the seller is our first company, to be completed later."""
    company = company_for(work, code)
    if seller and seller.name:
        company.name = company.legal_name = seller.name
        company.country, company.currency = seller.country or "", currency
        company.vat_id = compact(seller.vat_id)
        work.session.flush()
    return company


def _is_party(company: Company, party: Party) -> bool:
    if company.vat_id and party.vat_id:
        return compact(company.vat_id) == compact(party.vat_id)
    ours = {compact(company.name), compact(company.legal_name)}
    return not ours.isdisjoint(compact(name) for name in names_of(party))


def _contradicts(company: Company, party: Party | None) -> bool:
    return bool(
        party and company.vat_id and party.vat_id and compact(company.vat_id) != compact(party.vat_id)
    )  # fmt: skip


# ── the customer ────────────────────────────────────────────────────────────────────────────────


def _customer(work: Work, issued: _Issued, intake: Intake) -> str:
    """The external id of the buyer: by our number for it, else its VAT id, else name and country; else it is new."""
    buyer = issued.document.buyer
    if buyer is None:
        raise issued.held("It names no buyer. Whose invoice is it?", asks="customer")
    for found in (_by_number(work, buyer), _by_vat_id(work, buyer), _by_name(work, buyer)):
        if len(found) > 1:
            names = ", ".join(sorted(customer.external_id for customer in found))
            raise issued.held(f"Its buyer “{buyer.name}” may be one of several customers: {names}.", asks="customer")
        if found:
            return found[0].external_id
    return _new_customer(work, issued, buyer, intake)


def _by_number(work: Work, buyer: Party) -> Sequence[Customer]:
    """Customers kept under one of the buyer's codes; the likeliest code decides. Another VAT id is another customer."""
    codes = identifiers_of(buyer)
    query = select(Customer).where(Customer.external_id.in_(codes))
    found = {customer.external_id: customer for customer in work.session.scalars(query)}
    for code in codes:
        customer = found.get(code)
        if customer and not (customer.vat_id and buyer.vat_id and compact(customer.vat_id) != compact(buyer.vat_id)):
            return [customer]
    return []


def _by_vat_id(work: Work, buyer: Party) -> Sequence[Customer]:
    if not compact(buyer.vat_id):
        return []
    exact = select(Customer).where(Customer.vat_id.in_({str(buyer.vat_id), compact(buyer.vat_id)}))
    stored = func.upper(func.replace(func.replace(func.replace(Customer.vat_id, " ", ""), ".", ""), "-", ""))
    found = (
        work.session.scalars(exact).all()
        or work.session.scalars(select(Customer).where(stored == compact(buyer.vat_id))).all()
    )
    named = [each for each in found if compact(each.name) in {compact(name) for name in names_of(buyer)}]
    return named if len(found) > 1 and named else found


def _by_name(work: Work, buyer: Party) -> Sequence[Customer]:
    """The very name, in the same country as far as both say one; never where VAT ids differ."""
    names = names_of(buyer)
    lowered = func.lower(Customer.name).in_([name.lower() for name in names])
    query = select(Customer).where(or_(Customer.name.in_(names), lowered))
    if buyer.country:
        query = query.where(or_(Customer.country == buyer.country, Customer.country == ""))
    found = work.session.scalars(query).all()
    return [each for each in found if not (each.vat_id and buyer.vat_id)]


def _new_customer(work: Work, issued: _Issued, buyer: Party, intake: Intake) -> str:
    row = row_of_party(buyer, issued.document.currency, issued.where)
    if row is None:
        name = buyer.name or "without a name"
        message = f"Its buyer “{name}” is no customer, and has no number or VAT id to be kept by."
        raise issued.held(message, asks="customer", buyer=buyer.name or "")
    number = str(row.values["customer_id"])
    if store.customers_by_external_id(work.session, [number]):
        message = f"Its buyer “{buyer.name}” has the number {number} of another customer, whose VAT id differs."
        raise issued.held(message, asks="customer", buyer=buyer.name or "")
    pushed = push_customer_rows(work, [row])
    if pushed.count("created") != 1:
        raise issued.held(" ".join(problem.message for problem in pushed.problems), asks="customer")
    message = f"There was no customer “{buyer.name}”; it was added from the document as {number}."
    intake.problems += [*pushed.problems, Problem(issued.where, message, severity="warning", field="customer_id")]
    return number
