"""What goes with a letter beside itself: the customer's statement of account and copies of the invoices it names.

What is enclosed is part of the letter, so the gate compares it too: a payment that changes the statement has the letter
written anew. Copies are the archived originals, PDFs alone: one that is too large, or that cannot be read as a page, is
named in the letter and sent on request.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound, Unavailable
from dunning.letter import Copy, Letter, Statement, StatementRow
from dunning.letter_tables import NoticeEnclosure
from dunning.policy import Level
from dunning.rendering import letter_labels, render_statement_html
from dunning.tables import Notice
from payments.store import unapplied_cash
from receivables.tables import Invoice, OpenItem
from runtime.documents import Archive
from runtime.mail import Attachment
from runtime.pdf import PdfRenderer
from runtime.tables import Document
from runtime.work import Work

MOST_BYTES: Final = 6_000_000
"""All copies of a letter together: what most mail servers still take once it is encoded."""
MOST_COPIES: Final = 20
PDF: Final = "application/pdf"


def enclosed(work: Work, notice: Notice, step: Level, invoice_ids: Sequence[UUID], letter: Letter) -> Letter:
    """The letter with what its level encloses, as the facts stand; a call encloses nothing."""
    if notice.channel == "phone" or not step.attachments:
        return letter
    statement = _statement(work, notice, letter) if "statement" in step.attachments else None
    copies, on_request = _copies(work.session, invoice_ids) if "invoices" in step.attachments else ((), ())
    return replace(letter, statement=statement, copies=copies, on_request=on_request)


def _statement(work: Work, notice: Notice, letter: Letter) -> Statement:
    """Everything open between the customer and the company in the letter's currency, whatever is claimed of it."""
    query = (
        select(OpenItem, Invoice)
        .join(Invoice, Invoice.id == OpenItem.invoice_id)
        .where(
            OpenItem.customer_id == notice.customer_id,
            OpenItem.company_id == notice.company_id,
            OpenItem.currency == notice.currency,
            OpenItem.open > 0,
        )
        .order_by(OpenItem.due_on, Invoice.number, OpenItem.instalment)
    )
    rows = tuple(
        StatementRow(
            number=invoice.number,
            kind=item.kind,
            issued_on=invoice.issued_on,
            due_on=item.due_on,
            days_overdue=max(0, (letter.on - item.due_on).days) if item.kind != "credit_note" else 0,
            amount_minor=-item.gross if item.kind == "credit_note" else item.gross,
            open_minor=-item.open if item.kind == "credit_note" else item.open,
        )
        for item, invoice in work.session.execute(query)
    )
    party = (notice.customer_id, notice.company_id, notice.currency)
    return Statement(rows=rows, unapplied_minor=unapplied_cash(work.session, notice.customer_id).get(party, 0))


def _copies(session: Session, invoice_ids: Sequence[UUID]) -> tuple[tuple[Copy, ...], tuple[str, ...]]:
    """The originals that go along, and the invoices whose original exists and does not: too large, or no PDF.

    A file that several invoices came in is nobody's copy: it would show one customer what another owes.
    """
    shared = select(func.count()).where(Invoice.document_id == Document.id).correlate(Document).scalar_subquery()
    query = (
        select(Invoice.number, Document, shared)
        .join(Document, Document.id == Invoice.document_id)
        .where(Invoice.id.in_(invoice_ids))
        .order_by(Invoice.issued_on, Invoice.number)
    )
    copies: list[Copy] = []
    left: list[str] = []
    room = MOST_BYTES
    for number, document, uses in session.execute(query):
        if uses > 1:
            continue
        if document.name.lower().endswith(".pdf") and document.size <= room and len(copies) < MOST_COPIES:
            copies.append(Copy(number=number, document_id=document.id, sha256=document.sha256))
            room -= document.size
        else:
            left.append(number)
    return tuple(copies), tuple(left)


def files_of(session: Session, archive: Archive, renderer: PdfRenderer, letter: Letter) -> tuple[Attachment, ...]:
    """What is enclosed, as files: the statement is drawn, copies come byte for byte from the archive."""
    files = []
    if letter.statement is not None:
        name = f"{letter_labels(letter.language)['statement']} {letter.number}.pdf"
        files.append(Attachment(name, renderer.render(render_statement_html(letter))))
    for each in letter.copies:
        try:
            content = archive.content(session.get_one(Document, each.document_id))
        except NotFound as error:
            said = f"The archived original of {each.number} is gone; the letter cannot enclose it."
            raise Unavailable(said) from error
        files.append(Attachment(f"{each.number.replace('/', '-')}.pdf", content))
    return tuple(files)


def note_enclosures(work: Work, archive: Archive, notice: Notice, files: Sequence[Attachment]) -> None:
    """Writes what went with a letter when it passed the gate, in place of what was noted before."""
    for before in work.session.scalars(select(NoticeEnclosure).where(NoticeEnclosure.notice_id == notice.id)):
        work.session.delete(before)
    work.session.flush()
    for position, file in enumerate(files, start=1):
        document = archive.record(
            work, file.content, kind="enclosure", name=file.name, media_type=file.media_type,
            subject=f"notice:{notice.number}",
        )  # fmt: skip
        work.session.add(NoticeEnclosure(notice_id=notice.id, position=position, document_id=document.id))
    work.session.flush()


def sent_with(session: Session, notice_id: UUID) -> list[Document]:
    """The documents that went with a letter, in order."""
    query = (
        select(Document)
        .join(NoticeEnclosure, NoticeEnclosure.document_id == Document.id)
        .where(NoticeEnclosure.notice_id == notice_id)
        .order_by(NoticeEnclosure.position)
    )
    return list(session.scalars(query))


def contents_of(session: Session, archive: Archive, notice_id: UUID) -> Iterator[bytes]:
    """The very bytes of what went with a letter."""
    for document in sent_with(session, notice_id):
        yield archive.content(document)
