"""Remittance advices come in, before or after the money: read, stored with their lines, and listed."""

from collections.abc import Sequence
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.errors import Invalid
from core.problems import Problem
from payments.mail_tables import is_mail, read_mail
from payments.remittance_rows import COLUMNS, advices, read_row
from payments.tables import BankEntry, Remittance, RemittanceItem
from receivables import store
from receivables.e_invoices import is_document, read_documents
from receivables.imports import Handed, Imported, Tell, company_for
from receivables.intake.documents.model import RemittanceDocument
from receivables.intake.rows import read_rows
from receivables.tables import Company
from runtime.fence import LIMITS, fenced
from runtime.house import House
from runtime.ids import new_id
from runtime.many import among
from runtime.work import Actor, Right, Work

HEAD_BYTES = 4_096
"""So much of a file tells a mail from rows."""


def import_remittance(
    house: House, actor: Actor, handed: Handed, source: BinaryIO, imported: Imported, tell: Tell
) -> None:
    """The advices of a file, wholly in or wholly out: UBL, EDIFACT REMADV, the table of a mail, or rows. `Invalid` says
    what is wrong."""
    if is_document(source, handed):
        found = list(fenced(LIMITS, read_documents, str(handed.path), handed.name, handed.format))
        imported.format = found[0] if isinstance(found[0], str) else ""
        given = [each for each in found if isinstance(each, RemittanceDocument)]
    elif _is_mail(source, handed):
        imported.format, given = "mail", _of_mail(house, handed)
    else:
        imported.format, given = "rows", _of_rows(source, imported)
    if not given:
        raise Invalid.because("whole file", "There is no remittance advice in this file.")

    def put(work: Work) -> None:
        company = company_for(work, handed.company)
        for document in given:
            if _put(work, company, document, imported):
                imported.created += 1
            else:
                imported.unchanged += 1

    house.write(put, actor=actor)
    tell(imported)


def _is_mail(source: BinaryIO, handed: Handed) -> bool:
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return handed.format == "mail" or (handed.format is None and is_mail(head, handed.name))


def _of_mail(house: House, handed: Handed) -> list[RemittanceDocument]:
    currency = house.read(lambda work: store.company_by_code(work.session, handed.company).currency)
    return list(fenced(LIMITS, read_mail, str(handed.path), handed.currency or currency, house.today()))


def _of_rows(source: BinaryIO, imported: Imported) -> list[RemittanceDocument]:
    read = [read_row(row) for row in read_rows(source, COLUMNS, imported.problems)]
    problems = [problem for _, of_row in read for problem in of_row]
    if any(row is None for row, _ in read):
        raise Invalid(problems)
    imported.problems += problems
    return list(advices(row for row, _ in read if row))


def _put(work: Work, company: Company, document: RemittanceDocument, imported: Imported) -> bool:
    """True when the advice was new."""
    work.need(Right.PUSH)
    payer = (document.payer.name if document.payer else None) or ""
    same = select(Remittance.id).filter_by(
        company_id=company.id, number=document.number, payer=payer, currency=document.currency, amount=document.amount
    )
    if work.session.scalar(same) is not None:
        return False
    if not document.ties:
        message = "Its lines do not add up to what it says was paid; a person must place the money."
        imported.problems.append(Problem(f"advice {document.number}", message, severity="warning"))
    advice = Remittance(
        id=new_id(), company_id=company.id, import_id=imported.id, number=document.number, payer=payer,
        payment_reference=document.payment_reference or "", currency=document.currency, amount=document.amount,
        ties=bool(document.ties), issued_on=document.issued_on, pays_on=document.pays_on, created_at=work.now,
    )  # fmt: skip
    work.session.add(advice)
    work.session.flush()
    work.session.add_all(
        RemittanceItem(
            id=new_id(), remittance_id=advice.id, place=place, number=line.invoice_number or "", amount=line.amount,
            discount=line.discount,
        )
        for place, line in enumerate(document.lines, start=1)
    )  # fmt: skip
    work.session.flush()
    work.record(
        "remittance.imported", f"remittance:{advice.id}", {"number": advice.number, "lines": len(document.lines)}
    )
    return True


def has_waiting(session: Session, company_id: UUID) -> bool:
    """Whether any advice of a company waits for its money."""
    return session.scalar(_waiting(company_id).with_only_columns(Remittance.id).limit(1)) is not None


def waiting(session: Session, company_id: UUID, amounts: Sequence[int]) -> Sequence[Remittance]:
    """Advices that add up to one of these amounts and whose money was not placed yet, oldest first."""
    query = _waiting(company_id).where(among(session, Remittance.amount, amounts))
    return session.scalars(query.order_by(Remittance.issued_on, Remittance.id)).all()


def _waiting(company_id: UUID) -> Select[Remittance]:
    return (
        select(Remittance)
        .outerjoin(BankEntry, BankEntry.id == Remittance.bank_entry_id)
        .where(Remittance.company_id == company_id, Remittance.ties.is_(True))
        .where(or_(Remittance.bank_entry_id.is_(None), BankEntry.placed == 0))
    )


def lines_of(session: Session, remittance_ids: Sequence[UUID]) -> dict[UUID, list[RemittanceItem]]:
    """Advice → its lines in their order."""
    found: dict[UUID, list[RemittanceItem]] = {each: [] for each in remittance_ids}
    query = select(RemittanceItem).where(among(session, RemittanceItem.remittance_id, remittance_ids))
    for line in session.scalars(query.order_by(RemittanceItem.place)):
        found[line.remittance_id].append(line)
    return found
