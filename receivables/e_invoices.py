"""E-invoices we issued, put into the book: our company by the seller, the customer by the buyer, the original kept.

A file is taken whole or not at all. What only a person can answer holds it (`Held`); a document in which we are the
buyer is refused, because it is no receivable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import update

from core.errors import Invalid
from receivables import store
from receivables.imports import Handed, Imported
from receivables.intake.documents.elements import HEAD_BYTES
from receivables.intake.documents.model import InvoiceDocument
from receivables.intake.documents.registry import READERS, reader_for, reader_named
from receivables.intake.invoice_documents import rows_of_document
from receivables.intake.invoice_rows import gather_instalments, read_invoice
from receivables.parties import Paper, customer_of, our_company
from receivables.prepayments import with_prepayments
from receivables.push import Intake
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

    @property
    def paper(self) -> Paper:
        document = self.document
        return Paper("invoice", self.where, document.seller, document.buyer, document.currency)


def _put(work: Work, issued: _Issued, code: str | None) -> Intake:
    document = issued.document
    company = our_company(work, issued.paper, code)
    known = store.invoices_by_number(work.session, company.id, [document.number]).get(document.number)
    intake = Intake()
    if known is not None:
        customer = work.session.get_one(Customer, known.buyer_id or known.customer_id).external_id
    else:
        customer = customer_of(work, issued.paper, intake)
    document, about_prepaid = with_prepayments(work, company, document, known, issued.where)
    made = rows_of_document(document, customer, issued.where)
    errors = [problem for problem in made.problems if problem.severity == "error"]
    if errors and document.type != "proforma":
        raise issued.paper.held(" ".join(problem.message for problem in errors))
    intake.problems += [*made.problems, *about_prepaid]
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
